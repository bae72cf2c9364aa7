//! The command line. Invariant: it only reads what was asked for; each command's body is in
//! `commands`, and what goes wrong ends in one sentence and an exit code of its own.

use crate::config::{ConfigError, Flags};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};
use thiserror::Error;

const ABOUT: &str = "Customer-service conversations for your website (网站客服对话系统)";
const AFTER_HELP: &str = "\
Without any configuration OctIM keeps everything in ./data and listens on 127.0.0.1:8080.
Settings come from octim.toml in the data folder (or --config FILE), then from variables such as
OCTIM_LISTEN or OCTIM_DATABASE__URL, then from flags.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 wrong configuration; 4 not set up yet; 5 cannot
listen on the address; 6 the data folder cannot be used; 7 doctor found a problem.";

#[derive(Debug, Parser)]
#[command(name = "octim", version, about = ABOUT, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// Read this configuration file instead of octim.toml in the data folder
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep the database, files and keys here [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server
    Serve(Listen),
    /// Create the workspace, its owner and the first website channel, without a browser
    Setup(Setup),
    /// Start the server with a demo shop; an existing workspace is left as it is
    Demo(Listen),
    /// List, add and disable agents, and set passwords
    #[command(subcommand)]
    User(User),
    /// Bring the database to this version, and stop (serve does it too)
    Migrate(Migrate),
    /// Write the database, the files and the keys into one file, while the server runs
    Backup(Backup),
    /// Fill an empty data folder, or an empty database, from a backup
    Restore(Restore),
    /// Check configuration, database, files, keys and network, and say what to do
    Doctor(Doctor),
    /// Print the configuration that is in effect, without its secrets
    Config,
    /// Measure this build
    Bench(bench::Command),
    /// Lay made-up conversations into an empty workspace, for `octim bench`
    #[command(hide = true)]
    Fill(Fill),
    /// Judge the bot's answers
    #[command(subcommand)]
    Bot(Bot),
    /// Show what the bot understands of a text
    #[command(subcommand)]
    Language(Language),
    /// Print the description of the HTTP API
    Openapi,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Listen {
    /// Address and port, such as 0.0.0.0:8080
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct Setup {
    /// Name of the company
    #[arg(long, value_name = "NAME")]
    pub workspace: String,
    #[arg(long, value_name = "ADDRESS")]
    pub owner_email: String,
    /// File with the owner's password; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub owner_password_file: PathBuf,
    /// [default: what stands before the @]
    #[arg(long, value_name = "NAME")]
    pub owner_name: Option<String>,
    /// Name of the first website channel
    #[arg(long, value_name = "NAME", default_value = "Website")]
    pub channel_name: String,
    #[arg(
        long,
        value_name = "URL",
        help = "The site that will carry the script, such as https://shop.example [default: any]"
    )]
    pub site: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum User {
    /// List all agents
    List,
    /// Add an agent
    Add(AddUser),
    /// Set an agent's password; all of the agent's sessions end
    Password(SetPassword),
    /// Disable an agent; all of the agent's sessions end, and what was written stays
    Disable {
        /// E-mail address of the agent
        email: String,
    },
}

#[derive(Clone, Debug, Args)]
pub struct AddUser {
    /// E-mail address to log in with
    pub email: String,
    #[arg(long, value_name = "NAME")]
    pub name: String,
    #[arg(long, value_enum, default_value_t = Role::Agent)]
    pub role: Role,
    /// File with the password; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    Owner,
    Admin,
    Supervisor,
    Agent,
}

impl From<Role> for model::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Supervisor => Self::Supervisor,
            Role::Agent => Self::Agent,
        }
    }
}

#[derive(Clone, Debug, Args)]
pub struct SetPassword {
    /// E-mail address of the agent
    pub email: String,
    /// File with the password; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// Must not exist yet
    pub file: PathBuf,
    #[arg(
        long,
        value_name = "FILE",
        help = "Seal it under what this file holds, 16 characters at least [default: backup.key_file]"
    )]
    pub key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// What `octim backup` wrote
    pub file: PathBuf,
    #[arg(
        long,
        value_name = "FILE",
        help = "The file with the key under which it is sealed [default: backup.key_file]"
    )]
    pub key_file: Option<PathBuf>,
    /// Put back only uploaded files that are missing or damaged; the server may go on
    #[arg(long)]
    pub files_only: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
    #[arg(long, visible_alias = "lang", value_name = "LOCALE", value_parser = ["zh-CN", "en"], help = "Language of what it says [default: of the terminal]")]
    pub locale: Option<String>,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Migrate {
    /// Make all clients start afresh, as after a restore with the database's own tools
    #[arg(long)]
    pub new_epoch: bool,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Fill {
    /// Nearly all of them resolved
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..=10_000_000))]
    pub conversations: i64,
    /// In all of these together
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(i64).range(1..=100_000_000))]
    pub messages: i64,
    /// Messages of one conversation more, which is long
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=1_000_000))]
    pub long: i64,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Bot {
    /// How precise the answers from a file of entries are, and how many questions they answer
    Eval(Eval),
}

#[derive(Clone, Debug, Args)]
pub struct Eval {
    #[arg(
        long,
        value_name = "FILE",
        help = r#"Lines such as {"id": "returns", "phrasings": ["How do I return it?"], "answer": "…"}"#
    )]
    pub entries: PathBuf,
    #[arg(
        long,
        value_name = "FILE",
        help = r#"Lines such as {"text": "I want to send it back", "entry": "returns"}; null: no entry answers it [default: phrasings are held out and asked]"#
    )]
    pub questions: Option<PathBuf>,
    /// Learn from so many phrasings of each entry
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub phrasings: Option<u16>,
    /// The share of answers that shall be right
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = share)]
    pub target: f32,
    /// Rank by characters, sounds and words only
    #[arg(long)]
    pub no_encoder: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
}

