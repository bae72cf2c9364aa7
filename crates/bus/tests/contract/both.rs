//! What holds on every backend: each test runs on the local bus and on Redis.

use crate::{Inbox, Place, event, eventually};
use bus::{Bus, ConnectionId, Member};
use model::{AgentId, ContactId, WorkspaceId};

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
