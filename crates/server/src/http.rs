//! What every route shares: errors, extractors, headers, origins, the embedded web, health.

pub mod address;
pub mod assets;
pub mod body;
pub mod headers;
pub mod health;
pub mod measure;
pub mod origin;
pub mod params;
pub mod problem;

pub use address::{ClientAddress, TrustedProxies};
pub use assets::Assets;
pub use body::{Json, LongJson};
pub use headers::{Page, SecurityHeaders};
pub use origin::OwnOrigin;
pub use params::{Path, Query};
pub use problem::ApiError;
