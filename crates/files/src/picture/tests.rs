//! Pixel bombs, metadata and payloads in images (security.md A16, A19), and pictures that must
//! come out as they went in.

use super::*;
use image::{Rgb, RgbImage, Rgba, RgbaImage};

const GPS: &[u8] = b"GPS 31.2304N 121.4737E";
const PAYLOAD: &[u8] = b"*/=1;alert(document.cookie)//";

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// Wide, red on the left and blue on the right.
fn red_and_blue() -> DynamicImage {
    RgbImage::from_fn(32, 16, |x, _| if x < 16 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) }).into()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn rewritten(bytes: &[u8], format: Format) -> Result<Picture, Error> {
    rewrite(bytes, format, &Limits::default())
}

/// A JPEG with an Exif segment that turns it and says where it was taken.
fn exif_jpeg(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(GPS);
    let mut jpeg = written(&red_and_blue(), ImageFormat::Jpeg);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xe1], &length[..], &exif].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

/// A PNG that is only a header which claims this size.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let crc =
        header.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        });
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    out.extend(header);
    out.extend((!crc).to_be_bytes());
    out.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    out
}

/// A GIF of 4 × 2 frames with a comment, a payload palette and something behind its end.
fn gif(frames: u16) -> Vec<u8> {
    let mut palette = PAYLOAD.to_vec();
    palette.resize(16 * 3, 7);
    let mut encoder = gif::Encoder::new(Vec::new(), 4, 2, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    encoder.write_raw_extension(gif::AnyExtension(0xfe), &[PAYLOAD]).unwrap();
    for number in 0..frames {
        encoder
            .write_frame(&gif::Frame {
                width: 4,
                height: 2,
                delay: 10 + number,
                transparent: Some(3),
                dispose: gif::DisposalMethod::Background,
                buffer: vec![0, 1, 2, 3, 4, 5, (number % 16) as u8, 3].into(),
                ..gif::Frame::default()
            })
            .unwrap();
    }
    let mut bytes = encoder.into_inner().unwrap();
    bytes.extend(PAYLOAD);
    bytes
}

/// Delays and RGBA pixels of every frame.
fn shown(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut options = DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        // What is transparent has no colour.
        let mut pixels = frame.buffer.to_vec();
        pixels.chunks_mut(4).filter(|pixel| pixel[3] == 0).for_each(|pixel| pixel.fill(0));
        frames.push((frame.delay, pixels));
    }
    frames
}

use gif::DecodeOptions;

#[test]
fn where_a_photo_was_taken_is_dropped_and_it_stands_upright() {
    for (orientation, size, red_at, blue_at) in
        [(1, (32, 16), (4, 8), (28, 8)), (3, (32, 16), (28, 8), (4, 8)), (6, (16, 32), (8, 4), (8, 28))]
    {
        let photo = exif_jpeg(orientation);
        assert!(contains(&photo, GPS) && contains(&photo, b"Exif"));
        let picture = rewritten(&photo, Format::Jpeg).unwrap();
        assert!(!contains(&picture.bytes, b"GPS") && !contains(&picture.bytes, b"Exif"));
        assert_eq!((picture.width, picture.height), size, "orientation {orientation}");
        let pixels = image::load_from_memory(&picture.bytes).unwrap().into_rgb8();
        assert_eq!(pixels.dimensions(), size);
        let (red, blue) = (pixels.get_pixel(red_at.0, red_at.1), pixels.get_pixel(blue_at.0, blue_at.1));
        assert!(red.0[0] > 200 && red.0[2] < 60, "orientation {orientation}: {red:?}");
        assert!(blue.0[2] > 200 && blue.0[0] < 60, "orientation {orientation}: {blue:?}");
    }
}

#[test]
fn pixel_bombs_are_refused_from_their_header() {
    for (width, height) in [(50_000, 50_000), (32_768, 1), (1, 32_768), (20_000, 2_001), (u32::MAX >> 1, 1)] {
        let refused = rewritten(&png_header(width, height), Format::Png);
        assert!(matches!(refused, Err(Error::ImageTooLarge)), "{width}×{height}: {refused:?}");
    }
    // Within the limits the same header is merely a broken file.
    let refused = rewritten(&png_header(20_000, 2_000), Format::Png);
    assert!(matches!(refused, Err(Error::Damaged)), "{refused:?}");
    let mut gif = gif(1);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(rewritten(&gif, Format::Gif), Err(Error::ImageTooLarge)));
}

#[test]
fn what_is_hidden_in_an_image_does_not_come_through() {
    for (format, container) in [
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::WebP, Format::Webp),
    ] {
        let mut bytes = written(&red_and_blue(), format);
        bytes.extend(PAYLOAD);
        bytes.extend(b"PK\x03\x04<html>");
        let picture = rewritten(&bytes, container).unwrap();
        assert!(!contains(&picture.bytes, b"alert") && !contains(&picture.bytes, b"<html>"));
    }
    let bytes = gif(3);
    assert_eq!(bytes.windows(5).filter(|window| window == b"alert").count(), 3);
    let picture = rewritten(&bytes, Format::Gif).unwrap();
    assert!(!contains(&picture.bytes, b"alert"), "{:?}", picture.bytes);
    assert!(picture.bytes.ends_with(b"\x3b"));
}

