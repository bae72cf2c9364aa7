//! What a node does because it may not be the only one: the detour of the bus over PostgreSQL, the
//! epoch of a database that was exchanged meanwhile, names that were changed elsewhere.

use crate::app::AppState;
use bus::{Bus, Delivery, Relay};
use model::Event;
use std::{sync::Arc, time::Duration};
use store::Store;
use tokio::time::{interval, sleep, timeout};

/// A node hears what it says itself, every two seconds: after so much silence nothing can be heard.
const SILENCE: Duration = Duration::from_secs(10);
/// Before the next try to listen.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the epoch is looked at even when no new connection asked for it.
const EPOCH: Duration = Duration::from_secs(5);

/// The bus of a node that meets others at a Redis.
pub async fn join(url: &str, prefix: &str, store: &Store) -> Result<Bus, bus::Error> {
    let options = bus::Options { prefix: prefix.to_owned(), ..bus::Options::default() };
    Bus::redis_with(url, options, store.is_shared().then(|| relay(store, prefix))).await
}

fn relay(store: &Store, channel: &str) -> Relay {
    let (store, channel): (_, Arc<str>) = (store.clone(), channel.into());
    Arc::new(move |packets| {
        let (store, channel) = (store.clone(), Arc::clone(&channel));
        Box::pin(async move {
            if store::sabotage::is("no_detour") {
                return true;
            }
            let sent = store.notify(&channel, &packets).await;
            sent.inspect_err(|error| tracing::debug!(%error, "the detour did not take events")).is_ok()
        })
    })
}

/// Hands what comes by the detour to the bus.
pub async fn take_detour(app: AppState, channel: String) {
    let services = &app.services;
    loop {
        match services.store.listen(&channel).await {
            Ok(mut notices) => {
                services.bus.detour_broke();
                while let Ok(Ok(notice)) = timeout(SILENCE, notices.next()).await {
                    match notice {
                        Some(packet) => services.bus.hear(&packet),
                        None => services.bus.detour_broke(),
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "nothing is heard by the detour"),
        }
        sleep(PAUSE).await;
    }
}

/// Sends everybody away with "reconnect" when the database has another epoch than it had.
pub async fn follow_epoch(app: AppState) {
    let store = &app.services.store;
    let (mut epochs, mut look) = (store.epochs(), interval(EPOCH));
    loop {
        tokio::select! {
            _ = look.tick() => if let Err(error) = store.refresh_epoch().await {
                tracing::debug!(%error, "the epoch cannot be read");
            },
            changed = epochs.changed() => {
                if changed.is_err() {
                    return;
                }
                tracing::warn!("the database is another one than before: clients begin anew");
                app.hub.cut_all();
            }
        }
    }
}

/// Whether names may have changed.
pub fn concerns_names(delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Event(envelope) => matches!(envelope.event, Event::AccessChanged { .. }),
        Delivery::Gap => true,
    }
}

/// Reads names again when others changed them.
pub async fn follow_names(app: AppState) {
    let services = &app.services;
    loop {
        app.names_changed.notified().await;
        let refreshed = async {
            match services.store.first_workspace().await? {
                Some(workspace) => services.names.refresh(workspace.id).await,
                None => Ok(()),
            }
        };
        if let Err(error) = refreshed.await {
            tracing::warn!(%error, "names cannot be read");
        }
    }
}
