//! What one socket may keep waiting.

use super::{
    connection::apart,
    outbox::{BYTES, FRAMES, outbox},
};
use axum::extract::ws::Utf8Bytes;
use futures_util::FutureExt as _;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

fn frame(size: usize) -> Utf8Bytes {
    "x".repeat(size).into()
}

/// As a pool of the database with one connection, asked twice by one socket.
#[tokio::test(start_paused = true)]
async fn what_is_pending_keeps_nothing_from_the_command_that_is_handled() {
    let pool = Arc::new(Semaphore::new(1));
    let taken = pool.acquire().await;
    let wanted = Arc::clone(&pool);
    let mut pending = apart(async move {
        let _connection = wanted.acquire().await;
        frame(1)
    });
    assert!((&mut pending).now_or_never().is_none());
    tokio::task::yield_now().await;
    drop(taken);
    assert!(timeout(Duration::from_secs(30), pool.acquire()).await.is_ok());
    assert_eq!(pending.await, Some(frame(1)));
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
