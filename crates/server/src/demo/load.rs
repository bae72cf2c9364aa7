//! Plays the demo data through the services, at the times at which it would have happened,
//! so that it obeys every rule that real conversations obey.

use super::{
    Conversation, Site, Step, Visitor, cast::Cast, conversations, knowledge, orders, page, visitors,
};
use bus::Bus;
use model::{Channel, ConversationId, Millis, Rating, Seq, contact::Trail};
use service::{Clock, Error, Parts, Result, Services, contacts, conversations::Posted, visitors::Arrival};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

const MINUTE: Millis = 60 * 1_000;
/// The workspace is founded this long before its first conversation.
const FOUNDED_BEFORE: Millis = 40 * 24 * 60 * MINUTE;
/// How long a visitor looks at a page.
const LOOK: Millis = 40 * 1_000;
const SHOP: &str = "https://camellia.example/";

/// Fills an empty database so that it looks used at `now`. None when there is a workspace
/// already: nothing is touched then, but that the connector follows the server. The parts' own clock and bus
/// stay unused.
pub async fn load(parts: Parts, now: Millis, site: Site<'_>) -> Result<Option<Channel>> {
    let time = Arc::new(AtomicI64::new(now));
    let clock = Clock::Fixed(Arc::clone(&time));
    let (services, writing) = Services::start(Parts { clock, bus: Bus::local(), ..parts })?;
    let channel = match services.store.first_workspace().await? {
        None => Some(fill(&services, &time, now, site).await?),
        Some(workspace) => {
            orders::follow(&services.store, workspace.id, site.server).await?;
            None
        }
    };
    drop(services);
    // The writer has indexed everything for search when it ends.
    writing.await.map_err(Error::internal)?;
    Ok(channel)
}

async fn fill(services: &Services, time: &AtomicI64, now: Millis, site: Site<'_>) -> Result<Channel> {
    let conversations = conversations().map_err(Error::internal)?;
    let oldest = conversations.iter().map(|one| one.started_minutes_ago).max().unwrap_or(0);
    time.store(now - oldest * MINUTE - FOUNDED_BEFORE, Ordering::SeqCst);

    let cast = Cast::found(services, time, now - (oldest + 60) * MINUTE).await?;
    knowledge::teach(services, cast.staff(&cast.owner)?, site.origin).await?;
    orders::connect(services, cast.staff(&cast.owner)?, site.server).await?;
    let visitors: HashMap<String, Visitor> =
        visitors().map_err(Error::internal)?.into_iter().map(|one| (one.key.clone(), one)).collect();
    let mut play = Play { services, time, now, cast: &cast, sessions: HashMap::new() };
    play.perform(&conversations, &visitors).await?;

    time.store(now, Ordering::SeqCst);
    Box::pin(services.moods.catch_up()).await;
    for staff in cast.staff.values() {
        services.accounts.logout(staff).await?;
    }
    Ok(cast.channel)
}

/// The conversations as they go on.
struct Play<'a> {
    services: &'a Services,
    time: &'a AtomicI64,
    now: Millis,
    cast: &'a Cast,
    /// Visitor's key → token and session.
    sessions: HashMap<String, (String, service::Visitor)>,
}

/// One conversation while it is played.
struct Scene {
    id: ConversationId,
    visitor: service::Visitor,
    last_seq: Seq,
    /// Key of the agent who has it.
    agent: Option<String>,
}

