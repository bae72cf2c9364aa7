//! The configuration: defaults, then a TOML file, then `OCTIM_…` variables, then flags;
//! parsed once into types that cannot be half-configured.
//!
//! Invariant: a wrong or unknown setting stops the start with the name of its key, and no
//! secret can be printed.

mod check;
mod describe;
mod origin;
mod raw;
mod secret;

#[cfg(test)]
mod tests;

pub use origin::PublicUrl;

use crate::rate::Rates;
use ipnet::IpNet;
use secrecy::SecretString;
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub data_dir: PathBuf,
    /// `octim demo` says so, and no setting.
    pub is_demo: bool,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Private networks that outgoing requests may reach: an own LLM, an own wiki.
    pub outbound_networks: Vec<IpNet>,
    /// The operator's own sentence encoder, instead of the one inside the program.
    pub encoder: Option<EncoderFile>,
    pub database: Database,
    pub bus: BusChoice,
    pub blobs: Blobs,
    pub keys: Keys,
    pub log: Log,
    pub backup: Backup,
    pub rates: Rates,
    /// A client that hears nothing for this long pings.
    pub heartbeat: Duration,
}

/// An ONNX model and how it is used.
#[derive(Clone, Debug)]
pub struct EncoderFile {
    pub folder: PathBuf,
    pub library: PathBuf,
    pub prefix: String,
    pub pooling: Pooling,
    pub max_tokens: usize,
}

/// How the vectors of tokens become the vector of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    Mean,
    Cls,
}

#[derive(Debug)]
pub enum Database {
    Sqlite { path: PathBuf },
    Postgres { url: SecretString, max_connections: u32 },
}

#[derive(Debug)]
pub enum BusChoice {
    Local,
    Redis { url: SecretString, prefix: String },
}

#[derive(Debug)]
pub enum Blobs {
    Disk { folder: PathBuf },
    S3(S3),
}

#[derive(Debug)]
pub struct S3 {
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    /// Starts the name of every object.
    pub prefix: String,
    pub access_key_id: String,
    pub secret_access_key: SecretString,
    /// `bucket.host/key` instead of `host/bucket/key`.
    pub virtual_hosted: bool,
}

/// Where the root keys of field encryption are.
#[derive(Debug)]
pub struct Keys {
    pub root: RootKeySource,
    /// Keys that only read, while data is re-encrypted.
    pub previous: Vec<PathBuf>,
}

#[derive(Debug)]
pub enum RootKeySource {
    /// Made at the first start if it does not exist.
    Generated(PathBuf),
    /// Must exist.
    File(PathBuf),
    Value(SecretString),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// Backups that the server takes by itself.
#[derive(Debug)]
pub struct Backup {
    /// None: the server takes none.
    pub folder: Option<PathBuf>,
    pub every: Duration,
    /// How many are kept; older ones are deleted.
    pub keep: usize,
    /// What they are sealed under.
    pub key_file: Option<PathBuf>,
    /// Whether the database is saved before its schema changes.
    pub before_upgrade: bool,
}

/// What stands in the way of a configuration; each names the key or the file.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read the configuration file {path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("the configuration is wrong: {0}")]
    Syntax(String),
    #[error("setting {key}: {reason}")]
    Setting { key: String, reason: String },
}

impl ConfigError {
    fn setting(key: &str, reason: impl ToString) -> Self {
        Self::Setting { key: key.to_owned(), reason: reason.to_string() }
    }
}

/// What the command line may say; it wins over everything else.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Must exist. Without it `octim.toml` in the data folder is read if it is there.
    pub config: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    pub listen: Option<String>,
}

const FILE_NAME: &str = "octim.toml";
const DEFAULT_DATA_DIR: &str = "./data";

impl Config {
    /// Reads the file and the variables of this process.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_sources(flags, std::env::vars_os().filter_map(text).collect())
    }

    /// `variables` stand for the environment, so that tests need not touch it.
    pub fn from_sources(flags: &Flags, variables: HashMap<String, String>) -> Result<Self, ConfigError> {
        let file = file_to_read(flags, &variables);
        raw::read(flags, file.as_deref(), variables)?.check()
    }

    pub fn has_tls_in_front(&self) -> bool {
        self.public_url.is_https()
    }
}

fn text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

fn file_to_read(flags: &Flags, variables: &HashMap<String, String>) -> Option<PathBuf> {
    if flags.config.is_some() {
        return flags.config.clone();
    }
    let folder = flags
        .data_dir
        .clone()
        .or_else(|| variables.get("OCTIM_DATA_DIR").map(PathBuf::from))
        .unwrap_or_else(|| Path::new(DEFAULT_DATA_DIR).to_owned());
    let file = folder.join(FILE_NAME);
    file.exists().then_some(file)
}
