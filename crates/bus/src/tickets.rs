//! Single-use tickets of a node that is alone. Invariant: the map is bounded, and time comes from the
//! caller.

use crate::Error;
use model::Millis;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Tickets live for seconds; so many at once are an attack.
const MAX_WAITING: usize = 100_000;

#[derive(Default)]
pub struct Tickets {
    waiting: Mutex<HashMap<String, Ticket>>,
}

struct Ticket {
    payload: String,
    expires_at: Millis,
}

impl Tickets {
    pub fn put(&self, hash: &str, payload: &str, ttl: Duration, now: Millis) -> Result<(), Error> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING {
            waiting.retain(|_, ticket| now < ticket.expires_at);
            if waiting.len() >= MAX_WAITING {
                return Err(Error::TooManyTickets);
            }
        }
        let ticket =
            Ticket { payload: payload.to_owned(), expires_at: now.saturating_add(ttl.as_millis() as Millis) };
        waiting.insert(hash.to_owned(), ticket);
        Ok(())
    }

    pub fn take(&self, hash: &str, now: Millis) -> Option<String> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(hash)
            .filter(|ticket| now < ticket.expires_at)
            .map(|ticket| ticket.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    #[test]
    fn ticket_is_taken_once_with_its_payload() {
        let tickets = Tickets::default();
        let payload = "{\"agent\":\"小李\"}\0\r\n";
        tickets.put("a", payload, TTL, 0).unwrap();
        assert_eq!(tickets.take("a", 0).as_deref(), Some(payload));
        assert_eq!(tickets.take("a", 0), None);
        assert_eq!(tickets.take("unknown", 0), None);
    }

    #[test]
    fn expired_ticket_gives_nothing() {
        let tickets = Tickets::default();
        tickets.put("a", "x", TTL, 1_000).unwrap();
        assert_eq!(tickets.take("a", 31_000), None);
        tickets.put("b", "x", TTL, 1_000).unwrap();
        assert_eq!(tickets.take("b", 30_999).as_deref(), Some("x"));
    }

    #[test]
    fn full_map_makes_room_only_by_expiry() {
        let tickets = Tickets::default();
        let ttl = Duration::from_secs(30);
        for n in 0..MAX_WAITING {
            tickets.put(&n.to_string(), "", ttl, 0).unwrap();
        }
        assert!(tickets.put("late", "", ttl, 29_999).is_err());
        tickets.put("later", "kept", ttl, 30_000).unwrap();
        assert_eq!(tickets.waiting.lock().unwrap().len(), 1);
    }
}
