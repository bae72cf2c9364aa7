//! What `octim doctor` looks at, one function a subject.

use super::{super::folder, Doctor, Finding, Subject};
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

impl Doctor<'_> {
    pub async fn all(&self) -> Vec<Finding> {
        let mut findings = self.configuration();
        findings.push(self.data_folder());
        findings.extend(self.key());
        findings.push(self.database().await);
        findings.extend(self.backup().await);
        findings.push(self.files().await);
        findings.extend(self.stored_files().await);
        findings.push(self.bus().await);
        findings.push(self.encoder().await);
        findings.push(self.address().await);
        findings.push(if Assets::load().is_complete() {
            Finding::ok(Subject::Web, self.tell("console and chat window", "工作台与聊天窗口"))
        } else {
            let detail = self.tell(
                "this build has no console or no chat window: run npm run build first",
                "这个构建缺少工作台或聊天窗口：请先运行 npm run build",
            );
            Finding::failed(Subject::Web, detail)
        });
        findings
    }

    fn configuration(&self) -> Vec<Finding> {
        let warnings = self.config.warnings();
        if warnings.is_empty() {
            let url = &self.config.public_url;
            let detail = self.tell(format_args!("for {url}"), format_args!("对外地址 {url}"));
            return vec![Finding::ok(Subject::Configuration, detail)];
        }
        let finding = |warning| Finding::warning(Subject::Configuration, warning);
        warnings.into_iter().map(finding).collect()
    }

    fn data_folder(&self) -> Finding {
        let folder = &self.config.data_dir;
        match folder::prepare(self.config) {
            Ok(()) if others_may_read(folder) => {
                Finding::warning(Subject::DataFolder, self.readable(folder, 700))
            }
            Ok(()) => Finding::ok(Subject::DataFolder, folder.display()),
            Err(error) => Finding::failed(Subject::DataFolder, error),
        }
    }

    fn readable(&self, path: &Path, mode: u32) -> String {
        let path = path.display();
        self.tell(
            format_args!("others may read {path}: chmod {mode} {path}"),
            format_args!("其他用户可以读取 {path}：chmod {mode} {path}"),
        )
    }

    fn key(&self) -> Vec<Finding> {
        let file = match &self.config.keys.root {
            RootKeySource::Generated(path) if !path.exists() => {
                let detail = self.tell("will be made at the first start", "首次启动时生成");
                return vec![Finding::ok(Subject::Key, detail)];
            }
            RootKeySource::Generated(path) | RootKeySource::File(path) => Some(path.as_path()),
            RootKeySource::Value(_) => None,
        };
        let mut findings = vec![match keys::load(&self.config.keys) {
            Ok(_) => Finding::ok(Subject::Key, self.tell("can be read", "可以读取")),
            Err(error) => Finding::failed(Subject::Key, format_args!("{error:#}")),
        }];
        if let Some(path) = file
            && others_may_read(path)
        {
            findings.push(Finding::warning(Subject::Key, self.readable(path, 600)));
        }
        findings
    }

    async fn database(&self) -> Finding {
        let kind = match &self.config.database {
            config::Database::Sqlite { path } if !path.exists() => {
                let detail = self.tell("SQLite; will be made at the first start", "SQLite；首次启动时创建");
                return Finding::ok(Subject::Database, detail);
            }
            config::Database::Sqlite { .. } => "SQLite",
            config::Database::Postgres { .. } => "PostgreSQL",
        };
        match self.inspect().await {
            Ok(state) => Finding::ok(Subject::Database, format_args!("{kind}{state}")),
            Err(error) => self.unusable(kind, &error),
        }
    }

    fn unusable(&self, kind: &str, error: &anyhow::Error) -> Finding {
        let mut finding = Finding::failed(Subject::Database, format_args!("{kind}: {error:#}"));
        if let Some(store::Error::Damaged(_)) = error.downcast_ref() {
            finding.steps = self.steps_for_damage();
        } else if kind == "PostgreSQL" {
            finding.steps = vec![self.tell(
                "See that it runs and that database.url is right.",
                "确认 PostgreSQL 正在运行，且 database.url 正确。",
            )];
        }
        finding
    }

    /// How it is, without changing its schema.
    async fn inspect(&self) -> anyhow::Result<String> {
        let opened = timeout(MAX_WAIT, app::open_store_as_it_is(self.config)).await;
        let store = opened.map_err(|_| anyhow::anyhow!(self.tell("it does not answer", "没有响应")))??;
        let found = self.inspect_store(&store).await;
        store.close().await;
        found
    }

    async fn inspect_store(&self, store: &Store) -> anyhow::Result<String> {
        // As long as it takes: all of it is read.
        store.check().await?;
        let (schema, newest) = (store.schema().await?, store::newest_schema());
        anyhow::ensure!(
            schema <= newest,
            self.tell(
                format_args!("its schema has version {schema}, and this program knows {newest} at most: start the newer program, or restore a backup from before the upgrade"),
                format_args!("数据库结构为第 {schema} 版，本程序最高支持第 {newest} 版：请使用更新的程序，或恢复升级前的备份"),
            )
        );
        if schema < newest {
            return Ok(self.tell(
                format_args!(", sound; the next start brings its schema from version {schema} to {newest}, after a backup"),
                format_args!("，完好；下次启动时先备份，再把结构从第 {schema} 版升级到第 {newest} 版"),
            ));
        }
        Ok(match store.first_workspace().await? {
            Some(workspace) => self.tell(
                format_args!(", sound; set up for {}", workspace.name),
                format_args!("，完好；工作区「{}」", workspace.name),
            ),
            None => self.tell(", sound; not set up yet", "，完好；尚未完成初始设置"),
        })
    }

    async fn files(&self) -> Finding {
        let place = match &self.config.blobs {
            config::Blobs::Disk { folder } => folder.display().to_string(),
            config::Blobs::S3(s3) => format!("{} @ {}", s3.bucket, s3.endpoint),
        };
        match timeout(MAX_WAIT, write_and_read(self.config)).await {
            Ok(Ok(())) => Finding::ok(Subject::Files, place),
            Ok(Err(error)) => Finding::failed(Subject::Files, format_args!("{place}: {error:#}")),
            Err(_) => {
                let detail =
                    self.tell(format_args!("{place} does not answer"), format_args!("{place} 没有响应"));
                Finding::failed(Subject::Files, detail)
            }
        }
    }

    async fn bus(&self) -> Finding {
        let BusChoice::Redis { url, prefix } = &self.config.bus else {
            return Finding::ok(Subject::Bus, self.tell("within this process", "进程内"));
        };
        let options = bus::Options { prefix: prefix.clone(), ..bus::Options::default() };
        match Bus::redis_with(url.expose_secret(), options, None).await {
            Ok(bus) if bus.is_connected() => {
                bus.close().await;
                Finding::ok(Subject::Bus, self.tell("Redis answers", "Redis 有响应"))
            }
            Ok(_) => {
                let detail = self.tell(
                    "Redis cannot be reached: nodes would work alone",
                    "无法连接 Redis：各节点将各自为政",
                );
                Finding::failed(Subject::Bus, detail)
            }
            Err(error) => Finding::failed(Subject::Bus, error),
        }
    }

    async fn address(&self) -> Finding {
        let address = self.config.listen;
        match TcpListener::bind(address).await {
            Ok(_) => {
                let detail = self.tell(format_args!("{address} is free"), format_args!("{address} 空闲"));
                Finding::ok(Subject::Address, detail)
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                let answer = timeout(MAX_WAIT, is_octim(self.config)).await;
                if answer.is_ok_and(|answer| answer.unwrap_or(false)) {
                    let detail = self.tell(
                        format_args!("OctIM is running at {address}"),
                        format_args!("OctIM 正在 {address} 运行"),
                    );
                    Finding::ok(Subject::Address, detail)
                } else {
                    let detail = self.tell(
                        format_args!("another program has {address}"),
                        format_args!("{address} 已被其他程序占用"),
                    );
                    Finding::failed(Subject::Address, detail)
                }
            }
            Err(error) => Finding::failed(Subject::Address, crate::cli::Failure::address(address, &error)),
        }
    }
}

fn others_may_read(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
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

async fn is_octim(config: &Config) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(config.listen).await?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"ok\n"))
}
