//! Language models of others: where they are, who does what, what it may cost. Off by default.
//!
//! Invariants: a key is sealed, is never given out again, and goes to the server that it was entered
//! for and to no other; nothing is asked beyond the budgets; what is asked holds no personal data that
//! could be recognised.

mod asking;
mod embedding;
mod kept;

use crate::{Clock, Error, Result, Staff, text};
pub(crate) use asking::{Said, TURN, Talk};
use crypto::{FieldContext, KeyRing, Purpose};
pub(crate) use embedding::Embedder;
use model::{LlmEndpoint, LlmEndpointId, LlmFailure, LlmSettings, LlmTask, Permission, WorkspaceId};
use std::{sync::Arc, time::Duration};
use store::{Store, llm::LlmUsage};
use tokio::{sync::Semaphore, time::Instant};
use url::Url;

/// How many questions are under way at once on this node.
const AT_ONCE: usize = 16;
const MOST_ENDPOINTS: usize = 100;
/// How long somebody waits who tries an endpoint out.
const PATIENCE: Duration = Duration::from_secs(20);
/// Days of usage that are shown.
const SHOWN: i64 = 30;

#[derive(Clone)]
pub struct Llm {
    store: Store,
    clock: Clock,
    keys: Arc<KeyRing>,
    client: ::llm::Client,
    asking: Arc<Semaphore>,
}

/// What an administrator enters.
#[derive(Clone, Debug)]
pub struct EndpointDraft {
    pub name: String,
    pub base_url: String,
    /// None keeps what is there, empty removes it.
    pub key: Option<String>,
}

/// What was used, and how much of today's budget.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Days since the Unix epoch.
    pub today: i64,
    pub spent_today: i64,
    pub days: Vec<LlmUsage>,
}

/// How it went when somebody tried an endpoint out.
#[derive(Clone, Debug)]
pub struct Tried<T> {
    pub said: std::result::Result<T, ::llm::Failure>,
    pub ms: i64,
}

/// What an encoder made of three texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriedEncoder {
    /// How many numbers a vector has.
    pub width: usize,
    /// Two that mean the same are nearer to each other than to the third.
    pub tells_apart: bool,
    pub tokens_in: i64,
}

/// Two questions that mean the same in other words, and one about something else.
const ALIKE: [&str; 3] =
    ["这件衣服不合适，怎么退货？", "How do I send back what I bought?", "明天上海会下雨吗？"];

