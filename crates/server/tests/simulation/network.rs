//! The network between clients and nodes: connections that are slow, are cut in the middle of a frame, or carry
//! nothing any more without a word. Each rolls dice of its own, so that none of them depends on the others.

use super::time::wait;
use anyhow::{bail, ensure};
use axum::{Router, extract::ConnectInfo, http::Request};
use bench::http::{Dial, Line};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use testkit::chaos::Dice;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    sync::watch,
};
use tower::{Service as _, service_fn};

/// Bytes that a connection holds in each direction.
const ROOM: usize = 64 * 1024;
const CHUNK: usize = 2 * 1024;
/// How long somebody waits for a door that nobody opens.
const IN_VAIN: u64 = 3_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    /// Carries nothing any more, and does not say so.
    Mute,
    Cut,
}

struct Wire {
    door: SocketAddr,
    fate: watch::Sender<Fate>,
}

#[derive(Default)]
struct State {
    seed: u64,
    routers: BTreeMap<SocketAddr, Router>,
    /// Nobody gets in, and nobody is told.
    shut: Vec<SocketAddr>,
    /// The longest that a piece is under way, in milliseconds.
    delay: u64,
    wires: Vec<Wire>,
    dialled: BTreeMap<String, u64>,
}

#[derive(Clone)]
pub struct Network(Arc<Mutex<State>>);

impl Network {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State { seed, delay: 10, ..State::default() })))
    }

    /// The way to the nodes for one client, by its name.
    pub fn dial(&self, name: &str) -> Dial {
        let (network, name) = (self.clone(), name.to_owned());
        Dial::new(move |door| {
            let (network, name) = (network.clone(), name.clone());
            Box::pin(async move { network.connect(&name, door).await })
        })
    }

    async fn connect(&self, name: &str, door: SocketAddr) -> anyhow::Result<Box<dyn Line>> {
        let mut dice = self.dice(name);
        let delay = self.state().delay;
        wait(1 + dice.roll(delay)).await;
        let is_shut = self.state().shut.contains(&door);
        if is_shut {
            wait(IN_VAIN).await;
            bail!("nobody opens");
        }
        let router = self.state().routers.get(&door).cloned();
        ensure!(router.is_some(), "refused");
        let (here, near) = duplex(ROOM);
        let (far, there) = duplex(ROOM);
        let (fate, seen) = watch::channel(Fate::Open);
        let (near_in, near_out) = split(near);
        let (far_in, far_out) = split(far);
        let there_and_back = [dice.roll(u64::MAX >> 32), dice.roll(u64::MAX >> 32)];
        tokio::spawn(self.clone().carry(near_in, far_out, Dice::new(there_and_back[0]), seen.clone()));
        tokio::spawn(self.clone().carry(far_in, near_out, Dice::new(there_and_back[1]), seen));
        if let Some(router) = router {
            tokio::spawn(serve(router, there));
        }
        let mut state = self.state();
        state.wires.retain(|wire| !wire.fate.is_closed());
        state.wires.push(Wire { door, fate });
        Ok(Box::new(here))
    }

    /// The same for the same client and the same number of its connection.
    fn dice(&self, name: &str) -> Dice {
        let mut state = self.state();
        let count = state.dialled.entry(name.to_owned()).or_default();
        *count += 1;
        let number = *count;
        let name = name.bytes().fold(state.seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Dice::new(name.wrapping_add(number << 32))
    }

    async fn carry(
        self,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        mut dice: Dice,
        mut fate: watch::Receiver<Fate>,
    ) {
        let mut piece = vec![0; CHUNK];
        loop {
            let length = tokio::select! {
                biased;
                _ = fate.wait_for(|fate| *fate == Fate::Cut) => return,
                length = from.read(&mut piece) => length.unwrap_or(0),
            };
            if length == 0 && *fate.borrow() == Fate::Mute {
                // The other side is not told.
                drop(fate.wait_for(|fate| *fate == Fate::Cut).await);
                return;
            }
            if length == 0 {
                drop(to.shutdown().await);
                return;
            }
            // Most are quick, some are late.
            let most = self.state().delay;
            let late = if dice.roll(8) == 0 { most } else { most / 4 };
            let is_cut = tokio::select! {
                biased;
                _ = fate.wait_for(|fate| *fate == Fate::Cut) => true,
                () = wait(dice.roll(late + 1)) => false,
            };
            if *fate.borrow() == Fate::Mute {
                continue;
            }
            let arrives = if is_cut { dice.roll(length as u64) as usize } else { length };
            let written = tokio::select! {
                biased;
                written = to.write_all(&piece[..arrives]) => written.is_ok(),
                _ = fate.wait_for(|fate| *fate == Fate::Cut) => false,
            };
            if is_cut || !written {
                return;
            }
        }
    }

    pub fn open(&self, door: SocketAddr, router: Router) {
        self.state().routers.insert(door, router);
    }

    /// Nobody is there any more, and whoever was connected notices.
    pub fn close(&self, door: SocketAddr) {
        self.state().routers.remove(&door);
        self.end(door, Fate::Cut);
    }

    /// Nothing gets through in either direction, and nobody is told.
    pub fn shut(&self, door: SocketAddr) {
        self.state().shut.push(door);
        self.end(door, Fate::Mute);
    }

    fn end(&self, door: SocketAddr, fate: Fate) {
        let state = self.state();
        for wire in state.wires.iter().filter(|wire| wire.door == door) {
            wire.fate.send_replace(fate);
        }
    }

    /// Ends one connection; half of them without a word.
    pub fn strike(&self, dice: &mut Dice) {
        let state = self.state();
        let living: Vec<_> = state
            .wires
            .iter()
            .filter(|wire| !wire.fate.is_closed() && *wire.fate.borrow() == Fate::Open)
            .collect();
        if let Some(count) = std::num::NonZeroU64::new(living.len() as u64) {
            let fate = if dice.roll(2) == 0 { Fate::Cut } else { Fate::Mute };
            living[dice.roll(count.get()) as usize].fate.send_replace(fate);
        }
    }

    /// All come back at the same moment.
    pub fn cut_all(&self) {
        for wire in &self.state().wires {
            wire.fate.send_replace(Fate::Cut);
        }
    }

    pub fn slow(&self, delay: u64) {
        self.state().delay = delay;
    }

    /// As it should be. What was muted stays so: nobody brings back a connection.
    pub fn heal(&self) {
        let mut state = self.state();
        state.shut.clear();
        state.delay = 10;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As `accept.rs` does it.
async fn serve(router: Router, stream: DuplexStream) {
    let peer = SocketAddr::from(([127, 0, 2, 1], 1));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    // An error is the peer's, or the network's.
    drop(connection.await);
}
