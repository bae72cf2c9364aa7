//! Website channels: settings, where they may appear, secrets for signed identities.

use crate::{Clock, Error, Result, Staff, bots::rules, text};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use crypto::{FieldContext, IdentityKey, IdentityVerifier, KeyRing, Purpose, random};
use model::{
    BotSettings, Channel, ChannelId, ChannelKey, ChannelSecretId, ChannelSettings, Locale, Millis,
    Permission, TeamId, WorkspaceId,
};
use std::sync::Arc;
use store::{Store, channels::Secret};
use url::Url;

/// How often the sight of a script on a page is written down.
const SEEN: Millis = 60 * 1_000;

#[derive(Clone)]
pub struct Channels {
    store: Store,
    clock: Clock,
    keys: Arc<KeyRing>,
}

/// What an administrator enters.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    pub team: Option<TeamId>,
    pub allowed_origins: Vec<String>,
    pub title: String,
    pub greeting: String,
    pub color: String,
    pub locale: Option<Locale>,
    /// None keeps what is there.
    pub bot: Option<BotSettings>,
}

impl Channels {
    pub fn new(store: Store, clock: Clock, keys: Arc<KeyRing>) -> Self {
        Self { store, clock, keys }
    }

    pub async fn list(&self, workspace: WorkspaceId) -> Result<Vec<Channel>> {
        Ok(self.store.list_channels(workspace).await?)
    }

    /// Whether some channel names this origin as one of its sites.
    pub async fn is_site(&self, origin: &str) -> Result<bool> {
        let Some(workspace) = self.store.first_workspace().await? else { return Ok(false) };
        let channels = self.store.list_channels(workspace.id).await?;
        let mut sites = channels.iter().flat_map(|channel| &channel.settings.allowed_origins);
        Ok(sites.any(|site| site == origin))
    }

    pub async fn find(&self, workspace: WorkspaceId, id: ChannelId) -> Result<Channel> {
        self.store.find_channel(workspace, id).await?.ok_or(Error::NotFound)
    }

    pub async fn find_by_key(&self, key: &str) -> Result<Channel> {
        let plausible = key.len() <= 40 && key.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plausible {
            return Err(Error::NotFound);
        }
        self.store.find_channel_by_key(key).await?.ok_or(Error::NotFound)
    }

    pub async fn add(&self, staff: &Staff, draft: Draft) -> Result<Channel> {
        staff.require(Permission::ManageChannels)?;
        self.add_to(staff.workspace(), draft).await
    }

    /// Adds a channel in the name of the operator.
    pub async fn add_to(&self, workspace: WorkspaceId, draft: Draft) -> Result<Channel> {
        self.check_rules(workspace, &draft).await?;
        let (name, settings) = self.prepared(workspace, &draft).await?;
        let key = ChannelKey(new_key());
        Ok(self.store.insert_channel(workspace, &name, &key, &settings, draft.team, self.clock.now()).await?)
    }

    pub async fn edit(&self, staff: &Staff, id: ChannelId, draft: Draft) -> Result<Channel> {
        staff.require(Permission::ManageChannels)?;
        let known = self.find(staff.workspace(), id).await?;
        self.check_rules(staff.workspace(), &draft).await?;
        let draft = Draft { bot: draft.bot.or(Some(known.settings.bot)), ..draft };
        let (name, settings) = self.prepared(staff.workspace(), &draft).await?;
        self.store.update_channel(staff.workspace(), id, &name, &settings, draft.team).await?;
        self.find(staff.workspace(), id).await
    }

    /// Notes that the script was loaded by a page of this origin.
    pub async fn saw(&self, channel: &Channel, origin: &str) -> Result<()> {
        let now = self.clock.now();
        let known = channel.seen_origin.as_deref() == Some(origin);
        let fresh = channel.seen_at.is_some_and(|at| now - at < SEEN);
        if !(known && fresh) {
            self.store.touch_channel(channel.workspace_id, channel.id, &text::cut(origin, 200), now).await?;
        }
        Ok(())
    }

    pub async fn secrets(&self, staff: &Staff, id: ChannelId) -> Result<Vec<Secret>> {
        Ok(self.store.list_secrets(staff.workspace(), id).await?)
    }

