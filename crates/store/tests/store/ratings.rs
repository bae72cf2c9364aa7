//! Ratings: given, changed once, then fixed; each with its notice.

use crate::fixture::*;
use model::{Action, Content, Conversation, ConversationId, Notice, Rating, Viewer, WorkspaceId};
use std::sync::Arc;
use store::{Change, Target};

fn rating(conversation_id: ConversationId, stars: i16) -> Rating {
    Rating {
        conversation_id,
        stars,
        tags: vec!["态度好".into()],
        solved: Some(true),
        text: "谢谢".into(),
        created_at: 0,
        changed_at: None,
    }
}

async fn conversation(talk: &Talk) -> Arc<Conversation> {
    talk.say(&talk.contact().await, "在吗").await.conversation
}

/// Whether it changed anything.
async fn rate(
    talk: &Talk,
    workspace_id: WorkspaceId,
    conversation: &Conversation,
    rating: Rating,
    at: i64,
) -> store::Result<bool> {
    let viewer = Viewer::Contact { channel: conversation.channel_id, contact: conversation.contact_id };
    let change = Change {
        workspace_id,
        target: Target::Existing { id: conversation.id, viewer },
        client_id: None,
        action: Action::Rate { stars: rating.stars },
        rating: Some(Arc::new(rating)),
        at,
    };
    Ok(talk.writer.commit(change).await?.changed)
}

/// The stars of the notices in a conversation.
async fn notices(talk: &Talk, id: ConversationId) -> Vec<i16> {
    let messages = talk.store.list_messages_after(talk.workspace, id, 0, 100).await.unwrap();
    let stars = messages.into_iter().filter_map(|message| match message.content {
        Content::Notice(Notice::Rated { stars }) => Some(stars),
        _ => None,
    });
    stars.collect()
}

both! {
    async fn rating_can_be_changed_once(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (here, talked) = (talk.workspace, conversation(&talk).await);
        let id = talked.id;
        assert_eq!(store.find_rating(here, id).await.unwrap(), None);
        assert!(rate(&talk, here, &talked, rating(id, 5), NOW).await.unwrap());
        let expected = Rating { created_at: NOW, ..rating(id, 5) };
        assert_eq!(store.find_rating(here, id).await.unwrap(), Some(expected));
        assert!(rate(&talk, here, &talked, rating(id, 2), NOW + 1).await.unwrap());
        let expected = Rating { created_at: NOW, changed_at: Some(NOW + 1), ..rating(id, 2) };
        let third = rate(&talk, here, &talked, rating(id, 3), NOW + 2).await;
        assert!(matches!(third, Err(Error::AlreadyRated)));
        assert_eq!(store.find_rating(here, id).await.unwrap(), Some(expected));
        assert_eq!(notices(&talk, id).await, [5, 2], "one for each that counts");
        let now = store.find_conversation(here, id).await.unwrap().unwrap();
        assert_eq!(now.stars, Some(2));
    }

    async fn resend_of_a_rating_changes_nothing(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (here, talked) = (talk.workspace, conversation(&talk).await);
        for stars in [4, 3] {
            assert!(rate(&talk, here, &talked, rating(talked.id, stars), NOW).await.unwrap());
            let saved = store.find_rating(here, talked.id).await.unwrap();
            assert!(!rate(&talk, here, &talked, rating(talked.id, stars), NOW + 9).await.unwrap());
            assert_eq!(store.find_rating(here, talked.id).await.unwrap(), saved);
        }
        assert_eq!(notices(&talk, talked.id).await, [4, 3]);
    }

    async fn every_field_can_be_what_changes(store: &TestStore) {
        let talk = Talk::new(store).await;
        let changes: [fn(&mut Rating); 4] = [
            |rating| rating.stars = 1,
            |rating| rating.tags.clear(),
            |rating| rating.solved = None,
            |rating| rating.text.clear(),
        ];
        for change in changes {
            let talked = conversation(&talk).await;
            rate(&talk, talk.workspace, &talked, rating(talked.id, 5), NOW).await.unwrap();
            let mut changed = rating(talked.id, 5);
            change(&mut changed);
            assert!(rate(&talk, talk.workspace, &talked, changed.clone(), NOW + 1).await.unwrap());
            let expected = Rating { created_at: NOW, changed_at: Some(NOW + 1), ..changed };
            assert_eq!(store.find_rating(talk.workspace, talked.id).await.unwrap(), Some(expected));
        }
    }

    async fn of_many_at_once_two_count(store: &TestStore) {
        let talk = Talk::new(store).await;
        let talked = conversation(&talk).await;
        let one = |stars| rate(&talk, talk.workspace, &talked, rating(talked.id, stars), NOW);
        let (a, b, c, d) = tokio::join!(one(1), one(2), one(3), one(4));
        assert_eq!([a, b, c, d].into_iter().flatten().count(), 2);
        assert_eq!(notices(&talk, talked.id).await.len(), 2);
    }

    async fn conversation_of_another_workspace_cannot_be_rated(store: &TestStore) {
        let talk = Talk::new(store).await;
        let talked = conversation(&talk).await;
        let elsewhere = workspace(store).await;
        let saved = rate(&talk, elsewhere, &talked, rating(talked.id, 5), NOW).await;
        assert!(matches!(saved, Err(Error::NotFound)));
        rate(&talk, talk.workspace, &talked, rating(talked.id, 5), NOW).await.unwrap();
        assert_eq!(store.find_rating(elsewhere, talked.id).await.unwrap(), None);
        assert!(rate(&talk, elsewhere, &talked, rating(talked.id, 1), NOW).await.is_err());
        assert_eq!(store.find_rating(talk.workspace, talked.id).await.unwrap().unwrap().stars, 5);
    }
}