impl Play<'_> {
    async fn perform(
        &mut self,
        conversations: &[Conversation],
        visitors: &HashMap<String, Visitor>,
    ) -> Result<()> {
        let mut steps: Vec<(Millis, usize, &Step)> = Vec::new();
        for (index, conversation) in conversations.iter().enumerate() {
            let start = self.now - conversation.started_minutes_ago * MINUTE;
            steps.extend(conversation.steps.iter().map(|step| (start + step.at() * 1_000, index, step)));
        }
        steps.sort_by_key(|(at, index, _)| (*at, *index));
        let mut scenes: HashMap<usize, Scene> = HashMap::new();
        for (number, (at, index, step)) in steps.into_iter().enumerate() {
            let key = &conversations[index].visitor;
            if let Some(scene) = scenes.get_mut(&index) {
                self.time.store(at, Ordering::SeqCst);
                self.play(scene, step, number).await?;
                continue;
            }
            let Step::Say { text, .. } = step else {
                return Err(Error::internal("a conversation begins with its visitor"));
            };
            let visitor =
                visitors.get(key).ok_or_else(|| Error::internal(format!("unknown visitor {key}")))?;
            let session = self.arrive(visitor, at).await?;
            self.time.store(at, Ordering::SeqCst);
            let posted = Posted::Text(text.as_str().into());
            let opened = self
                .services
                .conversations
                .post_as_visitor(&session, None, client_id(number), posted)
                .await?
                .await?;
            let scene = Scene {
                id: opened.conversation.id,
                visitor: session,
                last_seq: opened.conversation.last_seq,
                agent: None,
            };
            self.annotate(visitor, &opened.conversation).await?;
            scenes.insert(index, scene);
        }
        Ok(())
    }

    /// The visitor walks through the shop, page by page.
    async fn arrive(&mut self, visitor: &Visitor, at: Millis) -> Result<service::Visitor> {
        let titles = page::titles(visitor.locale).map_err(Error::internal)?;
        let mut session = self.sessions.get(&visitor.key).cloned();
        for (left, path) in
            visitor.pages.iter().enumerate().map(|(index, path)| (visitor.pages.len() - index, path))
        {
            self.time.store(at - left as Millis * LOOK, Ordering::SeqCst);
            let arrival = Arrival {
                token: session.as_ref().map(|(token, _)| token.clone()),
                name: visitor.name.clone(),
                email: Some(visitor.email.clone()),
                phone: Some(visitor.phone.clone()),
                attributes: visitor.attributes.clone(),
                trail: Trail {
                    url: format!("{SHOP}#/{path}"),
                    title: titles.get(path).or_else(|| titles.get("")).cloned().unwrap_or_default(),
                    referrer: visitor.referrer.clone(),
                    user_agent: visitor.device.user_agent().to_owned(),
                    time_zone: "Asia/Shanghai".to_owned(),
                },
                locale: visitor.locale,
                ..Arrival::default()
            };
            let welcome = self.services.visitors.start(self.cast.channel.clone(), arrival).await?;
            session = Some((welcome.token.expose().to_owned(), welcome.visitor));
        }
        let session = session.ok_or_else(|| Error::internal("a visitor without pages"))?;
        self.sessions.insert(visitor.key.clone(), session.clone());
        Ok(session.1)
    }

    async fn annotate(&self, visitor: &Visitor, conversation: &model::Conversation) -> Result<()> {
        if visitor.note.is_empty() {
            return Ok(());
        }
        let edit = contacts::Edit { note: Some(visitor.note.clone()), ..contacts::Edit::default() };
        let owner = self.cast.staff(&self.cast.owner)?;
        self.services.contacts.edit(owner, conversation.contact_id, edit).await.map(|_| ())
    }

    async fn play(&self, scene: &mut Scene, step: &Step, number: usize) -> Result<()> {
        let conversations = &self.services.conversations;
        let (id, seen) = (scene.id, scene.last_seq);
        match step {
            Step::Say { by, text, .. } if by == "visitor" => {
                conversations.receipt_as_visitor(&scene.visitor, id, seen, seen).await?.await?;
                let posted = Posted::Text(text.as_str().into());
                conversations
                    .post_as_visitor(&scene.visitor, Some(id), client_id(number), posted)
                    .await?
                    .await?;
            }
            Step::Say { by, text, .. } => {
                let staff = self.cast.staff(by)?;
                conversations.receipt(staff, id, seen, seen).await?.await?;
                conversations
                    .post(staff, id, client_id(number), Posted::Text(text.as_str().into()))
                    .await?
                    .await?;
            }
            Step::Accept { by, .. } => {
                conversations.accept(self.cast.staff(by)?, id).await?;
                scene.agent = Some(by.clone());
            }
            Step::Queue { by, team, .. } => {
                conversations.queue(self.cast.staff(by)?, id, self.cast.teams.get(team).copied()).await?;
                scene.agent = None;
            }
            Step::Resolve { by, .. } => {
                conversations.receipt_as_visitor(&scene.visitor, id, seen, seen).await?.await?;
                if let Some(agent) = &scene.agent {
                    conversations.receipt(self.cast.staff(agent)?, id, seen, seen).await?.await?;
                }
                match by {
                    Some(by) => conversations.resolve(self.cast.staff(by)?, id).await?,
                    None => conversations.end(&scene.visitor, id).await?,
                };
            }
            Step::Rate { stars, tags, solved, text, .. } => {
                let rating = Rating {
                    conversation_id: id,
                    stars: *stars,
                    tags: tags.clone(),
                    solved: *solved,
                    text: text.clone(),
                    created_at: self.time.load(Ordering::SeqCst),
                    changed_at: None,
                };
                conversations.rate(&scene.visitor, rating).await?;
            }
        }
        let found = self.services.store.find_conversation(self.cast.workspace, id).await?;
        scene.last_seq = found.map_or(seen, |conversation| conversation.last_seq);
        Ok(())
    }
}

fn client_id(number: usize) -> Arc<str> {
    format!("demo-{number}").into()
}
