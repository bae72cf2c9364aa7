//! The settings as they are written, and where they are read from.
//! Invariant: an unknown key is refused, and a wrong value is not repeated.

use super::{ConfigError, Flags, secret::Secret};
use config::{ConfigBuilder, Environment, File, FileFormat, Value, ValueKind, builder::DefaultState};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

/// Variables that begin like settings and are none: of our own scripts, and those that
/// Kubernetes sets for a service called octim.
const NO_SETTINGS: [&str; 8] = [
    "OCTIM_TEST_",
    "OCTIM_BENCH_",
    "OCTIM_BIN",
    "OCTIM_CACHE",
    "OCTIM_CONFIG",
    "OCTIM_SABOTAGE",
    "OCTIM_SERVICE_",
    "OCTIM_PORT",
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Raw {
    pub(super) listen: Option<String>,
    pub(super) public_url: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) trusted_proxies: List,
    pub(super) outbound: RawOutbound,
    pub(super) encoder: RawEncoder,
    pub(super) database: RawDatabase,
    pub(super) bus: RawBus,
    pub(super) files: RawFiles,
    pub(super) keys: RawKeys,
    pub(super) log: RawLog,
    pub(super) backup: RawBackup,
    pub(super) heartbeat: Option<u64>,
    pub(super) limits: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOutbound {
    pub(super) allowed_networks: List,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEncoder {
    pub(super) model: Option<PathBuf>,
    pub(super) library: Option<PathBuf>,
    pub(super) prefix: Option<String>,
    pub(super) pooling: Option<String>,
    pub(super) max_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDatabase {
    pub(super) url: Option<Secret>,
    pub(super) url_file: Option<PathBuf>,
    pub(super) max_connections: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBus {
    pub(super) redis_url: Option<Secret>,
    pub(super) redis_url_file: Option<PathBuf>,
    pub(super) prefix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFiles {
    pub(super) folder: Option<PathBuf>,
    pub(super) s3: Option<RawS3>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawS3 {
    pub(super) endpoint: Option<String>,
    pub(super) region: Option<String>,
    pub(super) bucket: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<Secret>,
    pub(super) secret_access_key_file: Option<PathBuf>,
    pub(super) virtual_hosted: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawKeys {
    pub(super) root: Option<Secret>,
    pub(super) root_file: Option<PathBuf>,
    pub(super) previous_files: List,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    pub(super) format: Option<String>,
    pub(super) level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBackup {
    pub(super) folder: Option<PathBuf>,
    pub(super) every: Option<String>,
    pub(super) keep: Option<u64>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) before_upgrade: Option<bool>,
}

/// A TOML array, or text with commas (a variable has nothing else).
#[derive(Debug, Default, Deserialize)]
#[serde(from = "OneOrMany")]
pub(super) struct List(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    Many(Vec<String>),
    One(String),
}

impl From<OneOrMany> for List {
    fn from(value: OneOrMany) -> Self {
        let parts = match value {
            OneOrMany::Many(parts) => parts,
            OneOrMany::One(text) => text.split(',').map(str::to_owned).collect(),
        };
        let trimmed = parts.iter().map(|part| part.trim().to_owned());
        Self(trimmed.filter(|part| !part.is_empty()).collect())
    }
}

pub fn read(
    flags: &Flags,
    file: Option<&Path>,
    variables: HashMap<String, String>,
) -> Result<Raw, ConfigError> {
    let mut builder = config::Config::builder();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: path.to_owned(), reason: error.to_string() })?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let variables = variables
        .into_iter()
        .filter(|(name, _)| !NO_SETTINGS.iter().any(|none| name.starts_with(none)))
        .collect();
    let environment =
        Environment::with_prefix("OCTIM").prefix_separator("_").separator("__").source(Some(variables));
    let source = |error| explain(error, file);
    builder
        .add_source(environment)
        .set_override_option("listen", flags.listen.clone())
        .and_then(|builder| {
            let folder = flags.data_dir.as_ref().map(|path| path.display().to_string());
            builder.set_override_option("data_dir", folder.map(as_value))
        })
        .and_then(ConfigBuilder::<DefaultState>::build)
        .and_then(config::Config::try_deserialize)
        .map_err(source)
}

fn as_value(text: String) -> Value {
    Value::new(None, ValueKind::String(text))
}

/// Never repeats a value: it may be a secret in the wrong place.
fn explain(error: config::ConfigError, file: Option<&Path>) -> ConfigError {
    use config::ConfigError as E;
    match error {
        E::At { error, key: Some(key), .. } => match explain(*error, file) {
            ConfigError::Syntax(reason) => ConfigError::setting(&key, reason),
            other => other,
        },
        E::At { error, key: None, .. } => explain(*error, file),
        E::Type { key: Some(key), expected, .. } => ConfigError::setting(&key, format!("must be {expected}")),
        E::FileParse { cause, .. } => {
            let path = file.map_or_else(PathBuf::new, Path::to_owned);
            // In between is the line itself.
            let text = cause.to_string();
            let mut lines = text.lines();
            let reason = [lines.next(), lines.last()].into_iter().flatten().collect::<Vec<_>>();
            ConfigError::File { path, reason: reason.join(": ") }
        }
        other => {
            let text = other.to_string();
            ConfigError::Syntax(if text.contains("expected struct") {
                "is a section with settings of its own".to_owned()
            } else if text.contains("invalid type") || text.contains("did not match any variant") {
                "has the wrong type".to_owned()
            } else {
                text
            })
        }
    }
}
