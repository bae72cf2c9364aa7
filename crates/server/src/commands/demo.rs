//! `octim demo`: a shop with people and conversations, to look around in.

use super::{folder, say, serve};
use crate::{app, config::Config, demo};
use anyhow::Context as _;
use crypto::PasswordCost;
use model::{ChannelKey, Role};
use service::Clock;
use store::Store;

pub async fn run(config: Config) -> anyhow::Result<()> {
    let config = Config { is_demo: true, ..config };
    {
        let _lock = folder::lock(&config)?;
        let clock = Clock::System;
        let now = clock.now();
        let parts = app::open_parts(&config, clock, PasswordCost::default()).await?;
        let store = parts.store.clone();
        let site =
            demo::Site { origin: config.public_url.origin(), server: demo::orders::server(config.listen) };
        let loaded = demo::load(parts, now, site).await.context("the demo cannot be loaded")?;
        match keys(&store, loaded.is_some()).await? {
            Some(keys) => tell(&config, &keys)?,
            None => say("There is a workspace already; it is left as it is, without the demo."),
        }
        store.close().await;
    }
    serve::run(config).await
}

/// The demo's channels, made just now or by an earlier run.
struct Keys {
    shop: ChannelKey,
    /// Where the bot answers first; demos of earlier versions have none.
    bot: Option<ChannelKey>,
}

async fn keys(store: &Store, loaded: bool) -> anyhow::Result<Option<Keys>> {
    let people = demo::people()?;
    let Some(workspace) = store.first_workspace().await? else {
        return Ok(None);
    };
    let channels = store.list_channels(workspace.id).await?;
    let named =
        |name: &str| channels.iter().find(|channel| channel.name == name).map(|channel| channel.key.clone());
    let bot = named(&people.bot_channel.name);
    anyhow::ensure!(!loaded || bot.is_some(), "the demo has no channel with the bot");
    Ok(named(&people.channel.name).map(|shop| Keys { shop, bot }))
}

fn tell(config: &Config, keys: &Keys) -> anyhow::Result<()> {
    let url = &config.public_url;
    say("");
    say(format_args!("  商店 · shop      {}", url.join("/demo")));
    say(format_args!("  聊天页 · chat    {}", url.join(&format!("/chat/{}", keys.shop.0))));
    if let Some(bot) = &keys.bot {
        say(format_args!("  机器人 · bot    {}", url.join(&format!("/chat/{}", bot.0))));
    }
    say(format_args!("  客服台 · console {}", url.join("/console/")));
    say("");
    say(format_args!("  密码 · password  {}", demo::PASSWORD));
    for agent in demo::people()?.agents {
        let role = match agent.role {
            Role::Owner => "所有者 · owner",
            Role::Admin => "管理员 · admin",
            Role::Supervisor => "主管 · supervisor",
            Role::Agent => "客服 · agent",
        };
        say(format_args!("  {:<32} {} ({role})", agent.email, agent.name));
    }
    say("");
    Ok(())
}
