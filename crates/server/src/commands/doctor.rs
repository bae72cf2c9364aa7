//! `octim doctor`: tries everything that the server needs, and says what to do, in the language of
//! the terminal. Invariant: it leaves things as they are.

mod backups;
mod checks;
mod encoder;
mod stored_files;

use super::say;
use crate::{
    cli::{self, Failure},
    config::Config,
};
use model::Locale;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    /// It works, and is probably not meant.
    Warning,
    Failed,
}

#[derive(Debug, Serialize)]
struct Finding {
    subject: Subject,
    verdict: Verdict,
    detail: String,
    /// Steps for a person, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Subject {
    Configuration,
    DataFolder,
    Key,
    Database,
    Backup,
    Files,
    Bus,
    Encoder,
    Address,
    Web,
}

impl Subject {
    const fn name(self, locale: Locale) -> &'static str {
        let (en, zh) = match self {
            Self::Configuration => ("configuration", "配置"),
            Self::DataFolder => ("data folder", "数据目录"),
            Self::Key => ("key", "密钥"),
            Self::Database => ("database", "数据库"),
            Self::Backup => ("backup", "备份"),
            Self::Files => ("files", "文件"),
            Self::Bus => ("bus", "消息总线"),
            Self::Encoder => ("encoder", "句向量"),
            Self::Address => ("address", "监听地址"),
            Self::Web => ("web", "网页"),
        };
        match locale {
            Locale::En => en,
            Locale::ZhCn => zh,
        }
    }
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

impl Finding {
    fn new(verdict: Verdict, subject: Subject, detail: impl ToString) -> Self {
        Self { subject, verdict, detail: detail.to_string(), steps: Vec::new() }
    }

    fn ok(subject: Subject, detail: impl ToString) -> Self {
        Self::new(Verdict::Ok, subject, detail)
    }

    fn warning(subject: Subject, detail: impl ToString) -> Self {
        Self::new(Verdict::Warning, subject, detail)
    }

    fn failed(subject: Subject, detail: impl ToString) -> Self {
        Self::new(Verdict::Failed, subject, detail)
    }
}

/// Whoever looks, and in which language they tell.
struct Doctor<'a> {
    config: &'a Config,
    locale: Locale,
}

impl Doctor<'_> {
    /// One of two texts.
    fn tell(&self, en: impl ToString, zh: impl ToString) -> String {
        match self.locale {
            Locale::En => en.to_string(),
            Locale::ZhCn => zh.to_string(),
        }
    }
}

pub async fn run(config: &Config, wanted: &cli::Doctor) -> anyhow::Result<()> {
    let locale = cli::terminal_locale(wanted.locale.as_deref());
    let findings = Doctor { config, locale }.all().await;
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Failed).count();
    if wanted.json {
        say(serde_json::to_string(&Report { ok: failed == 0, findings })?);
    } else {
        for finding in &findings {
            show(finding, locale);
        }
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Unhealthy(failed).into()) }
}

fn show(finding: &Finding, locale: Locale) {
    let verdict = match (finding.verdict, locale) {
        (Verdict::Ok, Locale::En) => "ok   ",
        (Verdict::Warning, Locale::En) => "warn ",
        (Verdict::Failed, Locale::En) => "FAIL ",
        (Verdict::Ok, Locale::ZhCn) => "正常",
        (Verdict::Warning, Locale::ZhCn) => "注意",
        (Verdict::Failed, Locale::ZhCn) => "异常",
    };
    let name = finding.subject.name(locale);
    // Chinese characters are two columns wide.
    let width: usize = name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let space = " ".repeat(14_usize.saturating_sub(width));
    say(format_args!("{verdict} {name}{space} {}", finding.detail));
    for (index, step) in finding.steps.iter().enumerate() {
        say(format_args!("      {}. {step}", index + 1));
    }
}
