//! The demo data is whole: it parses, its keys meet, and every page it names is there.

use super::*;
use std::collections::BTreeSet;

const SITE: &str = "http://127.0.0.1:8080";

fn site(port: u16) -> Site<'static> {
    Site { origin: SITE, server: SocketAddr::from(([127, 0, 0, 1], port)) }
}

#[test]
fn entries_are_plenty_and_each_has_three_phrasings_and_an_answer() {
    let entries = entries().unwrap();
    assert!(entries.len() >= 46, "{}", entries.len());
    for entry in &entries {
        assert!(entry.phrasings.len() >= 3, "{}", entry.question);
        assert!(entry.answer.chars().count() >= 20, "{}", entry.question);
        assert!(!entry.category.is_empty());
    }
}

#[test]
fn no_question_or_phrasing_is_there_twice() {
    let entries = entries().unwrap();
    let mut seen = BTreeSet::new();
    for text in entries.iter().flat_map(|entry| std::iter::once(&entry.question).chain(&entry.phrasings)) {
        assert!(seen.insert(text.to_lowercase()), "{text}");
    }
}

#[test]
fn agents_have_known_teams_and_addresses_that_exist_nowhere() {
    let people = people().unwrap();
    let teams: BTreeSet<_> = people.teams.iter().map(|team| &team.key).collect();
    assert_eq!((people.teams.len(), people.agents.len()), (2, 4));
    assert_eq!(people.agents.iter().filter(|a| a.role == Role::Owner).count(), 1);
    assert!(teams.contains(&people.channel.team) && teams.contains(&people.bot_channel.team));
    for agent in &people.agents {
        assert!(agent.email.ends_with("@demo.example"), "{}", agent.email);
        assert!(agent.teams.iter().all(|team| teams.contains(team)));
    }
}

#[test]
fn conversations_name_known_people_and_go_forward_in_time() {
    let people = people().unwrap();
    let visitors = visitors().unwrap();
    let conversations = conversations().unwrap();
    let known = |key: &str| key == "visitor" || people.agents.iter().any(|a| a.key == key);
    assert!((8..=12).contains(&conversations.len()));
    for conversation in &conversations {
        assert!(visitors.iter().any(|v| v.key == conversation.visitor));
        assert!(conversation.steps.is_sorted_by_key(Step::at));
        assert!(matches!(&conversation.steps[0], Step::Say { by, .. } if by == "visitor"));
        let last = conversation.steps.last().map_or(0, Step::at);
        assert!(last < conversation.started_minutes_ago * 60, "in the future");
        for step in &conversation.steps {
            match step {
                Step::Say { by, .. } | Step::Accept { by, .. } => assert!(known(by), "{by}"),
                Step::Queue { by, team, .. } => {
                    assert!(known(by), "{by}");
                    assert!(people.teams.iter().any(|t| t.key == *team), "{team}");
                }
                Step::Resolve { by, .. } => assert!(by.as_deref().is_none_or(known)),
                Step::Rate { stars, .. } => assert!((1..=5).contains(stars)),
            }
        }
    }
}

/// Two visitors wait, two are being served, the rest has ended.
#[test]
fn conversations_show_every_state() {
    let mut counts = (0, 0, 0);
    for conversation in conversations().unwrap() {
        let last = conversation
            .steps
            .iter()
            .rev()
            .find(|step| !matches!(step, Step::Say { .. } | Step::Rate { .. }));
        match last {
            None | Some(Step::Queue { .. }) => counts.0 += 1,
            Some(Step::Resolve { .. }) => counts.2 += 1,
            Some(_) => counts.1 += 1,
        }
    }
    assert_eq!(counts, (2, 2, 7));
}

