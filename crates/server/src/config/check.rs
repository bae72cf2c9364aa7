//! The checks that turn settings into [`Config`]. Invariant: each refusal names its key.

use super::{
    Backup, Blobs, BusChoice, Config, ConfigError, DEFAULT_DATA_DIR, Database, EncoderFile, Keys, Log,
    LogFormat, LogLevel, Pooling, PublicUrl, RootKeySource, S3,
    raw::{Raw, RawBackup, RawBus, RawDatabase, RawEncoder, RawFiles, RawKeys, RawLog},
    secret::{self, Secret},
};
use crate::rate::{Rate, Rates};
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

/// Looked for where the system keeps its libraries.
const DEFAULT_RUNTIME: &str = "libonnxruntime.so";
/// What most sentence encoders were trained with.
const DEFAULT_TOKENS: u64 = 512;
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_CONNECTIONS: u32 = 16;
const DEFAULT_BACKUP_EVERY: &str = "24h";
const DEFAULT_BACKUPS_KEPT: u64 = 14;
/// Seconds; proxies commonly close what was silent for 60.
const DEFAULT_HEARTBEAT: u64 = 25;

impl Raw {
    pub fn check(self) -> Result<Config, ConfigError> {
        let data_dir = self.data_dir.unwrap_or_else(|| DEFAULT_DATA_DIR.into());
        let listen = parse_listen(self.listen.as_deref().unwrap_or(DEFAULT_LISTEN))?;
        let public_url = match non_empty(self.public_url) {
            Some(text) => {
                PublicUrl::parse(&text).map_err(|reason| ConfigError::setting("public_url", reason))?
            }
            None => PublicUrl::of_listener(listen),
        };
        Ok(Config {
            listen,
            public_url,
            trusted_proxies: networks("trusted_proxies", &self.trusted_proxies.0)?,
            is_demo: false,
            outbound_networks: networks("outbound.allowed_networks", &self.outbound.allowed_networks.0)?,
            encoder: self.encoder.check()?,
            database: self.database.check(&data_dir)?,
            bus: self.bus.check()?,
            blobs: self.files.check(&data_dir)?,
            keys: self.keys.check(&data_dir)?,
            log: self.log.check()?,
            backup: self.backup.check()?,
            rates: rates(self.limits)?,
            heartbeat: heartbeat(self.heartbeat)?,
            data_dir,
        })
    }
}

impl RawEncoder {
    fn check(self) -> Result<Option<EncoderFile>, ConfigError> {
        let Some(folder) = self.model.filter(|folder| !folder.as_os_str().is_empty()) else {
            let is_half = self.library.is_some()
                || self.prefix.is_some()
                || self.pooling.is_some()
                || self.max_tokens.is_some();
            if is_half {
                return Err(ConfigError::setting("encoder.model", "is missing: the folder of the model"));
            }
            return Ok(None);
        };
        let pooling = match self.pooling.as_deref() {
            None | Some("mean") => Pooling::Mean,
            Some("cls") => Pooling::Cls,
            Some(_) => return Err(ConfigError::setting("encoder.pooling", "must be mean or cls")),
        };
        let max_tokens = match self.max_tokens.unwrap_or(DEFAULT_TOKENS) {
            tokens @ 16..=8_192 => tokens as usize,
            _ => return Err(ConfigError::setting("encoder.max_tokens", "must be 16 to 8192")),
        };
        let library = self.library.filter(|path| !path.as_os_str().is_empty());
        Ok(Some(EncoderFile {
            folder,
            library: library.unwrap_or_else(|| DEFAULT_RUNTIME.into()),
            prefix: self.prefix.unwrap_or_default(),
            pooling,
            max_tokens,
        }))
    }
}

impl RawDatabase {
    fn check(self, data_dir: &Path) -> Result<Database, ConfigError> {
        let Some(url) = secret::one_of("database.url", self.url, self.url_file)? else {
            return Ok(Database::Sqlite { path: data_dir.join("octim.db") });
        };
        if !secret::starts_with(&url, &["postgres://", "postgresql://"]) {
            let reason = "must start with postgres:// (leave it out for SQLite)";
            return Err(ConfigError::setting("database.url", reason));
        }
        match self.max_connections.unwrap_or(DEFAULT_CONNECTIONS) {
            max_connections @ 2..=1_000 => Ok(Database::Postgres { url, max_connections }),
            _ => Err(ConfigError::setting("database.max_connections", "must be 2 to 1000")),
        }
    }
}

impl RawBus {
    fn check(self) -> Result<BusChoice, ConfigError> {
        let Some(url) = secret::one_of("bus.redis_url", self.redis_url, self.redis_url_file)? else {
            return Ok(BusChoice::Local);
        };
        if !secret::starts_with(&url, &["redis://", "unix://", "redis+unix://"]) {
            let reason = "must start with redis:// (leave it out for a single node)";
            return Err(ConfigError::setting("bus.redis_url", reason));
        }
        let prefix = non_empty(self.prefix).unwrap_or_else(|| "octim".to_owned());
        Ok(BusChoice::Redis { url, prefix })
    }
}

