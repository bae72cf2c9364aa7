//! `octim doctor`: tries everything that the server needs, and says what to do.
//! Invariant: it leaves things as they are, but for bringing the schema up to date.

mod checks;

use super::say;
use crate::{cli::Failure, config::Config};
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
    subject: &'static str,
    verdict: Verdict,
    detail: String,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

impl Finding {
    fn ok(subject: &'static str, detail: impl ToString) -> Self {
        Self { subject, verdict: Verdict::Ok, detail: detail.to_string() }
    }

    fn warning(subject: &'static str, detail: impl ToString) -> Self {
        Self { subject, verdict: Verdict::Warning, detail: detail.to_string() }
    }

    fn failed(subject: &'static str, detail: impl ToString) -> Self {
        Self { subject, verdict: Verdict::Failed, detail: detail.to_string() }
    }
}

pub async fn run(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let findings = checks::all(config).await;
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Failed).count();
    if as_json {
        say(serde_json::to_string(&Report { ok: failed == 0, findings })?);
    } else {
        for Finding { subject, verdict, detail } in findings {
            let verdict = match verdict {
                Verdict::Ok => "ok",
                Verdict::Warning => "warn",
                Verdict::Failed => "FAIL",
            };
            say(format_args!("{verdict:<5} {subject:<14} {detail}"));
        }
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Unhealthy(failed).into()) }
}
