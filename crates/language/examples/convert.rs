//! Writes the encoder's file from the model in Hugging Face's form: `cargo run -p language --example convert --
//! FOLDER crates/language/weights/encoder.bin`, where FOLDER has `model.safetensors`, `config.json`, `tokenizer.json`.
//!
//! Invariant: nothing is lost. A weight that is not on the 4-bit grid, or would not be read back, is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Parser;
use language::encoder::file::{CHECKED_FROM, MAGIC, VERSION};
use language::encoder::grid::{GROUP, half};
use serde_json::Value;

#[derive(Parser)]
struct Arguments {
    /// The folder of the model
    from: PathBuf,
    /// The file to write
    to: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let Arguments { from, to } = Arguments::parse();
    let mut body = Vec::new();
    let config = json(&from.join("config.json"))?;
    let size = |name: &str| Ok::<_, anyhow::Error>(config[name].as_u64().context("no size")? as u32);
    let tokenizer = json(&from.join("tokenizer.json"))?;
    let pieces = tokenizer["model"]["vocab"].as_array().context("no vocabulary")?;
    let marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
    let mut texts = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for (id, piece) in pieces.iter().enumerate() {
        let text = piece[0].as_str().context("a piece without text")?;
        let score = piece[1].as_f64().context("a piece without score")?;
        // The JSON reader may be wrong in the last of 64 bits.
        ensure!((f64::from(score as f32) - score).abs() < 1e-12, "the score of {text} needs 64 bits");
        ids.insert(text, id as u32);
        if !marks.contains(&text) {
            ensure!(texts.insert(text.as_bytes(), (id as u32, score as f32)).is_none(), "{text} twice");
        }
    }
    let layers = size("num_hidden_layers")?;
    let mark = |name: &str| ids.get(name).copied().with_context(|| format!("no {name}"));
    for number in [
        size("vocab_size")?,
        texts.len() as u32,
        size("hidden_size")?,
        layers,
        size("num_attention_heads")?,
        size("intermediate_size")?,
        size("max_position_embeddings")?,
        mark("<s>")?,
        mark("</s>")?,
        mark("<unk>")?,
    ] {
        body.extend(number.to_le_bytes());
    }
    let mut end = 0;
    for text in texts.keys() {
        end += text.len() as u32;
        body.extend(end.to_le_bytes());
    }
    body.extend(texts.values().flat_map(|(id, _)| id.to_le_bytes()));
    body.extend(texts.values().flat_map(|(_, score)| score.to_le_bytes()));
    body.extend(texts.keys().copied().flatten());

    let tensors = Tensors::open(&from.join("model.safetensors"))?;
    tensors.grid("embeddings.word_embeddings.weight", &mut body)?;
    body.extend(tensors.halves("embeddings.position_embeddings.weight")?);
    let kinds = tensors.halves("embeddings.token_type_embeddings.weight")?;
    body.extend(&kinds[..kinds.len() / 2]);
    tensors.norm("embeddings.LayerNorm", &mut body)?;
    for layer in 0..layers {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            tensors.dense(&name(&format!("attention.self.{part}")), &mut body)?;
        }
        tensors.dense(&name("attention.output.dense"), &mut body)?;
        tensors.norm(&name("attention.output.LayerNorm"), &mut body)?;
        tensors.dense(&name("intermediate.dense"), &mut body)?;
        tensors.dense(&name("output.dense"), &mut body)?;
        tensors.norm(&name("output.LayerNorm"), &mut body)?;
    }

    let mut file = MAGIC.to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(crc32fast::hash(&body).to_le_bytes());
    assert_eq!(file.len(), CHECKED_FROM);
    file.extend(body);
    std::fs::write(&to, &file)?;
    println!("{} bytes", file.len());
    language::Encoder::from_bytes(file)?;
    Ok(())
}

fn json(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&text)?)
}

/// A safetensors file: the length of a JSON index, the index, the numbers.
struct Tensors {
    index: Value,
    data: Vec<u8>,
}

impl Tensors {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut file = std::fs::read(path).with_context(|| path.display().to_string())?;
        let length = u64::from_le_bytes(*file.first_chunk().context("no index")?) as usize;
        let data = file.split_off(8 + length);
        Ok(Self { index: serde_json::from_slice(&file[8..])?, data })
    }

    /// The bytes of a tensor in half precision.
    fn halves(&self, name: &str) -> anyhow::Result<&[u8]> {
        let entry = &self.index[name];
        ensure!(entry["dtype"] == "F16", "{name} is not in half precision");
        let offset = |index: usize| entry["data_offsets"][index].as_u64().map(|offset| offset as usize);
        let (Some(from), Some(to)) = (offset(0), offset(1)) else { bail!("{name} has no place") };
        self.data.get(from..to).with_context(|| format!("{name} is beyond the end"))
    }

    fn norm(&self, name: &str, body: &mut Vec<u8>) -> anyhow::Result<()> {
        body.extend(self.halves(&format!("{name}.weight"))?);
        body.extend(self.halves(&format!("{name}.bias"))?);
        Ok(())
    }

    fn dense(&self, name: &str, body: &mut Vec<u8>) -> anyhow::Result<()> {
        self.grid(&format!("{name}.weight"), body)?;
        body.extend(self.halves(&format!("{name}.bias"))?);
        Ok(())
    }

    /// Writes a matrix as rows on the grid.
    fn grid(&self, name: &str, body: &mut Vec<u8>) -> anyhow::Result<()> {
        let columns = self.index[name]["shape"][1].as_u64().context("not a matrix")? as usize;
        for row in self.halves(name)?.chunks_exact(columns * 2) {
            let mut nibbles = Vec::with_capacity(columns / 2);
            for group in row.chunks_exact(GROUP * 2) {
                let halves: Vec<u16> =
                    group.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
                let (scale, steps) = steps(&halves).with_context(|| format!("{name} is not on the grid"))?;
                body.extend(scale.to_le_bytes());
                nibbles.extend((0..GROUP / 2).map(|index| steps[index] | (steps[index + GROUP / 2] << 4)));
            }
            body.extend(nibbles);
        }
        Ok(())
    }
}

/// The scale of a group, and its weights as steps of it, with 8 added. The weight farthest from zero is −8 steps.
fn steps(halves: &[u16]) -> Option<(u16, Vec<u8>)> {
    let numbers: Vec<f32> = halves.iter().map(|bits| half(*bits)).collect();
    let most = numbers.iter().copied().max_by(|left, right| left.abs().total_cmp(&right.abs()))?;
    if most.abs() == 0.0 {
        return Some((0, vec![8; halves.len()]));
    }
    let scale = nearest_half(most / -8.0);
    let step = half(scale);
    let steps = numbers.iter().map(|number| {
        let steps = (number / step).round();
        // The model's makers rounded scale × steps to half precision; nothing else may stand here.
        let same = (-8.0..8.0).contains(&steps) && half(nearest_half(steps * step)).total_cmp(number).is_eq();
        same.then_some((steps + 8.0) as u8)
    });
    Some((scale, steps.collect::<Option<_>>()?))
}

/// The half-precision number nearest to a number in its range, ties to even.
fn nearest_half(number: f32) -> u16 {
    let sign = ((number.to_bits() >> 16) & 0x8000) as u16;
    let size = number.abs();
    let mut bits = if size < 2.0_f32.powi(-14) {
        (size * 16_777_216.0).round_ties_even() as u16
    } else {
        let rounded = size.to_bits() + 0xfff + ((size.to_bits() >> 13) & 1);
        ((rounded >> 13) - (112 << 10)) as u16
    };
    bits |= sign;
    bits
}