impl RawFiles {
    fn check(self, data_dir: &Path) -> Result<Blobs, ConfigError> {
        let Some(s3) = self.s3 else {
            let folder = self.folder.unwrap_or_else(|| data_dir.join("files"));
            return Ok(Blobs::Disk { folder });
        };
        let needed = |key: &str, value: Option<String>| {
            non_empty(value)
                .ok_or_else(|| ConfigError::setting(&format!("files.s3.{key}"), "is missing; S3 needs it"))
        };
        let secret =
            secret::one_of("files.s3.secret_access_key", s3.secret_access_key, s3.secret_access_key_file)?;
        let endpoint = needed("endpoint", s3.endpoint)?;
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(ConfigError::setting("files.s3.endpoint", "must start with https://"));
        }
        Ok(Blobs::S3(S3 {
            endpoint,
            region: non_empty(s3.region).unwrap_or_else(|| "us-east-1".to_owned()),
            bucket: needed("bucket", s3.bucket)?,
            prefix: s3.prefix.unwrap_or_default(),
            access_key_id: needed("access_key_id", s3.access_key_id)?,
            secret_access_key: secret.ok_or_else(|| {
                ConfigError::setting("files.s3.secret_access_key", "is missing; S3 needs it")
            })?,
            virtual_hosted: s3.virtual_hosted,
        }))
    }
}

impl RawKeys {
    fn check(self, data_dir: &Path) -> Result<Keys, ConfigError> {
        let root = match (self.root, self.root_file) {
            (Some(_), Some(_)) => return Err(secret::both("keys.root")),
            (Some(Secret(value)), None) => RootKeySource::Value(value),
            (None, Some(path)) => RootKeySource::File(path),
            (None, None) => RootKeySource::Generated(data_dir.join("root.key")),
        };
        Ok(Keys { root, previous: self.previous_files.0.into_iter().map(Into::into).collect() })
    }
}

impl RawLog {
    fn check(self) -> Result<Log, ConfigError> {
        let format = match self.format.as_deref() {
            None | Some("human") => LogFormat::Human,
            Some("json") => LogFormat::Json,
            Some(_) => return Err(ConfigError::setting("log.format", "must be human or json")),
        };
        let level = match self.level.as_deref() {
            Some("error") => LogLevel::Error,
            Some("warn") => LogLevel::Warn,
            None | Some("info") => LogLevel::Info,
            Some("debug") => LogLevel::Debug,
            Some(_) => {
                let reason = "must be error, warn, info or debug";
                return Err(ConfigError::setting("log.level", reason));
            }
        };
        Ok(Log { format, level })
    }
}

impl RawBackup {
    fn check(self) -> Result<Backup, ConfigError> {
        let every = self.every.as_deref().unwrap_or(DEFAULT_BACKUP_EVERY);
        let keep = match self.keep.unwrap_or(DEFAULT_BACKUPS_KEPT) {
            keep @ 1..=1_000 => keep as usize,
            _ => return Err(ConfigError::setting("backup.keep", "must be 1 to 1000")),
        };
        Ok(Backup {
            folder: self.folder.filter(|folder| !folder.as_os_str().is_empty()),
            every: period(every).ok_or_else(|| {
                ConfigError::setting("backup.every", "must be like 24h: a number and m, h or d, 31d at most")
            })?,
            keep,
            key_file: self.key_file.filter(|path| !path.as_os_str().is_empty()),
            before_upgrade: self.before_upgrade.unwrap_or(true),
        })
    }
}

/// `90m`, `24h` or `7d`.
fn period(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return None,
    };
    let minutes = number.parse::<u64>().ok()?.checked_mul(minutes)?;
    (1..=31 * 24 * 60).contains(&minutes).then(|| Duration::from_secs(minutes * 60))
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn parse_listen(text: &str) -> Result<SocketAddr, ConfigError> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    local
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| ConfigError::setting("listen", "must be an address and a port, such as 0.0.0.0:8080"))
}

fn networks(key: &str, texts: &[String]) -> Result<Vec<IpNet>, ConfigError> {
    let network = |text: &String| {
        text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
            let reason = format!("{text:?} is no address or network, such as 10.0.0.0/8");
            ConfigError::setting(key, reason)
        })
    };
    texts.iter().map(network).collect()
}

fn heartbeat(seconds: Option<u64>) -> Result<Duration, ConfigError> {
    match seconds.unwrap_or(DEFAULT_HEARTBEAT) {
        seconds @ 1..=300 => Ok(Duration::from_secs(seconds)),
        _ => Err(ConfigError::setting("heartbeat", "must be 1 to 300 seconds")),
    }
}

fn rates(given: BTreeMap<String, String>) -> Result<Rates, ConfigError> {
    let mut rates = Rates::default();
    for (name, text) in given {
        let key = format!("limits.{name}");
        if name == "relaxed" {
            match text.as_str() {
                "true" => rates = Rates::relaxed(),
                "false" => {}
                _ => return Err(ConfigError::setting(&key, "must be true or false")),
            }
            continue;
        }
        let rate = Rate::parse(&text).map_err(|reason| ConfigError::setting(&key, reason))?;
        rates.set(&name, rate).map_err(|reason| ConfigError::setting(&key, reason))?;
    }
    Ok(rates)
}
