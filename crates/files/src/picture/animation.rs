//! Animated GIFs written anew frame by frame, without losing a colour.
//!
//! Invariant: only pixels, colours, positions and timing are carried over. Comments, application
//! data and whatever follows the last frame are not, and palettes are sorted, so that no run of
//! bytes is the uploader's choice.

use crate::Limits;
use gif::{ColorOutput, DecodeOptions, Decoder, Encoder, Frame, MemoryLimit};
use std::{borrow::Cow, num::NonZeroU64};

const COLOURS: usize = 256;
const CHANNELS: usize = 3;

/// None when there is no frame to be read, or more frames or pixels than the limits allow; the
/// caller then keeps the first frame as a still.
pub(super) fn rewrite(bytes: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    let mut decoder = open(bytes, limits)?;
    let (width, height) = (decoder.width(), decoder.height());
    let mut frame = next_frame(&mut decoder)?;
    let mut encoder = Encoder::new(Vec::new(), width, height, &[]).ok()?;
    encoder.set_repeat(decoder.repeat()).ok()?;
    let (mut frames, mut pixels) = (0, 0);
    loop {
        frames += 1;
        pixels += u64::from(frame.width) * u64::from(frame.height);
        if frames > limits.max_frames || pixels > limits.max_animation_pixels {
            return None;
        }
        encoder.write_frame(&frame).ok()?;
        match next_frame(&mut decoder) {
            Some(next) => frame = next,
            None => return encoder.into_inner().ok(),
        }
    }
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Option<Decoder<&'a [u8]>> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(limits.max_pixels)?));
    options.check_frame_consistency(true);
    options.read_info(bytes).ok()
}

/// The next frame with a palette of its own. A file that breaks off ends with its last whole
/// frame, which is how browsers show it.
fn next_frame(decoder: &mut Decoder<&[u8]>) -> Option<Frame<'static>> {
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.read_next_frame().ok()??;
    let palette = frame.palette.as_deref().or(global.as_deref())?;
    Some(with_own_palette(frame, palette))
}

fn with_own_palette(frame: &Frame<'_>, palette: &[u8]) -> Frame<'static> {
    let transparent = frame.transparent.map(usize::from);
    let mut used = [false; COLOURS];
    for index in frame.buffer.iter() {
        used[usize::from(*index)] = true;
    }
    let colour = |index: usize| -> [u8; CHANNELS] {
        let at = index * CHANNELS;
        palette.get(at..at + CHANNELS).and_then(|rgb| rgb.try_into().ok()).unwrap_or_default()
    };
    let opaque = |index: &usize| used[*index] && Some(*index) != transparent;
    let mut colours: Vec<_> = (0..COLOURS).filter(opaque).map(colour).collect();
    colours.sort_unstable();
    colours.dedup();
    // One of the 256 indices was the transparent one, so there is room for it behind the others.
    let hole = transparent.filter(|index| used[*index]).map(|_| colours.len() as u8);
    let mut new_index = [0; COLOURS];
    for (index, new) in new_index.iter_mut().enumerate() {
        *new = match hole {
            Some(hole) if Some(index) == transparent => hole,
            _ => colours.binary_search(&colour(index)).unwrap_or(0) as u8,
        };
    }
    if hole.is_some() || colours.is_empty() {
        colours.push([0; CHANNELS]);
    }
    Frame {
        delay: frame.delay,
        dispose: frame.dispose,
        transparent: hole,
        needs_user_input: false,
        top: frame.top,
        left: frame.left,
        width: frame.width,
        height: frame.height,
        interlaced: false,
        palette: Some(colours.concat()),
        buffer: Cow::Owned(frame.buffer.iter().map(|index| new_index[usize::from(*index)]).collect()),
    }
}
