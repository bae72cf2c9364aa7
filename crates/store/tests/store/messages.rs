//! Messages: read in order, from either end.

use crate::fixture::*;
use model::{Content, Message, Role, Scope, Seq};
use store::search::Query;

fn seqs(messages: &[Message]) -> Vec<Seq> {
    messages.iter().map(|message| message.seq).collect()
}

both! {
    async fn messages_are_read_forward_and_backward(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let other = talk.contact().await;
        let id = talk.say(&who, "一").await.conversation.id;
        for text in ["二", "三", "四", "五"] {
            talk.say(&who, text).await;
            talk.say(&other, "别的会话").await;
        }
        let here = talk.workspace;
        let after = store.list_messages_after(here, id, 2, 2).await.unwrap();
        assert_eq!(seqs(&after), [3, 4]);
        let before = store.list_messages_before(here, id, 5, 2).await.unwrap();
        assert_eq!(seqs(&before), [3, 4]);
        let all = store.list_messages_after(here, id, 0, 100).await.unwrap();
        assert_eq!(seqs(&all), [1, 2, 3, 4, 5]);
        assert!(all.iter().all(|message| message.conversation_id == id));
        assert!(all.is_sorted_by_key(|message| message.id));
        assert_eq!(seqs(&store.list_messages_before(here, id, 1, 9).await.unwrap()), [0; 0]);
    }

    async fn messages_of_another_workspace_are_not_read(store: &TestStore) {
        let talk = Talk::new(store).await;
        let id = talk.say(&talk.contact().await, "一").await.conversation.id;
        let elsewhere = workspace(store).await;
        assert_eq!(store.list_messages_after(elsewhere, id, 0, 9).await.unwrap(), []);
        assert_eq!(store.list_messages_before(elsewhere, id, 9, 9).await.unwrap(), []);
    }

    async fn content_of_a_later_version_is_kept_and_found_by_nothing(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let later = serde_json::json!({"type": "of_a_later_version", "text": "只给客服看的退款"});
        let sent = talk.send(&who, Content::Unknown(later.clone())).await.unwrap();
        let id = talk.say(&who, "什么时候退款").await.conversation.id;
        assert_eq!((sent.conversation.id, sent.conversation.preview.as_str()), (id, ""));
        let read = store.list_messages_after(talk.workspace, id, 0, 9).await.unwrap();
        assert_eq!(seqs(&read), [1, 2]);
        assert_eq!(serde_json::to_value(&read[0].content).unwrap(), later);
        while store.index_messages(100).await.unwrap() > 0 {}
        let owner = agent(store, talk.workspace, Role::Owner).await;
        let scope = Scope::of(talk.workspace, owner.id, Role::Owner, Vec::new());
        let hits = store.search_messages(&scope, &Query::parse("退款"), None, 9).await.unwrap();
        assert_eq!(hits.iter().map(|(_, message)| message.seq).collect::<Vec<_>>(), [2]);
    }
}
