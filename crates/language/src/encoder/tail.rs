//! The tail's file: layers that were tuned on questions that ask the same, one byte a weight.
//!
//! Invariant: whatever the bytes are, reading them gives a tail or an error that says what is wrong.
//!
//! Little endian. The magic, the version, the CRC-32 of all that follows; before which layer of the encoder it begins,
//! how many layers it has, its inner width; the mean of the encoder's own vectors and of the tail's (32 bits). Each
//! layer: query, key and value as one matrix, attention, its normalisation, inner, outer, normalisation. A matrix is a
//! scale for each output (32 bits), the weights (bytes, one row for each output), what is added (half precision).

use super::file::{Bytes, Error, Reader};
use super::kernel::Packed;
use super::model::{Layer, Tail};

pub const MAGIC: [u8; 8] = *b"OCTIMTAI";
const MOST_LAYERS: u32 = 48;
const MOST_INNER: u32 = 1 << 15;

/// Reads a whole file, for an encoder of so many layers and this width.
pub fn read(bytes: &Bytes, layers: usize, width: usize) -> Result<Tail, Error> {
    let mut reader = Reader::open(bytes, MAGIC)?;
    let numbers = reader.numbers(3)?;
    let (begins, count, inner) = (numbers[0] as usize, numbers[1], numbers[2]);
    let fits = begins <= layers
        && (1..=MOST_LAYERS).contains(&count)
        && (1..=MOST_INNER).contains(&inner)
        && inner.is_multiple_of(32);
    if !fits {
        return Err(Error::Damaged("sizes that do not fit each other"));
    }
    let mean_of_own = floats(&mut reader, width)?;
    let mean = floats(&mut reader, width)?;
    let layers = (0..count).map(|_| layer(&mut reader, width, inner as usize)).collect::<Result<_, _>>()?;
    reader.close()?;
    Ok(Tail { begins, layers, mean_of_own, mean })
}

fn layer(reader: &mut Reader<'_>, width: usize, inner: usize) -> Result<Layer, Error> {
    Ok(Layer {
        heads: dense(reader, width, 3 * width)?,
        attention: dense(reader, width, width)?,
        attention_norm: reader.norm(width)?,
        inner: dense(reader, width, inner)?,
        outer: dense(reader, inner, width)?,
        norm: reader.norm(width)?,
    })
}

fn dense(reader: &mut Reader<'_>, inputs: usize, outputs: usize) -> Result<Packed, Error> {
    let scale = floats(reader, outputs)?;
    let rows = reader.take(inputs * outputs)?.to_vec();
    Ok(Packed::of_bytes(&rows, scale, reader.halves(outputs)?))
}

fn floats(reader: &mut Reader<'_>, count: usize) -> Result<Vec<f32>, Error> {
    Ok(reader.numbers(count)?.into_iter().map(f32::from_bits).collect())
}
