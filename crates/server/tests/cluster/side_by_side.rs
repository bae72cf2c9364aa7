//! R30: two builds on one database. `OCTIM_BIN_BEFORE` names the earlier one (`scripts/side-by-side.sh` builds
//! it); without it both are today's, which tries the order of things alone.

use crate::{
    office::{Ground, Office},
    scene::{Scene, octim},
};
use anyhow::{Context as _, ensure};
use bench::http::{Answer, Client};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use store::{Database, Store};

/// The earlier build.
fn before() -> PathBuf {
    std::env::var_os("OCTIM_BIN_BEFORE").map_or_else(
        || {
            println!("OCTIM_BIN_BEFORE is not set: today's build beside itself");
            octim()
        },
        PathBuf::from,
    )
}

/// What a console asks for.
const PAGES: [&str; 12] = [
    "/api/me",
    "/api/directory",
    "/api/agents",
    "/api/teams",
    "/api/channels",
    "/api/workspace/settings",
    "/api/conversations?view=all&limit=50",
    "/api/conversations/counts",
    "/api/search?q=day",
    "/api/knowledge/entries",
    "/api/learning/groups",
    "/api/benefits",
];

/// Three nodes of the earlier build. Of each conversation one person is at the first node and the other at
/// the second one, and stays there; nobody is at the third.
async fn office_before() -> anyhow::Result<Option<Office>> {
    let Some(mut ground) = Ground::find().await? else { return Ok(None) };
    ground.build = before();
    let (first, others) = ground.nodes(&[]).await?;
    let doors = [first.serve.address, others[0].serve.address];
    let scene =
        Scene::open_at(first, |number| [vec![doors[(number + 1) % 2]], vec![doors[number % 2]]]).await?;
    Ok(Some(Office { scene, others, ground }))
}

fn database(office: &Office) -> Database {
    Database::Postgres(office.ground.get("OCTIM_DATABASE__URL").to_owned())
}

async fn schema(office: &Office) -> anyhow::Result<i64> {
    let store = Store::open_as_it_is(&database(office), 1).await?;
    let schema = store.schema().await?;
    store.close().await;
    Ok(schema)
}

/// Ends a node under load and starts it as this build.
async fn exchange(office: &mut Office, number: usize, build: &Path) -> anyhow::Result<()> {
    let node = office.node(number);
    let status = node.terminate(Duration::from_secs(10)).await?;
    ensure!(status.success(), "a graceful stop ended with {status}");
    build.clone_into(&mut node.serve.binary);
    node.start().await
}

