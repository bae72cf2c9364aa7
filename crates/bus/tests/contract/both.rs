//! What holds on every backend: each test runs on the local bus and on Redis.

use crate::{Inbox, Place, event, eventually};
use bus::{Bus, ConnectionId, Member};
use futures_util::future::join_all;
use model::{AgentId, ContactId, WorkspaceId};
use std::time::Duration;

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod local {
            $(#[tokio::test] async fn $name() {
                super::$name(super::Place::Here(super::Bus::local())).await;
            })+
        }
        mod redis {
            $(#[tokio::test] async fn $name() {
                if let Some(place) = super::Place::redis() {
                    super::$name(place).await;
                }
            })+
        }
    };
}

on_both![
    publish_delivers_to_every_subscriber_before_it_returns,
    events_keep_the_order_of_their_publisher,
    subscriber_may_publish_while_it_is_called,
    member_is_present_until_its_last_connection_ends,
    disconnecting_a_stranger_changes_nothing,
    present_agents_are_those_of_the_workspace_each_once,
    ticket_is_taken_by_exactly_one_of_many,
    unknown_ticket_gives_nothing,
    ticket_carries_its_payload_unchanged,
];

const SHOP: WorkspaceId = WorkspaceId(1);
const OTHER: WorkspaceId = WorkspaceId(2);
const LI: Member = Member::Agent(SHOP, AgentId(11));

async fn publish_delivers_to_every_subscriber_before_it_returns(place: Place) {
    let bus = place.bus().await;
    let (mut one, mut two) = (Inbox::of(&bus), Inbox::of(&bus));
    bus.publish(event(1));
    assert_eq!(one.now(), Some(event(1)));
    assert_eq!(two.now(), Some(event(1)));
}

async fn events_keep_the_order_of_their_publisher(place: Place) {
    let (publisher, other) = (place.bus().await, place.bus().await);
    let mut inbox = Inbox::of(&other);
    for number in 0..500 {
        publisher.publish(event(number));
    }
    for number in 0..500 {
        assert_eq!(inbox.event().await, event(number));
    }
}

async fn subscriber_may_publish_while_it_is_called(place: Place) {
    let bus = place.bus().await;
    let again = bus.clone();
    bus.subscribe(std::sync::Arc::new(move |delivery| {
        if matches!(&delivery, bus::Delivery::Event(first) if **first == event(1)) {
            again.publish(event(2));
        }
    }));
    let mut inbox = Inbox::of(&bus);
    bus.publish(event(1));
    inbox.until(&event(2)).await;
}

async fn member_is_present_until_its_last_connection_ends(place: Place) {
    let (here, there) = (place.bus().await, place.bus().await);
    assert!(!there.is_present(LI).await);

    assert!(here.connect(LI, ConnectionId(1)), "the first");
    assert!(!here.connect(LI, ConnectionId(2)), "not the first");
    assert!(here.is_present(LI).await, "known at once on its own node");
    eventually(|| there.is_present(LI)).await;

    assert!(!here.disconnect(LI, ConnectionId(1)), "not the last");
    assert!(here.is_present(LI).await);
    assert!(here.disconnect(LI, ConnectionId(2)), "the last");
    assert!(!here.is_present(LI).await || matches!(place, Place::Redis { .. }));
    eventually(async || !there.is_present(LI).await).await;
}

async fn disconnecting_a_stranger_changes_nothing(place: Place) {
    let bus = place.bus().await;
    assert!(!bus.disconnect(LI, ConnectionId(1)));
    bus.connect(LI, ConnectionId(1));
    assert!(!bus.disconnect(LI, ConnectionId(9)));
    assert!(!bus.connect(LI, ConnectionId(1)), "known already");
    assert!(bus.is_present(LI).await);
}

async fn present_agents_are_those_of_the_workspace_each_once(place: Place) {
    let (here, there) = (place.bus().await, place.bus().await);
    here.connect(LI, ConnectionId(1));
    there.connect(LI, ConnectionId(2));
    there.connect(Member::Agent(SHOP, AgentId(7)), ConnectionId(3));
    there.connect(Member::Agent(OTHER, AgentId(8)), ConnectionId(4));
    there.connect(Member::Contact(SHOP, ContactId(9)), ConnectionId(5));
    for bus in [&here, &there] {
        let expected = [AgentId(7), AgentId(11)];
        eventually(async || bus.present_agents(SHOP).await == expected).await;
    }
}

async fn ticket_is_taken_by_exactly_one_of_many(place: Place) {
    let (here, there) = (place.bus().await, place.bus().await);
    let ttl = Duration::from_secs(30);
    here.put_ticket("hash", "session 5", ttl, 0).await.unwrap();
    let takers = (0..32).map(|n| {
        let bus = if n % 2 == 0 { &here } else { &there };
        bus.take_ticket("hash", 1)
    });
    let taken: Vec<String> = join_all(takers).await.into_iter().flatten().collect();
    assert_eq!(taken, ["session 5"]);
}

async fn unknown_ticket_gives_nothing(place: Place) {
    assert_eq!(place.bus().await.take_ticket("unknown", 0).await, None);
}

async fn ticket_carries_its_payload_unchanged(place: Place) {
    let bus = place.bus().await;
    let payload = "{\"agent\":\"小李\"}\0\r\n";
    let ttl = Duration::from_secs(30);
    bus.put_ticket("a", payload, ttl, 0).await.unwrap();
    bus.put_ticket("b", "", ttl, 0).await.unwrap();
    assert_eq!(bus.take_ticket("a", 0).await.as_deref(), Some(payload));
    assert_eq!(bus.take_ticket("b", 0).await.as_deref(), Some(""));
}

#[tokio::test]
async fn expired_ticket_gives_nothing() {
    let bus = Bus::local();
    let ttl = Duration::from_secs(30);
    bus.put_ticket("a", "x", ttl, 1_000).await.unwrap();
    assert_eq!(bus.take_ticket("a", 31_000).await, None);
    bus.put_ticket("b", "x", ttl, 1_000).await.unwrap();
    assert_eq!(bus.take_ticket("b", 30_999).await.as_deref(), Some("x"));
}
