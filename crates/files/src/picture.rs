//! Images written anew: decoded within limits, turned upright, stripped of everything that is
//! not pixels, encoded by us.
//!
//! Invariant: no byte of an uploaded image reaches another person unless an encoder of ours wrote
//! it; sizes are checked from the header, before any pixel is decoded.

mod animation;
#[cfg(test)]
mod tests;

use crate::{Error, Format, Limits, Thumbnail};
use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
        webp::WebPEncoder,
    },
    metadata::Orientation,
};
use std::io::Cursor;

const QUALITY: u8 = 85;
const THUMBNAIL_QUALITY: u8 = 80;
/// The format allows no more.
const MAX_WEBP_SIDE: u32 = 16_383;
/// What a decoder may allocate for a pixel: 16 bits for each of four channels.
const DECODED_BYTES_PER_PIXEL: u64 = 8;
/// What it may allocate besides pixels.
const DECODER_OVERHEAD: u64 = 32 << 20;

/// An image as it is stored.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) format: Format,
    pub(crate) bytes: Bytes,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) thumbnail: Option<Thumbnail>,
}

/// Writes an image anew. The format may change: `WebP` photos become JPEG, because our encoder is
/// lossless and would make them many times larger; animations beyond the limits become stills.
pub(crate) fn rewrite(bytes: &[u8], format: Format, limits: &Limits) -> Result<Picture, Error> {
    let still = decode(bytes, format, limits)?;
    let (width, height) = (still.width(), still.height());
    let thumbnail = thumbnail_of(&still, limits)?;
    let moving = if format == Format::Gif { animation::rewrite(bytes, limits) } else { None };
    let (format, bytes) = match moving {
        Some(bytes) => (Format::Gif, bytes),
        None => encode(&still, still_format(format, &still))?,
    };
    Ok(Picture { format, bytes: bytes.into(), width, height, thumbnail })
}

fn decode(bytes: &[u8], format: Format, limits: &Limits) -> Result<DynamicImage, Error> {
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        _ => return Err(Error::TypeNotAllowed),
    };
    let mut allowed = image::Limits::default();
    allowed.max_image_width = Some(limits.max_side);
    allowed.max_image_height = Some(limits.max_side);
    allowed.max_alloc = Some(limits.max_pixels * DECODED_BYTES_PER_PIXEL + DECODER_OVERHEAD);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(Error::ImageTooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = to_eight_bits(DynamicImage::from_decoder(decoder).map_err(refusal)?);
    image.apply_orientation(orientation);
    if image.width() == 0 || image.height() == 0 { Err(Error::Damaged) } else { Ok(image) }
}

fn refusal(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::ImageTooLarge,
        _ => Error::Damaged,
    }
}

/// Eight bits a channel, and an alpha channel only where something shows through.
fn to_eight_bits(image: DynamicImage) -> DynamicImage {
    if image.color().has_alpha() {
        let pixels = image.into_rgba8();
        if pixels.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
            return DynamicImage::ImageRgba8(pixels);
        }
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8());
    }
    if image.color().has_color() {
        DynamicImage::ImageRgb8(image.into_rgb8())
    } else {
        DynamicImage::ImageLuma8(image.into_luma8())
    }
}

fn still_format(source: Format, image: &DynamicImage) -> Format {
    match source {
        Format::Webp if image.color().has_alpha() => transparent_format(image),
        Format::Jpeg | Format::Webp => Format::Jpeg,
        _ => Format::Png,
    }
}

fn transparent_format(image: &DynamicImage) -> Format {
    if image.width().max(image.height()) <= MAX_WEBP_SIDE { Format::Webp } else { Format::Png }
}

fn encode(image: &DynamicImage, format: Format) -> Result<(Format, Vec<u8>), Error> {
    let mut out = Vec::new();
    let written = match format {
        Format::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)),
        Format::Webp => image.write_with_encoder(WebPEncoder::new_lossless(&mut out)),
        _ => image.write_with_encoder(PngEncoder::new_with_quality(
            &mut out,
            CompressionType::Default,
            FilterType::Adaptive,
        )),
    };
    written.map_err(refusal)?;
    Ok((format, out))
}

/// None when the image itself is small enough to be shown in its place.
fn thumbnail_of(image: &DynamicImage, limits: &Limits) -> Result<Option<Thumbnail>, Error> {
    if image.width().max(image.height()) <= limits.thumbnail_side {
        return Ok(None);
    }
    let small = image.thumbnail(limits.thumbnail_side, limits.thumbnail_side);
    let (format, bytes) = if small.color().has_alpha() {
        encode(&small, Format::Webp)?
    } else {
        let mut out = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut out, THUMBNAIL_QUALITY);
        small.write_with_encoder(encoder).map_err(refusal)?;
        (Format::Jpeg, out)
    };
    let (width, height) = (small.width(), small.height());
    Ok(Some(Thumbnail { format, bytes: bytes.into(), width, height }))
}
