//! Turns names into addresses and lets only those pass that may be asked. The connection then goes
//! to exactly these, so an answer that changes between looking and connecting gains nothing.

use crate::{Allowed, Refusal, target::Reach};
use futures_util::FutureExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// How long a name may take; the system's resolver would wait longer than a request may.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where names are looked up.
#[derive(Clone, Debug)]
pub enum Names {
    System,
    /// For tests: each lookup of a name takes its next answer, and keeps the last one.
    Scripted(Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>),
}

impl Names {
    pub fn scripted(answers: impl IntoIterator<Item = (&'static str, Vec<Vec<IpAddr>>)>) -> Self {
        let answers = answers.into_iter().map(|(name, answers)| (name.to_owned(), answers)).collect();
        Self::Scripted(Arc::new(Mutex::new(answers)))
    }

    async fn find(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Self::System => {
                let found = timeout(PATIENCE, tokio::net::lookup_host((name, 0))).await;
                let found = found.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                Ok(found.map(|address| address.ip()).collect())
            }
            Self::Scripted(answers) => {
                let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                let left = answers.get_mut(name).filter(|left| !left.is_empty());
                let left = left.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
                Ok(if left.len() > 1 { left.remove(0) } else { left[0].clone() })
            }
        }
    }
}

/// The resolver of one HTTP client.
pub struct Guard {
    pub names: Names,
    pub allowed: Arc<Allowed>,
    pub reach: Reach,
}

impl Guard {
    /// All addresses of a name must be fine: who mixes in a private one wants it to be used.
    fn judge(allowed: &Allowed, reach: Reach, found: &[IpAddr]) -> Result<(), Refusal> {
        let refused = found.iter().find_map(|address| match reach {
            _ if !allowed.takes(*address) => Some(Refusal::Private),
            Reach::Inside if !allowed.names(*address) => Some(Refusal::Port),
            _ => None,
        });
        refused.map_or(Ok(()), Err)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allowed, reach) = (self.names.clone(), Arc::clone(&self.allowed), self.reach);
        async move {
            let found = names.find(name.as_str()).await?;
            Self::judge(&allowed, reach, &found)?;
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        }
        .boxed()
    }
}