#[test]
fn animation_keeps_every_frame_colour_and_delay() {
    let bytes = gif(5);
    let picture = rewritten(&bytes, Format::Gif).unwrap();
    assert_eq!((picture.format, picture.width, picture.height), (Format::Gif, 4, 2));
    assert_eq!(shown(&picture.bytes), shown(&bytes));
    let again = DecodeOptions::new().read_info(&picture.bytes[..]).unwrap();
    assert_eq!(again.repeat(), gif::Repeat::Infinite);
}

#[test]
fn animation_beyond_its_limits_becomes_a_still() {
    let limits = Limits { max_frames: 4, ..Limits::default() };
    assert_eq!(rewrite(&gif(4), Format::Gif, &limits).unwrap().format, Format::Gif);
    assert_eq!(rewrite(&gif(5), Format::Gif, &limits).unwrap().format, Format::Png);
    let limits = Limits { max_animation_pixels: 32, ..Limits::default() };
    assert_eq!(rewrite(&gif(4), Format::Gif, &limits).unwrap().format, Format::Gif);
    let still = rewrite(&gif(5), Format::Gif, &limits).unwrap();
    assert_eq!((still.format, still.width, still.height), (Format::Png, 4, 2));
    assert!(image::load_from_memory(&still.bytes).is_ok());
}

#[test]
fn animation_that_breaks_off_keeps_its_whole_frames() {
    let bytes = gif(5);
    let cut = &bytes[..bytes.len() - PAYLOAD.len() - 12];
    let picture = rewritten(cut, Format::Gif).unwrap();
    assert_eq!(shown(&picture.bytes), shown(&bytes)[..4]);
}

#[test]
fn lossless_pictures_keep_their_pixels_and_transparency() {
    let clear = RgbaImage::from_fn(20, 10, |x, y| Rgba([x as u8 * 9, y as u8 * 9, 7, x as u8 * 12]));
    let clear = DynamicImage::from(clear);
    for (format, container) in [(ImageFormat::Png, Format::Png), (ImageFormat::WebP, Format::Webp)] {
        let picture = rewritten(&written(&clear, format), container).unwrap();
        assert_eq!(picture.format, container);
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap().into_rgba8(), clear.to_rgba8());
    }
    let opaque = rewritten(&written(&red_and_blue(), ImageFormat::Png), Format::Png).unwrap();
    assert_eq!(image::load_from_memory(&opaque.bytes).unwrap().into_rgb8(), red_and_blue().to_rgb8());
    let deep = DynamicImage::ImageRgba16(clear.to_rgba16());
    let picture = rewritten(&written(&deep, ImageFormat::Png), Format::Png).unwrap();
    assert_eq!(image::load_from_memory(&picture.bytes).unwrap(), clear);
}

#[test]
fn photo_in_webp_becomes_jpeg() {
    let picture = rewritten(&written(&red_and_blue(), ImageFormat::WebP), Format::Webp).unwrap();
    assert_eq!(picture.format, Format::Jpeg);
    assert!(picture.bytes.starts_with(b"\xff\xd8\xff"));
}

#[test]
fn thumbnail_fits_its_box_and_keeps_transparency() {
    let wide = DynamicImage::new_rgb8(1_000, 100);
    let picture = rewritten(&written(&wide, ImageFormat::Png), Format::Png).unwrap();
    let thumbnail = picture.thumbnail.unwrap();
    assert_eq!((thumbnail.format, thumbnail.width, thumbnail.height), (Format::Jpeg, 480, 48));
    let decoded = image::load_from_memory(&thumbnail.bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (480, 48));
    let clear = DynamicImage::new_rgba8(481, 481);
    let picture = rewritten(&written(&clear, ImageFormat::Png), Format::Png).unwrap();
    let thumbnail = picture.thumbnail.unwrap();
    assert_eq!((thumbnail.format, thumbnail.width), (Format::Webp, 480));
    assert!(image::load_from_memory(&thumbnail.bytes).unwrap().color().has_alpha());
    let small = DynamicImage::new_rgb8(480, 480);
    assert!(rewritten(&written(&small, ImageFormat::Png), Format::Png).unwrap().thumbnail.is_none());
    let thread = DynamicImage::new_rgb8(1, 20_000);
    let picture = rewritten(&written(&thread, ImageFormat::Png), Format::Png).unwrap();
    assert_eq!(picture.thumbnail.map(|it| (it.width, it.height)), Some((1, 480)));
}

#[test]
fn broken_images_are_refused_and_never_panic() {
    let seeds = [
        (written(&red_and_blue(), ImageFormat::Png), Format::Png),
        (exif_jpeg(6), Format::Jpeg),
        (written(&red_and_blue(), ImageFormat::WebP), Format::Webp),
        (gif(2), Format::Gif),
    ];
    for (bytes, format) in &seeds {
        assert!(matches!(rewritten(&bytes[..12], *format), Err(Error::Damaged)), "{format:?}");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            let _ = rewritten(&changed, *format);
            let _ = rewritten(&bytes[..at], *format);
        }
    }
}