impl Llm {
    pub fn new(store: Store, clock: Clock, keys: Arc<KeyRing>, outbound: outbound::Client) -> Self {
        let client = ::llm::Client::new(outbound);
        Self { store, clock, keys, client, asking: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    pub async fn endpoints(&self, staff: &Staff) -> Result<Vec<LlmEndpoint>> {
        staff.require(Permission::ManageWorkspace)?;
        Ok(self.store.list_llm_endpoints(staff.workspace()).await?)
    }

    pub async fn add_endpoint(&self, staff: &Staff, draft: EndpointDraft) -> Result<LlmEndpoint> {
        staff.require(Permission::ManageWorkspace)?;
        if self.store.list_llm_endpoints(staff.workspace()).await?.len() >= MOST_ENDPOINTS {
            return Err(Error::Field("name"));
        }
        let now = self.clock.now();
        let blank = LlmEndpoint {
            id: LlmEndpointId(self.store.next_id(now)),
            name: String::new(),
            base_url: String::new(),
            sealed_key: None,
            version: 1,
        };
        let endpoint = self.prepared(staff.workspace(), blank, draft)?;
        self.store.insert_llm_endpoint(staff.workspace(), &endpoint, now).await.map_err(taken)?;
        Ok(endpoint)
    }

    pub async fn edit_endpoint(
        &self,
        staff: &Staff,
        id: LlmEndpointId,
        draft: EndpointDraft,
    ) -> Result<LlmEndpoint> {
        staff.require(Permission::ManageWorkspace)?;
        let known = self.endpoint(staff.workspace(), id).await?;
        let endpoint = self.prepared(staff.workspace(), known, draft)?;
        self.store.update_llm_endpoint(staff.workspace(), &endpoint).await.map_err(taken)?;
        let settings = self.store.llm_settings(staff.workspace()).await?;
        if settings.choice(LlmTask::Encode).is_some_and(|choice| choice.endpoint_id == id) {
            self.store.touch_knowledge(staff.workspace()).await?;
        }
        self.endpoint(staff.workspace(), id).await
    }

    /// Tasks that it did are nobody's afterwards.
    pub async fn remove_endpoint(&self, staff: &Staff, id: LlmEndpointId) -> Result<()> {
        staff.require(Permission::ManageWorkspace)?;
        let workspace = staff.workspace();
        let mut settings = self.store.llm_settings(workspace).await?;
        let before = settings.clone();
        settings.tasks.retain(|_, choice| choice.endpoint_id != id);
        self.replace(workspace, &before, &settings).await?;
        if self.store.delete_llm_endpoint(workspace, id).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    pub async fn settings(&self, staff: &Staff) -> Result<LlmSettings> {
        staff.require(Permission::ManageWorkspace)?;
        Ok(self.store.llm_settings(staff.workspace()).await?)
    }

    pub async fn save_settings(&self, staff: &Staff, mut settings: LlmSettings) -> Result<LlmSettings> {
        staff.require(Permission::ManageWorkspace)?;
        let endpoints = self.store.list_llm_endpoints(staff.workspace()).await?;
        for choice in settings.tasks.values_mut() {
            if !endpoints.iter().any(|endpoint| endpoint.id == choice.endpoint_id) {
                return Err(Error::Field("tasks.endpoint_id"));
            }
            choice.model = text::line("tasks.model", &choice.model, 100)?;
            if !LlmSettings::TIMEOUT.contains(&choice.timeout_s) {
                return Err(Error::Field("tasks.timeout_s"));
            }
        }
        if !LlmSettings::TOKENS.contains(&settings.day_tokens) {
            return Err(Error::Field("day_tokens"));
        }
        if !LlmSettings::TOKENS.contains(&settings.visitor_tokens) {
            return Err(Error::Field("visitor_tokens"));
        }
        let before = self.store.llm_settings(staff.workspace()).await?;
        self.replace(staff.workspace(), &before, &settings).await?;
        Ok(settings)
    }

    /// Another encoder makes other vectors: what is published is encoded anew.
    async fn replace(
        &self,
        workspace: WorkspaceId,
        before: &LlmSettings,
        settings: &LlmSettings,
    ) -> Result<()> {
        if settings == before {
            return Ok(());
        }
        self.store.save_llm_settings(workspace, settings).await?;
        if settings.choice(LlmTask::Encode) != before.choice(LlmTask::Encode) {
            self.store.touch_knowledge(workspace).await?;
        }
        Ok(())
    }

    pub async fn usage(&self, staff: &Staff) -> Result<Usage> {
        staff.require(Permission::ManageWorkspace)?;
        let (workspace, today) = (staff.workspace(), self.today());
        Ok(Usage {
            today,
            spent_today: self.store.tokens_spent(workspace, today).await?,
            days: self.store.list_llm_usage(workspace, today - SHOWN + 1).await?,
        })
    }

    /// Asks a model for a word, whatever the settings say and however often it failed before.
    pub async fn try_out(
        &self,
        staff: &Staff,
        id: LlmEndpointId,
        model: &str,
    ) -> Result<Tried<::llm::Answer>> {
        let (endpoint, model) = self.on_trial(staff, id, model).await?;
        let ask = ::llm::Ask {
            model,
            system: "You are being tested. Answer with the one word OK.".to_owned(),
            user: "Are you there?".to_owned(),
            max_tokens: 200,
            within: PATIENCE,
            ..::llm::Ask::default()
        };
        let began = Instant::now();
        let said = self.client.ask_anyhow(&endpoint, &ask, &mut |_| {}).await;
        Ok(Tried { said, ms: began.elapsed().as_millis() as i64 })
    }

    /// Has a model encode a few texts, likewise.
    pub async fn try_encoder(
        &self,
        staff: &Staff,
        id: LlmEndpointId,
        model: &str,
    ) -> Result<Tried<TriedEncoder>> {
        let (endpoint, model) = self.on_trial(staff, id, model).await?;
        let texts = ALIKE.map(str::to_owned);
        let embed = ::llm::Embed { model: &model, texts: &texts, within: PATIENCE };
        let began = Instant::now();
        let embedded = self.client.embed_anyhow(&endpoint, &embed).await;
        let ms = began.elapsed().as_millis() as i64;
        let said = embedded.map(|embedded| {
            let [one, same, other] = [0, 1, 2].map(|at| embedded.vectors[at].as_slice());
            TriedEncoder {
                width: one.len(),
                tells_apart: ::knowledge::cosine(one, same) > ::knowledge::cosine(one, other),
                tokens_in: embedded.tokens_in,
            }
        });
        Ok(Tried { said, ms })
    }

    async fn on_trial(
        &self,
        staff: &Staff,
        id: LlmEndpointId,
        model: &str,
    ) -> Result<(::llm::Endpoint, String)> {
        staff.require(Permission::ManageWorkspace)?;
        let model = text::line("model", model, 100)?;
        Ok((self.opened(staff.workspace(), self.endpoint(staff.workspace(), id).await?)?, model))
    }

    async fn endpoint(&self, workspace: WorkspaceId, id: LlmEndpointId) -> Result<LlmEndpoint> {
        self.store.find_llm_endpoint(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// A draft by its rules. A key stays with the server that it was entered for.
    fn prepared(
        &self,
        workspace: WorkspaceId,
        known: LlmEndpoint,
        draft: EndpointDraft,
    ) -> Result<LlmEndpoint> {
        let base_url = text::line("base_url", &draft.base_url, 300)?.trim_end_matches('/').to_owned();
        self.client.check(&base_url).map_err(|_| Error::Field("base_url"))?;
        let url = Url::parse(&base_url).map_err(|_| Error::Field("base_url"))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::Field("base_url"));
        }
        let same_server = Url::parse(&known.base_url).is_ok_and(|before| before.origin() == url.origin());
        let sealed_key = match draft.key {
            None => known.sealed_key.filter(|_| same_server),
            Some(key) if key.trim().is_empty() => None,
            Some(key) => {
                let key = key.trim();
                if key.len() > 500 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(Error::Field("key"));
                }
                Some(self.keys.seal(Purpose::Secret, &place(workspace, known.id), key.as_bytes())?)
            }
        };
        Ok(LlmEndpoint { name: text::line("name", &draft.name, 60)?, base_url, sealed_key, ..known })
    }

    /// With its key, ready to be asked.
    fn opened(&self, workspace: WorkspaceId, endpoint: LlmEndpoint) -> Result<::llm::Endpoint> {
        let key = endpoint.sealed_key.as_deref().map(|sealed| {
            let key = self.keys.open_text(Purpose::Secret, &place(workspace, endpoint.id), sealed)?;
            Result::Ok(key.to_string())
        });
        Ok(::llm::Endpoint {
            name: format!("{}:{}", endpoint.id, endpoint.version),
            base_url: endpoint.base_url,
            key: key.transpose()?,
        })
    }

    /// Days since the Unix epoch, in UTC.
    fn today(&self) -> i64 {
        self.clock.now().div_euclid(24 * 60 * 60 * 1_000)
    }
}

fn place(workspace: WorkspaceId, id: LlmEndpointId) -> FieldContext {
    FieldContext::new(workspace, "llm_endpoints", "key", id)
}

fn taken(error: store::Error) -> Error {
    if error.is_taken("llm_endpoints", "name") { Error::NameTaken } else { error.into() }
}

impl From<LlmFailure> for Error {
    fn from(failure: LlmFailure) -> Self {
        Self::Llm(failure)
    }
}
