//! The first run: a workspace, its owner, its first channel. Possible once.

use crate::{Clock, Error, Result, accounts, text};
use crypto::Passwords;
use model::{Agent, Locale, Workspace};
use std::sync::Arc;
use store::{Store, workspaces::Founder};

#[derive(Clone)]
pub struct Setup {
    store: Store,
    clock: Clock,
    passwords: Arc<Passwords>,
}

/// What the first run asks for.
pub struct Founding {
    pub workspace: String,
    pub owner_name: String,
    pub owner_email: String,
    pub owner_password: String,
    pub locale: Locale,
}

impl Setup {
    pub fn new(store: Store, clock: Clock, passwords: Arc<Passwords>) -> Self {
        Self { store, clock, passwords }
    }

    pub async fn is_needed(&self) -> Result<bool> {
        Ok(self.store.first_workspace().await?.is_none())
    }

    /// Of several who try at once, one founds; the others find nothing here any more.
    pub async fn found(&self, founding: Founding) -> Result<(Workspace, Agent)> {
        if !self.is_needed().await? {
            return Err(Error::NotFound);
        }
        let name = text::line("workspace", &founding.workspace, 60)?;
        let owner_name = text::line("owner_name", &founding.owner_name, 60)?;
        let email = text::email(&founding.owner_email).map_err(|_| Error::Field("owner_email"))?;
        let password_hash = accounts::hash_checked(&self.passwords, &founding.owner_password).await?;
        let now = self.clock.now();
        let founder = Founder { email, name: owner_name, password_hash, locale: founding.locale };
        self.store.found_workspace(&name, founder, now).await?.ok_or(Error::NotFound)
    }
}
