//! The upload corpus of security.md A16: active content under every disguise, and the ordinary
//! files that must still get through.

use super::*;
use proptest::prelude::*;

/// A ZIP archive of empty entries with these names.
fn zip(names: &[&str]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let at = u32::try_from(body.len()).unwrap().to_le_bytes();
        body.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
        body.extend([0; 12]);
        body.extend(length);
        body.extend([0, 0]);
        body.extend(name.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0");
        directory.extend([0; 12]);
        directory.extend(length);
        directory.extend([0; 12]);
        directory.extend(at);
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    let start = u32::try_from(body.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    body.extend(directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend(count);
    body.extend(count);
    body.extend(size);
    body.extend(start);
    body.extend([0, 0]);
    body
}

fn docx() -> Vec<u8> {
    zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"])
}

/// A file that starts with a magic and goes on with zeros.
fn padded(magic: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.resize(magic.len() + 512, 0);
    bytes
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
const GIF: &[u8] = b"GIF89a";
const WEBP: &[u8] = b"RIFF\x10\0\0\0WEBPVP8 ";
const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\0\0";
const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm";
const WAV: &[u8] = b"RIFF\x10\0\0\0WAVEfmt ";

#[test]
fn ordinary_files_are_recognised() {
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain("你好".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let gbk = b"\xc4\xe3\xba\xc3,1\r\n".to_vec();
    for (name, declared, bytes, expected) in [
        ("a.png", "image/png", padded(PNG), Format::Png),
        ("a.JPG", "image/jpeg", padded(JPEG), Format::Jpeg),
        ("a.gif", "image/gif", padded(GIF), Format::Gif),
        ("a.webp", "image/webp", padded(WEBP), Format::Webp),
        // Names and types of images get mixed up; the content decides.
        ("a.jpg", "image/jpeg", padded(PNG), Format::Png),
        ("image", "image/png", padded(PNG), Format::Png),
        ("blob", "", padded(PNG), Format::Png),
        ("a.pdf", "application/pdf", b"%PDF-1.7\n".to_vec(), Format::Pdf),
        ("a.docx", Format::Docx.media_type(), docx(), Format::Docx),
        (
            "a.xlsx",
            "application/octet-stream",
            zip(&["xl/workbook.xml", "[Content_Types].xml"]),
            Format::Xlsx,
        ),
        ("a.pptx", "", zip(&["[Content_Types].xml", "docProps/app.xml", "ppt/x.xml"]), Format::Pptx),
        ("a.zip", "application/x-zip-compressed", zip(&["a.txt"]), Format::Zip),
        ("a.zip", "application/zip", docx(), Format::Zip),
        ("a.zip", "application/zip", zip(&[]), Format::Zip),
        ("a.txt", "text/plain; charset=utf-8", "你好\r\n".into(), Format::Text),
        ("a.txt", "text/plain", utf16, Format::Text),
        ("a.csv", "application/vnd.ms-excel", gbk, Format::Csv),
        ("README.md", "", "# 标题\n\n<b>see</b> <script>".into(), Format::Markdown),
        ("notes.txt", "text/plain", "MZ? no: BZh, ID and %PDF are words".into(), Format::Text),
        ("README", "application/octet-stream", "plain".into(), Format::Text),
        ("a.mp3", "audio/mpeg", padded(b"ID3\x04"), Format::Mp3),
        ("a.mp3", "audio/mp3", padded(b"\xff\xfb\x90"), Format::Mp3),
        ("a.wav", "audio/x-wav", padded(WAV), Format::Wav),
        ("a.ogg", "audio/ogg; codecs=opus", padded(b"OggS"), Format::Ogg),
        ("a.mp4", "video/mp4", padded(MP4), Format::Mp4),
        ("a.m4a", "audio/x-m4a", padded(b"\0\0\0\x20ftypM4A \0\0\0\0"), Format::M4a),
        ("voice.mp4", "audio/mp4", padded(MP4), Format::M4a),
        ("a.webm", "video/webm", padded(WEBM), Format::Webm),
        ("voice.webm", "audio/webm;codecs=opus", padded(WEBM), Format::WebmAudio),
    ] {
        assert_eq!(format_of(name, declared, &bytes).unwrap(), expected, "{name} {declared}");
    }
}

#[test]
fn active_content_is_refused_under_every_name() {
    let html = b"<html><script>alert(1)</script>".to_vec();
    let utf16: Vec<u8> = "\u{feff}<!DOCTYPE html><p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let contents: [(&str, Vec<u8>); 20] = [
        ("html", html.clone()),
        ("doctype", b"  \r\n\t<!DocType HTML>".to_vec()),
        ("bom", b"\xef\xbb\xbf<html>".to_vec()),
        ("utf-16", utf16),
        ("comment", b"<!-- x --> <!-- y --><script>".to_vec()),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("xml", b"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'/>".to_vec()),
        ("xxe", b"<!ENTITY x SYSTEM 'file:///etc/passwd'>".to_vec()),
        ("mht", b"MIME-Version: 1.0\r\nContent-Type: multipart/related".to_vec()),
        ("php", b"<?php system($_GET[0]);".to_vec()),
        ("sh", b"#!/bin/sh\nrm -rf /".to_vec()),
        ("exe", padded(b"MZ\x90\0\x03\0\0\0")),
        ("elf", padded(b"\x7fELF\x02\x01\x01")),
        ("macho", padded(b"\xcf\xfa\xed\xfe\x07\0\0\x01")),
        ("class", padded(b"\xca\xfe\xba\xbe\0\0\0\x34")),
        ("wasm", padded(b"\0asm\x01\0\0\0")),
        ("dex", padded(b"dex\n035\0____________________________p")),
        ("swf", padded(b"CWS\x09")),
        ("swf", padded(b"FWS\x09")),
        ("style", b"<style>@import'//x'</style>".to_vec()),
    ];
    for (what, bytes) in &contents {
        for (name, declared) in [
            ("a.png", "image/png"),
            ("a.html.png", "image/png"),
            ("a.txt", "text/plain"),
            ("a.md", "text/markdown"),
            ("a.csv", ""),
            ("a.pdf", "application/pdf"),
            ("a.zip", "application/zip"),
            ("a.docx", ""),
            ("a.mp4", "video/mp4"),
            ("a", ""),
            ("a", "application/octet-stream"),
        ] {
            let refused = format_of(name, declared, bytes);
            assert!(matches!(refused, Err(Error::TypeNotAllowed)), "{what} as {name}: {refused:?}");
        }
    }
}

#[test]
fn names_and_types_outside_the_list_are_refused_whatever_the_content() {
    for name in [
        "a.html",
        "a.HTM",
        "a.xhtml",
        "a.svg",
        "a.svgz",
        "a.xml",
        "a.js",
        "a.mjs",
        "a.swf",
        "a.exe",
        "a.bat",
        "a.sh",
        "a.ps1",
        "a.jar",
        "a.apk",
        "a.mht",
        "a.hta",
        "a.docm",
        "a.doc",
        "a.png.exe",
        "a.rar",
        "a.mov",
        "a.heic",
        "a.xyz",
    ] {
        for bytes in [b"hello".to_vec(), padded(PNG), docx()] {
            let refused = format_of(name, "", &bytes);
            assert!(matches!(refused, Err(Error::TypeNotAllowed)), "{name}: {refused:?}");
        }
    }
    for declared in ["text/html", "TEXT/HTML; charset=x", "image/svg+xml", "application/x-msdownload"] {
        let refused = format_of("a.txt", declared, b"hello");
        assert!(matches!(refused, Err(Error::TypeNotAllowed)), "{declared}: {refused:?}");
    }
}

#[test]
fn disagreement_of_name_type_and_content_is_refused() {
    let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
    let hybrid = zip(&["[Content_Types].xml", "word/document.xml", "xl/workbook.xml"]);
    let untyped = zip(&["word/document.xml"]);
    let mut truncated = docx();
    truncated.truncate(truncated.len() - 30);
    for (name, declared, bytes) in [
        ("a.png", "image/png", b"hello".to_vec()),
        ("a.png", "image/png", b"%PDF-1.7".to_vec()),
        ("a.png", "application/pdf", padded(PNG)),
        ("a.pdf", "application/pdf", padded(PNG)),
        ("a.pdf", "", b"\n%PDF-1.7".to_vec()),
        ("a.txt", "text/plain", b"\0\x01\x02".to_vec()),
        ("a.txt", "text/plain", padded(GIF)),
        ("a.txt", "image/png", b"hello".to_vec()),
        ("a.csv", "text/csv", docx()),
        ("a.docx", "", zip(&["a.txt"])),
        ("a.xlsx", "", docx()),
        ("a.docx", "", macros),
        ("a.docx", "", hybrid),
        ("a.docx", "", untyped),
        ("a.docx", "", truncated),
        ("a.mp4", "video/mp4", padded(b"\0\0\0\x20ftypheic\0\0\0\0")),
        ("a.mp4", "video/mp4", padded(b"\0\0\0\x20ftypqt  \0\0\0\0")),
        ("a.mp4", "video/mp4", b"\0\0\0\x20ftypisom".to_vec()),
        ("a.mp4", "video/mp4", padded(WEBM)),
        ("a.webm", "video/webm", padded(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska")),
        ("a.mp3", "audio/mpeg", padded(WAV)),
        ("a.wav", "audio/wav", padded(WEBP)),
    ] {
        let refused = format_of(name, declared, &bytes);
        assert!(matches!(refused, Err(Error::TypeMismatch)), "{name} {declared}: {refused:?}");
    }
}

proptest! {
    #[test]
    fn no_input_panics(
        name in any::<String>(),
        declared in any::<String>(),
        magic in prop::sample::select(vec![PNG, GIF, MP4, WEBM, b"PK\x03\x04", b"PK\x05\x06", b"\xff\xfe", b"<!--"]),
        tail in any::<Vec<u8>>(),
    ) {
        let bytes = [magic, &tail].concat();
        let _ = format_of(&name, &declared, &bytes);
        let _ = format_of(&name, &declared, &tail);
    }

    #[test]
    fn broken_archives_never_panic_and_never_pass_as_documents(
        at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = docx();
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = office::format_of(&bytes);
        // Without the whole end record, which is 22 bytes.
        bytes.truncate(cut.index(bytes.len() - 21));
        prop_assert_eq!(office::format_of(&bytes), None);
    }
}
