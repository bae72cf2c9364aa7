//! Questions that were not answered well are collected once, gathered, counted and listed.

use crate::fixture::*;
use model::{
    Action, BotTurn, Content, ConversationId, Evidence, GroupId, GroupState, MissReason, Outcome, Reply,
    Scope,
};
use store::learning::{DueTurn, Finding, GroupCursor, Placement};

async fn with_bot(store: &TestStore) -> Talk {
    Talk::new(store).await.with_bot(true)
}

fn evidence(question: &str, outcome: Outcome, seq: i64) -> Evidence {
    Evidence {
        question: question.into(),
        question_seq: seq,
        outcome,
        hand_off: None,
        band: Some("hand_off".into()),
        probability: Some(0.2),
        answer_from: None,
        clarify_from: None,
        candidates: Vec::new(),
        entry_id: None,
        article: None,
        variant: None,
        index_version: "1".into(),
        llm: None,
        rule: None,
        soothing: false,
    }
}

/// A conversation in which the bot missed a question.
async fn missed(talk: &Talk, question: &str) -> ConversationId {
    let opened = talk.say(&talk.contact().await, question).await.conversation;
    let content = Content::Text { text: "不知道".into() };
    let reply = Reply { content, evidence: evidence(question, Outcome::Missed, 1) };
    talk.act(
        &opened,
        Action::BotTurn(BotTurn { after: 1, replies: vec![reply], hand_off: None, mood: None }),
    )
    .await;
    opened.id
}

fn finding(conversation: ConversationId, text: &str, reason: Option<MissReason>) -> Finding {
    Finding { conversation, seq: 1, text: text.into(), reason, asked_at: NOW }
}

/// A group of its own for every question that has none.
async fn place_all(talk: &Talk) {
    for (row, text) in talk.store.ungrouped_questions(talk.workspace, 100).await.unwrap() {
        let placement = Placement {
            group: None,
            name: text,
            centre: vec![0, 1],
            questions: vec![(row, vec![0, 1])],
            merged: Vec::new(),
        };
        talk.store.place_questions(talk.workspace, &[placement], NOW).await.unwrap();
    }
}

async fn open(talk: &Talk) -> Vec<(GroupId, String, i64)> {
    let groups = talk.store.list_groups(talk.workspace, GroupState::Open, None, 100).await.unwrap();
    groups.into_iter().map(|group| (group.id, group.name, group.count)).collect()
}