fn taken(what: &str, answer: &Answer) -> anyhow::Result<Value> {
    ensure!(
        answer.status < 300,
        "{what} was refused: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    Ok(answer.json().unwrap_or_default())
}

/// A day's work at one node: whatever is refused is an error. `name` tells days apart.
async fn day(office: &Office, number: usize, name: &str) -> anyhow::Result<()> {
    let (scene, node) = (&office.scene, office.address(number));
    let owner = &scene.owner;
    for page in PAGES {
        taken(page, &owner.get(node, page).await?)?;
    }
    taken("a new team", &owner.post(node, "/api/teams", &json!({"name": name, "member_ids": []})).await?)?;
    let content = json!({"question": format!("Which day? {name}"), "answer": "This one."});
    let entry = owner.post(node, "/api/knowledge/entries", &json!({"content": content})).await?;
    opens(owner, node, &taken("a new entry", &entry)?).await?;

    let (visitor, _) = Client::default().visitor(node, &scene.channel).await?;
    let message = json!({"client_id": name, "content": {"type": "text", "text": format!("day {name}")}});
    let receipt = taken("a message", &visitor.post(node, "/api/visitor/messages", &message).await?)?;
    let id = receipt["conversation_id"].as_str().context("no conversation")?;
    for act in ["accept", "resolve", "reopen", "resolve"] {
        let path = format!("/api/conversations/{id}/{act}");
        taken(act, &owner.post(node, &path, &json!({})).await?)?;
    }
    for page in ["", "/messages?after=0&limit=100"] {
        taken("a conversation", &owner.get(node, &format!("/api/conversations/{id}{page}")).await?)?;
        taken("one's own", &visitor.get(node, &format!("/api/visitor/conversations/{id}{page}")).await?)?;
    }
    let rating = json!({"stars": 5, "tags": [], "solved": true, "text": name}).to_string();
    let path = format!("/api/visitor/conversations/{id}/rating");
    taken("a rating", &visitor.request(node, "PUT", &path, &rating).await?)?;
    Ok(())
}

/// An entry can be read, with its history.
async fn opens(owner: &Client, node: SocketAddr, entry: &Value) -> anyhow::Result<()> {
    let id = entry["id"].as_str().with_context(|| format!("no id in {entry}"))?;
    for page in ["", "/versions"] {
        let path = format!("/api/knowledge/entries/{id}{page}");
        taken(&path, &owner.get(node, &path).await?)?;
    }
    Ok(())
}

/// Whoever is at the first node was not refused or cut off since it started.
fn expect_undisturbed(office: &Office) -> anyhow::Result<()> {
    let scene = &office.scene;
    for person in [&scene.visitors[0], &scene.agents[1], &scene.visitors[2]] {
        let status = person.status();
        ensure!(status.refused == 0, "{} was refused: {:?}", person.name, status.refusal);
        ensure!(status.connections == 1, "{} was cut off", person.name);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn update_node_by_node_disturbs_nobody_and_a_step_back_is_possible_or_refused_in_words()
-> anyhow::Result<()> {
    let Some(mut office) = office_before().await? else { return Ok(()) };
    let (old, new) = (before(), octim());
    let schema_before = schema(&office).await?;
    day(&office, 0, "before").await?;
    office.scene.load(4);
    office.scene.progress(20).await?;

    // The schema grows below the two that serve.
    exchange(&mut office, 2, &new).await?;
    let schema_now = schema(&office).await?;
    println!("schema {schema_before} before, {schema_now} now");
    ensure!(schema_now == store::newest_schema(), "the new build left the schema at {schema_now}");
    office.scene.progress(20).await?;
    day(&office, 0, "below").await?;

    // People of both builds talk to each other, and read what the other build wrote.
    exchange(&mut office, 1, &new).await?;
    office.scene.progress(40).await?;
    let content = json!({
        "question": "Delivery",
        "sections": [{"heading": "Abroad", "text": "A week."}],
        "follow_ups": [{"question": "And back?"}],
    });
    let article = json!({"content": content});
    let entry = office.scene.owner.post(office.address(1), "/api/knowledge/entries", &article).await?;
    let entry = taken("a new article", &entry)?;
    opens(&office.scene.owner, office.address(0), &entry).await?;
    day(&office, 0, "beside-a-newer-one").await?;
    day(&office, 1, "beside-an-older-one").await?;

    // A step back: only the program.
    let back = exchange(&mut office, 1, &old).await;
    if schema_now == schema_before {
        back.context("the step back")?;
        day(&office, 1, "back").await?;
        exchange(&mut office, 1, &new).await?;
    } else {
        ensure!(back.is_err(), "a program on a schema that it does not know");
        let log = office.node(1).log();
        ensure!(log.contains("newer than this program"), "it does not say why: {log}");
        new.clone_into(&mut office.node(1).serve.binary);
        office.node(1).start().await?;
    }
    office.scene.progress(20).await?;
    expect_undisturbed(&office)?;

    exchange(&mut office, 0, &new).await?;
    office.scene.progress(20).await?;
    day(&office, 0, "after").await?;
    office.scene.expect_green().await?;
    office.close().await
}

/// The planted bug: a migration that takes something away.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_the_schema_that_the_version_before_cannot_live_with_is_noticed() -> anyhow::Result<()> {
    let Some(office) = office_before().await? else { return Ok(()) };
    day(&office, 0, "before").await?;
    store::schema::load(&database(&office), "alter table ratings rename column text to words").await?;
    let error = day(&office, 0, "after").await.err().context("the planted bug was not found")?;
    ensure!(error.to_string().contains("was refused: 500"), "{error:#}");
    office.close().await
}