fn share(text: &str) -> Result<f32, String> {
    let share: f32 = text.parse().map_err(|_| "a number such as 0.95".to_owned())?;
    if (0.5..=0.999).contains(&share) { Ok(share) } else { Err("between 0.5 and 0.999".to_owned()) }
}

#[derive(Clone, Debug, Subcommand)]
pub enum Language {
    /// Words, entities, structure, questions and mood of a text
    Analyse(Analyse),
}

#[derive(Clone, Debug, Args)]
pub struct Analyse {
    /// The text [default: standard input]
    pub text: Option<String>,
    /// Print one JSON object instead of a drawing
    #[arg(long)]
    pub json: bool,
    #[arg(long, value_name = "LOCALE", value_parser = ["zh-CN", "en"], help = "Language of the drawing [default: of the terminal]")]
    pub locale: Option<String>,
}

/// The language asked for, or else the one that the terminal is set to.
pub fn terminal_locale(wanted: Option<&str>) -> model::Locale {
    let chinese = wanted.map_or_else(
        || {
            ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(std::env::var_os)
                .is_some_and(|set| set.to_string_lossy().starts_with("zh"))
        },
        |locale| locale == "zh-CN",
    );
    if chinese { model::Locale::ZhCn } else { model::Locale::En }
}

impl Cli {
    pub fn flags(&self) -> Flags {
        let listen = match &self.command {
            Command::Serve(listen) | Command::Demo(listen) => listen.listen.clone(),
            _ => None,
        };
        Flags { config: self.config.clone(), data_dir: self.data_dir.clone(), listen }
    }
}

/// Why a command ended without success. Anything else is an `anyhow` chain with code 1.
#[derive(Debug, Error)]
pub enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("OctIM is not set up yet: open {0} in a browser, or run `octim setup`")]
    NotSetUp(String),
    #[error("OctIM is set up already in this data folder")]
    SetUpAlready,
    #[error("cannot listen on {address}: {reason}")]
    Address { address: SocketAddr, reason: String },
    #[error("cannot use the data folder {folder}: {reason}")]
    DataFolder { folder: PathBuf, reason: String },
    #[error("{0} of the checks failed")]
    Unhealthy(usize),
}

impl Failure {
    pub fn code(&self) -> u8 {
        match self {
            Self::SetUpAlready => 1,
            Self::Config(_) => 3,
            Self::NotSetUp(_) => 4,
            Self::Address { .. } => 5,
            Self::DataFolder { .. } => 6,
            Self::Unhealthy(_) => 7,
        }
    }

    pub fn address(address: SocketAddr, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let reason = match error.kind() {
            ErrorKind::AddrInUse => "another program has it; stop that one, or use --listen".into(),
            ErrorKind::PermissionDenied => "ports below 1024 need root or CAP_NET_BIND_SERVICE".into(),
            ErrorKind::AddrNotAvailable => "this machine does not have that address".into(),
            _ => error.to_string(),
        };
        Self::Address { address, reason }
    }
}

/// Prints what went wrong, in one paragraph, and gives its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    use std::io::Write as _;
    // Nothing can be done when standard error is gone.
    drop(writeln!(std::io::stderr(), "error: {error:#}"));
    ExitCode::from(error.downcast_ref::<Failure>().map_or(1, Failure::code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn folder_and_file_may_stand_before_and_after_the_command() {
        for line in [
            "octim --data-dir D --config C serve --listen L",
            "octim serve --listen L --config C --data-dir D",
        ] {
            let flags = parse(line).unwrap().flags();
            assert_eq!(flags.data_dir, Some("D".into()));
            assert_eq!(flags.config, Some("C".into()));
            assert_eq!(flags.listen.as_deref(), Some("L"));
        }
    }

    #[test]
    fn setup_reads_as_documented() {
        let line = "octim setup --data-dir D --workspace W --owner-email a@b.example --owner-password-file F \
            --owner-name N --channel-name C --site https://shop.example";
        let Command::Setup(setup) = parse(line).unwrap().command else { panic!("setup") };
        assert_eq!((setup.workspace.as_str(), setup.channel_name.as_str()), ("W", "C"));
        assert_eq!(setup.site.as_deref(), Some("https://shop.example"));
    }

    #[test]
    fn text_to_analyse_is_an_argument_or_standard_input() {
        let Command::Language(Language::Analyse(analyse)) =
            parse("octim language analyse 退货 --json --locale zh-CN").unwrap().command
        else {
            panic!("analyse")
        };
        assert_eq!((analyse.text.as_deref(), analyse.json), (Some("退货"), true));
        assert_eq!(terminal_locale(analyse.locale.as_deref()), model::Locale::ZhCn);
        assert!(parse("octim language analyse").is_ok());
    }

    #[test]
    fn every_command_has_a_help_text() {
        fn check(command: &clap::Command) {
            for sub in command.get_subcommands() {
                assert!(sub.get_about().is_some(), "{}", sub.get_name());
                check(sub);
            }
        }
        check(&Cli::command());
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            "octim",
            "octim serve now",
            "octim backup",
            "octim user add a@b",
            "octim setup",
            "octim bot eval --questions Q",
            "octim bot eval --entries E --phrasings 0",
            "octim bot eval --entries E --questions Q --target 2",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn failure_has_a_code_of_its_own_below_any_context() {
        let address = "127.0.0.1:8080".parse().unwrap();
        let taken = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        let error = anyhow::Error::from(Failure::address(address, &taken));
        assert!(error.to_string().contains("another program has it"));
        let with_context = error.context("starting the server");
        assert_eq!(with_context.downcast_ref::<Failure>().map(Failure::code), Some(5));
    }
}
