//! Uploads from end to end: what is refused, under which code, and what is stored of the rest.

use super::*;
use image::{DynamicImage, ImageFormat};
use std::{
    future::{Future as _, poll_fn},
    io::Cursor,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

fn png(width: u32, height: u32) -> Bytes {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner().into()
}

async fn prepare(name: &str, declared: &str, bytes: impl Into<Bytes>) -> Result<Prepared, Error> {
    Intake::new(1).prepare(name, declared, bytes.into(), Limits::default()).await
}

#[tokio::test]
async fn document_is_stored_as_it_is() {
    let prepared = prepare("../报价.pdf", "application/pdf", &b"%PDF-1.7\n"[..]).await.unwrap();
    assert_eq!(prepared.name, "报价.pdf");
    assert_eq!((prepared.media_type, prepared.kind), ("application/pdf", MediaKind::Document));
    assert_eq!(&prepared.bytes[..], b"%PDF-1.7\n");
    assert_eq!((prepared.width, prepared.height, prepared.thumbnail), (None, None, None));
    assert_eq!(prepared.sha256, crypto::digest::sha256_hex(b"%PDF-1.7\n"));
}

#[tokio::test]
async fn image_is_measured_and_gets_a_thumbnail_and_a_true_extension() {
    let prepared = prepare("截图.jpg", "image/jpeg", png(960, 600)).await.unwrap();
    assert_eq!((prepared.name.as_str(), prepared.media_type), ("截图.png", "image/png"));
    assert_eq!((prepared.width, prepared.height), (Some(960), Some(600)));
    let thumbnail = prepared.thumbnail.unwrap();
    assert_eq!((thumbnail.width, thumbnail.height, thumbnail.format), (480, 300, Format::Jpeg));
    assert_eq!(prepared.sha256, crypto::digest::sha256_hex(&prepared.bytes));
    let pasted = prepare("image", "image/png", png(8, 8)).await.unwrap();
    assert_eq!((pasted.name.as_str(), pasted.thumbnail), ("image.png", None));
}

#[tokio::test]
async fn refusals_have_stable_codes() {
    for (name, declared, bytes, code) in [
        ("a.txt", "text/plain", Bytes::new(), "file_empty"),
        ("a.txt", "text/plain", Bytes::from(vec![b'a'; (20 << 20) + 1]), "file_too_large"),
        ("a.html", "text/html", Bytes::from("x"), "file_type_not_allowed"),
        ("a.png", "image/png", Bytes::from("<svg onload=alert(1)>"), "file_type_not_allowed"),
        ("a\u{202e}gnp.exe", "image/png", png(1, 1), "file_type_not_allowed"),
        ("a.pdf", "application/pdf", png(1, 1), "file_type_mismatch"),
        ("a.png", "image/png", png(40_000, 1), "image_too_large"),
        ("a.png", "image/png", png(8, 8).slice(..60), "image_damaged"),
    ] {
        let refused = prepare(name, declared, bytes).await.unwrap_err();
        assert_eq!(refused.code(), code, "{name}");
    }
}

#[tokio::test]
async fn limits_come_with_each_upload() {
    let tiny = Limits { max_bytes: 4, max_pixels: 63, ..Limits::default() };
    let intake = Intake::new(1);
    let refused = intake.prepare("a.txt", "", "hello".into(), tiny).await.unwrap_err();
    assert_eq!(refused.code(), "file_too_large");
    let tiny = Limits { max_bytes: 1 << 20, ..tiny };
    let refused = intake.prepare("a.png", "", png(8, 8), tiny).await.unwrap_err();
    assert_eq!(refused.code(), "image_too_large");
    assert!(intake.prepare("a.png", "", png(9, 7), tiny).await.is_ok());
}

#[tokio::test]
async fn uploads_wait_their_turn_at_the_gate() {
    let intake = Intake::new(1);
    let held = intake.gate.clone().acquire_owned().await.unwrap();
    let mut waiting = Box::pin(intake.prepare("a.txt", "", "hello".into(), Limits::default()));
    for _ in 0..50 {
        let pending = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await;
        assert!(pending);
        tokio::task::yield_now().await;
    }
    drop(held);
    assert!(waiting.await.is_ok());
    assert_eq!(intake.gate.available_permits(), 1);
}

/// Bytes that tell when they are let go.
struct Watched(Bytes, Arc<AtomicBool>);

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn uploader_who_leaves_does_not_free_the_place_of_work_that_goes_on() {
    let intake = Intake::new(1);
    let let_go = Arc::new(AtomicBool::new(false));
    let upload = Bytes::from_owner(Watched(png(2_000, 2_000), let_go.clone()));
    let uploader = tokio::spawn({
        let intake = intake.clone();
        async move { intake.prepare("a.png", "", upload, Limits::default()).await }
    });
    while intake.gate.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    uploader.abort();
    while intake.gate.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(let_go.load(Ordering::SeqCst), "the place was free while the image was being decoded");
}

#[test]
fn extension_is_replaced_or_added_within_the_length_limit() {
    for (name, format, expected) in [
        ("a.jpeg", Format::Jpeg, "a.jpeg"),
        ("a.webp", Format::Jpeg, "a.jpg"),
        ("x.html.png", Format::Jpeg, "x.html.jpg"),
        ("README", Format::Text, "README.txt"),
        ("a.b c", Format::Text, "a.b c.txt"),
    ] {
        assert_eq!(name_for(name, format), expected);
    }
    let long = name_for(&name::safe_name(&"长".repeat(200)), Format::Png);
    assert!(long.ends_with("长.png") && long.chars().count() == name::MAX_CHARACTERS, "{long}");
}
