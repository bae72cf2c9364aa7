//! What only several nodes on one Redis can show: loss is noticed, and Redis may go.

use crate::{Inbox, Place, event, eventually, proxy::Proxy};
use bus::{Bus, ConnectionId, Delivery, Error, Member, Options, Relay};
use model::{AgentId, WorkspaceId};
use redis::{AsyncTypedCommands as _, aio::MultiplexedConnection};
use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

const SHOP: WorkspaceId = WorkspaceId(1);
const LI: Member = Member::Agent(SHOP, AgentId(11));

/// A node that reaches Redis through a proxy, and one that reaches it directly.
async fn behind_proxy(place: &Place) -> (Proxy, Bus, Bus) {
    let proxy = Proxy::before(place.url()).await;
    let far = Bus::redis_with(&proxy.url, place.options(), None).await.unwrap();
    (proxy, far, place.bus().await)
}

async fn client(place: &Place) -> MultiplexedConnection {
    let client = redis::Client::open(place.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// Keys of this test's cluster.
async fn keys(place: &Place, pattern: &str, redis: &mut MultiplexedConnection) -> Vec<String> {
    let pattern = format!("{}:{pattern}", place.options().prefix);
    redis.keys(pattern).await.unwrap()
}

#[tokio::test]
async fn event_reaches_each_node_once() {
    let Some(place) = Place::redis() else { return };
    let (a, b) = (place.bus().await, place.bus().await);
    let (mut at_a, mut at_b) = (Inbox::of(&a), Inbox::of(&b));
    a.publish(event(1));
    assert_eq!(at_b.event().await, event(1));
    // What b says next comes after the echo of event 1, which a must have skipped.
    b.publish(event(2));
    assert_eq!(at_a.event().await, event(1));
    assert_eq!(at_a.event().await, event(2));
    assert_eq!(at_b.event().await, event(2));
}

#[tokio::test]
async fn clusters_with_different_prefixes_do_not_hear_each_other() {
    let (Some(one), Some(two)) = (Place::redis(), Place::redis()) else {
        return;
    };
    let (a, stranger, b) = (one.bus().await, two.bus().await, one.bus().await);
    let mut at_b = Inbox::of(&b);
    stranger.publish(event(1));
    stranger.connect(LI, ConnectionId(1));
    stranger.close().await;
    a.publish(event(2));
    assert_eq!(at_b.event().await, event(2));
}

#[tokio::test]
async fn killed_connection_is_a_gap_and_later_events_flow() {
    let Some(place) = Place::redis() else { return };
    let (proxy, far, near) = behind_proxy(&place).await;
    let (mut at_far, mut at_near) = (Inbox::of(&far), Inbox::of(&near));
    near.publish(event(1));
    assert_eq!(at_far.event().await, event(1));

    proxy.kill_connections().await;
    at_far.gap().await;

    near.publish(event(2));
    at_far.until(&event(2)).await;
    far.publish(event(3));
    at_near.until(&event(3)).await;
}

#[tokio::test]
async fn node_without_redis_works_alone_and_rejoins() {
    let Some(place) = Place::redis() else { return };
    let (proxy, far, near) = behind_proxy(&place).await;
    let (mut at_far, mut at_near) = (Inbox::of(&far), Inbox::of(&near));

    proxy.close();
    eventually(async || !far.is_connected()).await;
    far.publish(event(1));
    assert_eq!(at_far.now(), Some(event(1)));
    assert!(far.connect(LI, ConnectionId(1)));
    assert!(far.is_present(LI).await);
    assert_eq!(far.present_agents(SHOP).await, [AgentId(11)]);

    proxy.open();
    at_far.gap().await;
    assert!(far.is_connected());
    eventually(|| near.is_present(LI)).await;
    near.publish(event(2));
    at_far.until(&event(2)).await;
    // Event 1 was dropped, which the others learn, or it could wait until Redis was back.
    loop {
        match at_near.next().await {
            Delivery::Event(late) if *late != event(1) => {}
            Delivery::Event(_) | Delivery::Gap => break,
        }
    }
    far.publish(event(3));
    at_near.until(&event(3)).await;
}

#[tokio::test]
async fn node_starts_without_redis_and_joins_later() {
    let Some(place) = Place::redis() else { return };
    let proxy = Proxy::before(place.url()).await;
    proxy.close();
    let far = Bus::redis_with(&proxy.url, place.options(), None).await.unwrap();
    assert!(!far.is_connected());
    let mut at_far = Inbox::of(&far);
    proxy.open();
    at_far.gap().await;
    assert!(far.is_connected());
}

#[tokio::test]
async fn overflow_becomes_a_gap_elsewhere_even_when_nothing_follows() {
    let Some(place) = Place::redis() else { return };
    let small = Options { queue: 4, ..place.options() };
    let a = Bus::redis_with(place.url(), small, None).await.unwrap();
    let b = place.bus().await;
    let (mut at_a, mut at_b) = (Inbox::of(&a), Inbox::of(&b));
    // The sending task cannot run before this test awaits: 4 of 100 fit.
    for number in 0..100 {
        a.publish(event(number));
    }
    at_b.gap().await;
    for number in 0..100 {
        assert_eq!(at_a.event().await, event(number), "here nothing is lost");
    }
    a.publish(event(100));
    at_b.until(&event(100)).await;
}

#[tokio::test]
async fn undisturbed_cluster_announces_no_gap() {
    let Some(place) = Place::redis() else { return };
    let (a, b) = (place.bus().await, place.bus().await);
    let mut at_b = Inbox::of(&b);
    for round in 0..5 {
        a.publish(event(round));
        assert_eq!(at_b.event().await, event(round));
        // A late node hears positions and events of the older ones from the middle.
        let late = place.bus().await;
        let mut at_late = Inbox::of(&late);
        a.publish(event(100 + round));
        assert_eq!(at_late.event().await, event(100 + round));
        assert_eq!(at_b.event().await, event(100 + round));
    }
}

#[tokio::test]
async fn dead_node_is_forgotten() {
    let Some(place) = Place::redis() else { return };
    let options = Options { presence_ttl: Duration::from_millis(300), ..place.options() };
    let dying = Bus::redis_with(place.url(), options, None).await.unwrap();
    let other = place.bus().await;
    dying.connect(LI, ConnectionId(1));
    eventually(|| other.is_present(LI)).await;
    drop(dying);
    eventually(async || !other.is_present(LI).await).await;
}

#[tokio::test]
async fn living_node_renews_the_lifetime_of_its_presence() {
    let Some(place) = Place::redis() else { return };
    let (living, other) = (place.bus().await, place.bus().await);
    living.connect(LI, ConnectionId(1));
    eventually(|| other.is_present(LI)).await;
    let mut redis = client(&place).await;
    let [key] = &keys(&place, "agents:*", &mut redis).await[..] else {
        panic!("one node has agents");
    };
    let mut before = isize::MAX;
    // It counts down, so it grows only when it is renewed.
    loop {
        let left = redis.pttl(key).await.unwrap().raw();
        assert!(left > 0);
        if left > before {
            break;
        }
        before = left;
    }
}

#[tokio::test]
async fn closing_withdraws_presence_and_sends_what_is_queued() {
    let Some(place) = Place::redis() else { return };
    let options = Options { presence_ttl: Duration::from_hours(1), ..place.options() };
    let leaving = Bus::redis_with(place.url(), options, None).await.unwrap();
    let other = place.bus().await;
    let mut inbox = Inbox::of(&other);
    leaving.connect(LI, ConnectionId(1));
    eventually(|| other.is_present(LI)).await;
    for number in 0..1_000 {
        leaving.publish(event(number));
    }
    leaving.close().await;
    assert!(!other.is_present(LI).await);
    for number in 0..1_000 {
        assert_eq!(inbox.event().await, event(number));
    }
}

#[tokio::test]
async fn presence_comes_back_after_redis_forgot_it() {
    let Some(place) = Place::redis() else { return };
    let (a, b) = (place.bus().await, place.bus().await);
    a.connect(LI, ConnectionId(1));
    eventually(|| b.is_present(LI)).await;
    let mut redis = client(&place).await;
    let keys = keys(&place, "*", &mut redis).await;
    assert!(redis.del(keys).await.unwrap() > 0);
    eventually(|| b.is_present(LI)).await;
}

#[tokio::test]
async fn something_that_is_no_packet_is_a_gap_and_no_panic() {
    let Some(place) = Place::redis() else { return };
    let bus = place.bus().await;
    let mut inbox = Inbox::of(&bus);
    let mut redis = client(&place).await;
    let channel = format!("{}:events", place.options().prefix);
    redis.publish(channel, b"\xff\xfe{").await.unwrap();
    assert!(matches!(inbox.next().await, Delivery::Gap));
}

#[tokio::test]
async fn what_only_newer_nodes_know_is_passed_over_and_what_cannot_be_read_is_a_gap() {
    let Some(place) = Place::redis() else { return };
    let (bus, other) = (place.bus().await, place.bus().await);
    let mut inbox = Inbox::of(&bus);
    let mut redis = client(&place).await;
    let channel = format!("{}:events", place.options().prefix);
    let packet = |seq: u64, event: &str| {
        format!(
            r#"{{"node":"newer","seq":{seq},"lost":0,"envelope":{{"topic":{{"topic":"workspace","id":"1"}},
            "event":{event}}}}}"#
        )
    };
    redis.publish(&channel, packet(1, r#"{"event":"of_a_later_version","id":"7"}"#)).await.unwrap();
    other.publish(event(1));
    assert_eq!(inbox.event().await, event(1));
    let presence = r#"{"event":"presence_changed","agent_id":"7","presence":"of_a_later_version"}"#;
    redis.publish(&channel, packet(2, presence)).await.unwrap();
    assert!(matches!(inbox.next().await, Delivery::Gap));
}

#[tokio::test]
async fn address_that_is_none_is_refused() {
    for address in ["", "postgres://x", "redis://:bad:port"] {
        let error = Bus::redis(address).await.err();
        assert!(matches!(error, Some(Error::Address(_))), "{address}");
    }
}

/// All buses that were given to it hear what any of them sends this way.
#[derive(Clone, Default)]
struct Way(Arc<Mutex<Vec<Bus>>>);

impl Way {
    fn relay(&self) -> Relay {
        let way = self.clone();
        Arc::new(move |packets| {
            let buses = way.0.lock().unwrap().clone();
            Box::pin(async move {
                for (bus, packet) in buses.iter().flat_map(|bus| packets.iter().map(move |one| (bus, one))) {
                    bus.hear(packet);
                }
                true
            })
        })
    }

    async fn join(&self, url: &str, place: &Place) -> Bus {
        let bus = Bus::redis_with(url, place.options(), Some(self.relay())).await.unwrap();
        self.0.lock().unwrap().push(bus.clone());
        bus
    }
}

#[tokio::test]
async fn events_and_agents_take_the_detour_while_a_node_has_lost_redis() {
    let Some(place) = Place::redis() else { return };
    let (proxy, way) = (Proxy::before(place.url()).await, Way::default());
    let (far, near) = (way.join(&proxy.url, &place).await, way.join(place.url(), &place).await);
    let (mut at_far, mut at_near) = (Inbox::of(&far), Inbox::of(&near));
    near.publish(event(0));
    at_far.until(&event(0)).await;

    proxy.close();
    eventually(async || !far.is_connected()).await;
    // Until the other one knows, what it says may be lost, which its number shows.
    let mut number = 0;
    loop {
        number += 1;
        near.publish(event(number));
        match tokio::time::timeout(Duration::from_millis(100), at_far.next()).await {
            Ok(Delivery::Event(heard)) if *heard == event(number) => break,
            _ => {}
        }
    }
    for next in number + 1..number + 200 {
        near.publish(event(next));
        assert_eq!(at_far.event().await, event(next), "by the detour, each once");
    }
    far.publish(event(1_000));
    at_near.until(&event(1_000)).await;
    far.connect(LI, ConnectionId(1));
    eventually(async || near.present_agents(SHOP).await == [AgentId(11)]).await;

    proxy.open();
    at_far.gap().await;
    near.publish(event(2_000));
    at_far.until(&event(2_000)).await;
    eventually(|| near.is_present(LI)).await;
    way.0.lock().unwrap().clear();
}

#[tokio::test]
async fn nodes_that_die_are_noticed_and_nodes_that_leave_are_not() {
    let Some(place) = Place::redis() else { return };
    let short = Options { presence_ttl: Duration::from_millis(500), ..place.options() };
    let staying = Bus::redis_with(place.url(), short, None).await.unwrap();
    let (leaving, dying) = (place.bus().await, place.bus().await);
    let mut inbox = Inbox::of(&staying);
    leaving.publish(event(1));
    inbox.until(&event(1)).await;
    leaving.close().await;
    dying.publish(event(2));
    inbox.until(&event(2)).await;
    let silence = tokio::time::timeout(Duration::from_secs(1), inbox.next()).await;
    assert!(silence.is_err(), "a node that left, or speaks, is no gap: {silence:?}");
    drop(dying);
    inbox.gap().await;
}

#[tokio::test]
async fn uses_are_counted_by_all_nodes_together_and_without_redis_by_nobody() {
    let Some(place) = Place::redis() else { return };
    let (proxy, far, near) = behind_proxy(&place).await;
    let (count, minute) = (NonZeroU32::new(5).unwrap(), Duration::from_mins(1));
    for number in 0..5 {
        let bus = if number % 2 == 0 { &far } else { &near };
        assert_eq!(bus.count_use("login:li", count, minute).await, Some(Ok(())));
    }
    for bus in [&far, &near] {
        let Some(Err(wait)) = bus.count_use("login:li", count, minute).await else { panic!("a sixth") };
        assert!(wait > Duration::from_secs(11) && wait <= Duration::from_secs(12), "{wait:?}");
    }
    assert_eq!(far.count_use("login:su", count, minute).await, Some(Ok(())), "each key has its own");
    let quick = Duration::from_millis(50);
    let once = NonZeroU32::MIN;
    assert_eq!(near.count_use("quick", once, quick).await, Some(Ok(())));
    eventually(async || near.count_use("quick", once, quick).await == Some(Ok(()))).await;
    proxy.close();
    eventually(async || far.count_use("login:li", count, minute).await.is_none()).await;
    assert_eq!(Bus::local().count_use("login:li", count, minute).await, None);
}
