//! Connectors and their record.

use crate::fixture::*;
use model::{Connector, ConnectorContent, ConnectorId, Lookup, LookupBy, LookupOutcome};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn connector(store: &TestStore, workspace_id: model::WorkspaceId, name: &str) -> Connector {
    Connector {
        id: ConnectorId(store.next_id(NOW)),
        workspace_id,
        name: name.into(),
        content: ConnectorContent {
            url: "https://shop.example/{order}".into(),
            ..ConnectorContent::default()
        },
        sealed_secret: Some("sealed".into()),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
        last: None,
    }
}

fn lookup(at: i64, outcome: LookupOutcome) -> Lookup {
    Lookup { at, by: LookupBy::Bot, conversation_id: None, outcome, status: Some(200), ms: 7 }
}

both! {
    async fn a_connector_and_its_record_are_its_workspaces_own(store: &TestStore) {
        let (own, other) = (workspace(store).await, workspace(store).await);
        let mut one = connector(store, own, "订单");
        store.insert_connector(&one).await.unwrap();
        assert_eq!(store.list_connectors(own).await.unwrap(), [one.clone()]);
        assert!(store.list_connectors(other).await.unwrap().is_empty());
        assert_eq!(store.find_connector(other, one.id).await.unwrap(), None);
        let theirs = Connector { workspace_id: other, ..one.clone() };
        assert!(matches!(store.update_connector(&theirs).await, Err(Error::NotFound)));
        store.record_lookup(other, one.id, &lookup(NOW, LookupOutcome::Found)).await.unwrap();
        assert!(store.list_lookups(own, one.id, 9).await.unwrap().is_empty());
        assert!(matches!(store.insert_connector(&connector(store, own, "订单")).await, Err(Error::Taken(_))));
        store.insert_connector(&connector(store, other, "订单")).await.unwrap();

        one.content.about = "到哪了".into();
        store.update_connector(&one).await.unwrap();
        let found = lookup(NOW, LookupOutcome::Found);
        store.record_lookup(own, one.id, &found).await.unwrap();
        let failed = lookup(NOW + 1, LookupOutcome::Timeout);
        store.record_lookup(own, one.id, &failed).await.unwrap();
        assert_eq!(store.list_lookups(own, one.id, 9).await.unwrap(), [failed, found]);
        assert!(store.list_lookups(other, one.id, 9).await.unwrap().is_empty());
        let known = store.find_connector(own, one.id).await.unwrap().unwrap();
        let last = Some((NOW + 1, LookupOutcome::Timeout));
        assert_eq!(known, Connector { version: 2, last, ..one.clone() });

        assert!(!store.delete_connector(other, one.id).await.unwrap());
        assert!(store.delete_connector(own, one.id).await.unwrap());
        assert!(store.list_lookups(own, one.id, 9).await.unwrap().is_empty());
        store.record_lookup(own, one.id, &found).await.unwrap();
    }

    async fn the_record_goes_back_ninety_days(store: &TestStore) {
        let own = workspace(store).await;
        let one = connector(store, own, "订单");
        store.insert_connector(&one).await.unwrap();
        for day in [0, 1, 91] {
            store.record_lookup(own, one.id, &lookup(NOW + day * DAY, LookupOutcome::Nothing)).await.unwrap();
        }
        let days: Vec<_> =
            store.list_lookups(own, one.id, 9).await.unwrap().iter().map(|one| (one.at - NOW) / DAY).collect();
        assert_eq!(days, [91, 1]);
    }
}
