//! `octim setup`: the first run without a browser.

use super::{explain, offline::Offline, password, say};
use crate::{
    cli::{self, Failure},
    config::Config,
};
use anyhow::{Context as _, anyhow};
use model::{Channel, Locale};
use service::{Error, Services, channels::Draft, setup::Founding};

pub async fn run(config: &Config, setup: cli::Setup) -> anyhow::Result<()> {
    let password = password::read(&setup.owner_password_file)?;
    let sites: Vec<String> = setup.site.into_iter().collect();
    for site in &sites {
        service::channels::origin(site).map_err(|_| anyhow!("--site must be like https://shop.example"))?;
    }
    let email = setup.owner_email;
    let before_at = email.split('@').next().unwrap_or_default().to_owned();
    let founding = Founding {
        workspace: setup.workspace,
        owner_name: setup.owner_name.unwrap_or(before_at),
        owner_email: email.clone(),
        owner_password: password,
        locale: Locale::default(),
    };

    let offline = Offline::open(config).await?;
    let done = found(&offline.services, founding, setup.channel_name, sites).await;
    offline.close().await;
    let (workspace, channel) = done?;

    let url = &config.public_url;
    say(format_args!("{workspace} is set up. Log in as {email} at {url}"));
    say("Put this into the pages of your site:");
    say(format_args!(
        "<script async src=\"{}?channel={key}\" data-channel=\"{key}\"></script>",
        url.join("/octim.js"),
        key = channel.key.0
    ));
    Ok(())
}

/// The name of the workspace, and its channel.
async fn found(
    services: &Services,
    founding: Founding,
    channel_name: String,
    sites: Vec<String>,
) -> anyhow::Result<(String, Channel)> {
    if !services.setup.is_needed().await? {
        return Err(Failure::SetUpAlready.into());
    }
    let (workspace, _) = services.setup.found(founding).await.map_err(|error| match error {
        // Somebody else was faster.
        Error::NotFound => Failure::SetUpAlready.into(),
        error => explain(error),
    })?;
    let draft = Draft { name: channel_name, allowed_origins: sites, ..Draft::default() };
    let channel = services
        .channels
        .add_to(workspace.id, draft)
        .await
        .context("the workspace was made, but not its channel; make one in the console")?;
    Ok((workspace.name, channel))
}
