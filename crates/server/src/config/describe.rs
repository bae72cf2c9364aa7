//! The effective configuration as TOML, and what is worth a warning in it.
//! Invariant: a secret appears as `"(hidden)"`.

use super::{Blobs, BusChoice, Config, Database, LogFormat, LogLevel, Pooling, RootKeySource};
use crate::rate::Limit;
use std::fmt::Write as _;

const HIDDEN: &str = "\"(hidden)\"";

impl Config {
    pub fn describe(&self) -> String {
        let mut out = String::new();
        let mut line = |text: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{text}");
        };
        line(format_args!("listen = \"{}\"", self.listen));
        line(format_args!("public_url = \"{}\"", self.public_url));
        line(format_args!("data_dir = {}", quoted(&self.data_dir.display())));
        line(format_args!("heartbeat = {}", self.heartbeat.as_secs()));
        let proxies: Vec<_> = self.trusted_proxies.iter().map(|net| quoted(net)).collect();
        line(format_args!("trusted_proxies = [{}]", proxies.join(", ")));
        let networks: Vec<_> = self.outbound_networks.iter().map(|net| quoted(net)).collect();
        line(format_args!("\n[outbound]\nallowed_networks = [{}]", networks.join(", ")));

        line(format_args!("\n[encoder]"));
        match &self.encoder {
            None => line(format_args!("# the one inside the program")),
            Some(file) => {
                line(format_args!("model = {}", quoted(&file.folder.display())));
                line(format_args!("library = {}", quoted(&file.library.display())));
                line(format_args!("prefix = {}", quoted(&file.prefix)));
                line(format_args!("pooling = \"{}\"", file.pooling.name()));
                line(format_args!("max_tokens = {}", file.max_tokens));
            }
        }
        line(format_args!("\n[database]"));
        match &self.database {
            Database::Sqlite { path } => {
                line(format_args!("# SQLite in {}", path.display()));
            }
            Database::Postgres { max_connections, .. } => {
                line(format_args!("url = {HIDDEN}\nmax_connections = {max_connections}"));
            }
        }
        line(format_args!("\n[bus]"));
        match &self.bus {
            BusChoice::Local => line(format_args!("# within this process")),
            BusChoice::Redis { prefix, .. } => {
                line(format_args!("redis_url = {HIDDEN}\nprefix = {}", quoted(prefix)));
            }
        }
        match &self.blobs {
            Blobs::Disk { folder } => {
                line(format_args!("\n[files]\nfolder = {}", quoted(&folder.display())));
            }
            Blobs::S3(s3) => {
                line(format_args!("\n[files.s3]"));
                line(format_args!("endpoint = {}", quoted(&s3.endpoint)));
                line(format_args!("region = {}", quoted(&s3.region)));
                line(format_args!("bucket = {}", quoted(&s3.bucket)));
                line(format_args!("prefix = {}", quoted(&s3.prefix)));
                line(format_args!("access_key_id = {}", quoted(&s3.access_key_id)));
                line(format_args!("secret_access_key = {HIDDEN}"));
                line(format_args!("virtual_hosted = {}", s3.virtual_hosted));
            }
        }
        line(format_args!("\n[keys]"));
        match &self.keys.root {
            RootKeySource::Value(_) => line(format_args!("root = {HIDDEN}")),
            RootKeySource::File(path) | RootKeySource::Generated(path) => {
                line(format_args!("root_file = {}", quoted(&path.display())));
            }
        }
        let previous: Vec<_> = self.keys.previous.iter().map(|path| quoted(&path.display())).collect();
        line(format_args!("previous_files = [{}]", previous.join(", ")));

        line(format_args!("\n[log]\nformat = \"{}\"", self.log.format.name()));
        line(format_args!("level = \"{}\"", self.log.level.name()));
        line(format_args!("\n[backup]"));
        match &self.backup.folder {
            Some(folder) => line(format_args!("folder = {}", quoted(&folder.display()))),
            None => line(format_args!("# no folder: the server takes none by itself")),
        }
        line(format_args!("every = \"{}m\"", self.backup.every.as_secs() / 60));
        line(format_args!("keep = {}", self.backup.keep));
        if let Some(path) = &self.backup.key_file {
            line(format_args!("key_file = {}", quoted(&path.display())));
        }
        line(format_args!("before_upgrade = {}", self.backup.before_upgrade));
        line(format_args!("\n[limits]"));
        for limit in Limit::ALL {
            line(format_args!("{} = \"{}\"", limit.name(), self.rates.of(limit)));
        }
        out
    }

    /// Combinations that work and are probably not meant.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if matches!(self.bus, BusChoice::Redis { .. }) {
            if matches!(self.database, Database::Sqlite { .. }) {
                warnings
                    .push("bus.redis_url is set but database.url is not: several nodes cannot share SQLite");
            }
            if matches!(self.blobs, Blobs::Disk { .. }) {
                warnings.push("bus.redis_url is set but files.s3 is not: the nodes must share files.folder");
            }
            if matches!(self.keys.root, RootKeySource::Generated(_)) {
                warnings.push(
                    "bus.redis_url is set but no root key is: every node must have the same one (keys.root_file)",
                );
            }
        }
        if !self.listen.ip().is_loopback() {
            if !self.public_url.is_configured() {
                warnings.push(
                    "listening for other machines without public_url: set it to the address that browsers use",
                );
            } else if !self.public_url.is_https() {
                warnings.push("public_url is http: passwords and conversations cross the network readable");
            }
        }
        if self.public_url.is_https() && self.trusted_proxies.is_empty() {
            warnings.push(
                "public_url is https but trusted_proxies is empty: all visitors seem to come from the proxy's address, and share its limits",
            );
        }
        warnings
    }
}

/// TOML's basic strings and Rust's debug strings agree on what a path or a name can have.
fn quoted(text: &dyn std::fmt::Display) -> String {
    format!("{:?}", text.to_string())
}

impl Pooling {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
        }
    }
}

impl LogFormat {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

impl LogLevel {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}
