//! What handlers share, and how it is put together from the configuration.

use crate::{
    backup, cluster,
    config::{self, BusChoice, Config},
    demo, encoder,
    http::{ApiError, Assets, OwnOrigin, health::Check, measure::Measurements},
    keys,
    rate::{Limit, Limits},
    socket::{Admission, Hub},
};
use bus::Bus;
use crypto::PasswordCost;
use files::{Blobs, S3Config};
use service::{
    Clock, Parts, Services, Visitor, bots,
    jobs::{self, Heartbeat},
};
use std::{ops::Deref, sync::Arc, time::Duration};
use store::{Database, Health, Store};
use tokio::sync::{Notify, watch};

/// Handed to every handler and socket; a clone is one pointer.
#[derive(Clone)]
pub struct AppState(Arc<App>);

pub struct App {
    pub services: Services,
    pub hub: Arc<Hub>,
    pub admission: Admission,
    pub config: Arc<Config>,
    pub limits: Arc<Limits>,
    pub own_origin: OwnOrigin,
    pub assets: Assets,
    pub measurements: Measurements,
    pub checks: Arc<[Check]>,
    epochs: watch::Receiver<Arc<str>>,
    pub heartbeat: Heartbeat,
    /// Rung when an agent became free.
    pub routing: Arc<Notify>,
    /// Rung when names may have been changed on another node.
    pub names_changed: Arc<Notify>,
}

/// The job runner is late when it has not come by for this long.
const LATE: Duration = Duration::from_secs(30);

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl AppState {
    /// Opens database, bus, files and keys, and connects the hub to the bus.
    pub async fn open(config: Config, clock: Clock, measurements: Measurements) -> anyhow::Result<Self> {
        let services = open_services(&config, clock.clone(), PasswordCost::default()).await?;
        Self::with_services(config, services, measurements).await
    }

    pub async fn with_services(
        config: Config,
        services: Services,
        measurements: Measurements,
    ) -> anyhow::Result<Self> {
        jobs::keep_number(&services).await?;
        let epochs = services.store.epochs();
        if let Some(workspace) = services.store.first_workspace().await? {
            services.names.refresh(workspace.id).await?;
        }
        let hub = Hub::new(services.names.clone(), services.clock.clone());
        let (sink, names_changed) = (Arc::downgrade(&hub), Arc::new(Notify::new()));
        let names = Arc::clone(&names_changed);
        services.bus.subscribe(Arc::new(move |delivery| {
            if cluster::concerns_names(&delivery) {
                names.notify_one();
            }
            if let Some(hub) = sink.upgrade() {
                hub.deliver(&delivery);
            }
        }));
        let heartbeat = Heartbeat::default();
        let checks = checks(&services, &heartbeat);
        Ok(Self(Arc::new(App {
            limits: Arc::new(Limits::new(&config.rates, services.bus.clone())),
            own_origin: OwnOrigin::new(config.public_url.clone()),
            config: Arc::new(config),
            assets: Assets::load(),
            routing: Arc::default(),
            services,
            hub,
            admission: Admission::default(),
            measurements,
            checks,
            epochs,
            names_changed,
            heartbeat,
        })))
    }

    /// Counts a conversation that this visitor's next message would open.
    pub async fn check_opening(&self, visitor: &Visitor) -> Result<(), ApiError> {
        if self.services.conversations.active_of(visitor).await?.is_none() {
            self.limits.check(Limit::NewConversations, visitor.contact.0).await?;
        }
        Ok(())
    }

    /// Changes when the database was restored, or a standby promoted; positions of another epoch mean
    /// nothing.
    pub fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epochs.borrow())
    }

    /// Somebody became free: look at what waits.
    pub fn wake_routing(&self) {
        self.routing.notify_one();
    }
}

pub async fn open_services(
    config: &Config,
    clock: Clock,
    password_cost: PasswordCost,
) -> anyhow::Result<Services> {
    let parts = open_parts(config, clock, password_cost).await?;
    let own_encoder = encoder::load(config).await?.map(Arc::new);
    let (services, _writing) =
        Services::start(Parts { encoder: bots::embedded_encoder, own_encoder, ..parts })?;
    Ok(services)
}

