//! What a configuration may say, and how it is told when it may not.

use super::*;
use secrecy::ExposeSecret as _;
use std::fs;
use tempfile::TempDir;

fn variables(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_variables(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let flags = Flags { data_dir: Some("/nowhere".into()), ..Flags::default() };
    Config::from_sources(&flags, variables(pairs))
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("octim.toml"), text).unwrap();
    let flags = Flags { data_dir: Some(folder.path().into()), ..Flags::default() };
    Config::from_sources(&flags, HashMap::new())
}

fn complaint(result: Result<Config, ConfigError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn nothing_configured_works() {
    let config = Config::from_sources(
        &Flags { config: None, data_dir: None, listen: None },
        variables(&[("OCTIM_DATA_DIR", "/nowhere")]),
    )
    .unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.origin(), "http://127.0.0.1:8080");
    assert!(matches!(&config.database, Database::Sqlite { path } if path == Path::new("/nowhere/octim.db")));
    assert!(matches!(config.bus, BusChoice::Local));
    assert!(matches!(&config.blobs, Blobs::Disk { folder } if folder == Path::new("/nowhere/files")));
    assert!(config.trusted_proxies.is_empty());
    assert_eq!(config.warnings(), [""; 0]);
}

#[test]
fn flags_win_over_variables_and_these_over_the_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("my.toml");
    fs::write(&file, "listen = '1.1.1.1:1'\npublic_url = 'http://file.example'\n[log]\nlevel = 'warn'")
        .unwrap();
    let flags = Flags { config: Some(file), data_dir: None, listen: Some("3.3.3.3:3".into()) };
    let config = Config::from_sources(
        &flags,
        variables(&[("OCTIM_LISTEN", "2.2.2.2:2"), ("OCTIM_PUBLIC_URL", "http://variable.example")]),
    )
    .unwrap();
    assert_eq!(config.listen.to_string(), "3.3.3.3:3");
    assert_eq!(config.public_url.origin(), "http://variable.example");
    assert_eq!(config.log.level, LogLevel::Warn);
}

#[test]
fn everything_can_be_set_by_file() {
    let config = from_file(
        r#"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [database]
        url = "postgres://u:p@db/octim"
        max_connections = 30
        [bus]
        redis_url = "redis://cache"
        prefix = "shop"
        [files.s3]
        endpoint = "https://s3.example"
        bucket = "b"
        access_key_id = "id"
        secret_access_key = "secret"
        [log]
        format = "json"
        [limits]
        uploads = "3/1h"
        "#,
    )
    .unwrap();
    assert_eq!(config.trusted_proxies.len(), 2);
    assert!(matches!(config.database, Database::Postgres { max_connections: 30, .. }));
    assert!(matches!(&config.bus, BusChoice::Redis { prefix, .. } if prefix == "shop"));
    assert!(matches!(&config.blobs, Blobs::S3(s3) if s3.secret_access_key.expose_secret() == "secret"));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.rates.of(crate::rate::Limit::Uploads).to_string(), "3/1h");
}

#[test]
fn everything_can_be_set_by_variables() {
    let config = from_variables(&[
        ("OCTIM_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1"),
        ("OCTIM_DATABASE__URL", "postgresql://db"),
        ("OCTIM_DATABASE__MAX_CONNECTIONS", "30"),
        ("OCTIM_FILES__S3__ENDPOINT", "http://s3"),
        ("OCTIM_FILES__S3__BUCKET", "b"),
        ("OCTIM_FILES__S3__ACCESS_KEY_ID", "id"),
        ("OCTIM_FILES__S3__SECRET_ACCESS_KEY", "00123"),
        ("OCTIM_FILES__S3__VIRTUAL_HOSTED", "true"),
        ("OCTIM_LOG__FORMAT", "json"),
        ("OCTIM_LIMITS__UPLOADS", "3/1h"),
    ])
    .unwrap();
    assert_eq!(config.trusted_proxies[1].to_string(), "192.168.1.1/32");
    assert!(matches!(config.database, Database::Postgres { max_connections: 30, .. }));
    let Blobs::S3(s3) = &config.blobs else { panic!("S3 is configured") };
    assert!(s3.virtual_hosted);
    assert_eq!(s3.secret_access_key.expose_secret(), "00123", "a secret is text, not a number");
}