    /// A secret of ours (its value is returned, this once) or the site's own Ed25519 key.
    pub async fn add_secret(
        &self,
        staff: &Staff,
        id: ChannelId,
        public_key: Option<&str>,
    ) -> Result<(Secret, Option<String>)> {
        staff.require(Permission::ManageChannels)?;
        let channel = self.find(staff.workspace(), id).await?;
        let secret_id = ChannelSecretId(self.store.next_id(self.clock.now()));
        let (algorithm, stored, shown) = if let Some(pem) = public_key {
            IdentityKey::ed25519(pem).map_err(|_| Error::Field("public_key"))?;
            ("EdDSA", pem.to_owned(), None)
        } else {
            let value = BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<32>());
            let sealed =
                self.keys.seal(Purpose::Secret, &place(channel.workspace_id, secret_id), value.as_bytes())?;
            ("HS256", sealed, Some(value))
        };
        let secret = Secret {
            id: secret_id,
            channel_id: id,
            algorithm: algorithm.to_owned(),
            value: stored,
            created_at: self.clock.now(),
        };
        let inserted = self.store.insert_secret(staff.workspace(), &secret).await;
        inserted.map_err(|error| {
            if matches!(error, store::Error::SecretLimit) { Error::SecretLimit } else { error.into() }
        })?;
        Ok((secret, shown))
    }

    pub async fn remove_secret(&self, staff: &Staff, id: ChannelId, secret: ChannelSecretId) -> Result<()> {
        staff.require(Permission::ManageChannels)?;
        if self.store.delete_secret(staff.workspace(), id, secret).await? {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    /// Checks identities that the site of this channel signed. HS256 keys are the UTF-8 bytes
    /// of the secret as it was shown.
    pub(crate) async fn verifier(&self, channel: &Channel) -> Result<IdentityVerifier> {
        let secrets = self.store.list_secrets(channel.workspace_id, channel.id).await?;
        let keys = secrets
            .iter()
            .map(|secret| self.key(channel.workspace_id, secret))
            .collect::<Result<Vec<_>>>()?;
        Ok(IdentityVerifier::new(channel.key.0.clone(), keys)?)
    }

    fn key(&self, workspace: WorkspaceId, secret: &Secret) -> Result<IdentityKey> {
        if secret.algorithm == "EdDSA" {
            return Ok(IdentityKey::ed25519(&secret.value)?);
        }
        let value = self.keys.open(Purpose::Secret, &place(workspace, secret.id), &secret.value)?;
        Ok(IdentityKey::hs256(&value)?)
    }

    /// What is there already may name a team that has gone since; what is entered may not.
    async fn check_rules(&self, workspace: WorkspaceId, draft: &Draft) -> Result<()> {
        let Some(bot) = &draft.bot else { return Ok(()) };
        let teams: Vec<TeamId> = self.store.list_teams(workspace).await?.iter().map(|team| team.id).collect();
        rules::check(bot, &teams)
    }

    async fn prepared(&self, workspace: WorkspaceId, draft: &Draft) -> Result<(String, ChannelSettings)> {
        if let Some(team) = draft.team
            && !self.store.list_teams(workspace).await?.iter().any(|found| found.id == team)
        {
            return Err(Error::Field("team_id"));
        }
        prepare(draft)
    }
}

/// Whether a draft could be saved, as far as can be said without a workspace.
pub fn check(draft: &Draft) -> Result<()> {
    prepare(draft).map(drop)
}

/// Name and settings by their rules.
fn prepare(draft: &Draft) -> Result<(String, ChannelSettings)> {
    if draft.allowed_origins.len() > 20 {
        return Err(Error::Field("allowed_origins"));
    }
    let settings = ChannelSettings {
        allowed_origins: draft.allowed_origins.iter().map(|text| origin(text)).collect::<Result<_>>()?,
        title: text::optional_line("title", &draft.title, 60)?,
        greeting: text::paragraph("greeting", &draft.greeting, 500)?,
        color: color(&draft.color)?,
        locale: draft.locale,
        bot: bot(draft.bot.clone().unwrap_or_default())?,
    };
    Ok((text::line("name", &draft.name, 60)?, settings))
}

fn bot(draft: BotSettings) -> Result<BotSettings> {
    if !BotSettings::PRECISION.contains(&draft.precision_percent) {
        return Err(Error::Field("bot.precision_percent"));
    }
    if !BotSettings::HAND_OFF_AFTER.contains(&draft.hand_off_after) {
        return Err(Error::Field("bot.hand_off_after"));
    }
    Ok(BotSettings {
        name: text::optional_line("bot.name", &draft.name, 30)?,
        greeting: text::paragraph("bot.greeting", &draft.greeting, 500)?,
        ..draft
    })
}

fn place(workspace: WorkspaceId, secret: ChannelSecretId) -> FieldContext {
    FieldContext::new(workspace, "channel_secrets", "value", secret)
}

/// 20 characters that are easy to read out.
fn new_key() -> String {
    const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    (0..20).map(|_| char::from(ALPHABET[random::below(ALPHABET.len() as u64) as usize])).collect()
}

/// `https://shop.example` in its normal form; a path, a user or another scheme is refused.
pub fn origin(text: &str) -> Result<String> {
    let invalid = || Error::Field("allowed_origins");
    let url = Url::parse(text.trim()).map_err(|_| invalid())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url.origin().ascii_serialization()) } else { Err(invalid()) }
}

fn color(text: &str) -> Result<String> {
    let valid = text.is_empty()
        || (text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit()));
    if valid { Ok(text.to_lowercase()) } else { Err(Error::Field("color")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_a_web_scheme() {
        assert_eq!(origin(" https://Shop.Example/ ").unwrap(), "https://shop.example");
        assert_eq!(origin("http://localhost:8000").unwrap(), "http://localhost:8000");
        for bad in [
            "shop.example",
            "https://shop.example/a",
            "javascript:alert(1)",
            "https://u:p@shop.example",
            "*",
            "null",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_color_is_six_hexadecimal_digits() {
        assert_eq!(color("#AA00ff").unwrap(), "#aa00ff");
        for bad in ["red", "#12", "#12345g", "url(x)", "#é2345"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }
}
