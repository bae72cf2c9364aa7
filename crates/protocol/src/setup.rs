//! The first-run page.

use crate::admin::ChannelView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes the workspace, its owner and the first website channel, and logs the owner in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub workspace: String,
    pub owner_name: String,
    pub owner_email: String,
    pub owner_password: String,
    pub channel_name: String,
    /// The site that will carry the script, `https://shop.example`; empty means any.
    #[serde(default)]
    pub site: String,
    #[serde(default)]
    pub locale: Option<model::Locale>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetupDone {
    pub channel: ChannelView,
}
