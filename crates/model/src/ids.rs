//! Identifiers: one newtype each, `bigint` in SQL, a decimal string in JSON
//! (JavaScript numbers lose precision above 2^53).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, num::ParseIntError, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String, example = "184467440737095")]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|_| D::Error::custom("an id is a decimal number in a string"))
            }
        }
    )+};
}

ids! {
    /// A tenant (企业).
    WorkspaceId,
    /// A member of staff (客服), whatever the role.
    AgentId,
    /// A group of agents with a common queue (技能组).
    TeamId,
    /// A configured entry for visitors (渠道): one widget, one account.
    ChannelId,
    /// A shared secret with which a site signs visitor identities.
    ChannelSecretId,
    /// Something that may be given to customers who were let down (补偿).
    BenefitId,
    /// A benefit that was given or asked for.
    GrantId,
    /// A person who writes to us (客户).
    ContactId,
    ConversationId,
    MessageId,
    /// A file that was uploaded; bound to a message once it is sent.
    AttachmentId,
    /// A logged-in browser of an agent.
    SessionId,
    /// A browser of a visitor.
    VisitorSessionId,
    /// A knowledge entry (知识条目).
    EntryId,
    /// Web pages that knowledge comes from.
    SourceId,
    /// Questions that ask the same and were not answered.
    GroupId,
    /// A question that must go on being answered.
    RegressionId,
    /// A server with language models.
    LlmEndpointId,
    /// A way into a business system (连接器).
    ConnectorId,
    JobId,
}

/// Position of a message in its conversation: 1, 2, 3 … without gaps.
pub type Seq = i64;
