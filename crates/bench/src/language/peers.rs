//! Other systems on the same sets, in the same run: nlp.js (npm) and scikit-learn's TF-IDF SVM (`PyPI`).
//! They are the caller's: what is not installed is said, not guessed.

use anyhow::{Context as _, bail};
use knowledge::{EntryId, evaluation::sets::Set};
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf, process::Command};

const NLPJS: &str = include_str!("../../peers/nlpjs.cjs");
const SVM: &str = include_str!("../../peers/svm.py");

#[derive(Clone, Debug, clap::Args)]
pub struct Others {
    /// A folder in which `npm install node-nlp` was done: nlp.js runs on the same sets
    #[arg(long, value_name = "FOLDER")]
    nlpjs: Option<PathBuf>,
    /// A Python that has scikit-learn: its TF-IDF SVM runs on the same sets
    #[arg(long, value_name = "PROGRAM")]
    sklearn: Option<PathBuf>,
}

/// What another system reaches on a set. Shares are between 0 and 1.
#[derive(Debug, Serialize)]
pub struct Peer {
    pub name: &'static str,
    pub version: String,
    pub accuracy: f64,
    /// At 95 % of the questions in scope kept; None where all are in scope.
    pub out_of_scope_recall: Option<f64>,
    pub learnt_s: f64,
    /// One question, on average.
    pub answer_ms: f64,
}

#[derive(Deserialize)]
struct Said {
    version: String,
    answers: Vec<(String, f64)>,
    learnt_s: f64,
    asked_s: f64,
}

impl Others {
    /// What is missing, for people.
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.nlpjs.is_none() {
            missing.push("nlp.js is not compared: npm install node-nlp in a folder, then --nlpjs FOLDER");
        }
        if self.sklearn.is_none() {
            missing.push("scikit-learn is not compared: pip install scikit-learn, then --sklearn PYTHON");
        }
        missing
    }

    /// The installed ones on a set; one that fails is an error with its words.
    pub fn run(&self, set: &Set) -> anyhow::Result<Vec<Peer>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("set.json");
        let train = set.sources.iter().flat_map(|source| {
            source.phrasings.iter().map(move |text| (text.as_str(), source.id.0.to_string()))
        });
        let (train, test): (Vec<_>, Vec<_>) =
            (train.collect(), set.questions.iter().map(|(text, _)| text).collect());
        fs::write(&file, serde_json::json!({ "train": train, "test": test }).to_string())?;
        let mut peers = Vec::new();
        if let Some(modules) = &self.nlpjs {
            let script = folder.path().join("nlpjs.cjs");
            fs::write(&script, NLPJS)?;
            let output = Command::new("node").arg(script).arg(modules).arg(&file).arg("en").output();
            peers.push(peer("nlp.js", output, set)?);
        }
        if let Some(python) = &self.sklearn {
            let script = folder.path().join("svm.py");
            fs::write(&script, SVM)?;
            peers.push(peer("TF-IDF SVM", Command::new(python).arg(script).arg(&file).output(), set)?);
        }
        Ok(peers)
    }
}

fn peer(
    name: &'static str,
    output: std::io::Result<std::process::Output>,
    set: &Set,
) -> anyhow::Result<Peer> {
    let output = output.with_context(|| format!("{name} cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let Ok(answers) = serde_json::from_str::<Said>(last) else {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    };
    Ok(judged(name, &answers, &set.questions))
}

fn judged(name: &'static str, answers: &Said, questions: &[(String, Option<EntryId>)]) -> Peer {
    let judged = || questions.iter().map(|(_, wanted)| wanted).zip(&answers.answers);
    let inside = judged().filter(|(wanted, _)| wanted.is_some()).count();
    let right = judged().filter(|(wanted, (said, _))| wanted.is_some_and(|id| id.0.to_string() == *said));
    let accuracy = right.count() as f64 / inside.max(1) as f64;
    let mut kept: Vec<f64> =
        judged().filter(|(wanted, _)| wanted.is_some()).map(|(_, (_, score))| *score).collect();
    kept.sort_by(f64::total_cmp);
    let outside = questions.len() - inside;
    let refused = kept
        .get(kept.len() / 20)
        .map(|least| judged().filter(|(wanted, (_, score))| wanted.is_none() && score < least).count());
    let round = crate::report::round;
    Peer {
        name,
        version: answers.version.clone(),
        accuracy: round(accuracy),
        out_of_scope_recall: refused
            .filter(|_| outside > 0)
            .map(|refused| round(refused as f64 / outside as f64)),
        learnt_s: round(answers.learnt_s),
        answer_ms: round(1_000.0 * answers.asked_s / questions.len().max(1) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, judged};
    use knowledge::EntryId;

    #[test]
    fn a_peer_is_judged_like_ourselves() {
        let questions: Vec<(String, Option<EntryId>)> =
            [Some(1), Some(2), Some(2), None, None].map(|id| (String::new(), id.map(EntryId))).to_vec();
        let answers = [("1", 0.9), ("2", 0.4), ("1", 0.6), ("2", 0.3), ("1", 0.5)];
        let answers = answers.map(|(intent, score)| (intent.to_owned(), score)).to_vec();
        let answers = Said { version: "1".into(), answers, learnt_s: 1.0, asked_s: 0.01 };
        let peer = judged("x", &answers, &questions);
        assert_eq!((peer.accuracy, peer.out_of_scope_recall, peer.answer_ms), (0.6667, Some(0.5), 2.0));
    }
}
