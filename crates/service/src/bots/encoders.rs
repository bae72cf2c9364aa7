//! Who makes the vectors of a workspace: a server of its choice, else a file of the operator's, else the
//! encoder inside the program.
//!
//! Invariants: what visitors ask leaves without personal data; a text that could not be encoded has an
//! empty vector, which says nothing.

use super::vectors::{KNOWN_BY, hash};
use crate::{
    Result,
    llm::{Embedder, Llm},
};
use knowledge::Encode;
use model::{EncoderFailure, EncoderKind, WorkspaceId};
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};
use tokio::runtime::Handle;

/// How long a question waits for its vector.
const QUESTION: Duration = Duration::from_secs(3);

/// Gives the sentence encoder; unpacking it takes a moment, so it is asked for once it is needed.
pub type EncoderSource = fn() -> Option<Arc<dyn Encode>>;

/// The encoder inside the program.
pub fn embedded_encoder() -> Option<Arc<dyn Encode>> {
    match language::Encoder::embedded() {
        Ok(encoder) => Some(encoder),
        Err(error) => {
            tracing::error!(%error, "the sentence encoder cannot be used; the bot does without it");
            None
        }
    }
}

/// Answers by characters and sounds alone.
pub fn no_encoder() -> Option<Arc<dyn Encode>> {
    None
}

/// An encoder that the operator brought, as it turned out when it was loaded.
pub struct OwnEncoder {
    pub name: String,
    pub loaded: std::result::Result<LoadedEncoder, EncoderError>,
}

pub struct LoadedEncoder {
    pub encoder: Arc<dyn Encode>,
    /// How many numbers a vector has.
    pub width: usize,
}

/// Why it cannot be used; the built-in one is used instead.
#[derive(Clone, Debug)]
pub struct EncoderError {
    pub kind: EncoderFailure,
    pub detail: String,
}

/// What makes the vectors of a workspace, for people.
#[derive(Clone, Debug)]
pub struct EncoderInUse {
    pub kind: EncoderKind,
    /// Empty for the built-in one.
    pub name: String,
    /// Known of a file.
    pub width: Option<usize>,
    /// Why the operator's own is not used.
    pub failure: Option<EncoderError>,
}

#[derive(Clone)]
pub struct Encoders {
    built_in: EncoderSource,
    own: Option<Arc<OwnEncoder>>,
    llm: Llm,
}

/// What a workspace chose.
#[derive(Clone)]
pub struct Choice {
    built_in: EncoderSource,
    own: Option<Arc<OwnEncoder>>,
    embedder: Option<Embedder>,
}

impl Encoders {
    pub fn new(built_in: EncoderSource, own: Option<Arc<OwnEncoder>>, llm: Llm) -> Self {
        Self { built_in, own, llm }
    }

    pub async fn of(&self, workspace: WorkspaceId) -> Result<Choice> {
        let embedder = self.llm.embedder(workspace).await?;
        Ok(Choice { built_in: self.built_in, own: self.own.clone(), embedder })
    }
}

impl Choice {
    /// Two with the same name encode alike, and ask the same server in the same way.
    pub fn name(&self) -> String {
        self.embedder.as_ref().map(Embedder::name).unwrap_or_default()
    }

    pub fn in_use(&self) -> EncoderInUse {
        let failure = self.own.as_ref().and_then(|own| own.loaded.as_ref().err().cloned());
        let (kind, name, width) = match (&self.embedder, self.loaded()) {
            (Some(embedder), _) => (EncoderKind::Server, embedder.title(), None),
            (None, Some((name, loaded))) => (EncoderKind::File, name.to_owned(), Some(loaded.width)),
            (None, None) => (EncoderKind::BuiltIn, String::new(), None),
        };
        EncoderInUse { kind, name, width, failure }
    }

    /// The operator's own, where it can be used.
    fn loaded(&self) -> Option<(&str, &LoadedEncoder)> {
        let own = self.own.as_ref()?;
        Some((own.name.as_str(), own.loaded.as_ref().ok()?))
    }

    /// It may be away when a question comes.
    pub const fn is_elsewhere(&self) -> bool {
        self.embedder.is_some()
    }

    /// The encoder and what it is known by. The one inside the program may have to be unpacked.
    pub async fn encoder(self) -> Option<(i64, Arc<dyn Encode>)> {
        if let Some(embedder) = self.embedder {
            let known_by = hash(embedder.encoder().as_bytes());
            return Some((known_by, Arc::new(Remote { embedder, runtime: Handle::current() })));
        }
        let own = self.loaded().map(|(_, loaded)| Arc::clone(&loaded.encoder));
        let built_in = self.built_in;
        let ready = tokio::task::spawn_blocking(move || {
            let encoder = own.or_else(|| {
                let encoder = built_in()?;
                Some(encoder.tuned().unwrap_or(encoder))
            })?;
            Some((known_by(encoder.as_ref()), encoder))
        });
        ready.await.ok().flatten()
    }
}

/// An encoder of this machine is known by what it makes of a sentence.
fn known_by(encoder: &dyn Encode) -> i64 {
    let bytes: Vec<u8> = encoder.encode(KNOWN_BY).into_iter().flat_map(f32::to_le_bytes).collect();
    hash(&bytes)
}

/// Asks a server; on threads that may block.
struct Remote {
    embedder: Embedder,
    runtime: Handle,
}

impl Remote {
    /// Nothing when the runtime ends meanwhile.
    fn embed(&self, texts: Vec<String>, within: Option<Duration>) -> Vec<Vec<f32>> {
        let nothing = vec![Vec::new(); texts.len()];
        let (done, embedded) = mpsc::channel();
        let embedder = self.embedder.clone();
        self.runtime.spawn(async move { done.send(embedder.embed(&texts, within).await) });
        embedded.recv().unwrap_or(nothing)
    }
}

impl Encode for Remote {
    /// Of what a visitor asks.
    fn encode(&self, text: &str) -> Vec<f32> {
        let Ok(masked) = ::knowledge::mask(text) else { return Vec::new() };
        self.embed(vec![filled(&masked)], Some(QUESTION)).pop().unwrap_or_default()
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.embed(texts.iter().map(|text| filled(text)).collect(), None)
    }
}

/// Servers refuse an empty text.
fn filled(text: &str) -> String {
    if text.trim().is_empty() { "-".to_owned() } else { text.to_owned() }
}
