//! Two-step verification with time-based codes (RFC 6238). A code works once.

use super::Accounts;
use crate::{Error, Result, Staff};
use crypto::{FieldContext, Purpose, TotpSecret};
use model::{AgentId, WorkspaceId};
use store::accounts::Login;

/// A secret that counts once a code made with it was confirmed.
pub struct TotpOffer {
    pub secret: String,
    pub url: String,
}

fn place(workspace: WorkspaceId, agent: AgentId) -> FieldContext {
    FieldContext::new(workspace, "agents", "totp_secret", agent)
}

impl Accounts {
    pub(super) async fn check_code(&self, login: &Login, code: Option<&str>) -> Result<()> {
        let Some(sealed) = &login.totp_secret else { return Ok(()) };
        let code = code.filter(|code| !code.is_empty()).ok_or(Error::CodeRequired)?;
        let secret = self.unseal(login.agent.workspace_id, login.agent.id, sealed)?;
        let step = secret.check(code, self.clock.now()).ok_or(Error::InvalidCode)?;
        if self.store.advance_totp_step(login.agent.workspace_id, login.agent.id, step).await? {
            Ok(())
        } else {
            Err(Error::InvalidCode)
        }
    }

    pub async fn start_totp(&self, staff: &Staff) -> Result<TotpOffer> {
        if staff.agent.has_totp {
            return Err(Error::TotpAlreadyOn);
        }
        let secret = TotpSecret::generate();
        let text = secret.to_base32();
        let sealed =
            self.keys.seal(Purpose::Secret, &place(staff.workspace(), staff.id()), text.as_bytes())?;
        self.store.set_totp_pending(staff.workspace(), staff.id(), &sealed).await?;
        let url = secret.otpauth_url(&staff.agent.email)?;
        Ok(TotpOffer { secret: text.to_string(), url: url.to_string() })
    }

    pub async fn confirm_totp(&self, staff: &Staff, code: &str) -> Result<()> {
        if staff.agent.has_totp {
            return Err(Error::TotpAlreadyOn);
        }
        let login = self.store.find_login(&staff.agent.email).await?.ok_or(Error::NotFound)?;
        let sealed = login.totp_pending.ok_or(Error::TotpNotStarted)?;
        let secret = self.unseal(staff.workspace(), staff.id(), &sealed)?;
        let step = secret.check(code, self.clock.now()).ok_or(Error::InvalidCode)?;
        // Not when another secret became pending meanwhile.
        if self.store.confirm_totp(staff.workspace(), staff.id(), &sealed, step).await? {
            Ok(())
        } else {
            Err(Error::InvalidCode)
        }
    }

    pub async fn stop_totp(&self, staff: &Staff, password: &str) -> Result<()> {
        let login = self.store.find_login(&staff.agent.email).await?.ok_or(Error::NotFound)?;
        if !self.proves(password, &login.password_hash).await? {
            return Err(Error::WrongPassword);
        }
        Ok(self.store.clear_totp(staff.workspace(), staff.id()).await?)
    }

    fn unseal(&self, workspace: WorkspaceId, agent: AgentId, sealed: &str) -> Result<TotpSecret> {
        let text = self.keys.open_text(Purpose::Secret, &place(workspace, agent), sealed)?;
        Ok(TotpSecret::from_base32(&text)?)
    }
}
