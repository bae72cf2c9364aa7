//! The mood of a conversation is written by the writer, in order; that of messages beside it.

use crate::fixture::*;
use model::{Action, MessageMood, Mood, MoodKind, Refusal, WorkspaceSettings, mood::MoodWords};
use store::Error;

fn angry(seq: i64, strength: u8) -> Action {
    feels(Mood { kind: MoodKind::Angry, strength, seq })
}

both! {
    async fn a_mood_is_kept_and_only_a_change_of_it_is_a_change(store: &TestStore) {
        let talk = Talk::new(store).await;
        let contact = talk.contact().await;
        let opened = talk.say(&contact, "气死我了").await.conversation;
        let felt = talk.act(&opened, angry(1, 2)).await;
        assert!(felt.changed && felt.messages.is_empty());
        assert_eq!(felt.conversation.version, opened.version + 1);
        let stored = store.find_conversation(talk.workspace, opened.id).await.unwrap().unwrap();
        assert_eq!(stored, *felt.conversation);
        assert_eq!(stored.mood, Some(Mood { kind: MoodKind::Angry, strength: 2, seq: 1 }));
        assert!(!talk.act(&opened, angry(1, 2)).await.changed);
        // Talking on leaves it as it is.
        let later = talk.say(&contact, "在吗").await.conversation;
        assert_eq!(later.mood, stored.mood);
        assert_eq!(store.find_conversation(talk.workspace, opened.id).await.unwrap().unwrap().mood, stored.mood);
    }

    async fn an_older_mood_does_not_replace_a_newer(store: &TestStore) {
        let talk = Talk::new(store).await;
        let contact = talk.contact().await;
        talk.say(&contact, "气死我了").await;
        let opened = talk.say(&contact, "骗子").await.conversation;
        let newest = talk.act(&opened, angry(2, 3)).await.conversation;
        assert!(!talk.act(&opened, angry(1, 1)).await.changed);
        assert_eq!(newest.mood.unwrap().strength, 3);
        let ahead = talk.try_act(&opened, angry(3, 1)).await;
        assert!(matches!(ahead, Err(Error::Refused(Refusal::AheadOfLog))), "{ahead:?}");
    }

    async fn what_messages_show_is_kept_once_and_in_their_workspace(store: &TestStore) {
        let talk = Talk::new(store).await;
        let opened = talk.say(&talk.contact().await, "气死我了").await.conversation;
        let words = vec![MoodWords { kind: MoodKind::Angry, start: 0, end: 4 }];
        let mood = MessageMood { seq: 1, anger: 0.5, kinds: vec![MoodKind::Angry], words, ..MessageMood::default() };
        store.save_moods(talk.workspace, opened.id, std::slice::from_ref(&mood)).await.unwrap();
        let again = MessageMood { anger: 0.75, ..mood.clone() };
        let next = MessageMood { seq: 2, ..mood.clone() };
        store.save_moods(talk.workspace, opened.id, &[again, next.clone()]).await.unwrap();
        store.save_moods(talk.workspace, opened.id, &[]).await.unwrap();
        assert_eq!(store.list_moods(talk.workspace, opened.id, 1).await.unwrap(), [mood, next.clone()]);
        assert_eq!(store.list_moods(talk.workspace, opened.id, 2).await.unwrap(), [next]);
        assert_eq!(store.list_moods(talk.workspace, opened.id, 3).await.unwrap(), []);
        assert_eq!(store.list_moods(workspace(store).await, opened.id, 1).await.unwrap(), []);
    }

    async fn settings_of_a_workspace_are_kept(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        assert_eq!(store.workspace_settings(here).await.unwrap(), WorkspaceSettings::default());
        let off = WorkspaceSettings { moods: false, ..WorkspaceSettings::default() };
        store.update_workspace_settings(here, &off).await.unwrap();
        assert_eq!(store.workspace_settings(here).await.unwrap(), off);
        assert!(store.workspace_settings(elsewhere).await.unwrap().moods);
    }
}
