//! Several nodes on one PostgreSQL and one Redis, as real processes: nothing is sticky, and what one of
//! them, or what they stand on, loses costs time and not messages. The clients, their history and the
//! checker are those of the fault tests; each fault has a twin with a planted bug.

mod claims;
mod limits;
mod nodes;
mod office;
mod partition;
mod postgres;
mod promotion;
mod redis;
#[path = "../faults/scene.rs"]
#[expect(dead_code, reason = "the fault tests use the rest")]
mod scene;
mod side_by_side;