/// Database, bus, files, keys and the way out, as the configuration says; without the bot's encoder.
pub async fn open_parts(config: &Config, clock: Clock, password_cost: PasswordCost) -> anyhow::Result<Parts> {
    let store = open_store(config).await?;
    let bus = match &config.bus {
        BusChoice::Local => Bus::local(),
        BusChoice::Redis { url, prefix } => {
            cluster::join(secrecy::ExposeSecret::expose_secret(url), prefix, &store).await?
        }
    };
    let blobs = open_blobs(config).await?;
    let keys = Arc::new(keys::load(&config.keys)?);
    let mut allowed = outbound::Allowed::new(config.outbound_networks.clone());
    if config.is_demo {
        allowed = allowed.and_server(demo::orders::server(config.listen));
    }
    let outbound = outbound::Client::new(allowed, outbound::Names::System)?;
    let (encoder, own_encoder) = (bots::no_encoder as bots::EncoderSource, None);
    Ok(Parts { store, bus, blobs, keys, outbound, clock, password_cost, encoder, own_encoder })
}

/// Opens the database, and brings its schema up to date after saving what was there.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = open_store_as_it_is(config).await?;
    backup::upgrade::save(config, &store).await?;
    let node = u16::from_be_bytes(crypto::random::bytes::<2>());
    store.bring_up_to_date(node).await.map_err(cannot_open)
}

/// Opens the database with whatever schema it has.
pub async fn open_store_as_it_is(config: &Config) -> anyhow::Result<Store> {
    let (database, max_connections) = match &config.database {
        config::Database::Sqlite { path } => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            (Database::Sqlite(path.clone()), store::MAX_CONNECTIONS)
        }
        config::Database::Postgres { url, max_connections } => {
            let url = secrecy::ExposeSecret::expose_secret(url).to_owned();
            (Database::Postgres(url), *max_connections)
        }
    };
    Store::open_as_it_is(&database, max_connections).await.map_err(cannot_open)
}

fn cannot_open(error: store::Error) -> anyhow::Error {
    let context = match &error {
        store::Error::Damaged(_) => "the database cannot be opened (octim doctor says what to do)",
        _ => "the database cannot be opened",
    };
    anyhow::Error::from(error).context(context)
}

pub async fn open_blobs(config: &Config) -> anyhow::Result<Blobs> {
    Ok(match &config.blobs {
        config::Blobs::Disk { folder } => Blobs::disk(folder).await?,
        config::Blobs::S3(s3) => Blobs::s3(&S3Config {
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            bucket: s3.bucket.clone(),
            access_key: s3.access_key_id.clone(),
            secret_key: s3.secret_access_key.clone(),
            virtual_hosted: s3.virtual_hosted,
            allow_http: s3.endpoint.starts_with("http://"),
            prefix: s3.prefix.clone(),
        })?,
    })
}

/// What must work before traffic should come.
fn checks(services: &Services, heartbeat: &Heartbeat) -> Arc<[Check]> {
    let (store, health) = (services.store.clone(), services.conversations.health());
    let heartbeat = heartbeat.clone();
    Arc::new([
        Check::new("store", move || {
            let (store, health) = (store.clone(), health.clone());
            async move {
                if let Health::ReadOnly(reason) | Health::Broken(reason) = &*health.borrow() {
                    return Err(format!("messages cannot be stored: {reason}"));
                }
                if store::is_damaged() {
                    return Err("the database is damaged: octim doctor says what to do".to_owned());
                }
                store.epoch().await.map(drop).map_err(|error| error.to_string())
            }
        }),
        Check::new("jobs", move || {
            let age = heartbeat.age();
            async move {
                match age {
                    Some(age) if age < LATE => Ok(()),
                    Some(age) => Err(format!("the job runner is {} s late", age.as_secs())),
                    None => Err("the job runner has not begun".to_owned()),
                }
            }
        }),
    ])
}
