//! How the threads of a node may meet over its sockets: `followers.rs` and `outbox.rs` on the locks of shuttle,
//! which tries schedules by the thousand. A thread commits and tells, others follow, read and go; in the twin
//! they read before they follow.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the server uses the rest")]
#[path = "../../src/socket/followers.rs"]
mod followers;
#[expect(dead_code, reason = "the server uses the rest")]
#[path = "../../src/socket/outbox.rs"]
mod outbox;
mod sync;

use bus::ConnectionId;
use followers::{Followers, StaffSocket, VisitorSocket};
use futures_util::FutureExt as _;
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, NewConversation, Role, Scope, Seq,
    SessionId, TeamId, VisitorSessionId, WorkspaceId,
};
use outbox::{Cut, Frames, bounded};
use service::conversations::Place;
use shuttle::thread;
use std::panic::catch_unwind;
use sync::{Arc, AtomicBool, Mutex, RwLock};

const SCHEDULES: usize = 3_000;
const LAST: Seq = 4;
/// Enough for all that is told.
const WIDE: usize = 16;
/// Not enough for a reader that stands still.
const NARROW: usize = 2;
const BYTES: usize = 1_000;
const TEAM: TeamId = TeamId(1);

/// What the threads share: the sockets, and the newest position that is committed.
#[derive(Default)]
struct Node {
    followers: Followers,
    committed: Mutex<Seq>,
}

/// The conversation with so many messages, which this team has.
fn conversation(last_seq: Seq, team: TeamId) -> Conversation {
    let new = NewConversation {
        id: ConversationId(1),
        workspace_id: WorkspaceId(1),
        channel_id: ChannelId(1),
        contact_id: ContactId(1),
        contact_name: String::new(),
        team_id: Some(team),
        bot: false,
    };
    Conversation { last_seq, ..new.open(0) }
}

impl Node {
    fn read(&self) -> Seq {
        *self.committed.lock().unwrap()
    }

    /// Commits messages one after the other, and tells of each. `team` has the conversation after each.
    fn publish(&self, team: fn(Seq) -> TeamId) {
        for seq in 1..=LAST {
            *self.committed.lock().unwrap() = seq;
            let frame = || seq.to_string().into();
            self.followers.changed(&conversation(seq, team(seq)), frame, frame);
        }
    }
}

#[derive(Clone, Copy)]
enum Order {
    FollowFirst,
    ReadFirst,
}

/// What a client has seen, and the way by which it hears more.
struct Reader {
    node: Arc<Node>,
    frames: Frames,
    held: Seq,
    heard: Seq,
}

impl Reader {
    /// Takes what has come. True when there is a hole: it has to ask again.
    fn take(&mut self) -> bool {
        let mut hole = false;
        while let Some(frame) = self.frames.waiting() {
            let seq = frame.parse().unwrap();
            assert!(seq > self.heard, "{seq} came after {}", self.heard);
            self.heard = seq;
            hole |= seq > self.held + 1;
            if seq == self.held + 1 {
                self.held = seq;
            }
        }
        hole
    }

    fn is_cut(&self) -> bool {
        self.frames.cut().now_or_never().is_some()
    }
}

struct Console {
    reader: Reader,
    socket: Arc<StaffSocket>,
    order: Order,
}

impl Console {
    fn open(node: &Arc<Node>, id: u64, room: usize, order: Order) -> Self {
        let (outbox, frames) = bounded(room, BYTES);
        let scope = Scope::of(WorkspaceId(1), AgentId(1), Role::Agent, vec![TEAM]);
        let socket = Arc::new(StaffSocket {
            id: ConnectionId(id),
            workspace: WorkspaceId(1),
            agent: AgentId(1),
            session: SessionId(1),
            scope: RwLock::new(Arc::new(scope)),
            follows_inbox: AtomicBool::new(false),
            watched: Mutex::default(),
            outbox,
            look_again: sync::Notify::default(),
        });
        node.followers.add_staff(Arc::clone(&socket));
        Self { reader: Reader { node: Arc::clone(node), frames, held: 0, heard: 0 }, socket, order }
    }

    fn watch(&mut self) {
        let node = Arc::clone(&self.reader.node);
        let follow = || node.followers.watch(&self.socket, Place::from(&conversation(0, TEAM)));
        self.reader.held = match self.order {
            Order::FollowFirst => {
                follow();
                node.read()
            }
            Order::ReadFirst => {
                let held = node.read();
                follow();
                held
            }
        };
    }

