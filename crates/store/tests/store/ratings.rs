//! Ratings: given, changed once, then fixed.

use crate::fixture::*;
use model::{ConversationId, Rating};
use store::ratings::SavedRating;

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

async fn conversation(talk: &Talk) -> ConversationId {
    talk.say(&talk.contact().await, "在吗").await.conversation.id
}

both! {
    async fn rating_can_be_changed_once(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (here, id) = (talk.workspace, conversation(&talk).await);
        assert_eq!(store.find_rating(here, id).await.unwrap(), None);
        let first = store.save_rating(here, &rating(id, 5), NOW).await.unwrap();
        let expected = Rating { created_at: NOW, ..rating(id, 5) };
        assert_eq!(first, SavedRating { rating: expected, changed: true });
        let second = store.save_rating(here, &rating(id, 2), NOW + 1).await.unwrap();
        let expected = Rating { created_at: NOW, changed_at: Some(NOW + 1), ..rating(id, 2) };
        assert_eq!(second, SavedRating { rating: expected.clone(), changed: true });
        let third = store.save_rating(here, &rating(id, 3), NOW + 2).await;
        assert!(matches!(third, Err(Error::AlreadyRated)));
        assert_eq!(store.find_rating(here, id).await.unwrap(), Some(expected));
    }

    async fn resend_of_a_rating_changes_nothing(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (here, id) = (talk.workspace, conversation(&talk).await);
        for stars in [4, 3] {
            let saved = store.save_rating(here, &rating(id, stars), NOW).await.unwrap();
            let again = store.save_rating(here, &rating(id, stars), NOW + 9).await.unwrap();
            assert_eq!(again, SavedRating { changed: false, ..saved });
        }
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
            let id = conversation(&talk).await;
            store.save_rating(talk.workspace, &rating(id, 5), NOW).await.unwrap();
            let mut changed = rating(id, 5);
            change(&mut changed);
            let saved = store.save_rating(talk.workspace, &changed, NOW + 1).await.unwrap();
            assert!(saved.changed);
            assert_eq!(saved.rating, Rating { created_at: NOW, changed_at: Some(NOW + 1), ..changed });
        }
    }

    async fn of_many_at_once_two_count(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (here, id) = (talk.workspace, conversation(&talk).await);
        let wanted = [1, 2, 3, 4].map(|stars| rating(id, stars));
        let (a, b, c, d) = tokio::join!(
            store.save_rating(here, &wanted[0], NOW),
            store.save_rating(here, &wanted[1], NOW),
            store.save_rating(here, &wanted[2], NOW),
            store.save_rating(here, &wanted[3], NOW),
        );
        assert_eq!([a, b, c, d].into_iter().flatten().count(), 2);
    }

    async fn conversation_of_another_workspace_cannot_be_rated(store: &TestStore) {
        let talk = Talk::new(store).await;
        let id = conversation(&talk).await;
        let elsewhere = workspace(store).await;
        let saved = store.save_rating(elsewhere, &rating(id, 5), NOW).await;
        assert!(matches!(saved, Err(Error::NotFound)));
        store.save_rating(talk.workspace, &rating(id, 5), NOW).await.unwrap();
        assert_eq!(store.find_rating(elsewhere, id).await.unwrap(), None);
        assert!(store.save_rating(elsewhere, &rating(id, 1), NOW).await.is_err());
        assert_eq!(store.find_rating(talk.workspace, id).await.unwrap().unwrap().stars, 5);
    }
}
