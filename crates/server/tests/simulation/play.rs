//! One seed: people talk, the dice decide what breaks and when, everything is mended, and the judge looks.

use super::{
    cluster::{Cluster, NODES, door},
    office::{Office, is_hidden},
    template::{Template, folder},
    time::{self, wait},
};
use std::{fs, sync::Arc};
use testkit::{
    chaos::Dice,
    checker::{self, Invariant},
    history::Observation,
};

/// After each of them everything is mended, and everybody has to catch up.
const ACTS: usize = 3;
/// How often somebody says something in an act.
const TURNS: u64 = 10;

/// How often all are cut off and come back at the same moment, after each act.
const RETURNS: usize = 3;

/// What the judge found, each in words.
pub type Verdict = Vec<String>;

/// Plays one seed on a copy of the database.
pub fn play(template: &Template, seed: u64) -> anyhow::Result<(Verdict, Vec<Observation>)> {
    let home = folder()?;
    for entry in fs::read_dir(template.home.path())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), home.path().join(entry.file_name()))?;
        }
    }
    time::run(async {
        let mut dice = Dice::new(seed);
        let has_detour = dice.roll(2) == 0;
        let mut cluster =
            Cluster::start(Arc::from(home.path()), template.outbound.clone(), seed, has_detour).await?;
        let mut office = Office::open(&cluster).await?;
        let mut verdict = Verdict::new();
        for _ in 0..ACTS {
            for _ in 0..TURNS {
                wait(dice.roll(400)).await;
                office.say(&mut dice);
                if dice.roll(3) == 0 {
                    strike(&mut cluster, &office, &mut dice).await?;
                }
            }
            mend(&mut cluster).await?;
            verdict.extend(office.rest().await?);
            for _ in 0..RETURNS {
                // They talk while all come back, and then no more: nothing later shows what was missed.
                cluster.network.cut_all();
                for _ in 0..=dice.roll(4) {
                    wait(dice.roll(150)).await;
                    office.say(&mut dice);
                }
                verdict.extend(office.rest().await?);
            }
        }
        let history = office.close().await?;
        cluster.end().await;
        verdict.extend(checker::check(&history).into_iter().map(|found| format!("{found:?}")));
        verdict.extend(out_of_sight(&history));
        Ok((verdict, history))
    })
}

/// One thing breaks, or comes back.
async fn strike(cluster: &mut Cluster, office: &Office, dice: &mut Dice) -> anyhow::Result<()> {
    let node = dice.roll(NODES as u64) as usize;
    let conversation = office.conversations[dice.roll(office.conversations.len() as u64) as usize];
    match dice.roll(15) {
        0..=2 => cluster.network.strike(dice),
        3 => cluster.network.slow(20 + dice.roll(600)),
        4 => cluster.network.shut(door(node)),
        5 => {
            cluster.network.heal();
            cluster.exchange.heal();
        }
        6 => {
            if dice.roll(3) == 0 {
                cluster.stop(node).await;
            } else {
                cluster.kill(node);
            }
        }
        7 => raise(cluster).await?,
        8 => cluster.exchange.cut(node),
        9 => cluster.exchange.keep_away(node),
        10 => cluster.exchange.lose(node, 1 + dice.roll(3)),
        11 => {
            cluster.exchange.forget();
            if let Some(detour) = cluster.detour.as_ref().filter(|_| dice.roll(2) == 0) {
                detour.forget();
            }
        }
        12 => office.move_agent(dice.roll(3) > 0, node).await,
        _ => office.turn_over(conversation, dice.roll(2) == 0, node).await,
    }
    Ok(())
}

/// Nodes that are down come back.
async fn raise(cluster: &mut Cluster) -> anyhow::Result<()> {
    for node in 0..NODES {
        if cluster.nodes[node].is_none() {
            cluster.begin(node).await?;
        }
    }
    Ok(())
}

async fn mend(cluster: &mut Cluster) -> anyhow::Result<()> {
    cluster.network.heal();
    cluster.exchange.heal();
    raise(cluster).await
}

/// Nobody is shown live what he may not see.
fn out_of_sight(history: &[Observation]) -> Verdict {
    let mut verdict = Verdict::new();
    for observation in history {
        let Observation::Stored { conversation, messages } = observation else { continue };
        let hidden = is_hidden(messages);
        for pushed in history {
            let Observation::Pushed { client, conversation: at, messages } = pushed else { continue };
            let Some(last) = messages.last().filter(|_| at == conversation && client.starts_with("agent"))
            else {
                continue;
            };
            if hidden.get(last.seq as usize - 1) == Some(&true) {
                verdict.push(format!("{client} was shown {} of {conversation} out of sight", last.seq));
            }
        }
    }
    verdict
}

/// Whether the verdict is about this promise, or about sight when there is none.
pub fn blames(verdict: &Verdict, invariant: Option<Invariant>) -> bool {
    verdict.iter().any(|story| match invariant {
        Some(invariant) => story.contains(&format!("invariant: {invariant:?}")),
        None => story.contains("out of sight"),
    })
}
