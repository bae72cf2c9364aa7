//! Vectors of the lines of a file, as little-endian 32-bit numbers: `vectors LINES OUT`.

use std::num::NonZeroUsize;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&arguments[1])?;
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    let encoder = language::Encoder::embedded()?;
    let vectors = encoder.encode_all(&lines, NonZeroUsize::MIN);
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(&arguments[2], bytes)?;
    let pieces: Vec<Vec<u32>> = lines.iter().map(|line| encoder.pieces(line)).collect();
    std::fs::write(format!("{}.json", arguments[2]), serde_json::to_string(&pieces)?)?;
    Ok(())
}
