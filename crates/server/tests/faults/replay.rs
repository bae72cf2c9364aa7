//! R31: requests that arrive twice, late, and in another order: as networks, proxies and impatient
//! clients repeat them, and as channels will repeat their pushes. Each message is stored once, and
//! every repetition is answered with the first copy's place.

use crate::scene::{Scene, rounds, server};
use anyhow::ensure;
use bench::http::{Answer, Client};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::chaos::Dice;

const MESSAGES: usize = 40;

/// The places that each message was acknowledged at.
async fn replay(sabotage: &str) -> anyhow::Result<BTreeMap<usize, BTreeSet<i64>>> {
    let scene = Scene::open(server(sabotage).await?).await?;
    let address = scene.server.serve.address;
    let (visitor, _) = Client::default().visitor(address, &scene.channel).await?;
    let mut dice: Dice = crate::scene::dice(31);
    let copies = rounds(4, 40) as usize;
    let mut deck: Vec<usize> = (0..MESSAGES * copies).map(|card| card % MESSAGES).collect();
    for last in (1..deck.len()).rev() {
        deck.swap(last, dice.roll(last as u64 + 1) as usize);
    }
    let mut places: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for hand in deck.chunks(8) {
        let posts = hand.iter().map(|card| {
            let visitor = visitor.clone();
            async move {
                let content = json!({"type": "text", "text": format!("消息 {card}")});
                let body = json!({"client_id": format!("card-{card}"), "content": content});
                visitor.post(address, "/api/visitor/messages", &body).await
            }
        });
        let answers: Vec<anyhow::Result<Answer>> = futures_util::future::join_all(posts).await;
        for (card, answer) in hand.iter().zip(answers) {
            let receipt: Value = answer?.json()?;
            let seq = receipt["seq"].as_i64().unwrap_or_default();
            places.entry(*card).or_default().insert(seq);
        }
    }
    Ok(places)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_repeated_in_any_order_store_one_message_each() -> anyhow::Result<()> {
    let places = replay("").await?;
    ensure!(places.len() == MESSAGES);
    for (card, seqs) in &places {
        ensure!(seqs.len() == 1, "message {card} has the places {seqs:?}");
    }
    let different: BTreeSet<i64> = places.values().flatten().copied().collect();
    ensure!(different.len() == MESSAGES, "two messages share a place");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn storing_a_repeated_request_again_is_noticed() -> anyhow::Result<()> {
    let places = replay("no_dedupe").await?;
    ensure!(places.values().any(|seqs| seqs.len() > 1), "the planted bug was not found");
    Ok(())
}
