//! A TCP proxy that does what networks do: cut connections in the middle of a frame, delay, or go
//! silent without a word.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What happens to the traffic from now on.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    /// Connections that were accepted before the n-th cut get half a chunk more, then a reset.
    cuts: u64,
    latency: Duration,
    /// Nothing passes; both ends believe that they are connected.
    silent: bool,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    weather: watch::Sender<Weather>,
    accept: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(upstream: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (weather, forecast) = watch::channel(Weather::default());
        let accept = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A server that is down refuses; so do we, by closing.
                if let Ok(server) = TcpStream::connect(upstream).await {
                    join(client, server, &forecast);
                }
            }
        });
        Ok(Self { address, weather, accept })
    }

    /// Resets every present connection inside the next thing that it carries.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    pub fn delay(&self, latency: Duration) {
        self.weather.send_modify(|weather| weather.latency = latency);
    }

    pub fn silence(&self, silent: bool) {
        self.weather.send_modify(|weather| weather.silent = silent);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

fn join(client: TcpStream, server: TcpStream, forecast: &watch::Receiver<Weather>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    for (from, to) in [(from_client, to_server), (from_server, to_client)] {
        let forecast = forecast.clone();
        tokio::spawn(async move {
            // An error on either side ends the connection, which is all there is to do.
            drop(pump(from, to, forecast).await);
        });
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut forecast: watch::Receiver<Weather>,
) -> std::io::Result<()> {
    let born = forecast.borrow().cuts;
    let mut chunk = vec![0; 16 * 1_024];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let Weather { latency, .. } = *forecast.borrow();
        if !latency.is_zero() {
            sleep(latency).await;
        }
        // An error means that the proxy is gone.
        let calm = forecast.wait_for(|weather| !weather.silent).await;
        let weather = *calm.map_err(std::io::Error::other)?;
        if weather.cuts > born {
            to.write_all(&chunk[..length / 2]).await?;
            from.as_ref().set_zero_linger()?;
            return to.as_ref().set_zero_linger();
        }
        to.write_all(&chunk[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::Proxy;
    use std::{net::SocketAddr, time::Duration};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        time::{Instant, timeout},
    };

    /// A server that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    drop(tokio::io::copy(&mut from, &mut to).await);
                });
            }
        });
        address
    }

    async fn ask(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        stream.write_all(b"ping").await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn a_cut_resets_present_connections_inside_a_message_and_spares_later_ones() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(ask(&mut stream).await.unwrap(), *b"ping");
        proxy.cut();
        assert!(ask(&mut stream).await.is_err());
        let mut later = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(ask(&mut later).await.unwrap(), *b"ping");
    }

    #[tokio::test]
    async fn silence_and_delay_hold_traffic_back_without_losing_it() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        proxy.silence(true);
        let silent = timeout(Duration::from_millis(100), ask(&mut stream)).await;
        assert!(silent.is_err());
        proxy.silence(false);
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, *b"ping");
        proxy.delay(Duration::from_millis(20));
        let began = Instant::now();
        ask(&mut stream).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(40), "there and back");
    }
}
