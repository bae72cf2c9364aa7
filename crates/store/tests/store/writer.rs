//! The writer: one copy of each message, gapless order, refusals that disturb nobody.

use crate::fixture::*;
use model::{
    Action, AgentId, ChannelId, ContactId, Content, ConversationId, Refusal, Role, Scope, Sender, Viewer,
};
use sqlx::Connection as _;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use store::{Change, Database, Health, Target, Writer};
use testkit::database::TestDatabase;

fn post(talk: &Talk, conversation: ConversationId, agent: AgentId, client_id: &str, text: &str) -> Change {
    Change {
        rating: None,
        workspace_id: talk.workspace,
        target: Target::Existing { id: conversation, viewer: Viewer::System },
        client_id: Some(client_id.into()),
        action: Action::Post { sender: Sender::Agent(agent), content: Content::Text { text: text.into() } },
        at: NOW,
    }
}

both! {
    async fn first_message_opens_a_conversation_and_the_next_joins_it(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let first = talk.say(&who, "在吗").await;
        let second = talk.say(&who, "人呢").await;
        assert_eq!(first.conversation.id, second.conversation.id);
        assert_eq!((first.messages[0].seq, second.messages[0].seq), (1, 2));
        assert_eq!(second.conversation.staff_unread, 2);
        let found = store.find_conversation(talk.workspace, first.conversation.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&*second.conversation));
    }

    async fn messages_sent_at_once_are_numbered_without_gap(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let id = talk.say(&who, "0").await.conversation.id;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let mut pending = Vec::new();
        for index in 1..=40 {
            let change = post(&talk, id, agent, &format!("c{index}"), &index.to_string());
            pending.push(talk.writer.submit(change).await.unwrap());
        }
        for (index, answer) in pending.into_iter().enumerate() {
            let committed = answer.await.unwrap();
            let posted = committed.messages.iter().find(|message| message.client_id.is_some());
            let Content::Text { text } = &posted.unwrap().content else { unreachable!() };
            assert_eq!(**text, (index + 1).to_string());
        }
        let stored = store.list_messages_after(talk.workspace, id, 0, 100).await.unwrap();
        let seqs: Vec<_> = stored.iter().map(|message| message.seq).collect();
        let gapless: Vec<_> = (1..=stored.len() as i64).collect();
        assert_eq!(seqs, gapless);
        let conversation = store.find_conversation(talk.workspace, id).await.unwrap().unwrap();
        assert_eq!(conversation.last_seq, stored.len() as i64);
    }

    async fn changes_of_several_conversations_at_once_keep_their_order_and_their_answers(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let (a, b) = (talk.say(&talk.contact().await, "0").await, talk.say(&talk.contact().await, "0").await);
        let (a, b) = (a.conversation.id, b.conversation.id);
        let mut pending = Vec::new();
        for index in 0..30 {
            // The other one first, now and then.
            for id in if index % 3 == 0 { [b, a] } else { [a, b] } {
                let client_id = format!("{id}-{index}");
                let change = post(&talk, id, agent, &client_id, &client_id);
                pending.push((id, client_id, talk.writer.submit(change).await.unwrap()));
            }
        }
        for (id, client_id, answer) in pending {
            let committed = answer.await.unwrap();
            let posted = committed.messages.iter().find(|message| message.client_id.is_some()).unwrap();
            assert_eq!((committed.conversation.id, posted.client_id.as_deref()), (id, Some(&*client_id)));
        }
        for id in [a, b] {
            let stored = store.list_messages_after(talk.workspace, id, 0, 100).await.unwrap();
            let said: Vec<_> = stored.iter().filter_map(|message| message.client_id.clone()).collect();
            let wanted: Vec<_> = (0..30).map(|index| format!("{id}-{index}")).collect();
            assert!(said.iter().map(|id| &**id).eq(wanted.iter().map(String::as_str)), "{said:?}");
        }
    }

    async fn resend_returns_the_first_copy(store: &TestStore) {
        let talk = Talk::new(store).await;
        let id = talk.say(&talk.contact().await, "在吗").await.conversation.id;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let change = post(&talk, id, agent, "c1", "您好");
        let first = talk.writer.commit(change.clone()).await.unwrap();
        // Twice at once, and again later.
        let (a, b) = (talk.writer.submit(change.clone()).await.unwrap(), talk.writer.submit(change.clone()).await.unwrap());
        for again in [a.await.unwrap(), b.await.unwrap(), talk.writer.commit(change).await.unwrap()] {
            assert!(again.duplicate && !again.changed);
            let copy = first.messages.iter().find(|message| message.client_id.is_some()).unwrap();
            assert_eq!(&again.messages[..], std::slice::from_ref(copy));
        }
        let stored = store.list_messages_after(talk.workspace, id, 0, 100).await.unwrap();
        assert_eq!(stored.iter().filter(|message| message.client_id.is_some()).count(), 1);
    }

    async fn resend_is_found_among_new_messages(store: &TestStore) {
        let talk = Talk::new(store).await;
        let id = talk.say(&talk.contact().await, "在吗").await.conversation.id;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        talk.writer.commit(post(&talk, id, agent, "c1", "一")).await.unwrap();
        let mut pending = Vec::new();
        for client_id in ["c2", "c1", "c3", "c2"] {
            pending.push(talk.writer.submit(post(&talk, id, agent, client_id, client_id)).await.unwrap());
        }
        let mut duplicates = Vec::new();
        for answer in pending {
            duplicates.push(answer.await.unwrap().duplicate);
        }
        assert_eq!(duplicates, [false, true, false, true]);
        let stored = store.list_messages_after(talk.workspace, id, 0, 100).await.unwrap();
        let posted: Vec<_> = stored.iter().filter_map(|message| message.client_id.as_deref()).collect();
        let own: Vec<_> = posted.into_iter().filter(|id| ["c1", "c2", "c3"].contains(id)).collect();
        assert_eq!(own, ["c1", "c2", "c3"]);
    }

    async fn resend_is_found_where_nothing_can_be_said_any_more(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let conversation = talk.say(&who, "在吗").await.conversation;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let change = post(&talk, conversation.id, agent, "c1", "您好");
        talk.writer.commit(change.clone()).await.unwrap();
        let resolved = talk.act(&conversation, Action::Resolve { by: None }).await;
        let again = talk.writer.commit(change).await.unwrap();
        assert!(again.duplicate);
        assert_eq!(again.conversation.version, resolved.conversation.version);
        let new = talk.writer.commit(post(&talk, conversation.id, agent, "c2", "还在吗")).await;
        assert!(matches!(new, Err(Error::Refused(Refusal::Resolved))));
    }

    async fn client_id_of_another_conversation_is_refused(store: &TestStore) {
        let talk = Talk::new(store).await;
        let a = talk.say(&talk.contact().await, "在吗").await.conversation.id;
        let b = talk.say(&talk.contact().await, "在吗").await.conversation.id;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        talk.writer.commit(post(&talk, a, agent, "c1", "您好")).await.unwrap();
        let reused = talk.writer.commit(post(&talk, b, agent, "c1", "您好")).await;
        assert!(matches!(reused, Err(Error::ClientIdReused)));
    }

    async fn refused_change_does_not_disturb_its_neighbours(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let open = talk.say(&talk.contact().await, "在吗").await.conversation;
        let done = talk.say(&talk.contact().await, "在吗").await.conversation;
        talk.act(&done, Action::Resolve { by: None }).await;
        let changes = [
            post(&talk, open.id, agent, "c1", "一"),
            post(&talk, done.id, agent, "c2", "二"),
            post(&talk, ConversationId(1), agent, "c3", "三"),
            post(&talk, open.id, agent, "c4", "四"),
        ];
        let mut pending = Vec::new();
        for change in changes {
            pending.push(talk.writer.submit(change).await.unwrap());
        }
        let mut outcomes = Vec::new();
        for answer in pending {
            outcomes.push(answer.await);
        }
        assert!(outcomes[0].is_ok() && outcomes[3].is_ok());
        assert!(matches!(outcomes[1], Err(Error::Refused(Refusal::Resolved))));
        assert!(matches!(outcomes[2], Err(Error::NotFound)));
        assert_eq!(*talk.writer.health().borrow(), Health::Writable);
    }

    async fn change_that_names_nobody_fails_alone(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let open = talk.say(&talk.contact().await, "在吗").await.conversation;
        let mut pending = Vec::new();
        // Answering assigns a queued conversation: to nobody that exists.
        for (client, agent) in [("c1", AgentId(1)), ("c2", agent), ("c3", agent)] {
            pending.push(talk.writer.submit(post(&talk, open.id, agent, client, "您好")).await.unwrap());
        }
        let mut stored = Vec::new();
        for answer in pending {
            stored.push(answer.await.is_ok());
        }
        assert_eq!(stored, [false, true, true]);
        assert_eq!(*talk.writer.health().borrow(), Health::Writable);
    }

    async fn what_the_viewer_may_not_see_does_not_exist(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let said = talk.say(&talk.contact().await, "在吗").await.conversation;
        talk.act(&said, Action::Assign { agent, by: None, reasons: None }).await;
        let stranger = Arc::new(Scope::of(talk.workspace, AgentId(9), Role::Agent, Vec::new()));
        let foreign = workspace(store).await;
        for (workspace_id, viewer) in [
            (talk.workspace, Viewer::Staff(stranger)),
            (talk.workspace, Viewer::Contact { channel: said.channel_id, contact: ContactId(1) }),
            (talk.workspace, Viewer::Contact { channel: ChannelId(1), contact: said.contact_id }),
            (foreign, Viewer::System),
        ] {
            let target = Target::Existing { id: said.id, viewer };
            let change = Change { workspace_id, target, ..post(&talk, said.id, agent, "c1", "x") };
            assert!(matches!(talk.writer.commit(change).await, Err(Error::NotFound)));
        }
    }

    async fn exactly_one_of_many_accepts(store: &TestStore) {
        let talk = Talk::new(store).await;
        let said = talk.say(&talk.contact().await, "在吗").await.conversation;
        let mut pending = Vec::new();
        for _ in 0..5 {
            let agent = agent(store, talk.workspace, Role::Agent).await.id;
            let change = Change {
                rating: None,
                client_id: None,
                action: Action::Accept { agent },
                ..post(&talk, said.id, agent, "", "")
            };
            pending.push(talk.writer.submit(change).await.unwrap());
        }
        let mut winners = 0;
        for answer in pending {
            match answer.await {
                Ok(committed) => winners += i32::from(committed.changed),
                Err(error) => assert!(matches!(error, Error::Refused(Refusal::AlreadyAssigned))),
            }
        }
        assert_eq!(winners, 1);
    }

    async fn receipt_in_the_middle_counts_what_is_left(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let id = talk.say(&who, "一").await.conversation.id;
        for text in ["二", "三", "四"] {
            talk.say(&who, text).await;
        }
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let said = store.find_conversation(talk.workspace, id).await.unwrap().unwrap();
        let taken = talk.act(&said, Action::Accept { agent }).await;
        let last = taken.conversation.last_seq;
        let receipt = |read| Action::Receipt { by: Sender::Agent(agent), delivered: last, read };
        let part = talk.act(&said, receipt(3)).await;
        assert_eq!((part.conversation.staff_read, part.conversation.staff_unread), (3, 1));
        let whole = talk.act(&said, receipt(last)).await;
        assert_eq!((whole.conversation.staff_unread, whole.changed), (0, true));
        assert!(!talk.act(&said, receipt(2)).await.changed);
    }

    async fn contact_does_not_get_a_second_active_conversation_by_reopening(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let who = talk.contact().await;
        let first = talk.say(&who, "一").await.conversation;
        talk.act(&first, Action::Resolve { by: None }).await;
        talk.say(&who, "二").await;
        let reopen = Change {
            rating: None,
            client_id: None,
            action: Action::Reopen { by: agent },
            ..post(&talk, first.id, agent, "", "")
        };
        let refused = talk.writer.commit(reopen).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::AnotherActive))));
    }

    async fn changes_are_published_after_their_commit_in_order(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let id = talk.say(&who, "0").await.conversation.id;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let published = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&published);
        let (writer, task) = Writer::start(store, move |committed| {
            log.lock().unwrap().extend(committed.messages.iter().map(|message| message.seq));
        });
        let mut pending = Vec::new();
        for index in 0..20 {
            let change = post(&talk, id, agent, &format!("c{index}"), "x");
            pending.push(writer.submit(change).await.unwrap());
        }
        drop(writer);
        task.await.unwrap();
        let published = published.lock().unwrap().clone();
        let stored = store.list_messages_after(talk.workspace, id, 1, 100).await.unwrap();
        let seqs: Vec<_> = stored.iter().map(|message| message.seq).collect();
        assert_eq!(published, seqs);
        for answer in pending {
            assert!(answer.await.is_ok());
        }
    }

    async fn what_was_said_before_a_transfer_is_told_with_whose_the_conversation_was(store: &TestStore) {
        let talk = Talk::new(store).await;
        let said = talk.say(&talk.contact().await, "0").await.conversation;
        let sender = Sender::Visitor(said.contact_id);
        let agents = [agent(store, talk.workspace, Role::Agent).await.id, agent(store, talk.workspace, Role::Agent).await.id];
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        let (writer, task) = Writer::start(store, move |publication| {
            for message in &publication.messages {
                if let Content::Text { text } = &message.content {
                    log.lock().unwrap().push((publication.conversation.assignee_id, text.to_string()));
                }
            }
        });
        let mut wanted = Vec::new();
        for round in 0..40 {
            let agent = agents[round % 2];
            let action = Action::Assign { agent, by: Some(agent), reasons: None };
            let assign = Change { client_id: None, action, ..post(&talk, said.id, agent, "", "") };
            drop(writer.submit(assign).await.unwrap());
            for text in [format!("{round}a"), format!("{round}b")] {
                let action = Action::Post { sender, content: Content::Text { text: text.as_str().into() } };
                let change = Change { action, ..post(&talk, said.id, agent, &text, &text) };
                drop(writer.submit(change).await.unwrap());
                wanted.push((Some(agent), text));
            }
        }
        drop(writer);
        task.await.unwrap();
        assert_eq!(*told.lock().unwrap(), wanted);
    }

    async fn stopped_writer_has_indexed_everything(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let (writer, task) = Writer::start(store, |_| {});
        let talk = Talk { writer, ..talk };
        for _ in 0..5 {
            talk.say(&who, "退款").await;
        }
        drop(talk);
        task.await.unwrap();
        assert_eq!(store.index_messages(100).await.unwrap(), 0);
    }

    async fn two_nodes_number_one_conversation_without_gap(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let said = talk.say(&who, "在吗").await.conversation;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        // SQLite has one process; there the second writer is in this one.
        let other = store.reopen(2).await.unwrap();
        let (second, task) = Writer::start(&other, |_| {});
        let mut pending = Vec::new();
        for index in 0..15 {
            for (writer, node) in [(&talk.writer, "a"), (&second, "b")] {
                let change = post(&talk, said.id, agent, &format!("{node}{index}"), "x");
                pending.push(writer.submit(change).await.unwrap());
            }
        }
        for answer in pending {
            answer.await.unwrap();
        }
        let stored = store.list_messages_after(talk.workspace, said.id, 0, 100).await.unwrap();
        let seqs: BTreeSet<_> = stored.iter().map(|message| message.seq).collect();
        assert_eq!(seqs.len(), stored.len());
        assert_eq!(seqs.last(), Some(&(stored.len() as i64)));
        drop(second);
        task.await.unwrap();
        other.close().await;
    }

    async fn what_another_node_did_a_moment_ago_counts(store: &TestStore) {
        // The first writer has just written to the conversation and remembers it; the second one changes it.
        let talk = Talk::new(store).await;
        let said = talk.say(&talk.contact().await, "在吗").await.conversation;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let other = store.reopen(2).await.unwrap();
        let (second, task) = Writer::start(&other, |_| {});
        let act = |action| Change { client_id: None, action, ..post(&talk, said.id, agent, "", "") };
        let asks = |client_id: &str| {
            let (sender, text) = (Sender::Visitor(said.contact_id), "x".into());
            let action = Action::Post { sender, content: Content::Text { text } };
            Change { action, ..post(&talk, said.id, agent, client_id, "") }
        };
        let mut last = talk.act(&said, Action::Accept { agent }).await.conversation.last_seq;
        for round in 0..3 {
            for index in 0..2 {
                let committed = talk.writer.commit(asks(&format!("a{round}{index}"))).await.unwrap();
                assert!(committed.messages[0].seq > last);
                last = committed.conversation.last_seq;
            }
            let read = Action::Receipt { by: Sender::Agent(agent), delivered: last, read: last };
            second.commit(act(read)).await.unwrap();
            let next = talk.writer.commit(asks(&format!("c{round}"))).await.unwrap().conversation;
            assert_eq!((next.staff_read, next.staff_unread), (last, 1), "what was read stays read");
            second.commit(act(Action::Resolve { by: Some(agent) })).await.unwrap();
            let late = talk.writer.commit(asks(&format!("b{round}"))).await;
            assert!(matches!(late, Err(Error::Refused(Refusal::Resolved))), "it is resolved");
            let committed = second.commit(act(Action::Reopen { by: agent })).await.unwrap();
            last = committed.conversation.last_seq;
        }
        let stored = store.list_messages_after(talk.workspace, said.id, 0, 100).await.unwrap();
        let seqs: Vec<_> = stored.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
        drop(second);
        task.await.unwrap();
        other.close().await;
    }
}

/// Replies are written in one statement, which notes nothing where it finds another version than it expects.
#[tokio::test]
async fn postgres_notes_each_reply_once_whatever_another_node_wrote_in_between() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let talk = Talk::new(&store).await;
    let said = talk.say(&talk.contact().await, "在吗").await.conversation;
    let agent = agent(&store, talk.workspace, Role::Agent).await.id;
    talk.act(&said, Action::Accept { agent }).await;
    let other = store.reopen(2).await.unwrap();
    let (second, task) = Writer::start(&other, |_| {});
    for round in 0..3 {
        for (writer, node) in [(&talk.writer, "a"), (&talk.writer, "b"), (&second, "c")] {
            let reply = post(&talk, said.id, agent, &format!("{node}{round}"), "在的");
            writer.commit(reply).await.unwrap();
        }
    }
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let noted: Vec<(i64, Option<i64>)> = sqlx::query_as(
        "select conversation_id, agent_id from conversation_events where kind = 'agent_replied'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert_eq!(noted, vec![(said.id.0, Some(agent.0)); 9]);
    db.close().await.unwrap();
    drop(second);
    task.await.unwrap();
    other.close().await;
}
