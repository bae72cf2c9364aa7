//! A TCP proxy in front of Redis whose connections a test can have killed, or refused.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

pub struct Proxy {
    pub url: String,
    upstream: String,
    open: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<(String, AbortHandle)>>>,
    accepting: AbortHandle,
}

impl Proxy {
    pub async fn before(redis_url: &str) -> Self {
        let upstream = redis_url.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let open = Arc::new(AtomicBool::new(true));
        let connections = Arc::new(Mutex::new(Vec::new()));
        let accepting =
            tokio::spawn(accept(listener, upstream.clone(), Arc::clone(&open), Arc::clone(&connections)))
                .abort_handle();
        Self { url, upstream, open, connections, accepting }
    }

    /// Has Redis kill every connection that came through here.
    pub async fn kill_connections(&self) {
        let client = redis::Client::open(format!("redis://{}", self.upstream)).unwrap();
        let mut redis = client.get_multiplexed_async_connection().await.unwrap();
        let connections = std::mem::take(&mut *self.connections.lock().unwrap());
        assert!(!connections.is_empty());
        for (address, _) in connections {
            let killed = redis::cmd("CLIENT").arg(&["KILL", "ADDR", &address]).exec_async(&mut redis).await;
            // One that had ended before is no failure of the test.
            drop(killed);
        }
    }

    /// Redis is gone: connections break, and new ones are refused.
    pub fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
        for (_, connection) in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }

    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    upstream: String,
    open: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<(String, AbortHandle)>>>,
) {
    while let Ok((mut here, _)) = listener.accept().await {
        if !open.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(mut there) = TcpStream::connect(&upstream).await else {
            continue;
        };
        let address = there.local_addr().unwrap().to_string();
        let copying = tokio::spawn(async move {
            drop(copy_bidirectional(&mut here, &mut there).await);
        });
        connections.lock().unwrap().push((address, copying.abort_handle()));
    }
}
