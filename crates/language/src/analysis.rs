//! Everything about one text: words, entities, structure, questions, mood.
//! Invariant: positions are characters of the original text; any text is answered, in bounded time.

use std::sync::OnceLock;

use serde::Serialize;
use thiserror::Error;

use crate::{
    emotion::{Emotion, Moods, Part},
    entities::{self, Entity, calendar::Date},
    lexical::{LONGEST, Language, Lexer, Sentence, Text, Token, Weights, WeightsError, tagger},
    perceptron::{Model, ModelError},
    syntax::{
        self,
        frames::{self, Frame},
        parser::Parser,
        question::{self, Question},
        scope::{self, Scope},
        tags,
        tree::{Arc, Parsed},
    },
};

#[derive(Clone, Debug, Error)]
pub enum LoadError {
    #[error("the lexer's weights: {0}")]
    Weights(String),
    #[error("a model of the analysis: {0}")]
    Model(String),
}

impl From<WeightsError> for LoadError {
    fn from(error: WeightsError) -> Self {
        Self::Weights(error.to_string())
    }
}

impl From<ModelError> for LoadError {
    fn from(error: ModelError) -> Self {
        Self::Model(error.to_string())
    }
}

/// What is known of a text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Analysis {
    /// How many characters were looked at.
    pub characters: usize,
    /// Whether the text was longer than that.
    pub truncated: bool,
    pub sentences: Vec<SentenceInfo>,
    pub tokens: Vec<Token>,
    pub arcs: Vec<Dependency>,
    pub entities: Vec<Entity>,
    pub scopes: Vec<Scope>,
    pub frames: Vec<Frame>,
    pub emotion: Emotion,
}

impl Analysis {
    /// What the text asks: the last question that is more than whether, or else the last one.
    pub fn question(&self) -> Option<&Question> {
        let questions = || self.sentences.iter().filter_map(|sentence| sentence.question.as_ref()).rev();
        questions()
            .find(|question| question.kind != question::QuestionKind::YesNo)
            .or_else(|| questions().next())
    }
}

/// A sentence: which characters, which of the tokens, and what it asks.
#[derive(Clone, Debug, Serialize)]
pub struct SentenceInfo {
    pub start: usize,
    pub end: usize,
    pub language: Language,
    pub first_token: usize,
    pub tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// An arc between tokens of the analysis, both by their index; no head: the root of its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    pub dependent: usize,
    pub head: Option<usize>,
    pub label: String,
}

/// The models of words and sentences.
pub struct Grammar {
    lexer: Lexer,
    chinese_tags: tags::Tagger,
    chinese: Parser,
    english: Parser,
}

/// All models, read once.
pub struct Analyser {
    grammar: Grammar,
    moods: Moods,
}

impl Analyser {
    /// From the weights that are part of the program; the first call reads them.
    pub fn embedded() -> Result<&'static Self, LoadError> {
        static ANALYSER: OnceLock<Result<Analyser, LoadError>> = OnceLock::new();
        ANALYSER.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, LoadError> {
        Ok(Self {
            grammar: Grammar::embedded()?,
            moods: Moods::read(include_bytes!("../weights/emotion.bin"))?,
        })
    }

