//! Whether every file that was uploaded is still there and whole; and the way back of one that is not.

use super::{Doctor, Finding, Subject};
use crate::{
    app,
    backup::files::{Look, Lost, look},
    config,
};
use store::attachments::BlobKeys;

/// So many are named.
const NAMED: usize = 10;

impl Doctor<'_> {
    /// None where there is nothing to look at, and where another finding says why not.
    pub(super) async fn stored_files(&self) -> Option<Finding> {
        if matches!(&self.config.database, config::Database::Sqlite { path } if !path.exists()) {
            return None;
        }
        let store = app::open_store_as_it_is(self.config).await.ok()?;
        let blobs = app::open_blobs(self.config).await.ok()?;
        let looked = look(&store, &blobs).await;
        store.close().await;
        let look = looked.ok().filter(|look| look.files > 0)?;
        Some(if look.lost.is_empty() {
            let files = look.files;
            let detail = self.tell(
                format_args!("{files} uploaded, all there and whole"),
                format_args!("已上传的 {files} 个文件均完好"),
            );
            Finding::ok(Subject::Files, detail)
        } else {
            self.lost(&look)
        })
    }

    fn lost(&self, Look { files, lost }: &Look) -> Finding {
        let count = lost.len();
        let detail = self.tell(
            format_args!(
                "{count} of {files} are missing or damaged; whoever opens one is told, the rest goes on"
            ),
            format_args!("{files} 个文件中有 {count} 个丢失或损坏；打开时会提示用户，其余功能不受影响"),
        );
        let mut finding = Finding::failed(Subject::Files, detail);
        finding.steps.extend(lost.iter().take(NAMED).map(|one| self.name(one)));
        if count > NAMED {
            let more = count - NAMED;
            finding
                .steps
                .push(self.tell(format_args!("… and {more} more."), format_args!("……另有 {more} 个。")));
        }
        finding.steps.extend(self.steps_for_files());
        finding
    }

    fn name(&self, Lost { keys, error }: &Lost) -> String {
        let BlobKeys { name, blob_key, .. } = keys;
        let (en, zh) = match error {
            files::Error::Missing => ("missing", "丢失"),
            _ => ("damaged", "损坏"),
        };
        match keys.conversation_id {
            Some(id) => self.tell(
                format_args!("{en}: {name} of conversation {id} ({blob_key})"),
                format_args!("{zh}：会话 {id} 中的「{name}」（{blob_key}）"),
            ),
            None => self.tell(
                format_args!("{en}: {name}, not sent yet ({blob_key})"),
                format_args!("{zh}：尚未发送的「{name}」（{blob_key}）"),
            ),
        }
    }

    /// What a person does about files that cannot be read.
    fn steps_for_files(&self) -> Vec<String> {
        let look = match &self.config.blobs {
            config::Blobs::Disk { .. } => self.tell(
                "See whether the disk is failing (dmesg, smartctl), and what else changes files there.",
                "检查磁盘是否出现故障（dmesg、smartctl），以及是否有其他程序在改动这些文件。",
            ),
            config::Blobs::S3(s3) => {
                let bucket = &s3.bucket;
                self.tell(
                    format_args!("See what deletes objects of the bucket {bucket}: its rules, its log. With versions it may still have them."),
                    format_args!("检查存储桶 {bucket} 中的对象是被什么删除的（生命周期规则、访问日志）；若启用了版本控制，也许仍可找回。"),
                )
            }
        };
        let restore = match self.newest_whole() {
            Some((backup, _)) => {
                let restore = self.restore_command(&backup);
                self.tell(
                    format_args!("Put them back from the newest whole backup; the server may go on: {restore} --files-only"),
                    format_args!("从最新的完整备份中找回，无需停止服务器：{restore} --files-only"),
                )
            }
            None => self.tell(
                "If you have a backup, put them back from it: octim restore FILE --files-only. None was found in backup.folder.",
                "如果另有备份，可从中找回：octim restore FILE --files-only。backup.folder 中没有找到。",
            ),
        };
        let ask = self.tell(
            "What no backup has is gone: ask whoever sent it to send it again.",
            "备份里也没有的文件无法找回，请发送者重新发送。",
        );
        vec![look, restore, ask]
    }
}
