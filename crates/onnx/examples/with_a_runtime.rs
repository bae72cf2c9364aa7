//! The whole with a real ONNX Runtime, which `make torture` installs (`scripts/torture/onnx.sh`):
//! `cargo run -p onnx --example with_a_runtime -- check libonnxruntime.so` tries the models of the tests, and
//! `… encode libonnxruntime.so FOLDER [PREFIX]` prints the vector of each line that is read.

use anyhow::{Context as _, ensure};
use clap::Parser;
use knowledge::{Encode as _, cosine};
use model::EncoderFailure as F;
use onnx::{Encoder, Error, Pooling, Settings};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

#[derive(Parser)]
enum Call {
    Check {
        library: PathBuf,
    },
    Encode {
        library: PathBuf,
        folder: PathBuf,
        #[arg(default_value = "")]
        prefix: String,
        #[arg(long, default_value_t = 512)]
        max_tokens: usize,
        #[arg(long)]
        cls: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Call::parse() {
        Call::Check { library } => check(&library),
        Call::Encode { library, folder, prefix, max_tokens, cls } => {
            let pooling = if cls { Pooling::Cls } else { Pooling::Mean };
            let encoder = Encoder::load(&Settings { folder, library, prefix, pooling, max_tokens })?;
            let mut out = io::stdout().lock();
            for line in io::stdin().lines() {
                let vector = encoder.encode(&line?);
                let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
                writeln!(out, "{}", numbers.join(" "))?;
            }
            Ok(())
        }
    }
}

/// `tests/data/NAME/model.onnx` beside the tokenizer of them all.
fn load(
    library: &Path,
    name: &str,
    settings: impl Fn(&mut Settings),
) -> anyhow::Result<Result<Encoder, Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folder = tempfile::tempdir()?;
    fs::copy(data.join("tiny/tokenizer.json"), folder.path().join("tokenizer.json"))?;
    fs::create_dir(folder.path().join("onnx"))?;
    fs::copy(data.join(name).join("model.onnx"), folder.path().join("onnx/model.onnx"))?;
    let mut wanted = Settings {
        folder: folder.path().to_owned(),
        library: library.to_owned(),
        prefix: String::new(),
        pooling: Pooling::Mean,
        max_tokens: 32,
    };
    settings(&mut wanted);
    Ok(Encoder::load(&wanted))
}

fn check(library: &Path) -> anyhow::Result<()> {
    let tiny = load(library, "tiny", |_| {})??;
    ensure!(tiny.width() == 16, "a width of {}", tiny.width());
    let texts = ["How do I return it?", "return it: how do I", "Where is my parcel?"];
    let all = tiny.encode_all(&texts);
    ensure!(all[0] == tiny.encode(texts[0]), "a vector depends on its company");
    ensure!(cosine(&all[0], &all[1]) > cosine(&all[0], &all[2]), "the nearer text is farther");
    let cased = tiny.encode("HOW DO I RETURN IT?");
    ensure!(cosine(&cased, &all[0]) > 0.9999, "the tokenizer's normaliser is left out");

    let pooled = load(library, "pooled", |_| {})??;
    ensure!(cosine(&pooled.encode(texts[0]), &all[0]) > 0.9999, "the model's own mean is another");
    let first = load(library, "tiny", |settings| settings.pooling = Pooling::Cls)?;
    // Each text of this model begins with the same token.
    fails(first, F::Output, "same vector")?;
    let prefixed = load(library, "tiny", |settings| settings.prefix.push_str("parcel "))??;
    ensure!(
        cosine(&prefixed.encode(texts[0]), &tiny.encode("parcel how do i return it?")) > 0.9999,
        "prefix"
    );

    fails(load(library, "constant", |_| {})?, F::Output, "same vector")?;
    fails(load(library, "nan", |_| {})?, F::Output, "finite")?;
    fails(load(library, "other-input", |_| {})?, F::Model, "position_ids")?;
    fails(load(library, "narrow-numbers", |_| {})?, F::Model, "Int32")?;
    fails(load(library, "short", |settings| settings.max_tokens = 64)?, F::Model, "")?;
    let broken = load(library, "tiny", |settings| {
        let _ = fs::write(settings.folder.join("onnx/model.onnx"), b"no model");
    })?;
    fails(broken, F::Model, "model.onnx")?;
    writeln!(io::stdout(), "12 passed, 0 failed")?;
    Ok(())
}

fn fails(loaded: Result<Encoder, Error>, kind: F, says: &str) -> anyhow::Result<()> {
    let error = loaded.err().with_context(|| format!("{says}: was loaded"))?;
    ensure!(error.kind == kind && error.to_string().contains(says), "{says}: {:?}: {error}", error.kind);
    Ok(())
}
