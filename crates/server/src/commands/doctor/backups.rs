//! Whether the newest backup is there, whole and new enough; and the way out of a damaged database.

use super::{Doctor, Finding, Subject};
use crate::{
    app,
    backup::{
        self,
        read::Backup,
        schedule::{self, State},
    },
    config::{Config, Database},
};
use jiff::Timestamp;
use model::Millis;
use service::Clock;
use std::path::{Path, PathBuf};

const SUBJECT: Subject = Subject::Backup;
const HOUR: Millis = 60 * 60 * 1_000;

impl Doctor<'_> {
    pub(super) async fn backup(&self) -> Vec<Finding> {
        let config = self.config;
        let is_new = matches!(&config.database, Database::Sqlite { path } if !path.exists());
        let Some(folder) = &config.backup.folder else {
            return vec![if is_new {
                Finding::ok(SUBJECT, self.tell("nothing to save yet", "尚无数据"))
            } else {
                Finding::warning(
                    SUBJECT,
                    self.tell(
                        "the server takes none by itself: set backup.folder, or run octim backup every day",
                        "服务器没有自动备份：请设置 backup.folder，或每天运行 octim backup",
                    ),
                )
            }];
        };
        let state = self.state().await;
        let mut findings = vec![self.newest(folder, is_new)];
        if let Some(error) = state.and_then(|state| state.error) {
            let detail = self.tell(
                format_args!("the last try failed: {error}"),
                format_args!("最近一次备份失败：{error}"),
            );
            findings.push(Finding::warning(SUBJECT, detail));
        }
        findings.extend(self.key_beside(folder));
        findings
    }

    fn newest(&self, folder: &Path, is_new: bool) -> Finding {
        let found = match schedule::list(folder) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Finding::failed(SUBJECT, format_args!("{}: {error}", folder.display())),
        };
        let Some(newest) = found.last() else {
            let place = folder.display();
            let detail = self.tell(
                format_args!("there is none in {place} yet; octim serve takes one soon after its start"),
                format_args!("{place} 中还没有备份；octim serve 启动后不久就会自动备份"),
            );
            return if is_new { Finding::ok(SUBJECT, detail) } else { Finding::warning(SUBJECT, detail) };
        };
        let name = newest.display();
        let manifest = match open(self.config, newest).and_then(Backup::verify) {
            Ok((manifest, _)) => manifest,
            Err(error) => {
                let detail = self.tell(
                    format_args!("{name} cannot be restored: {error:#}"),
                    format_args!("{name} 无法用于恢复：{error:#}"),
                );
                let mut finding = Finding::failed(SUBJECT, detail);
                finding.steps = vec![
                    self.tell(
                        "Take a new one now: octim backup FILE, on another disk.",
                        "立即在另一块磁盘上重新备份：octim backup FILE。",
                    ),
                    self.tell(
                        "See whether that disk is failing (dmesg, smartctl), and whether backup.key_file is the right one.",
                        "检查该磁盘是否出现故障（dmesg、smartctl），以及 backup.key_file 是否正确。",
                    ),
                ];
                return finding;
            }
        };
        let age = (Clock::System.now() - manifest.created_at).max(0);
        let hours = age / HOUR;
        let every = self.config.backup.every.as_millis() as Millis;
        if age > 2 * every {
            let due = every as f64 / HOUR as f64;
            let detail = self.tell(
                format_args!("the newest, {name}, is {hours} hours old; there should be one every {due} hours: is octim serve running, and what does its log say?"),
                format_args!("最新的备份 {name} 已有 {hours} 小时，应每 {due} 小时一次：octim serve 是否在运行？日志里写了什么？"),
            );
            return Finding::failed(SUBJECT, detail);
        }
        let detail = self.tell(
            format_args!("{name}, {hours} hours old, read through and whole; {} are kept", found.len()),
            format_args!("{name}，{hours} 小时前，已通读且完整；共保留 {} 份", found.len()),
        );
        Finding::ok(SUBJECT, detail)
    }

    fn key_beside(&self, folder: &Path) -> Option<Finding> {
        let key = self.config.backup.key_file.as_ref()?;
        key.starts_with(folder).then(|| {
            let detail = self.tell(
                format_args!(
                    "{} lies beside the backups that it seals: whoever has one has both",
                    key.display()
                ),
                format_args!("{} 与它加密的备份放在一起：拿到备份的人也就拿到了密钥", key.display()),
            );
            Finding::warning(SUBJECT, detail)
        })
    }

    async fn state(&self) -> Option<State> {
        if matches!(&self.config.database, Database::Sqlite { path } if !path.exists()) {
            return None;
        }
        let store = app::open_store_as_it_is(self.config).await.ok()?;
        let state = State::read(&store).await.ok();
        store.close().await;
        state
    }

    /// What a person does about a page that cannot be read.
    pub(super) fn steps_for_damage(&self) -> Vec<String> {
        let data = self.config.data_dir.display();
        let newest = self.newest_whole();
        let mut steps = vec![
            self.tell(
                "Stop the server. Nothing that it writes from now on is safe.",
                "停止服务器：从现在起写入的内容都不可靠。",
            ),
            self.tell(
                format_args!("Copy the whole data folder to another disk before anything else: cp -a {data} /another/disk/octim-damaged. A damaged page often announces a dying disk (dmesg, smartctl)."),
                format_args!("先把整个数据目录复制到另一块磁盘：cp -a {data} /another/disk/octim-damaged。页面损坏常是磁盘将坏的先兆（dmesg、smartctl）。"),
            ),
            self.tell(
                format_args!("Move the database away and leave the rest: mkdir {data}/damaged && mv {data}/octim.db* {data}/damaged/"),
                format_args!("移走数据库，其余保留：mkdir {data}/damaged && mv {data}/octim.db* {data}/damaged/"),
            ),
        ];
        if let Some((path, at)) = newest {
            let restore = self.restore_command(&path);
            steps.push(self.tell(
                format_args!("Restore the newest whole backup, of {at}: {restore}"),
                format_args!("用最新的完整备份（{at}）恢复：{restore}"),
            ));
            steps.push(self.tell(
                    format_args!("What was written after {at} may still be read from the damaged file: sqlite3 {data}/damaged/octim.db .recover > rescued.sql (docs/backup.md tells how to look into it)."),
                    format_args!("{at} 之后写入的内容也许还能从损坏的文件中读出：sqlite3 {data}/damaged/octim.db .recover > rescued.sql（查看方法见 docs/backup.md）。"),
                ));
        } else {
            steps.push(self.tell(
                    format_args!("If you have a backup: octim restore FILE --data-dir {data}. None was found in backup.folder."),
                    format_args!("如果另有备份：octim restore FILE --data-dir {data}。backup.folder 中没有找到。"),
                ));
            steps.push(self.tell(
                    format_args!("Without one, save what can still be read: sqlite3 {data}/damaged/octim.db .recover | sqlite3 {data}/octim.db, then octim migrate --new-epoch."),
                    format_args!("如果没有备份，就抢救仍可读出的内容：sqlite3 {data}/damaged/octim.db .recover | sqlite3 {data}/octim.db，然后运行 octim migrate --new-epoch。"),
                ));
        }
        steps.push(self.tell(
            "Run octim doctor again, and start the server when it finds nothing.",
            "再次运行 octim doctor，没有异常后再启动服务器。",
        ));
        steps
    }

    pub(super) fn restore_command(&self, backup: &Path) -> String {
        let (backup, data) = (backup.display(), self.config.data_dir.display());
        let key = self.config.backup.key_file.as_ref();
        let seal = key.map(|path| format!(" --key-file {}", path.display())).unwrap_or_default();
        format!("octim restore {backup}{seal} --data-dir {data}")
    }

    /// The newest backup that could be restored, and when it was taken.
    pub(super) fn newest_whole(&self) -> Option<(PathBuf, Timestamp)> {
        let found = schedule::list(self.config.backup.folder.as_ref()?).ok()?;
        found.into_iter().rev().find_map(|path| {
            let (manifest, _) = open(self.config, &path).and_then(Backup::verify).ok()?;
            Some((path, Timestamp::from_millisecond(manifest.created_at).ok()?))
        })
    }
}

fn open(config: &Config, path: &Path) -> anyhow::Result<Backup> {
    // A folder may hold older ones from before they were sealed.
    let is_sealed = path.extension().is_some_and(|ending| ending == "sealed");
    let key = config.backup.key_file.as_deref().filter(|_| is_sealed);
    Backup::open(path, backup::passphrase(key)?.as_ref())
}
