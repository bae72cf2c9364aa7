//! What `octim doctor` looks at, one function a subject.

use super::{super::folder, Finding};
use crate::{
    app,
    config::{self, BusChoice, Config, RootKeySource},
    http::Assets,
    keys,
};
use bus::Bus;
use bytes::Bytes;
use files::BlobKey;
use model::WorkspaceId;
use secrecy::ExposeSecret as _;
use std::{io::ErrorKind, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};
use store::Store;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const MAX_WAIT: Duration = Duration::from_secs(5);

pub async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = configuration(config);
    findings.push(match folder::prepare(config) {
        Ok(()) if others_may_read(&config.data_dir) => {
            let advice = format!("others may read {0}: chmod 700 {0}", config.data_dir.display());
            Finding::warning("data folder", advice)
        }
        Ok(()) => Finding::ok("data folder", config.data_dir.display()),
        Err(error) => Finding::failed("data folder", error),
    });
    findings.extend(key(config));
    findings.push(database(config).await);
    findings.push(files(config).await);
    findings.push(cluster(config).await);
    findings.push(address(config).await);
    findings.push(if Assets::load().is_complete() {
        Finding::ok("web", "console and chat window")
    } else {
        Finding::failed("web", "this build has no console or no chat window: run npm run build first")
    });
    findings
}

fn configuration(config: &Config) -> Vec<Finding> {
    let warnings = config.warnings();
    if warnings.is_empty() {
        return vec![Finding::ok("configuration", format_args!("for {}", config.public_url))];
    }
    warnings.into_iter().map(|warning| Finding::warning("configuration", warning)).collect()
}

fn key(config: &Config) -> Vec<Finding> {
    let file = match &config.keys.root {
        RootKeySource::Generated(path) if !path.exists() => {
            return vec![Finding::ok("key", "will be made at the first start")];
        }
        RootKeySource::Generated(path) | RootKeySource::File(path) => Some(path.as_path()),
        RootKeySource::Value(_) => None,
    };
    let mut findings = vec![match keys::load(&config.keys) {
        Ok(_) => Finding::ok("key", "can be read"),
        Err(error) => Finding::failed("key", format_args!("{error:#}")),
    }];
    if let Some(path) = file
        && others_may_read(path)
    {
        let advice = format!("others may read {0}: chmod 600 {0}", path.display());
        findings.push(Finding::warning("key", advice));
    }
    findings
}

fn others_may_read(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

async fn database(config: &Config) -> Finding {
    const SUBJECT: &str = "database";
    let kind = match &config.database {
        config::Database::Sqlite { path } if !path.exists() => {
            return Finding::ok(SUBJECT, "SQLite; will be made at the first start");
        }
        config::Database::Sqlite { .. } => "SQLite",
        config::Database::Postgres { .. } => "PostgreSQL",
    };
    match timeout(MAX_WAIT * 12, sound(config)).await {
        Ok(Ok(workspace)) => Finding::ok(SUBJECT, format_args!("{kind}, sound; {workspace}")),
        Ok(Err(error)) => {
            let advice = match kind {
                "SQLite" => "stop the server, move the data folder away, and use octim restore",
                _ => "see that it runs and that database.url is right",
            };
            Finding::failed(SUBJECT, format_args!("{error:#}; {advice}"))
        }
        Err(_) => Finding::failed(SUBJECT, format_args!("{kind} does not answer")),
    }
}

async fn sound(config: &Config) -> anyhow::Result<String> {
    let store = app::open_store(config).await?;
    let found = inspect(&store).await;
    store.close().await;
    found
}

async fn inspect(store: &Store) -> anyhow::Result<String> {
    store.check().await?;
    Ok(match store.first_workspace().await? {
        Some(workspace) => format!("set up for {}", workspace.name),
        None => "not set up yet".to_owned(),
    })
}

async fn files(config: &Config) -> Finding {
    const SUBJECT: &str = "files";
    let place = match &config.blobs {
        config::Blobs::Disk { folder } => folder.display().to_string(),
        config::Blobs::S3(s3) => format!("{} at {}", s3.bucket, s3.endpoint),
    };
    match timeout(MAX_WAIT, write_and_read(config)).await {
        Ok(Ok(())) => Finding::ok(SUBJECT, place),
        Ok(Err(error)) => Finding::failed(SUBJECT, format_args!("{place}: {error:#}")),
        Err(_) => Finding::failed(SUBJECT, format_args!("{place} does not answer")),
    }
}

async fn write_and_read(config: &Config) -> anyhow::Result<()> {
    const PROBE: &[u8] = b"octim doctor";
    let blobs = app::open_blobs(config).await?;
    let key = BlobKey::random(WorkspaceId(0));
    blobs.put(&key, Bytes::from_static(PROBE)).await?;
    let read = blobs.get(&key).await;
    blobs.delete(&key).await?;
    anyhow::ensure!(read? == PROBE, "what was written is not what is read");
    Ok(())
}

async fn cluster(config: &Config) -> Finding {
    const SUBJECT: &str = "bus";
    let BusChoice::Redis { url, prefix } = &config.bus else {
        return Finding::ok(SUBJECT, "within this process");
    };
    let options = bus::Options { prefix: prefix.clone(), ..bus::Options::default() };
    match Bus::redis_with(url.expose_secret(), options).await {
        Ok(bus) if bus.is_connected() => {
            bus.close().await;
            Finding::ok(SUBJECT, "Redis answers")
        }
        Ok(_) => Finding::failed(SUBJECT, "Redis cannot be reached: nodes would work alone"),
        Err(error) => Finding::failed(SUBJECT, error),
    }
}

async fn address(config: &Config) -> Finding {
    const SUBJECT: &str = "address";
    let address = config.listen;
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(SUBJECT, format_args!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if timeout(MAX_WAIT, is_octim(config)).await.is_ok_and(|answer| answer.unwrap_or(false)) {
                Finding::ok(SUBJECT, format_args!("OctIM is running at {address}"))
            } else {
                Finding::failed(SUBJECT, format_args!("another program has {address}"))
            }
        }
        Err(error) => Finding::failed(SUBJECT, crate::cli::Failure::address(address, &error)),
    }
}

async fn is_octim(config: &Config) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(config.listen).await?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"ok\n"))
}
