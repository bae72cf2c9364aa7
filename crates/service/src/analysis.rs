//! What the language engine makes of a text, for those who write knowledge.
//! Invariant: analysing happens on a blocking thread, one text at a time on a node.

use crate::{Clock, Error, Result, Staff};
use language::{Analysis, entities::calendar::Date};
use model::{Millis, Permission};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// More is not analysed by the engine either.
const LONGEST: usize = 10_000;
const DAY: Millis = 24 * 60 * 60 * 1_000;

#[derive(Clone)]
pub struct Languages {
    clock: Clock,
    working: Arc<Semaphore>,
}

impl Languages {
    pub fn new(clock: Clock) -> Self {
        Self { clock, working: Arc::new(Semaphore::new(1)) }
    }

    /// All layers of a text, and its normal form. Days are counted from today (UTC).
    pub async fn analyse(&self, staff: &Staff, text: String) -> Result<(Analysis, String)> {
        staff.require(Permission::EditKnowledge)?;
        if text.chars().count() > LONGEST {
            return Err(Error::Field("text"));
        }
        let today = Date::from_days(self.clock.now().div_euclid(DAY));
        let _permit = self.working.acquire().await.map_err(Error::internal)?;
        let analysed = tokio::task::spawn_blocking(move || {
            language::analyse(&text, today).map(|analysis| (analysis, language::normalise(&text)))
        });
        analysed.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}
