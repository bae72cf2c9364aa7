//! A TCP proxy that does what networks do: cut connections in the middle of a frame, delay them
//! unevenly (so that what two connections carry arrives in another order), be narrow, hold everything
//! back for a while, or lose it without a word. The same seed rolls the same dice.

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
    /// At most so much more, by the dice.
    jitter: Duration,
    /// Bytes per second of each direction of each connection; 0: no limit.
    bandwidth: u64,
    /// Nothing passes; both ends believe that they are connected, and what they say comes later.
    silent: bool,
    /// Connections that were accepted before the n-th swallowing carry nothing ever more, and no
    /// end is told: the peer has vanished.
    swallows: u64,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    pub upstream: SocketAddr,
    weather: watch::Sender<Weather>,
    towards: watch::Sender<SocketAddr>,
    accept: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(upstream: SocketAddr) -> anyhow::Result<Self> {
        Self::seeded(upstream, 1).await
    }

    pub async fn seeded(upstream: SocketAddr, mut seed: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (weather, forecast) = watch::channel(Weather::default());
        let (towards, target) = watch::channel(upstream);
        let accept = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let upstream = *target.borrow();
                // A server that is down refuses; so do we, by closing.
                if let Ok(server) = TcpStream::connect(upstream).await {
                    seed = seed.wrapping_add(1);
                    join(client, server, &forecast, seed);
                }
            }
        });
        Ok(Self { address, upstream, weather, towards, accept })
    }

    /// Resets every present connection inside the next thing that it carries.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    pub fn delay(&self, latency: Duration) {
        self.jitter(latency, Duration::ZERO);
    }

    /// Each chunk takes between `least` and `least + more`, in both directions.
    pub fn jitter(&self, least: Duration, more: Duration) {
        self.weather.send_modify(|weather| (weather.latency, weather.jitter) = (least, more));
    }

    /// Bytes per second for each direction of each connection; 0: no limit.
    pub fn narrow(&self, bandwidth: u64) {
        self.weather.send_modify(|weather| weather.bandwidth = bandwidth);
    }

    /// Both ends of every present connection lose the other without a word.
    pub fn swallow(&self) {
        self.weather.send_modify(|weather| weather.swallows += 1);
    }

    /// From now on connections lead to another server; present ones stay as they are.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.towards.send_replace(upstream);
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

fn join(client: TcpStream, server: TcpStream, forecast: &watch::Receiver<Weather>, seed: u64) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    for (from, to, salt) in [(from_client, to_server, 0), (from_server, to_client, 1)] {
        let forecast = forecast.clone();
        let dice = Dice::new(seed * 2 + salt);
        tokio::spawn(async move {
            // An error on either side ends the connection, which is all there is to do.
            drop(pump(from, to, forecast, dice).await);
        });
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut forecast: watch::Receiver<Weather>,
    mut dice: Dice,
) -> std::io::Result<()> {
    let born = *forecast.borrow();
    let mut chunk = vec![0; 16 * 1_024];
    loop {
        let limit = if forecast.borrow().bandwidth > 0 { 512 } else { chunk.len() };
        let length = from.read(&mut chunk[..limit]).await?;
        let Weather { latency, jitter, bandwidth, swallows, .. } = *forecast.borrow();
        if swallows > born.swallows {
            // Until the proxy is gone.
            while forecast.changed().await.is_ok() {}
            return Ok(());
        }
        if length == 0 {
            return to.shutdown().await;
        }
        let narrow = (bandwidth > 0).then(|| Duration::from_secs(length as u64) / bandwidth as u32);
        let more = Duration::from_micros(dice.roll(1 + jitter.as_micros() as u64));
        let pause = latency + more + narrow.unwrap_or_default();
        if !pause.is_zero() {
            sleep(pause).await;
        }
        // An error means that the proxy is gone.
        let calm = forecast.wait_for(|weather| !weather.silent).await;
        let weather = *calm.map_err(std::io::Error::other)?;
        if weather.cuts > born.cuts {
            to.write_all(&chunk[..length / 2]).await?;
            from.as_ref().set_zero_linger()?;
            return to.as_ref().set_zero_linger();
        }
        to.write_all(&chunk[..length]).await?;
    }
}

/// Numbers that look random and are the same for the same seed.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Below `limit`.
    pub const fn roll(&mut self, limit: u64) -> u64 {
        // Knuth's MMIX generator; its upper bits are good enough to choose moments.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
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
    async fn what_is_swallowed_never_arrives_and_nobody_is_told() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        ask(&mut stream).await.unwrap();
        proxy.swallow();
        assert!(timeout(Duration::from_millis(100), ask(&mut stream)).await.is_err());
        let mut later = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(ask(&mut later).await.unwrap(), *b"ping");
    }

    #[tokio::test]
    async fn a_narrow_line_takes_its_time() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        proxy.narrow(10_000);
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        let began = Instant::now();
        stream.write_all(&[7; 1_000]).await.unwrap();
        let mut back = [0; 1_000];
        stream.read_exact(&mut back).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(100));
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
