//! The services without a server, for commands that change data. Invariant: closed in
//! order, so that the writer has finished before its database goes.

use super::folder;
use crate::{app, config::Config};
use crypto::PasswordCost;
use service::{Clock, Services};
use std::time::Duration;
use tokio::{task::JoinHandle, time::timeout};

/// The writer ends when its handles are gone; a handle kept by mistake must not hang a command.
const MAX_WAIT: Duration = Duration::from_secs(5);

pub struct Offline {
    pub services: Services,
    writing: JoinHandle<()>,
}

impl Offline {
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        folder::prepare(config)?;
        let parts = app::open_parts(config, Clock::System, PasswordCost::default()).await?;
        let (services, writing) = Services::start(parts)?;
        Ok(Self { services, writing })
    }

    pub async fn close(self) {
        let (bus, store) = (self.services.bus.clone(), self.services.store.clone());
        drop(self.services);
        if timeout(MAX_WAIT, self.writing).await.is_err() {
            tracing::debug!("the writer is still held");
        }
        bus.close().await;
        store.close().await;
    }
}