#[test]
fn secret_can_come_from_a_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("redis");
    fs::write(&path, "redis://:pass word@cache\r\n").unwrap();
    let path = path.to_str().unwrap();
    let config = from_variables(&[("OCTIM_BUS__REDIS_URL_FILE", path)]).unwrap();
    assert!(
        matches!(&config.bus, BusChoice::Redis { url, .. } if url.expose_secret() == "redis://:pass word@cache")
    );
    let both =
        from_variables(&[("OCTIM_BUS__REDIS_URL_FILE", path), ("OCTIM_BUS__REDIS_URL", "redis://cache")]);
    assert_eq!(
        complaint(both),
        "setting bus.redis_url: give either bus.redis_url or bus.redis_url_file, not both"
    );
    let missing = complaint(from_variables(&[("OCTIM_BUS__REDIS_URL_FILE", "/no/such/file")]));
    assert!(missing.starts_with("setting bus.redis_url_file: cannot read /no/such/file"), "{missing}");
}

#[test]
fn wrong_settings_are_named() {
    for (name, value, key) in [
        ("OCTIM_LISTEN", "8080", "listen"),
        ("OCTIM_PUBLIC_URL", "chat.example.com", "public_url"),
        ("OCTIM_PUBLIC_URL", "https://example.com/chat", "public_url"),
        ("OCTIM_TRUSTED_PROXIES", "10.0.0.0/33", "trusted_proxies"),
        ("OCTIM_OUTBOUND__ALLOWED_NETWORKS", "intranet", "outbound.allowed_networks"),
        ("OCTIM_DATABASE__URL", "mysql://db", "database.url"),
        ("OCTIM_BUS__REDIS_URL", "cache:6379", "bus.redis_url"),
        ("OCTIM_FILES__S3__BUCKET", "b", "files.s3.endpoint"),
        ("OCTIM_LOG__LEVEL", "loud", "log.level"),
        ("OCTIM_LIMITS__UPLOADS", "many", "limits.uploads"),
        ("OCTIM_LIMITS__UPLOAD", "3/1h", "limits.upload"),
    ] {
        let complaint = complaint(from_variables(&[(name, value)]));
        assert!(complaint.contains(key), "{name}={value}: {complaint}");
    }
    let many = [("OCTIM_DATABASE__URL", "postgres://db"), ("OCTIM_DATABASE__MAX_CONNECTIONS", "x")];
    let complaint = complaint(from_variables(&many));
    assert!(complaint.contains("database.max_connections"), "{complaint}");
}

#[test]
fn unknown_setting_is_an_error_that_names_it() {
    for complaint in [
        complaint(from_file("listn = '1.1.1.1:1'")),
        complaint(from_file("[database]\nlistn = 1")),
        complaint(from_variables(&[("OCTIM_LISTN", "1.1.1.1:1")])),
        complaint(from_variables(&[("OCTIM_BUS__LISTN", "x")])),
    ] {
        assert!(complaint.contains("listn"), "{complaint}");
    }
}

