//! What one socket may keep waiting.

use super::outbox::{BYTES, FRAMES, outbox};
use axum::extract::ws::Utf8Bytes;
use futures_util::FutureExt as _;

fn frame(size: usize) -> Utf8Bytes {
    "x".repeat(size).into()
}

#[tokio::test]
async fn too_many_frames_cut_the_connection() {
    let (outbox, frames) = outbox();
    for _ in 0..=FRAMES {
        outbox.push(frame(1));
    }
    assert_eq!(frames.cut().await.code, 4008);
}

#[tokio::test]
async fn too_many_bytes_cut_the_connection_and_room_comes_back() {
    let (outbox, frames) = outbox();
    outbox.push(frame(BYTES));
    assert_eq!(frames.next().await.map(|frame| frame.len()), Ok(BYTES));
    outbox.push(frame(BYTES));
    assert!(frames.cut().now_or_never().is_none());
    outbox.push(frame(1));
    assert_eq!(frames.cut().await.reason, "slow");
}
