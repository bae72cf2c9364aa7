//! Contacts (客户) and the browsers they come with.

use crate::{ChannelId, ContactId, Locale, Millis, VisitorSessionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub id: ContactId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub email: String,
    pub phone: String,
    /// Written by agents, never shown to the visitor.
    pub note: String,
    /// The account id that the site vouches for with a signed identity.
    pub account: Option<String>,
    /// True when name, e-mail and phone came signed; otherwise they are hints.
    pub verified: bool,
    pub attributes: BTreeMap<String, String>,
    pub trail: Trail,
    pub locale: Locale,
    pub created_at: Millis,
    pub seen_at: Millis,
}

/// Who a contact is in the words of the site that signed it; what agents write elsewhere changes nothing here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signed {
    /// The account.
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Where the visitor is and came from, as the page reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trail {
    pub url: String,
    pub title: String,
    pub referrer: String,
    pub user_agent: String,
    pub time_zone: String,
}

/// A visitor's browser on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorSession {
    pub id: VisitorSessionId,
    pub workspace_id: WorkspaceId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub created_at: Millis,
    pub expires_at: Millis,
}
