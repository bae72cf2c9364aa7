//! Trains the models in `crates/language/weights` and says how good they are.
//! The treebanks (CC BY-SA) are not part of the repository; docs/language.md says where they come from.

use std::{fs, path::Path};

use anyhow::{Context, ensure};
use clap::Subcommand;
use language::{
    Analyser, Grammar,
    emotion::{
        Mood,
        training::{Counts, Example},
    },
    lexical::Weights,
    syntax::treebank::{self, Tree},
    training::{self, File, Measured},
};
use serde_json::Value;

const WEIGHTS: &str = "crates/language/weights";
const EMOTION: &str = "crates/language/data/emotion";
/// The model of the moods is at most this large.
const EMOTION_BYTES: usize = 1_500_000;

#[derive(Subcommand)]
pub enum Train {
    /// Taggers and parsers, from the treebanks zh-ud-{train,dev,test}.conllu and en-ud-{train,dev,test}.conllu
    Parser {
        /// The folder with the treebanks; a language whose files are missing is left as it is
        #[arg(long)]
        data: std::path::PathBuf,
    },
    /// Moods, from train.*.jsonl in crates/language/data/emotion
    Emotion,
    /// Measure the moods on test.*.jsonl in crates/language/data/emotion, with the model that was built in
    EmotionTest,
}

pub fn run(root: &Path, what: &Train) -> anyhow::Result<()> {
    match what {
        Train::Parser { data } => parsers(root, data),
        Train::Emotion => emotion(root),
        Train::EmotionTest => emotion_test(root),
    }
}

fn say(line: &str) {
    println!("{line}");
}

fn parsers(root: &Path, data: &Path) -> anyhow::Result<()> {
    let read = |language: &str, part: &str| -> anyhow::Result<Vec<Tree>> {
        let path = data.join(format!("{language}-ud-{part}.conllu"));
        Ok(treebank::read(&fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?))
    };
    let there = |language: &str| data.join(format!("{language}-ud-train.conllu")).exists();
    ensure!(there("zh") || there("en"), "no treebank in {}", data.display());
    if there("zh") {
        let weights = Weights::read(&fs::read(root.join(WEIGHTS).join("lac.bin"))?)?;
        let learned = [read("zh", "train")?, read("zh", "dev")?].concat();
        let (files, measured) = training::chinese(&learned, &read("zh", "test")?, &weights, say)?;
        write(root, files)?;
        report_chinese(&measured);
    }
    if there("en") {
        let (files, measured) = training::english(&read("en", "train")?, &read("en", "test")?, say)?;
        write(root, files)?;
        let [tags, lemmas] = measured.tags;
        println!("English: tags {tags:.1}, lemmas {lemmas:.1}");
        println!("  UAS {:.1}, LAS {:.1}", measured.gold.unlabelled(), measured.gold.labelled());
    }
    Ok(())
}

fn write(root: &Path, files: Vec<File>) -> anyhow::Result<()> {
    for (name, bytes) in files {
        fs::write(root.join(WEIGHTS).join(name), &bytes).with_context(|| format!("writing {name}"))?;
        println!("wrote {name}, {} bytes", bytes.len());
    }
    Ok(())
}

fn report_chinese(measured: &Measured) {
    let [gold, own] = measured.tags;
    println!("Chinese: tags on the treebank's words {gold:.1}, on own words {own:.1}");
    for (what, accuracy) in [
        ("treebank's words and tags", measured.gold_tags),
        ("treebank's words, own tags", measured.gold),
        ("own words and tags, against the tree over them", measured.own),
    ] {
        println!("  UAS {:.1}, LAS {:.1}  {what}", accuracy.unlabelled(), accuracy.labelled());
    }
    println!("  words F1 {:.1}, UAS F1 {:.1}  as in CoNLL 2018", measured.words, measured.heads);
}

/// Texts with their moods from all files of a part (train or test).
fn labelled(root: &Path, part: &str) -> anyhow::Result<Vec<(String, String, [bool; 4])>> {
    let mut paths: Vec<_> = fs::read_dir(root.join(EMOTION))
        .with_context(|| format!("reading {EMOTION}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with(part) && path.extension().is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    paths.sort();
    ensure!(!paths.is_empty(), "no {part}.*.jsonl in {EMOTION}");
    let mut rows = Vec::new();
    for path in paths {
        for line in fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
            let row: Value =
                serde_json::from_str(line).with_context(|| format!("reading {}", path.display()))?;
            let has = |mood: Mood| {
                row["labels"].as_array().is_some_and(|labels| labels.iter().any(|label| label == mood.name()))
            };
            let text = row["text"].as_str().context("a row without a text")?;
            rows.push((text.to_owned(), row["lang"].as_str().unwrap_or("").to_owned(), Mood::ALL.map(has)));
        }
    }
    Ok(rows)
}

fn emotion(root: &Path) -> anyhow::Result<()> {
    let grammar = Grammar::embedded()?;
    let examples: Vec<_> = labelled(root, "train")?
        .into_iter()
        .map(|(text, _, moods)| Example { features: grammar.mood_features(&text), moods })
        .collect();
    let (file, scores) = language::emotion::training::train(&examples, EMOTION_BYTES);
    write(root, vec![("emotion.bin", file)])?;
    println!("{} texts; F1 in a five-fold cross-check:", examples.len());
    for (mood, score) in Mood::ALL.iter().zip(scores) {
        println!("  {:<9} {score:.3}", mood.name());
    }
    println!("  {:<9} {:.3}", "macro", scores.iter().sum::<f64>() / 4.0);
    Ok(())
}

fn emotion_test(root: &Path) -> anyhow::Result<()> {
    let analyser = Analyser::embedded()?;
    let rows = labelled(root, "test")?;
    for language in ["zh", "en", ""] {
        let mut counts = [Counts::default(); 4];
        let mut texts = 0;
        for (text, _, truth) in rows.iter().filter(|row| language.is_empty() || row.1 == language) {
            texts += 1;
            let moods = analyser.analyse(text, None).emotion.moods;
            for mood in Mood::ALL {
                counts[mood as usize].add(truth[mood as usize], moods.contains(&mood));
            }
        }
        let scores = counts.map(|count| count.f1());
        let each: Vec<_> =
            Mood::ALL.iter().zip(scores).map(|(mood, score)| format!("{} {score:.3}", mood.name())).collect();
        let name = if language.is_empty() { "all" } else { language };
        println!(
            "{name}: {texts} texts, macro F1 {:.3} ({})",
            scores.iter().sum::<f64>() / 4.0,
            each.join(", ")
        );
    }
    Ok(())
}
