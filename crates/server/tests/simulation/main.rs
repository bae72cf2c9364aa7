//! A cluster in virtual time: three whole nodes (routes, sockets, hub, services, writer, bus) and the test
//! client, on one thread. Only what lies between them is made up: network, exchange, time. The dice of a seed
//! break it: connections slow, mute or cut inside a frame, nodes shut off, killed and stopped, an exchange that
//! loses, cuts and forgets, conversations that go out of an agent's sight and come back. Then all is mended,
//! and the judge looks at what each client wrote down.
//!
//! `OCTIM_TEST_SIMULATION=seed` plays one seed and tells its history.

mod cluster;
mod exchange;
mod network;
mod office;
mod play;
mod template;
mod time;

use anyhow::ensure;
use play::play;
use testkit::checker::Invariant;

/// So many seeds in every run, and in `make torture`.
const SEEDS: u64 = 100;
const DEEP: u64 = 600;
/// A planted bug has to be found within so many; most are within twenty.
const ENOUGH: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The first seed of this run.
fn first() -> u64 {
    number("OCTIM_TEST_SEED").unwrap_or(1).wrapping_mul(1_000_000)
}

/// Of four tests, so that they run beside each other.
fn quarter(part: u64) -> anyhow::Result<()> {
    let count = if std::env::var_os("OCTIM_TEST_DEEP").is_some() { DEEP } else { SEEDS };
    let template = template::prepare()?;
    if let Some(seed) = number("OCTIM_TEST_SIMULATION") {
        let (verdict, history) = play(&template, seed)?;
        println!("{history:#?}");
        ensure!(verdict.is_empty(), "seed {seed}: {verdict:#?}");
        return Ok(());
    }
    for seed in (first() + part..first() + count).step_by(4) {
        let (verdict, _) = play(&template, seed).map_err(|error| error.context(format!("seed {seed}")))?;
        ensure!(verdict.is_empty(), "OCTIM_TEST_SIMULATION={seed}: {:#?}", &verdict[..verdict.len().min(10)]);
    }
    Ok(())
}

#[test]
fn promises_hold_in_the_first_quarter_of_the_seeds() -> anyhow::Result<()> {
    quarter(0)
}

#[test]
fn promises_hold_in_the_second_quarter_of_the_seeds() -> anyhow::Result<()> {
    quarter(1)
}

#[test]
fn promises_hold_in_the_third_quarter_of_the_seeds() -> anyhow::Result<()> {
    quarter(2)
}

#[test]
fn promises_hold_in_the_last_quarter_of_the_seeds() -> anyhow::Result<()> {
    quarter(3)
}

/// Plays until the bug is found, as a breach of this promise (of sight, when none is named).
fn found(fault: &'static str, invariant: Option<Invariant>) -> anyhow::Result<()> {
    let template = template::prepare()?;
    store::sabotage::plant(fault);
    for seed in first()..first() + ENOUGH {
        // A client that ends because of the bug has not shown that the judge sees it.
        if let Ok((verdict, _)) = play(&template, seed)
            && play::blames(&verdict, invariant)
        {
            println!("{fault} was found at seed {seed}");
            return Ok(());
        }
    }
    anyhow::bail!("{fault} was not found in {ENOUGH} seeds")
}

#[test]
fn resuming_one_too_late_is_noticed() -> anyhow::Result<()> {
    found("late_resume", Some(Invariant::WholeResume))
}

#[test]
fn reading_before_following_is_noticed() -> anyhow::Result<()> {
    found("read_first", Some(Invariant::NoHole))
}

#[test]
fn overlooked_gap_of_the_bus_is_noticed() -> anyhow::Result<()> {
    found("deaf_to_gaps", Some(Invariant::NoHole))
}

#[test]
fn acknowledging_before_the_commit_is_noticed() -> anyhow::Result<()> {
    found("ack_before_commit", Some(Invariant::Durable))
}

#[test]
fn storing_a_resend_again_is_noticed() -> anyhow::Result<()> {
    found("no_dedupe", Some(Invariant::Once))
}

#[test]
fn showing_what_went_out_of_sight_is_noticed() -> anyhow::Result<()> {
    found("keeps_sight", None)
}
