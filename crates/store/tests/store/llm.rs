//! Endpoints and budgets of language models.

use crate::fixture::*;
use model::{ContactId, LlmEndpoint, LlmEndpointId, LlmSettings, LlmTask};
use store::llm::LlmUsage;

fn endpoint(store: &TestStore, name: &str) -> LlmEndpoint {
    LlmEndpoint {
        id: LlmEndpointId(store.next_id(NOW)),
        name: name.into(),
        base_url: "https://llm.example/v1".into(),
        sealed_key: Some("sealed".into()),
        version: 1,
    }
}

fn usage(day: i64, tokens: i64) -> LlmUsage {
    LlmUsage { day, task: LlmTask::Answer, calls: 1, failures: 0, tokens_in: tokens, tokens_out: 0 }
}

both! {
    async fn an_endpoint_is_its_workspaces_own(store: &TestStore) {
        let (own, other) = (workspace(store).await, workspace(store).await);
        let mut one = endpoint(store, "DeepSeek");
        store.insert_llm_endpoint(own, &one, NOW).await.unwrap();
        assert_eq!(store.list_llm_endpoints(own).await.unwrap(), [one.clone()]);
        assert!(store.list_llm_endpoints(other).await.unwrap().is_empty());
        assert_eq!(store.find_llm_endpoint(other, one.id).await.unwrap(), None);
        assert!(matches!(store.update_llm_endpoint(other, &one).await, Err(Error::NotFound)));
        assert!(!store.delete_llm_endpoint(other, one.id).await.unwrap());

        let again = endpoint(store, "DeepSeek");
        assert!(matches!(store.insert_llm_endpoint(own, &again, NOW).await, Err(Error::Taken(_))));
        store.insert_llm_endpoint(other, &again, NOW).await.unwrap();

        one.base_url = "https://other.example/v1".into();
        store.update_llm_endpoint(own, &one).await.unwrap();
        let changed = store.find_llm_endpoint(own, one.id).await.unwrap().unwrap();
        assert_eq!(changed, LlmEndpoint { version: 2, ..one.clone() });
        assert!(store.delete_llm_endpoint(own, one.id).await.unwrap());
        assert_eq!(store.find_llm_endpoint(own, one.id).await.unwrap(), None);
    }

    async fn settings_are_off_until_they_are_saved(store: &TestStore) {
        let own = workspace(store).await;
        let mut settings = store.llm_settings(own).await.unwrap();
        assert_eq!(settings, LlmSettings::default());
        assert!(!settings.enabled);
        settings.enabled = true;
        for _ in 0..2 {
            store.save_llm_settings(own, &settings).await.unwrap();
            assert_eq!(store.llm_settings(own).await.unwrap(), settings);
        }
    }

    async fn of_many_at_once_only_so_many_tokens_are_given_as_there_are(store: &TestStore) {
        let own = workspace(store).await;
        let settings = LlmSettings { day_tokens: 1_000, visitor_tokens: 400, ..LlmSettings::default() };
        let ask = |contact: i64| store.reserve_tokens(own, 5, Some(ContactId(contact)), 100, &settings);
        let tries = futures_util::future::join_all((0..8).map(|_| ask(1))).await;
        assert_eq!(tries.into_iter().filter(|given| *given.as_ref().unwrap()).count(), 4, "of one visitor");
        assert_eq!(store.tokens_spent(own, 5).await.unwrap(), 400, "what a visitor did not get is not lost");
        let tries = futures_util::future::join_all((2..20).map(ask)).await;
        assert_eq!(tries.into_iter().filter(|given| *given.as_ref().unwrap()).count(), 6, "of everybody");
        assert!(store.reserve_tokens(own, 6, None, 1_000, &settings).await.unwrap(), "the next day");
        assert!(!store.reserve_tokens(own, 7, None, 1_001, &settings).await.unwrap());
    }

    async fn what_was_not_used_can_be_used_again(store: &TestStore) {
        let own = workspace(store).await;
        let settings = LlmSettings { day_tokens: 1_000, visitor_tokens: 1_000, ..LlmSettings::default() };
        let visitor = Some(ContactId(7));
        assert!(store.reserve_tokens(own, 5, visitor, 900, &settings).await.unwrap());
        assert!(!store.reserve_tokens(own, 5, visitor, 200, &settings).await.unwrap());
        store.settle_tokens(own, visitor, 900, &usage(5, 300)).await.unwrap();
        assert_eq!(store.tokens_spent(own, 5).await.unwrap(), 300);
        assert!(store.reserve_tokens(own, 5, visitor, 700, &settings).await.unwrap());
        store.settle_tokens(own, visitor, 700, &usage(5, 5_000)).await.unwrap();
        assert_eq!(store.tokens_spent(own, 5).await.unwrap(), 5_300, "more than was thought counts too");
        let [sum] = store.list_llm_usage(own, 5).await.unwrap().try_into().unwrap();
        assert_eq!((sum.calls, sum.tokens_in), (2, 5_300));
        store.settle_tokens(own, None, 0, &usage(6, 1)).await.unwrap();
        assert_eq!(store.tokens_spent(own, 5).await.unwrap(), 0, "days that are over are forgotten");
        assert_eq!(store.list_llm_usage(own, 5).await.unwrap().len(), 2, "their sums are not");
    }
}
