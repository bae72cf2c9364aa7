//! What the tests of the API share.

pub mod app;
pub mod http;
pub mod jwt;
pub mod people;
pub mod socket;

pub use app::{Backend, DAY, HOUR, MINUTE, SECOND, START, TestApp};
pub use http::{Answer, Request};
pub use people::{Agent, PASSWORD, Visitor, from_own_page};
pub use serde_json::{Value, json};
pub use socket::{Socket, seqs, text_frame, texts};

use std::sync::atomic::{AtomicU64, Ordering};

/// A name that no other call gives.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `both! { async fn behaviour(app: &TestApp) { … } }` makes the tests `behaviour::sqlite` and
/// `behaviour::postgres`.
macro_rules! both {
    ($(async fn $name:ident($app:ident: &TestApp) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn behaviour($app: &TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                let app = TestApp::sqlite().await;
                Box::pin(behaviour(&app)).await;
                app.close().await;
            }

            #[tokio::test]
            async fn postgres() {
                let Some(app) = TestApp::new(Backend::Postgres).await else { return };
                Box::pin(behaviour(&app)).await;
                app.close().await;
            }
        }
    )+};
}
pub(crate) use both;
