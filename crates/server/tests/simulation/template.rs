//! A database with a workspace, an owner, and two teams of which one has an agent, made once and copied.

use super::{
    cluster::{Cluster, door},
    office::{LOOKER_ON, OTHER_TEAM, OWN_TEAM, OWNER, PASSWORD},
    time,
};
use anyhow::{Context as _, ensure};
use bench::http;
use serde_json::json;
use std::sync::Arc;
use tempfile::TempDir;

/// In memory where there is a place for that: nobody cuts the power here.
pub fn folder() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// What all simulations begin with.
pub struct Template {
    pub home: TempDir,
    /// Nobody uses it, and it reads the certificates of the system.
    pub outbound: outbound::Client,
}

pub fn prepare() -> anyhow::Result<Template> {
    let home = folder()?;
    let networks = outbound::Allowed::new(Vec::new());
    let outbound = outbound::Client::new(networks, outbound::Names::System)?;
    time::run(async {
        let cluster = Cluster::start(Arc::from(home.path()), outbound.clone(), 0, false).await?;
        let client = http::Client::dialling(cluster.network.dial("founder"));
        let set_up = json!({
            "workspace": "山茶家居", "owner_name": "林山", "owner_email": OWNER, "owner_password": PASSWORD,
            "channel_name": "官网",
        });
        let answer = client.post(door(0), "/api/setup", &set_up).await?;
        ensure!(answer.status == 201, "set-up: {}", String::from_utf8_lossy(&answer.body));
        let owner = client.logged_in(door(0), OWNER, PASSWORD).await?;
        let mut teams = Vec::new();
        for name in [OWN_TEAM, OTHER_TEAM] {
            let team = owner.post(door(0), "/api/teams", &json!({"name": name, "member_ids": []})).await?;
            teams.push(team.json::<serde_json::Value>()?["id"].clone());
        }
        let agent = json!({
            "email": LOOKER_ON, "name": "小禾", "role": "agent", "password": PASSWORD, "team_ids": [teams[0]],
        });
        let answer = owner.post(door(0), "/api/agents", &agent).await?;
        ensure!(answer.status == 201, "a new agent: {}", String::from_utf8_lossy(&answer.body));
        drop(owner);
        cluster.end().await;
        Ok(())
    })
    .context("preparing the database")?;
    Ok(Template { home, outbound })
}