#[test]
fn every_file_that_the_page_names_is_embedded() {
    let page = page::index("abc123");
    assert!(page.contains(r#"data-channel="abc123""#));
    let named = page.split('"').filter_map(|part| part.strip_prefix("/demo/"));
    for path in named {
        assert!(page::file(path).is_some(), "{path}");
    }
    let (_, products) = page::file("products.json").unwrap();
    let products: Vec<serde_json::Value> = serde_json::from_slice(products).unwrap();
    assert!((8..=12).contains(&products.len()));
    for product in products {
        let image = format!("images/{}.svg", product["id"].as_str().unwrap());
        assert!(page::file(&image).is_some(), "{image}");
        for locale in ["zh-CN", "en"] {
            assert!(product["name"][locale].is_string(), "{image}");
        }
    }
}

#[test]
fn page_refuses_a_key_that_is_markup() {
    assert!(page::index("\"><script>").contains(r#"data-channel="""#));
}

#[tokio::test]
async fn loading_fills_an_empty_database_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = store::Database::Sqlite(folder.path().join("octim.db"));
    let store = store::Store::open(&database, 1).await.unwrap();
    let blobs = files::Blobs::disk(folder.path().join("files")).await.unwrap();
    let key = crypto::RootKey::generate().unwrap();
    let parts = || service::Parts {
        store: store.clone(),
        bus: bus::Bus::local(),
        blobs: blobs.clone(),
        outbound: outbound::Client::new(
            outbound::Allowed::default().and_server(site(8080).server),
            outbound::Names::System,
        )
        .unwrap(),
        keys: std::sync::Arc::new(crypto::KeyRing::new(key.clone(), Vec::new())),
        clock: service::Clock::System,
        password_cost: crypto::PasswordCost { memory_kib: 8, passes: 1, lanes: 1 },
        encoder: service::bots::no_encoder,
        own_encoder: None,
    };
    let now = 1_800_000_000_000;
    let channel = load(parts(), now, site(8080)).await.unwrap().unwrap();
    let workspace = channel.workspace_id;
    let connector = async || store.list_connectors(workspace).await.unwrap().pop().unwrap().content;
    assert_eq!(connector().await.url, format!("{SITE}/demo/orders/{{order}}"));
    assert!(connector().await.for_agents && connector().await.for_bot && connector().await.is_enabled);
    assert!(load(parts(), now, site(8081)).await.unwrap().is_none(), "a second time nothing is touched");
    assert_eq!(
        connector().await.url,
        "http://127.0.0.1:8081/demo/orders/{order}",
        "but where the orders are"
    );

    let bots: Vec<bool> =
        store.list_channels(workspace).await.unwrap().iter().map(|one| one.settings.bot.enabled).collect();
    assert_eq!(bots, [false, true], "people answer in the shop, the bot on its own channel");
    let scope = model::Scope {
        workspace_id: workspace,
        agent_id: model::AgentId(0),
        all: true,
        teams: Vec::new(),
        senior: false,
    };
    let counts = store.count_conversations(&scope).await.unwrap();
    assert_eq!((counts.queue, counts.current), (2, 4));
    let resolved = store::conversations::Listing::Resolved;
    let resolved = store
        .list_conversations(&scope, resolved, store::conversations::Order::Time, None, None, 100)
        .await
        .unwrap();
    assert_eq!(resolved.len(), 7);
    for conversation in &resolved {
        assert!(conversation.created_at < now && conversation.resolved_at < Some(now));
        assert_eq!((conversation.staff_unread, conversation.visitor_unread), (0, 0));
    }
    assert_eq!(resolved.iter().filter(|one| one.stars.is_some()).count(), 5);
    let published = store.published_entries(workspace).await.unwrap();
    let cards: Vec<_> = published.iter().flat_map(|entry| &entry.content.cards).collect();
    let teapot = format!("{SITE}/demo#/product/teapot");
    assert_eq!(cards.iter().filter(|card| card.link == teapot && card.image.is_some()).count(), 2);
    assert_eq!(store.count_entries(workspace).await.unwrap() as usize, entries().unwrap().len());
    assert_eq!(store.list_agents(workspace).await.unwrap().len(), 4);
}
