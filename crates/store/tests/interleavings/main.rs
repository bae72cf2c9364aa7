//! How callers, a lane and the answering task of the writer may meet: `writer/queue.rs` on the tasks of shuttle,
//! which tries schedules by the thousand. Callers queue more than there is room for and go before they are
//! answered; transactions fail as a whole, for a passing reason, or because of one change. In the twins something
//! is answered before its commit, a failed transaction is stored, and answers come before the publication.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../src/writer/publication.rs"]
mod publication;
#[path = "../../src/writer/queue.rs"]
mod queue;
mod sync;

use model::{
    Action, AgentId, ChannelId, ContactId, Content, ConversationId, Message, MessageId, NewConversation,
    Sender, Viewer, WorkspaceId,
};
use publication::{Publication, gather};
use queue::{Ground, Lane, Pending, Request, Resends, answer};
use shuttle::{
    future::{block_on, spawn, yield_now},
    rand::{Rng as _, thread_rng},
    sync::Mutex,
};
use std::{collections::BTreeSet, panic::catch_unwind, sync::Arc, time::Duration};
use store::{Change, Committed, CutOff, Error, Health, Result, Target};
use sync::{mpsc, watch};

const SCHEDULES: usize = 3_000;
/// Less than there is to say.
const ROOM: usize = 2;
const CALLERS: usize = 3;
const EACH: usize = 3;
const PATIENCE: Duration = Duration::from_secs(10);
/// A change that makes its transaction panic.
const POISON: &str = "1-1";

/// What transactions leave behind, and what was told of it.
#[derive(Default)]
struct Paper {
    stored: Mutex<Vec<String>>,
    published: Mutex<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// The commit comes after the answer.
    AnswersFirst,
    /// A transaction that failed is there all the same.
    StoresWhatFailed,
}

struct OnPaper {
    paper: Arc<Paper>,
    bug: Bug,
    is_broken: bool,
}

fn conversation() -> NewConversation {
    NewConversation {
        id: ConversationId(1),
        workspace_id: WorkspaceId(1),
        channel_id: ChannelId(1),
        contact_id: ContactId(1),
        contact_name: String::new(),
        team_id: None,
        bot: false,
    }
}

fn change(name: &str) -> Change {
    Change {
        workspace_id: WorkspaceId(1),
        target: Target::Existing { id: ConversationId(1), viewer: Viewer::System },
        client_id: Some(name.into()),
        action: Action::Post {
            sender: Sender::Agent(AgentId(1)),
            content: Content::Text { text: "".into() },
        },
        rating: None,
        at: 0,
    }
}

fn name(change: &Change) -> String {
    change.client_id.as_deref().unwrap_or_default().to_owned()
}

fn committed(name: &str, seq: usize) -> Committed {
    let message = Message {
        id: MessageId(seq as i64),
        conversation_id: ConversationId(1),
        seq: seq as i64,
        sender: Sender::Agent(AgentId(1)),
        client_id: Some(name.into()),
        content: Content::Text { text: "".into() },
        created_at: 0,
    };
    Committed {
        conversation: Arc::new(conversation().open(0)),
        before: None,
        messages: vec![Arc::new(message)],
        duplicate: false,
        changed: true,
        has_jobs: false,
    }
}

impl Ground for OnPaper {
    async fn write(&mut self, changes: &[&Change], _: Resends) -> Result<Vec<Result<Committed>>> {
        yield_now().await;
        let names: Vec<String> = changes.iter().map(|change| name(change)).collect();
        if names.iter().any(|name| name == POISON) {
            return Err(Error::Poisonous);
        }
        match thread_rng().gen_range(0..8) {
            0 => {
                if self.bug == Bug::StoresWhatFailed {
                    self.paper.stored.lock().unwrap().extend(names);
                }
                return Err(Error::ReadOnly("the disk is full".to_owned()));
            }
            1 => return Err(Error::Unsettled(CutOff::Commit { number: 1, witness: None })),
            2 => self.is_broken = thread_rng().gen_range(0..8) == 0,
            _ => {}
        }
        if self.is_broken {
            return Err(Error::ReadOnly("a flush failed".to_owned()));
        }
        let first = self.paper.stored.lock().unwrap().len();
        let outcomes = names.iter().zip(first + 1..).map(|(name, seq)| Ok(committed(name, seq))).collect();
        yield_now().await;
        if self.bug == Bug::AnswersFirst {
            let paper = Arc::clone(&self.paper);
            spawn(async move {
                yield_now().await;
                paper.stored.lock().unwrap().extend(names);
            });
        } else {
            self.paper.stored.lock().unwrap().extend(names);
        }
        yield_now().await;
        Ok(outcomes)
    }

