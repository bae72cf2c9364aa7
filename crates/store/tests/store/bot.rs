//! What the bot said and why: written with its message or not at all, judged later.

use crate::fixture::*;
use model::{
    Action, BotTurn, Choice, Choices, Content, EntryId, Evidence, HandOff, HandOffReason, Outcome, Refusal,
    Reply, Role, Seq, Status, bot::ConsideredEntry,
};
use std::collections::BTreeMap;
use store::entries::EntryRates;

async fn talk_with_bot(store: &TestStore) -> Talk {
    Talk::new(store).await.with_bot(true)
}

fn evidence(outcome: Outcome, question_seq: Seq) -> Evidence {
    Evidence {
        question: "退款多久到账".into(),
        question_seq,
        outcome,
        hand_off: (outcome == Outcome::HandedOff).then_some(HandOffReason::Misses),
        band: Some("clarify".into()),
        probability: Some(0.5),
        answer_from: Some(0.8),
        clarify_from: Some(0.25),
        candidates: vec![ConsideredEntry {
            entry_id: EntryId(7),
            question: "退款多久到账？".into(),
            probability: 0.5,
            scores: BTreeMap::from([("lexical".to_owned(), 0.75)]),
        }],
        entry_id: (outcome == Outcome::Answered).then_some(EntryId(7)),
        article: None,
        variant: None,
        index_version: "3".into(),
        llm: None,
        rule: None,
        soothing: false,
    }
}

fn choices() -> Content {
    let options = vec![Choice { label: "退款多久到账？".into(), entry_id: EntryId(7) }];
    Content::Choices(Choices { prompt: "您想问的是？".into(), options })
}

