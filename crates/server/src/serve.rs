//! Running: the router with its layers, the background tasks, the graceful end.

use crate::{
    accept,
    app::AppState,
    backup,
    cli::Failure,
    cluster,
    config::BusChoice,
    http::{self, SecurityHeaders, TrustedProxies, address, headers, measure, problem},
    lifecycle::{GRACE, Lifecycle},
    logs,
    rate::FORGET_EVERY,
    routes,
    socket::run_inbox,
};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use service::jobs;
use std::{net::SocketAddr, sync::Arc};
use store::Health;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Notify,
    time::interval,
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// Connections that may wait to be accepted: after a broken network all clients come at once.
const BACKLOG: u32 = 4_096;

/// The whole service over HTTP.
pub fn router(app: &AppState) -> Router {
    let proxies = TrustedProxies::new(&app.config.trusted_proxies);
    let api_headers = SecurityHeaders::new(&app.config.public_url);
    let api = routes::router(app).layer(from_fn_with_state(api_headers.clone(), headers::protect_api));
    api.merge(routes::pages())
        .fallback(http::problem::no_such_route)
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(from_fn(problem::localise_problems))
        // Outside of it, as it may write the answer anew.
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(api_headers, headers::protect_api))
        .layer(from_fn(logs::trace_requests))
        .layer(from_fn_with_state(proxies, address::find_client))
        .with_state(app.clone())
}

/// Serves until the process is told to stop.
pub async fn run(app: AppState, listener: TcpListener, life: Lifecycle) -> anyhow::Result<()> {
    start_tasks(&app, &life);
    let (soft, hub) = (life.soft(), Arc::clone(&app.hub));
    life.spawn(async move {
        soft.cancelled().await;
        hub.cut_all();
    });
    let hard = life.hard();
    tokio::select! {
        () = accept::serve(router(&app), listener, life.soft()) => {}
        () = hard.cancelled() => {}
        () = after(&life) => tracing::warn!("some connections did not end in time"),
    }
    life.stop_if_running();
    life.ended(GRACE).await;
    app.services.bus.close().await;
    app.services.store.close().await;
    if let Health::Broken(reason) = &*app.services.conversations.health().borrow() {
        anyhow::bail!("the disk failed: {reason}");
    }
    Ok(())
}

/// The grace of connections, a little shorter than that of the process.
async fn after(life: &Lifecycle) {
    life.soft().cancelled().await;
    tokio::time::sleep(GRACE.mul_f32(0.6)).await;
}

fn start_tasks(app: &AppState, life: &Lifecycle) {
    let stop = Arc::new(Notify::new());
    let (services, heartbeat) = (app.services.clone(), app.heartbeat.clone());
    let stopped = Arc::clone(&stop);
    life.spawn(async move { jobs::run(services, heartbeat, stopped).await });
    let soft = life.soft();
    life.spawn(async move {
        soft.cancelled().await;
        stop.notify_one();
    });
    until_stop(life, run_inbox(Arc::downgrade(&app.hub)));
    until_stop(life, app.services.moods.clone().run());
    until_stop(life, route_when_woken(app.clone()));
    until_stop(life, housekeeping(app.clone()));
    let (config, services) = (Arc::clone(&app.config), &app.services);
    until_stop(life, backup::schedule::run(config, services.store.clone(), services.clock.clone()));
    until_stop(life, cluster::follow_names(app.clone()));
    if app.services.store.is_shared() {
        until_stop(life, cluster::follow_epoch(app.clone()));
    }
    if let (true, BusChoice::Redis { prefix, .. }) = (app.services.store.is_shared(), &app.config.bus) {
        until_stop(life, cluster::take_detour(app.clone(), prefix.clone()));
    }
    until_stop(life, end_when_broken(app.clone(), life.clone()));
}

fn until_stop(life: &Lifecycle, task: impl Future<Output = ()> + Send + 'static) {
    let soft = life.soft();
    life.spawn(async move {
        tokio::select! {
            () = task => {}
            () = soft.cancelled() => {}
        }
    });
}

async fn route_when_woken(app: AppState) {
    loop {
        app.routing.notified().await;
        jobs::sweep(&app.services).await;
    }
}

async fn housekeeping(app: AppState) {
    let mut upkeep = interval(measure::UPKEEP_EVERY);
    let mut forget = interval(FORGET_EVERY);
    loop {
        tokio::select! {
            _ = upkeep.tick() => app.measurements.upkeep(),
            _ = forget.tick() => app.limits.forget_idle(),
        }
    }
}

/// After a failed flush only a fresh process knows what the disk has.
async fn end_when_broken(app: AppState, life: Lifecycle) {
    let mut health = app.services.conversations.health();
    while health.changed().await.is_ok() {
        if let Health::Broken(reason) = &*health.borrow_and_update() {
            tracing::error!(reason, "the disk failed a flush; stopping");
            life.stop();
            return;
        }
    }
}

/// Binds before anything else is done, so that a wrong address is told at once.
pub fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| Failure::address(address, &error))
}
