//! The number of this process, of 1,024, which is part of the ids that it gives: no two have the same.

use crate::{Error, Result, Store};
use model::Millis;

/// Ten bits of each id.
const NUMBERS: i64 = 1_024;

impl Store {
    /// Keeps the number, by a lease, or takes the next one that is free.
    pub async fn keep_number(&self, holder: &str, now: Millis, lease_ms: i64) -> Result<()> {
        for further in 0..NUMBERS {
            let number = (self.ids.node() + further) % NUMBERS;
            if self.lease(&format!("number/{number}"), holder, now, lease_ms).await? {
                self.ids.set_node(number);
                return Ok(());
            }
        }
        Err(Error::Unsupported("there are 1,024 nodes already"))
    }
}
