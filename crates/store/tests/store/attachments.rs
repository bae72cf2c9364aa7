//! Attachments: uploaded, sent once, or deleted.

use crate::fixture::*;
use model::{AgentId, AttachmentId, Content, FileRef, MediaKind, Millis, Sender, WorkspaceId};
use store::{
    Store,
    attachments::{Attachment, NewAttachment},
};

pub async fn upload(store: &Store, workspace: WorkspaceId, sender: Sender, at: Millis) -> Attachment {
    let new = NewAttachment {
        workspace_id: workspace,
        sender,
        name: "发票.png".into(),
        media_type: "image/png".into(),
        kind: MediaKind::Image,
        size: 1_234,
        width: Some(640),
        height: Some(480),
        checksum: "ab".repeat(32),
        blob_key: unique("blob"),
        thumbnail: Some((unique("thumb"), "image/webp".into())),
    };
    store.insert_attachment(new, at).await.unwrap()
}

const AGENT: Sender = Sender::Agent(AgentId(7));

both! {
    async fn attachment_is_found_in_its_workspace_only(store: &TestStore) {
        let here = workspace(store).await;
        let made = upload(store, here, AGENT, NOW).await;
        assert_eq!(made.conversation_id, None);
        assert_eq!(store.find_attachment(here, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_attachment(workspace(store).await, made.id).await.unwrap(), None);
        let file = FileRef::from(made.clone());
        assert_eq!((file.id, file.size, file.has_thumbnail), (made.id, 1_234, true));
    }

    async fn sending_binds_the_file_to_the_conversation(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let made = upload(store, talk.workspace, Sender::Visitor(who.id), NOW).await;
        let sent = talk.send(&who, Content::File(made.clone().into())).await.unwrap();
        let found = store.find_attachment(talk.workspace, made.id).await.unwrap().unwrap();
        assert_eq!(found.conversation_id, Some(sent.conversation.id));
        let again = talk.send(&who, Content::File(made.clone().into())).await;
        assert!(matches!(again, Err(Error::FileUsed)));
        assert!(!store.delete_unsent_attachment(talk.workspace, made.id).await.unwrap());
        assert_eq!(store.list_unsent_attachments(NOW + DAY, 10).await.unwrap(), []);
    }

    async fn unsent_uploads_are_listed_oldest_first_and_deleted(store: &TestStore) {
        let here = workspace(store).await;
        let newer = upload(store, here, AGENT, NOW + 2).await;
        let older = upload(store, here, AGENT, NOW + 1).await;
        upload(store, here, AGENT, NOW + 3).await;
        let listed = store.list_unsent_attachments(NOW + 3, 10).await.unwrap();
        assert_eq!(listed, [older.clone(), newer]);
        assert_eq!(store.list_unsent_attachments(NOW + 3, 1).await.unwrap()[..], listed[..1]);
        assert!(!store.delete_unsent_attachment(workspace(store).await, older.id).await.unwrap());
        assert!(store.delete_unsent_attachment(here, older.id).await.unwrap());
        assert_eq!(store.find_attachment(here, older.id).await.unwrap(), None);
    }

    async fn blob_keys_come_in_pages_over_all_workspaces(store: &TestStore) {
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(upload(store, workspace(store).await, AGENT, NOW).await);
        }
        let mut seen = Vec::new();
        let mut after: Option<AttachmentId> = None;
        loop {
            let page = store.list_blob_keys(after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            seen.extend(page);
        }
        let expected: Vec<_> =
            made.iter().map(|file| (file.id, file.blob_key.clone(), file.thumbnail_key.clone())).collect();
        let seen: Vec<_> =
            seen.into_iter().map(|keys| (keys.id, keys.blob_key, keys.thumbnail_key)).collect();
        assert_eq!(seen, expected);
    }
}