    /// Dates such as "tomorrow" are resolved when the day of the text is known.
    pub fn analyse(&self, text: &str, today: Option<Date>) -> Analysis {
        let truncated = text.chars().nth(LONGEST).is_some();
        let text = Text::new(text);
        let mut entities = entities::by_rule(&text, today);
        let sentences = self.grammar.lexer.sentences(&text, &entities::words_of(&entities));
        entities::add_names(&mut entities, &sentences);
        let mut analysis =
            Analysis { characters: text.chars.len(), truncated, entities, ..Analysis::default() };
        let mut scopes_of = Vec::with_capacity(sentences.len());
        for sentence in &sentences {
            let arcs = self.grammar.parse(sentence);
            let parsed = Parsed { language: sentence.language, tokens: &sentence.tokens, arcs: &arcs };
            let scopes = scope::find(&parsed);
            let first = analysis.tokens.len();
            analysis.frames.extend(frames::find(&parsed, &scopes));
            analysis.sentences.push(SentenceInfo {
                start: sentence.start,
                end: sentence.end,
                language: sentence.language,
                first_token: first,
                tokens: sentence.tokens.len(),
                question: question::find(&text, sentence.start, sentence.end, &parsed),
            });
            analysis.arcs.extend(arcs.into_iter().enumerate().map(|(index, arc)| Dependency {
                dependent: first + index,
                head: arc.head.map(|head| first + head),
                label: arc.label,
            }));
            analysis.tokens.extend(sentence.tokens.iter().cloned());
            scopes_of.push(scopes);
        }
        let parts = sentences.iter().zip(&scopes_of);
        let parts: Vec<_> =
            parts.map(|(sentence, scopes)| Part { tokens: &sentence.tokens, scopes }).collect();
        analysis.emotion = self.moods.feel(&text, &parts);
        analysis.scopes = scopes_of.into_iter().flatten().collect();
        analysis
    }
}

impl Grammar {
    /// From the weights that are part of the program.
    pub fn embedded() -> Result<Self, LoadError> {
        let model = |bytes: &[u8]| Model::read(bytes);
        let weights = Weights::read(include_bytes!("../weights/lac.bin"))?;
        let english_tags = model(include_bytes!("../weights/tags-en.bin"))?;
        let lemmas = model(include_bytes!("../weights/lemmas-en.bin"))?;
        Ok(Self {
            lexer: Lexer::new(weights, tagger::Tagger::new(english_tags, lemmas)),
            chinese_tags: tags::Tagger::new(model(include_bytes!("../weights/tags-zh.bin"))?),
            chinese: Parser::new(model(include_bytes!("../weights/parser-zh.bin"))?),
            english: Parser::new(model(include_bytes!("../weights/parser-en.bin"))?),
        })
    }

    fn parse(&self, sentence: &Sentence) -> Vec<Arc> {
        let tokens = &sentence.tokens;
        let (parser, tags) = match sentence.language {
            Language::Chinese => {
                (&self.chinese, self.chinese_tags.tag(tokens).iter().map(ToString::to_string).collect())
            }
            Language::English => {
                let tag = |token: &Token| format!("{}/{}", token.pos.name(), token.tag);
                (&self.english, tokens.iter().map(tag).collect::<Vec<_>>())
            }
            Language::Other => return Vec::new(),
        };
        let words: Vec<_> = tokens
            .iter()
            .zip(&tags)
            .map(|(token, tag)| syntax::word(token, tag, sentence.language))
            .collect();
        parser
            .parse(&words)
            .into_iter()
            .map(|link| Arc { head: link.head, label: link.label.to_owned() })
            .collect()
    }

    /// The features of mood of a text; for training.
    #[cfg(feature = "training")]
    pub fn mood_features(&self, text: &str) -> Vec<u32> {
        let text = Text::new(text);
        let sentences = self.lexer.sentences(&text, &entities::words_of(&entities::by_rule(&text, None)));
        let scopes: Vec<_> = sentences
            .iter()
            .map(|sentence| {
                let arcs = self.parse(sentence);
                scope::find(&Parsed { language: sentence.language, tokens: &sentence.tokens, arcs: &arcs })
            })
            .collect();
        let parts: Vec<_> = sentences
            .iter()
            .zip(&scopes)
            .map(|(sentence, scopes)| Part { tokens: &sentence.tokens, scopes })
            .collect();
        crate::emotion::features::of(&text, &parts).iter().map(|feature| feature.hash).collect()
    }
}

/// Analyses a text with the built-in models. `today` is the day of the text, if known.
pub fn analyse(text: &str, today: Option<Date>) -> Result<Analysis, LoadError> {
    Ok(Analyser::embedded()?.analyse(text, today))
}
