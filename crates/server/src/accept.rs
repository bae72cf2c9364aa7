//! Taking connections. Invariants: there are never more of them than descriptors allow, so that
//! the database and its files stay usable; whoever sends its headers too slowly is let go.

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::{Service as _, service_fn};

/// How long the headers of a request may take, and how long a connection may wait for the next one.
const HEADERS: Duration = Duration::from_secs(10);
/// Descriptors for everything but connections: database, log, uploads, refusals.
const RESERVE: usize = 160;
/// Refusals that are being said at once; more callers are dropped without a word.
const REFUSALS: usize = 32;
const REFUSAL: Duration = Duration::from_secs(1);
/// After the system could not give us a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// For a caller for whom there is no room.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
    retry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Serves until `stop`; then lets the requests that are under way, and all sockets, come to their end.
pub async fn serve(router: Router, listener: TcpListener, stop: CancellationToken) {
    let limits = if store::sabotage::is("any_number") {
        String::new()
    } else {
        std::fs::read_to_string("/proc/self/limits").unwrap_or_default()
    };
    let most = most_connections(&limits);
    let (room, refusals) = (Arc::new(Semaphore::new(most)), Arc::new(Semaphore::new(REFUSALS)));
    tracing::debug!(most, "taking connections");
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Ok(place) = Arc::clone(&room).try_acquire_owned() {
                    let stream = Placed { stream, _place: place };
                    tokio::spawn(connection(router.clone(), stream, peer, stop.clone()));
                } else if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                    metrics::counter!("octim_connections_refused_total").increment(1);
                    tokio::spawn(refuse(Placed { stream, _place: place }));
                }
            }
            Err(error) if is_of_the_caller(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    // Each connection holds one place until it has ended. (Never closed, so this cannot fail.)
    drop(room.acquire_many(u32::try_from(most).unwrap_or(u32::MAX)).await);
}

async fn connection(router: Router, stream: Placed, peer: SocketAddr, stop: CancellationToken) {
    // Frames are small and should leave at once. An error means that the peer has gone already.
    drop(stream.stream.set_nodelay(true));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let headers = if store::sabotage::is("patient") { Duration::from_hours(1) } else { HEADERS };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    // Errors are the peer's: it hung up, spoke no HTTP, or was too slow.
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended");
    }
}

/// Says why, and reads what the caller says, so that it sees an answer and not a reset.
async fn refuse(mut stream: Placed) {
    let work = async {
        stream.write_all(FULL.as_bytes()).await?;
        stream.shutdown().await?;
        let mut ignored = [0; 1_024];
        while stream.read(&mut ignored).await? > 0 {}
        io::Result::Ok(())
    };
    drop(timeout(REFUSAL, work).await);
}

/// From `/proc/self/limits`; a system that does not tell has no limit of its own.
fn most_connections(limits: &str) -> usize {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    soft.map_or(Semaphore::MAX_PERMITS, |soft| soft.saturating_sub(RESERVE).max(8)).min(1 << 24)
}

/// The caller gave up before we answered; the next one need not wait for that.
fn is_of_the_caller(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A connection that counts until it is closed, also after it has become a socket.
struct Placed {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::most_connections;

    #[test]
    fn connections_leave_descriptors_for_the_database() {
        let limits = |soft: &str| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax open files            {soft}    524288   files\n"
            )
        };
        assert_eq!(most_connections(&limits("1024")), 864);
        assert_eq!(most_connections(&limits("100")), 8);
        assert_eq!(most_connections(&limits("unlimited")), 1 << 24);
        assert_eq!(most_connections(""), 1 << 24);
    }
}
