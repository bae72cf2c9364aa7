//! Channels and their secrets.

use crate::fixture::*;
use model::{Channel, ChannelId, ChannelKey, ChannelSecretId, ChannelSettings, Locale, Millis};
use store::{Store, channels::Secret};

fn secret(store: &Store, channel: &Channel, at: Millis) -> Secret {
    Secret {
        id: ChannelSecretId(store.next_id(at)),
        channel_id: channel.id,
        algorithm: "HS256".into(),
        value: "sealed".into(),
        created_at: at,
    }
}

async fn secret_ids(store: &Store, channel: &Channel) -> Vec<ChannelSecretId> {
    let secrets = store.list_secrets(channel.workspace_id, channel.id).await.unwrap();
    secrets.into_iter().map(|secret| secret.id).collect()
}

both! {
    async fn channel_is_found_by_id_and_by_key(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let made = channel(store, here, None).await;
        assert_eq!(store.find_channel(here, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_channel(elsewhere, made.id).await.unwrap(), None);
        assert_eq!(store.find_channel_by_key(&made.key.0).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_channel_by_key("nokey").await.unwrap(), None);
        assert_eq!(store.list_channels(here).await.unwrap(), [made]);
        assert_eq!(store.list_channels(elsewhere).await.unwrap(), []);
    }

    async fn key_is_taken_in_all_workspaces(store: &TestStore) {
        let made = channel(store, workspace(store).await, None).await;
        let settings = ChannelSettings::default();
        let elsewhere = workspace(store).await;
        let again = store.insert_channel(elsewhere, "x", &made.key, &settings, None, NOW).await;
        assert!(again.unwrap_err().is_taken("channels", "key"));
    }

    async fn team_must_be_of_the_same_workspace(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let foreign = store.insert_team(elsewhere, "售后", &[], NOW).await.unwrap().id;
        let settings = ChannelSettings::default();
        let key = ChannelKey(unique("key"));
        let made = store.insert_channel(here, "x", &key, &settings, Some(foreign), NOW).await;
        assert!(matches!(made, Err(Error::NotFound)));
        let own = channel(store, here, None).await;
        let updated = store.update_channel(here, own.id, "x", &settings, Some(foreign)).await;
        assert!(matches!(updated, Err(Error::NotFound)));
        assert_eq!(store.list_channels(here).await.unwrap(), [own]);
    }

    async fn update_replaces_name_settings_and_team(store: &TestStore) {
        let here = workspace(store).await;
        let team = store.insert_team(here, "售后", &[], NOW).await.unwrap().id;
        let before = channel(store, here, None).await;
        let settings = ChannelSettings {
            allowed_origins: vec!["https://shop.example".into()],
            greeting: "您好".into(),
            locale: Some(Locale::En),
            ..ChannelSettings::default()
        };
        let after = store.update_channel(here, before.id, "新", &settings, Some(team)).await.unwrap();
        let expected = Channel { name: "新".into(), settings: settings.clone(), team_id: Some(team), ..before.clone() };
        assert_eq!(after, expected);
        assert_eq!(store.find_channel(here, before.id).await.unwrap(), Some(after));
        let elsewhere = workspace(store).await;
        let foreign = store.update_channel(elsewhere, before.id, "x", &settings, None).await;
        assert!(matches!(foreign, Err(Error::NotFound)));
    }

    async fn script_that_was_heard_of_is_noted(store: &TestStore) {
        let here = workspace(store).await;
        let made = channel(store, here, None).await;
        store.touch_channel(here, made.id, "https://shop.example", NOW + 1).await.unwrap();
        store.touch_channel(workspace(store).await, made.id, "https://evil.example", NOW + 2).await.unwrap();
        let found = store.find_channel(here, made.id).await.unwrap().unwrap();
        assert_eq!(found.seen_at, Some(NOW + 1));
        assert_eq!(found.seen_origin.as_deref(), Some("https://shop.example"));
    }

    async fn secrets_come_newest_first_and_go(store: &TestStore) {
        let here = workspace(store).await;
        let made = channel(store, here, None).await;
        let (old, new) = (secret(store, &made, NOW), secret(store, &made, NOW + 1));
        store.insert_secret(here, &old).await.unwrap();
        store.insert_secret(here, &new).await.unwrap();
        assert_eq!(secret_ids(store, &made).await, [new.id, old.id]);
        let listed = store.list_secrets(here, made.id).await.unwrap();
        assert_eq!((listed[1].algorithm.as_str(), listed[1].value.as_str()), ("HS256", "sealed"));
        assert_eq!(listed[1].created_at, NOW);
        assert!(!store.delete_secret(workspace(store).await, made.id, old.id).await.unwrap());
        assert!(!store.delete_secret(here, ChannelId(1), old.id).await.unwrap());
        assert!(store.delete_secret(here, made.id, old.id).await.unwrap());
        assert_eq!(secret_ids(store, &made).await, [new.id]);
    }

    async fn channel_has_two_secrets_at_most_however_many_ask_at_once(store: &TestStore) {
        let here = workspace(store).await;
        let made = channel(store, here, None).await;
        let wanted = [0, 1, 2, 3].map(|offset| secret(store, &made, NOW + offset));
        let (a, b, c, d) = tokio::join!(
            store.insert_secret(here, &wanted[0]),
            store.insert_secret(here, &wanted[1]),
            store.insert_secret(here, &wanted[2]),
            store.insert_secret(here, &wanted[3]),
        );
        let refused = [a, b, c, d].into_iter().filter(|one| matches!(one, Err(Error::SecretLimit)));
        assert_eq!(refused.count(), 2);
        assert_eq!(secret_ids(store, &made).await.len(), 2);
    }

    async fn secret_needs_a_channel_of_the_workspace(store: &TestStore) {
        let made = channel(store, workspace(store).await, None).await;
        let wanted = secret(store, &made, NOW);
        let inserted = store.insert_secret(workspace(store).await, &wanted).await;
        assert!(matches!(inserted, Err(Error::NotFound)));
        assert_eq!(store.list_secrets(workspace(store).await, made.id).await.unwrap().len(), 0);
    }
}