#[test]
fn variables_of_others_are_no_settings() {
    from_variables(&[
        ("PATH", "/bin"),
        ("OCTIM_TEST_REDIS_URL", "redis://x"),
        ("OCTIM_BIN", "/x/octim"),
        ("OCTIM_PORT", "tcp://10.0.0.1:8080"),
        ("OCTIM_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("OCTIM_SERVICE_HOST", "10.0.0.1"),
    ])
    .unwrap();
}

#[test]
fn broken_file_is_named_with_the_place() {
    let complaint = complaint(from_file("listen = \n"));
    assert!(complaint.contains("octim.toml") && complaint.contains("line 1"), "{complaint}");
    let flags = Flags { config: Some("/no/such.toml".into()), ..Flags::default() };
    let error = Config::from_sources(&flags, HashMap::new()).unwrap_err().to_string();
    assert!(error.starts_with("cannot read the configuration file /no/such.toml"), "{error}");
}

#[test]
fn no_secret_is_printed() {
    const CANARY: &str = "canary-8f3a";
    let secrets = format!(
        "[database]\nurl = 'postgres://u:{CANARY}@db/x'\n[bus]\nredis_url = 'redis://:{CANARY}@c'\n\
         [keys]\nroot = '{CANARY}'\n[files.s3]\nendpoint = 'https://s3'\nbucket = 'b'\n\
         access_key_id = 'i'\nsecret_access_key = '{CANARY}'"
    );
    let config = from_file(&secrets).unwrap();
    assert!(!config.describe().contains(CANARY));
    assert!(!format!("{config:?}").contains(CANARY));
    // A secret in the wrong place is not repeated either.
    for text in [
        format!("database = '{CANARY}'"),
        format!("[bus]\nredis_url = ['{CANARY}']"),
        format!("log = '{CANARY}'"),
        format!("listen = {CANARY}"),
    ] {
        assert!(!complaint(from_file(&text)).contains(CANARY), "{text}");
    }
}

#[test]
fn described_configuration_can_be_read_again() {
    let config = from_file("trusted_proxies = ['10.0.0.0/8']\n[limits]\nuploads = '3/1h'").unwrap();
    let described = config.describe();
    let again = from_file(&described.replace(&config.data_dir.display().to_string(), "/elsewhere"));
    assert_eq!(again.unwrap().rates, config.rates, "{described}");
}

#[test]
fn own_encoder_is_read_whole_or_refused_by_key() {
    let file = "[encoder]\nmodel = '/srv/bge'\nprefix = 'query: '\npooling = 'cls'\nmax_tokens = 256";
    let config = from_file(file).unwrap();
    let again = from_file(&config.describe().replace(&config.data_dir.display().to_string(), "/elsewhere"));
    let encoder = again.unwrap().encoder.unwrap();
    assert_eq!(
        (encoder.folder.as_path(), encoder.library.as_path()),
        ("/srv/bge".as_ref(), "libonnxruntime.so".as_ref())
    );
    assert_eq!(
        (encoder.prefix.as_str(), encoder.pooling, encoder.max_tokens),
        ("query: ", Pooling::Cls, 256)
    );
    assert!(from_file("").unwrap().encoder.is_none());
    for (settings, key) in [
        ("library = '/usr/lib/libonnxruntime.so'", "encoder.model"),
        ("model = 'a'\npooling = 'max'", "encoder.pooling"),
        ("model = 'a'\nmax_tokens = 8", "encoder.max_tokens"),
        ("model = 'a'\nmax_tokens = 100000", "encoder.max_tokens"),
    ] {
        let complaint = complaint(from_file(&format!("[encoder]\n{settings}")));
        assert!(complaint.contains(key), "{settings}: {complaint}");
    }
}

#[test]
fn public_url_is_an_origin_as_browsers_write_it() {
    for (given, origin) in [
        ("https://Chat.Example.com:443/", "https://chat.example.com"),
        ("http://chat.example.com:8080", "http://chat.example.com:8080"),
        ("https://客服.example", "https://xn--ubtq9x.example"),
    ] {
        assert_eq!(PublicUrl::parse(given).unwrap().origin(), origin);
    }
    assert_eq!(PublicUrl::parse("https://a.example").unwrap().socket_origin(), "wss://a.example");
    for listen in ["0.0.0.0:8080", "[::]:8080"] {
        let guess = PublicUrl::of_listener(listen.parse().unwrap());
        assert_eq!(guess.origin(), "http://localhost:8080");
        assert!(!guess.is_configured());
    }
}

#[test]
fn half_a_cluster_is_worth_a_warning() {
    let config = from_variables(&[("OCTIM_BUS__REDIS_URL", "redis://cache")]).unwrap();
    assert_eq!(config.warnings().len(), 3);
}

#[test]
fn example_file_holds_the_defaults() {
    let example = include_str!("../../../../config.example.toml");
    let settings: String = example
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    let config = from_file(&settings).unwrap();
    let (given, default) = (config.describe(), from_file("").unwrap().describe());
    let lines = |text: &str| {
        text.lines()
            .filter(|line| !line.contains('/') || line.contains("/1"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&given), lines(&default));
}