    fn forget(&mut self) {}

    fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn probes(&self) -> bool {
        true
    }

    async fn probe(&mut self) -> Result<()> {
        yield_now().await;
        Ok(())
    }

    fn lull(&self) -> Option<Duration> {
        None
    }

    async fn tend(&mut self, _: Option<usize>, _: impl Fn() -> bool + Send) {
        yield_now().await;
    }

    async fn end(&mut self) {}
}

/// Queues all that it has to say, goes, and looks at each answer at the moment when it comes.
async fn call(number: usize, requests: mpsc::Sender<Request>, paper: Arc<Paper>) -> BTreeSet<String> {
    let mut pendings: Vec<(String, Pending)> = Vec::new();
    for one in 1..=EACH {
        let name = format!("{number}-{one}");
        let (request, pending) = Request::new(change(&name));
        assert!(requests.send(request).await.is_ok(), "the lane ended before its callers did");
        pendings.push((name, pending));
    }
    drop(requests);
    let mut refused = BTreeSet::new();
    for (name, pending) in pendings {
        if let Err(error) = pending.await {
            assert_ne!(error.to_string(), queue::stopped().to_string(), "{name} was never tried");
            refused.insert(name);
            continue;
        }
        assert!(paper.stored.lock().unwrap().contains(&name), "{name} was answered, and is not stored");
        assert!(paper.published.lock().unwrap().contains(&name), "{name} was answered, and is not published");
    }
    refused
}

fn scene(bug: Bug) {
    block_on(async move {
        let paper = Arc::<Paper>::default();
        let (report, health) = watch::channel(Health::Writable);
        let (done, answers) = mpsc::channel(1);
        let (queue, requests) = mpsc::channel(ROOM);
        let ground = OnPaper { paper: Arc::clone(&paper), bug, is_broken: false };
        let lane = spawn(Lane::new(ground, requests, report, done).run());
        let told = Arc::clone(&paper);
        let publish = move |publication: Publication| {
            let names = publication.messages.iter().filter_map(|message| message.client_id.as_deref());
            told.published.lock().unwrap().extend(names.map(str::to_owned));
        };
        let answering = spawn(answer(answers, publish));
        let callers: Vec<_> =
            (1..=CALLERS).map(|number| spawn(call(number, queue.clone(), Arc::clone(&paper)))).collect();
        drop(queue);
        let mut refused = BTreeSet::new();
        for caller in callers {
            refused.extend(caller.await.unwrap());
        }
        lane.await.unwrap();
        answering.await.unwrap();
        let stored = paper.stored.lock().unwrap().clone();
        let distinct: BTreeSet<_> = stored.iter().cloned().collect();
        assert_eq!(distinct.len(), stored.len(), "something is stored twice: {stored:?}");
        assert!(distinct.is_disjoint(&refused), "refused, and stored: {refused:?} {stored:?}");
        assert_eq!(distinct.len() + refused.len(), CALLERS * EACH, "neither stored nor refused");
        assert!(refused.contains(POISON));
        assert_eq!(*paper.published.lock().unwrap(), stored, "told in another order than it is stored");
        for number in 1..=CALLERS {
            let own: Vec<_> = stored.iter().filter(|name| name.starts_with(&format!("{number}-"))).collect();
            assert!(own.is_sorted(), "a caller's changes swapped places: {own:?}");
        }
        drop(health);
    });
}

#[test]
fn acknowledged_is_stored_refused_is_not_and_nobody_waits_for_ever() {
    shuttle::check_random(|| scene(Bug::None), SCHEDULES);
}

#[test]
fn answering_before_the_commit_is_noticed() {
    let found = catch_unwind(|| shuttle::check_random(|| scene(Bug::AnswersFirst), SCHEDULES));
    assert!(found.is_err(), "the planted bug was not found");
}

#[test]
fn storing_what_failed_is_noticed() {
    let found = catch_unwind(|| shuttle::check_random(|| scene(Bug::StoresWhatFailed), SCHEDULES));
    assert!(found.is_err(), "the planted bug was not found");
}