both! {
    async fn offers_are_counted_and_those_that_were_then_taken(store: &TestStore) {
        let talk = talk_with_bot(store).await;
        let here = talk.workspace;
        let contact = talk.contact().await;
        let mut conversation = talk.say(&contact, "退款").await.conversation;
        let reply = |content, outcome, seq| Reply { content, evidence: evidence(outcome, seq) };
        // Offered twice: the first offer is declined, the second is taken.
        for answer in [Outcome::Missed, Outcome::Answered] {
            for (content, outcome) in [(choices(), Outcome::Clarified), (Content::Text { text: "三天".into() }, answer)] {
                let after = conversation.last_seq;
                let replies = vec![reply(content, outcome, after)];
                let turn = BotTurn { after, replies, hand_off: None, mood: None };
                talk.act(&conversation, Action::BotTurn(turn)).await;
                conversation = talk.say(&contact, "退款").await.conversation;
            }
        }
        let rates = store.entry_rates(here, &[EntryId(7)], 0).await.unwrap();
        let counts: Vec<_> = rates.iter().map(|one| (one.answered, one.offered, one.chosen)).collect();
        assert_eq!(counts, [(1, 2, 1)]);
        assert_eq!(store.entry_rates(here, &[EntryId(7)], i64::MAX).await.unwrap(), []);
    }

    async fn a_turn_is_written_with_its_messages_and_evidence(store: &TestStore) {
        let talk = talk_with_bot(store).await;
        let opened = talk.say(&talk.contact().await, "退款").await.conversation;
        assert_eq!(opened.status, Status::Bot);
        let turn = BotTurn {
            after: 1,
            replies: vec![Reply { content: choices(), evidence: evidence(Outcome::Clarified, 1) }],
            hand_off: Some(HandOff {
                reason: HandOffReason::Misses,
                team: None,
                staffed: true,
                evidence: evidence(Outcome::HandedOff, 1),
            }),
            mood: None,
        };
        let committed = talk.act(&opened, Action::BotTurn(turn)).await;
        assert!(committed.has_jobs && committed.before.is_some(), "others may see it now");
        assert_eq!(committed.messages[0].content, choices());
        let stored = store.list_bot_turns(talk.workspace, opened.id, 10).await.unwrap();
        let known: Vec<_> = stored.iter().map(|turn| (turn.message_id, turn.seq)).collect();
        let said: Vec<_> = committed.messages.iter().map(|message| (message.id, message.seq)).collect();
        assert_eq!(known, said);
        assert_eq!(stored[0].evidence, evidence(Outcome::Clarified, 1));
        assert_eq!(stored[1].evidence.hand_off, Some(HandOffReason::Misses));
        assert_eq!((stored[0].verdict, stored[0].helpful), (None, None));
        // Read back as it was said.
        let messages = store.list_messages_after(talk.workspace, opened.id, 1, 10).await.unwrap();
        let said: Vec<_> = committed.messages.iter().map(|message| (**message).clone()).collect();
        assert_eq!(messages, said);
    }

    async fn a_refused_turn_leaves_nothing(store: &TestStore) {
        let talk = talk_with_bot(store).await;
        let who = talk.contact().await;
        let opened = talk.say(&who, "退款").await.conversation;
        talk.say(&who, "多久").await;
        let reply = Reply { content: choices(), evidence: evidence(Outcome::Clarified, 1) };
        let turn = BotTurn { after: 1, replies: vec![reply], hand_off: None, mood: None };
        let refused = talk.try_act(&opened, Action::BotTurn(turn)).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Superseded))));
        assert_eq!(store.list_bot_turns(talk.workspace, opened.id, 10).await.unwrap(), []);
        assert_eq!(store.list_messages_after(talk.workspace, opened.id, 0, 10).await.unwrap().len(), 2);
    }

    async fn the_newest_turns_come_oldest_first(store: &TestStore) {
        let talk = talk_with_bot(store).await;
        let who = talk.contact().await;
        let opened = talk.say(&who, "退款").await.conversation;
        for round in 0..4 {
            let after = 1 + round * 2;
            let reply = Reply { content: choices(), evidence: evidence(Outcome::Answered, after) };
            talk.act(&opened, Action::BotTurn(BotTurn { after, replies: vec![reply], hand_off: None, mood: None })).await;
            talk.say(&who, "还有").await;
        }
        let seqs: Vec<_> = store
            .list_bot_turns(talk.workspace, opened.id, 3)
            .await
            .unwrap()
            .into_iter()
            .map(|turn| turn.seq)
            .collect();
        assert_eq!(seqs, [4, 6, 8]);
    }

    async fn judgements_are_kept_and_taken_back_within_their_workspace(store: &TestStore) {
        let talk = talk_with_bot(store).await;
        let opened = talk.say(&talk.contact().await, "退款").await.conversation;
        let reply = Reply { content: choices(), evidence: evidence(Outcome::Answered, 1) };
        let turn = BotTurn { after: 1, replies: vec![reply], hand_off: None, mood: None };
        let message = talk.act(&opened, Action::BotTurn(turn)).await.messages[0].id;
        let (here, elsewhere) = (talk.workspace, workspace(store).await);
        let agent = agent(store, here, Role::Agent).await.id;
        assert!(store.judge_bot_turn(here, message, agent, Some(false)).await.unwrap());
        assert!(store.rate_bot_turn(here, message, Some(true)).await.unwrap());
        assert!(!store.judge_bot_turn(elsewhere, message, agent, Some(true)).await.unwrap());
        assert!(!store.rate_bot_turn(elsewhere, message, None).await.unwrap());
        let found = store.find_bot_turn(here, opened.id, 2).await.unwrap().unwrap();
        assert_eq!((found.verdict, found.helpful), (Some(false), Some(true)));
        let ids = [EntryId(7), EntryId(8)];
        let rates = store.entry_rates(here, &ids, 0).await.unwrap();
        let expected = EntryRates { id: EntryId(7), answered: 1, helpful: 1, unhelpful: 0, right: 0, wrong: 1, offered: 1, chosen: 0 };
        assert_eq!(rates, [expected]);
        assert_eq!(store.entry_rates(elsewhere, &ids, 0).await.unwrap(), []);
        assert_eq!(store.entry_rates(here, &ids, i64::MAX).await.unwrap(), []);
        assert!(store.find_bot_turn(elsewhere, opened.id, 2).await.unwrap().is_none());
        store.judge_bot_turn(here, message, agent, None).await.unwrap();
        store.rate_bot_turn(here, message, None).await.unwrap();
        let found = store.find_bot_turn(here, opened.id, 2).await.unwrap().unwrap();
        assert_eq!((found.verdict, found.helpful), (None, None));
    }
}
