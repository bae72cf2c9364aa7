//! Numbers that are read when somebody asks for `/metrics`, not counted as things happen.

use crate::{app::AppState, backup::schedule::State};

pub async fn update(app: &AppState) {
    let (staff, visitors) = app.hub.count();
    metrics::gauge!("octim_sockets", "side" => "staff").set(staff as f64);
    metrics::gauge!("octim_sockets", "side" => "visitor").set(visitors as f64);
    metrics::gauge!("octim_writer_queue_depth").set(app.services.conversations.depth() as f64);
    metrics::gauge!("octim_bus_connected").set(f64::from(u8::from(app.services.bus.is_connected())));
    if let Ok(jobs) = app.services.store.count_jobs(app.services.clock.now()).await {
        metrics::gauge!("octim_jobs_ready").set(jobs.ready as f64);
        metrics::gauge!("octim_jobs_dead").set(jobs.dead as f64);
    }
    if let Ok((visitor, staff)) = app.services.store.count_undelivered().await {
        metrics::gauge!("octim_messages_undelivered", "side" => "visitor").set(visitor as f64);
        metrics::gauge!("octim_messages_undelivered", "side" => "staff").set(staff as f64);
    }
    if app.config.backup.folder.is_some()
        && let Ok(backup) = State::read(&app.services.store).await
    {
        metrics::gauge!("octim_backup_failing").set(f64::from(u8::from(backup.error.is_some())));
        if let Some(at) = backup.done_at {
            let age = (app.services.clock.now() - at).max(0);
            metrics::gauge!("octim_backup_age_seconds").set(age as f64 / 1_000.0);
            metrics::gauge!("octim_backup_bytes").set(backup.bytes as f64);
        }
    }
}
