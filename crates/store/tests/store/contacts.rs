//! Contacts: nameless, edited, vouched for.

use crate::fixture::*;
use model::{Contact, ContactId, Locale, contact::Trail};
use std::collections::BTreeMap;
use store::contacts::{Claim, ContactEdit};

fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn claim(account: &str) -> Claim {
    Claim { account: account.into(), ..Claim::default() }
}

both! {
    async fn contact_is_found_in_its_workspace_only(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let made = contact(store, here).await;
        assert!(!made.verified);
        assert_eq!(store.find_contact(here, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_contact(elsewhere, made.id).await.unwrap(), None);
        let edit = ContactEdit { name: Some("x".into()), ..ContactEdit::default() };
        assert_eq!(store.update_contact(elsewhere, made.id, edit).await.unwrap(), None);
        assert_eq!(store.find_contact(here, made.id).await.unwrap(), Some(made));
    }

    async fn edit_changes_what_it_names_and_nothing_else(store: &TestStore) {
        let here = workspace(store).await;
        let before = contact(store, here).await;
        let edit = ContactEdit {
            email: Some("k@shop.example".into()),
            note: Some("VIP".into()),
            attributes: Some(attributes(&[("等级", "金")])),
            ..ContactEdit::default()
        };
        let after = store.update_contact(here, before.id, edit).await.unwrap().unwrap();
        let expected = Contact {
            email: "k@shop.example".into(),
            note: "VIP".into(),
            attributes: attributes(&[("等级", "金")]),
            ..before
        };
        assert_eq!(after, expected);
    }

    async fn new_name_stands_in_the_conversations(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (who, other) = (talk.contact().await, talk.contact().await);
        let before = talk.say(&who, "在吗").await.conversation;
        let untouched = talk.say(&other, "在吗").await.conversation;
        let edit = ContactEdit { name: Some("王女士".into()), ..ContactEdit::default() };
        store.update_contact(talk.workspace, who.id, edit.clone()).await.unwrap();
        let after = store.find_conversation(talk.workspace, before.id).await.unwrap().unwrap();
        assert_eq!(after.contact_name, "王女士");
        assert_eq!(after.version, before.version + 1);
        // The same name again changes nothing that a client would have to know.
        store.update_contact(talk.workspace, who.id, edit).await.unwrap();
        let again = store.find_conversation(talk.workspace, before.id).await.unwrap().unwrap();
        assert_eq!(again, after);
        let other = store.find_conversation(talk.workspace, untouched.id).await.unwrap().unwrap();
        assert_eq!(other, *untouched);
    }

    async fn claim_makes_an_anonymous_contact_known(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let conversation = talk.say(&who, "在吗").await.conversation;
        let signed = Claim {
            account: "u1".into(),
            name: Some("韩梅梅".into()),
            email: Some("h@shop.example".into()),
            phone: None,
            attributes: attributes(&[("等级", "金")]),
        };
        let known = store.claim_contact(talk.workspace, who.id, signed).await.unwrap();
        assert!(known.verified);
        assert_eq!(known.account.as_deref(), Some("u1"));
        assert_eq!(known.name, "韩梅梅");
        let found = store.find_contact_by_account(talk.workspace, "u1").await.unwrap();
        assert_eq!(found, Some(known));
        assert_eq!(store.find_contact_by_account(workspace(store).await, "u1").await.unwrap(), None);
        let after = store.find_conversation(talk.workspace, conversation.id).await.unwrap().unwrap();
        assert_eq!(after.contact_name, "韩梅梅");
    }

    async fn hints_do_not_become_verified(store: &TestStore) {
        let here = workspace(store).await;
        let who = contact(store, here).await;
        let hints = ContactEdit {
            name: Some("老板".into()),
            email: Some("boss@shop.example".into()),
            phone: Some("110".into()),
            attributes: Some(attributes(&[("vip", "yes")])),
            ..ContactEdit::default()
        };
        store.update_contact(here, who.id, hints).await.unwrap();
        let known = store.claim_contact(here, who.id, claim("u1")).await.unwrap();
        assert_eq!((known.name.as_str(), known.email.as_str(), known.phone.as_str()), ("u1", "", ""));
        assert!(known.attributes.is_empty());
    }

    async fn what_was_signed_before_stays(store: &TestStore) {
        let here = workspace(store).await;
        let who = contact(store, here).await;
        let first = Claim {
            name: Some("韩梅梅".into()),
            attributes: attributes(&[("等级", "银"), ("城市", "杭州")]),
            ..claim("u1")
        };
        store.claim_contact(here, who.id, first).await.unwrap();
        let second = Claim { attributes: attributes(&[("等级", "金")]), ..claim("u1") };
        let known = store.claim_contact(here, who.id, second).await.unwrap();
        assert_eq!(known.name, "韩梅梅");
        assert_eq!(known.attributes, attributes(&[("城市", "杭州"), ("等级", "金")]));
    }

    async fn account_belongs_to_one_contact(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let (a, b) = (contact(store, here).await, contact(store, here).await);
        store.claim_contact(here, a.id, claim("u1")).await.unwrap();
        let error = store.claim_contact(here, b.id, claim("u1")).await.unwrap_err();
        assert!(error.is_taken("contacts", "account"), "{error:?}");
        assert_eq!(store.find_contact(here, b.id).await.unwrap(), Some(b));
        let same_name = contact(store, elsewhere).await;
        store.claim_contact(elsewhere, same_name.id, claim("u1")).await.unwrap();
    }

    async fn known_contact_does_not_become_another_account(store: &TestStore) {
        let here = workspace(store).await;
        let who = contact(store, here).await;
        let known = store.claim_contact(here, who.id, claim("u1")).await.unwrap();
        let error = store.claim_contact(here, who.id, claim("u2")).await.unwrap_err();
        assert!(matches!(error, Error::NotFound));
        let error = store.claim_contact(workspace(store).await, who.id, claim("u1")).await.unwrap_err();
        assert!(matches!(error, Error::NotFound));
        assert!(matches!(store.claim_contact(here, ContactId(1), claim("u3")).await, Err(Error::NotFound)));
        assert_eq!(store.find_contact(here, who.id).await.unwrap(), Some(known));
    }

    async fn visit_moves_the_trail_forward_only(store: &TestStore) {
        let here = workspace(store).await;
        let who = contact(store, here).await;
        let trail = |url: &str| Trail { url: url.into(), ..Trail::default() };
        store.touch_contact(here, who.id, &trail("/new"), Locale::En, NOW + 9).await.unwrap();
        store.touch_contact(here, who.id, &trail("/old"), Locale::ZhCn, NOW + 5).await.unwrap();
        let elsewhere = workspace(store).await;
        store.touch_contact(elsewhere, who.id, &trail("/x"), Locale::ZhCn, NOW + 50).await.unwrap();
        let found = store.find_contact(here, who.id).await.unwrap().unwrap();
        assert_eq!((found.trail, found.locale, found.seen_at), (trail("/new"), Locale::En, NOW + 9));
    }
}