    fn take(&mut self) {
        if self.reader.take() {
            self.watch();
        }
    }

    /// When everybody has come to rest: everything, in order, or it was sent away.
    fn expect_all(mut self) {
        while self.reader.take() {
            self.watch();
        }
        assert!(self.reader.held == LAST || self.reader.is_cut(), "{} of {LAST}", self.reader.held);
    }
}

/// A console watches, looks up now and then, and goes and comes back.
fn at_the_desk(mut console: Console) -> Console {
    console.watch();
    console.take();
    console.reader.node.followers.unwatch(&console.socket, ConversationId(1));
    console.watch();
    console.take();
    console
}

fn following(room: usize, order: Order, team: fn(Seq) -> TeamId) {
    let node = Arc::<Node>::default();
    let consoles = [1, 2].map(|id| Console::open(&node, id, room, order));
    let publisher = {
        let node = Arc::clone(&node);
        thread::spawn(move || node.publish(team))
    };
    let desks = consoles.map(|console| thread::spawn(move || at_the_desk(console)));
    publisher.join().unwrap();
    for desk in desks {
        let console = desk.join().unwrap();
        assert!(room == NARROW || !console.reader.is_cut(), "cut off with room left");
        console.expect_all();
    }
}

#[test]
fn whoever_follows_gets_everything_in_order() {
    shuttle::check_random(|| following(WIDE, Order::FollowFirst, |_| TEAM), SCHEDULES);
}

#[test]
fn reading_before_following_is_noticed() {
    let found = catch_unwind(|| {
        shuttle::check_random(|| following(WIDE, Order::ReadFirst, |_| TEAM), SCHEDULES);
    });
    assert!(found.is_err(), "the planted bug was not found");
}

#[test]
fn whoever_is_slow_is_cut_off_or_gets_everything() {
    shuttle::check_random(|| following(NARROW, Order::FollowFirst, |_| TEAM), SCHEDULES);
}

#[test]
fn who_loses_sight_and_sees_again_gets_everything() {
    let away = |seq| if seq == 2 { TeamId(2) } else { TEAM };
    shuttle::check_random(move || following(WIDE, Order::FollowFirst, away), SCHEDULES);
}

/// A window is registered before it can ask.
#[test]
fn window_gets_everything_and_leaves_nothing_behind() {
    let schedule = || {
        let node = Arc::<Node>::default();
        let publisher = {
            let node = Arc::clone(&node);
            thread::spawn(move || node.publish(|_| TEAM))
        };
        let (outbox, frames) = bounded(WIDE, BYTES);
        let (id, contact) = (ConnectionId(1), ContactId(1));
        let socket = VisitorSocket { id, session: VisitorSessionId(1), channel: ChannelId(1), outbox };
        node.followers.add_visitor(contact, Arc::new(socket));
        let mut window = Reader { node: Arc::clone(&node), frames, held: node.read(), heard: 0 };
        assert!(!window.take(), "a hole");
        publisher.join().unwrap();
        assert!(!window.take() && window.held == LAST, "{} of {LAST}", window.held);
        node.followers.remove_visitor(contact, id);
        assert_eq!(node.followers.read().visitors().count(), 0);
    };
    shuttle::check_random(schedule, SCHEDULES);
}

#[test]
fn end_of_the_server_cuts_everybody_who_is_there() {
    let schedule = || {
        let node = Arc::<Node>::default();
        let consoles = [1, 2].map(|id| Console::open(&node, id, WIDE, Order::FollowFirst));
        let publisher = {
            let node = Arc::clone(&node);
            thread::spawn(move || node.publish(|_| TEAM))
        };
        let desks = consoles.map(|console| thread::spawn(move || at_the_desk(console)));
        node.followers.cut_all(Cut { code: 1012, reason: "restart" });
        publisher.join().unwrap();
        for desk in desks {
            let console = desk.join().unwrap();
            assert!(console.reader.is_cut());
            node.followers.remove_staff(console.socket.id);
        }
        assert_eq!(node.followers.read().watchers(ConversationId(1)).count(), 0);
    };
    shuttle::check_random(schedule, SCHEDULES);
}
