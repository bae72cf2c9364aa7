//! Argon2id password hashes behind a gate.
//!
//! Invariant: at most `concurrency` hashes are computed at once, oversized passwords are refused
//! before any work, and checking an unknown account costs what checking a known one costs.

mod strength;
#[cfg(test)]
mod tests;

use crate::{Error, random};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
pub use strength::{MIN_CHARACTERS, Weakness, check_strength};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// The most UTF-8 bytes a password may have.
pub const MAX_BYTES: usize = 1024;
/// How many callers may wait for each hash that runs; more are told to come back.
const WAITING_PER_LANE: usize = 64;
/// Stored hashes that ask for more than this are refused: importing one must not eat the machine.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MIN_OUTPUT_BYTES: usize = 16;

/// Argon2id parameters. The default is OWASP's 19 MiB, 2 passes, 1 lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Makes and checks password hashes. Cheap to clone; clones share one gate.
#[derive(Clone)]
pub struct Passwords {
    argon: Argon2<'static>,
    cost: PasswordCost,
    /// What unknown accounts are checked against.
    dummy: Arc<str>,
    gate: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Passwords {
    /// Computes one hash (the dummy) at once, so a cost the machine cannot pay fails here.
    pub fn new(cost: PasswordCost, concurrency: usize) -> Result<Self, Error> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|_| Error::Internal("Argon2 parameters"))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_now(&argon, &random::bytes::<32>())?.into();
        let lanes = concurrency.max(1);
        Ok(Self {
            argon,
            cost,
            dummy,
            gate: Arc::new(Semaphore::new(lanes)),
            queue: Arc::new(Semaphore::new(lanes * WAITING_PER_LANE)),
            computed: Arc::default(),
        })
    }

    /// A PHC string (`$argon2id$…`) with a fresh salt. Judging strength is the caller's step
    /// before this one, see [`check_strength`].
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        self.compute(password, |argon, password| hash_now(argon, password)).await
    }

    /// Whether the password is the one behind `stored`. With `None` (no such account, or one
    /// without a password) it takes as long and says no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.map_or_else(|| self.dummy.clone(), Arc::from);
        let matches = self.compute(password, move |argon, password| verify_now(argon, password, &stored));
        Ok(matches.await? && known)
    }

    /// True when the stored hash was made with another cost, so that the next successful login
    /// should replace it.
    pub fn is_outdated(&self, stored: &str) -> bool {
        match read(stored) {
            Ok((_, params)) => {
                let PasswordCost { memory_kib, passes, lanes } = self.cost;
                (params.m_cost(), params.t_cost(), params.p_cost()) != (memory_kib, passes, lanes)
            }
            Err(_) => true,
        }
    }

    /// Hashes computed since the start, for the metrics page.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(
        &self,
        password: &str,
        work: impl FnOnce(&Argon2<'static>, &[u8]) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if password.len() > MAX_BYTES {
            return Err(Error::PasswordTooLong);
        }
        let password = Zeroizing::new(password.to_owned());
        let permit = self.enter().await?;
        let argon = self.argon.clone();
        let computed = self.computed.clone();
        tokio::task::spawn_blocking(move || {
            // The permit lives as long as the work, also when the caller has gone away.
            let _permit = permit;
            computed.fetch_add(1, Ordering::Relaxed);
            work(&argon, password.as_bytes())
        })
        .await
        .map_err(|_| Error::Internal("password worker"))?
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| Error::PasswordQueueFull)?;
        self.gate.clone().acquire_owned().await.map_err(|_| Error::Internal("password gate"))
    }
}

fn hash_now(argon: &Argon2<'_>, password: &[u8]) -> Result<String, Error> {
    let hash: PasswordHash = argon
        .hash_password_with_salt(password, &random::bytes::<16>())
        .map_err(|_| Error::Internal("Argon2"))?;
    Ok(hash.to_string())
}

fn verify_now(argon: &Argon2<'_>, password: &[u8], stored: &str) -> Result<bool, Error> {
    let (hash, _) = read(stored)?;
    Ok(argon.verify_password(password, &hash).is_ok())
}

fn read(stored: &str) -> Result<(PasswordHash, Params), Error> {
    let hash = PasswordHash::new(stored).map_err(|_| Error::StoredHash)?;
    let params = Params::try_from(&hash).map_err(|_| Error::StoredHash)?;
    let sane = hash.algorithm.as_str() == "argon2id"
        && hash.salt.is_some()
        && hash.hash.as_ref().is_some_and(|output| output.len() >= MIN_OUTPUT_BYTES)
        && params.m_cost() <= MAX_MEMORY_KIB
        && params.t_cost() <= MAX_PASSES
        && params.p_cost() <= MAX_PASSES;
    if sane { Ok((hash, params)) } else { Err(Error::StoredHash) }
}