both! {
    async fn a_turn_is_due_until_it_was_learnt_and_again_when_it_is_judged(store: &TestStore) {
        let talk = with_bot(store).await;
        let id = missed(&talk, "可以开发票吗").await;
        let here = talk.workspace;
        let due = store.due_turns(here, 10).await.unwrap();
        assert_eq!(due.len(), 1);
        let message = due[0].turn.message_id;
        // Judged while it is being looked at: what was read is old already.
        let agent = agent(store, here, model::Role::Agent).await.id;
        store.judge_bot_turn(here, message, agent, Some(false)).await.unwrap();
        let found = [finding(id, "可以开发票吗", Some(MissReason::Missed))];
        store.learn_from_turns(here, &due, &found).await.unwrap();
        let again = store.due_turns(here, 10).await.unwrap();
        assert_eq!((again.len(), again[0].version, again[0].turn.verdict), (1, 2, Some(false)));
        store.learn_from_turns(here, &again, &[]).await.unwrap();
        // An older look changes nothing.
        store.learn_from_turns(here, &due, &[]).await.unwrap();
        assert_eq!(store.due_turns(here, 10).await.unwrap(), Vec::<DueTurn>::new());
        store.rate_bot_turn(here, message, Some(true)).await.unwrap();
        assert_eq!(store.due_turns(here, 10).await.unwrap().len(), 1);
        assert_eq!(store.due_turns(workspace(store).await, 10).await.unwrap(), Vec::<DueTurn>::new());
    }

    async fn a_question_counts_once_and_a_judgement_can_be_taken_back(store: &TestStore) {
        let talk = with_bot(store).await;
        let id = missed(&talk, "可以开发票吗").await;
        let learn = async |reason| {
            store.learn_from_turns(talk.workspace, &[], &[finding(id, "可以开发票吗", reason)]).await.unwrap();
        };
        for reason in [MissReason::Unhelpful, MissReason::Unhelpful, MissReason::Missed] {
            learn(Some(reason)).await;
        }
        place_all(&talk).await;
        let (group, _, count) = open(&talk).await.remove(0);
        let questions = store.questions_of_group(talk.workspace, group, 10).await.unwrap();
        assert_eq!((count, questions.len(), questions[0].reason), (1, 1, MissReason::Unhelpful));
        learn(None).await;
        assert_eq!(open(&talk).await, Vec::new(), "an empty group is not shown");
        learn(Some(MissReason::Missed)).await;
        learn(None).await;
        assert_eq!(store.ungrouped_questions(talk.workspace, 10).await.unwrap().len(), 1, "no judgement to take back");
    }

    async fn groups_absorb_each_other_and_count_their_questions(store: &TestStore) {
        let talk = with_bot(store).await;
        let mut ids = Vec::new();
        for text in ["可以开发票吗", "能开发票吗", "有发票吗"] {
            let id = missed(&talk, text).await;
            store.learn_from_turns(talk.workspace, &[], &[finding(id, text, Some(MissReason::Missed))]).await.unwrap();
            ids.push(id);
        }
        place_all(&talk).await;
        let groups = open(&talk).await;
        assert_eq!(groups.len(), 3);
        let (first, others) = (groups[2].0, vec![groups[0].0, groups[1].0]);
        let placement = Placement { group: Some(first), name: "发票".into(), centre: vec![0, 2], questions: Vec::new(), merged: others };
        store.place_questions(talk.workspace, &[placement], NOW).await.unwrap();
        assert_eq!(open(&talk).await, [(first, "发票".to_owned(), 3)]);
        assert_eq!(store.vectors_of_group(first, 10).await.unwrap().len(), 3);
        let standing = store.standing_groups(talk.workspace, 10).await.unwrap();
        assert_eq!((standing.len(), standing[0].count, &standing[0].centre[..]), (1, 3, &[0, 2][..]));
        let start = NOW - 20 * 7 * DAY;
        assert_eq!(store.weeks_of_groups(&[first], start).await.unwrap(), [(first, 20, 3)]);
        assert_eq!(store.weeks_of_groups(&[], start).await.unwrap(), []);
        // Conversations only where one may see them.
        let owner = agent(store, talk.workspace, model::Role::Owner).await;
        let all = Scope::of(talk.workspace, owner.id, model::Role::Owner, Vec::new());
        assert_eq!(store.conversations_in_scope(&all, &ids).await.unwrap().len(), 3);
        let elsewhere = Scope { workspace_id: workspace(store).await, ..all };
        assert_eq!(store.conversations_in_scope(&elsewhere, &ids).await.unwrap(), []);
    }

    async fn groups_are_listed_by_worth_page_by_page(store: &TestStore) {
        let talk = with_bot(store).await;
        for n in 0..7 {
            let text = format!("问题{n}");
            let id = missed(&talk, &text).await;
            store.learn_from_turns(talk.workspace, &[], &[finding(id, &text, Some(MissReason::Missed))]).await.unwrap();
        }
        place_all(&talk).await;
        let unchecked = store.unchecked_groups(talk.workspace, NOW, 1, 100).await.unwrap();
        assert_eq!(unchecked.len(), 7);
        for (n, group) in unchecked.iter().enumerate() {
            // Two of them are worth the same.
            let probability = 0.1 * (n / 2) as f64;
            store.check_group(talk.workspace, group.id, None, probability, 1, NOW - DAY, NOW).await.unwrap();
        }
        assert_eq!(store.unchecked_groups(talk.workspace, NOW, 1, 100).await.unwrap(), []);
        assert_eq!(store.unchecked_groups(talk.workspace, NOW, 2, 3).await.unwrap().len(), 3);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.list_groups(talk.workspace, GroupState::Open, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(GroupCursor { worth: last.worth, id: last.id });
            seen.extend(page.iter().map(|group| (group.worth, group.id)));
        }
        assert_eq!(seen.len(), 7);
        assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0 && pair[0].1 != pair[1].1), "{seen:?}");
        assert!((seen[0].0 - 1.0).abs() < 1e-9, "{seen:?}");
    }

    async fn a_group_changes_its_state_only_from_where_it_is(store: &TestStore) {
        let talk = with_bot(store).await;
        let id = missed(&talk, "可以开发票吗").await;
        store.learn_from_turns(talk.workspace, &[], &[finding(id, "可以开发票吗", Some(MissReason::Missed))]).await.unwrap();
        place_all(&talk).await;
        let group = open(&talk).await[0].0;
        let by = agent(store, talk.workspace, model::Role::Owner).await.id;
        let set = async |workspace, from: &[GroupState], to| {
            store.set_group_state(workspace, group, (from, to), None, by, NOW).await.unwrap()
        };
        assert!(!set(workspace(store).await, &[GroupState::Open], GroupState::Ignored).await);
        assert!(set(talk.workspace, &[GroupState::Open], GroupState::Ignored).await);
        assert!(!set(talk.workspace, &[GroupState::Open], GroupState::Taken).await);
        assert_eq!(store.count_groups(talk.workspace).await.unwrap(), [(GroupState::Ignored, 1)]);
        assert!(set(talk.workspace, &[GroupState::Ignored, GroupState::Taken], GroupState::Open).await);
        assert_eq!(open(&talk).await.len(), 1);
        assert!(store.find_group(workspace(store).await, group).await.unwrap().is_none());
    }

    async fn one_node_learns_at_a_time(store: &TestStore) {
        let here = workspace(store).await;
        assert!(store.lease_learning(here, NOW, NOW + 10).await.unwrap());
        assert!(!store.lease_learning(here, NOW + 5, NOW + 15).await.unwrap());
        assert!(store.lease_learning(here, NOW + 10, NOW + 20).await.unwrap());
        store.end_learning(here).await.unwrap();
        assert!(store.lease_learning(here, NOW + 11, NOW + 30).await.unwrap());
    }

    async fn weeks_count_outcomes_and_judgements(store: &TestStore) {
        let talk = with_bot(store).await;
        missed(&talk, "可以开发票吗").await;
        let start = NOW - 7 * DAY;
        let weeks = store.bot_weeks(talk.workspace, start).await.unwrap();
        assert_eq!(weeks.len(), 1);
        assert_eq!((weeks[0].week, weeks[0].missed, weeks[0].answered, weeks[0].judged), (1, 1, 0, 0));
    }

    async fn regression_questions_are_kept_once_and_runs_in_their_order(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, model::Role::Owner).await.id;
        let content = model::EntryContent { question: "怎么退货".into(), ..model::EntryContent::default() };
        let entry = store::entries::NewEntry { content, owner: None };
        let entry = store.insert_entries(here, &[entry], true, None, NOW).await.unwrap()[0];
        let first = store.keep_regression_question(here, "退货", None, by, NOW).await.unwrap();
        let again = store.keep_regression_question(here, "退货", Some(entry), by, NOW).await.unwrap();
        assert_eq!(first, again);
        let set = store.regression_set(here).await.unwrap();
        assert_eq!((set.len(), set[0].entry_id, set[0].entry_question.as_deref()), (1, Some(entry), Some("怎么退货")));
        assert!(!store.drop_regression_question(workspace(store).await, first).await.unwrap());
        assert!(store.drop_regression_question(here, first).await.unwrap());
        for revision in 1..=3 {
            let run = store::quality::ModelRun {
                at: NOW + revision,
                revision,
                precision: 0.9,
                answered: 0.5,
                regression_right: 1,
                regression_total: 2,
                report: "{}".into(),
            };
            store.insert_model_run(here, &run).await.unwrap();
        }
        let runs = store.list_model_runs(here, 2).await.unwrap();
        assert_eq!(runs.iter().map(|run| run.revision).collect::<Vec<_>>(), [2, 3]);
    }
}
