//! Files as programs write them, and files made to harm.

use super::*;
use crate::{Content, DEEPEST};
use lopdf::{Dictionary, Object, Stream, dictionary};
use std::fmt::Write as _;

/// A file of pages with these drawing operations. `F1` is Helvetica, `F2` its bold form, `F3` a
/// Chinese font whose letters are named by a table of its own.
fn file(pages: &[&str]) -> Document {
    let mut file = Document::with_version("1.7");
    let tree = file.new_object_id();
    let letters: Vec<String> =
        "怎么退货七天内可退".chars().map(|c| format!("<{:04x}> <{0:04x}>", c as u32)).collect();
    let table = format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{} beginbfchar\n{}\nendbfchar\nendcmap\nend\nend",
        letters.len(),
        letters.join("\n")
    );
    let table = file.add_object(Stream::new(Dictionary::new(), table.into_bytes()));
    let simple = |name: &str| dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => name, "Encoding" => "WinAnsiEncoding" };
    let fonts = dictionary! {
        "F1" => simple("Helvetica"),
        "F2" => simple("Helvetica-Bold"),
        "F3" => dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "Song", "Encoding" => "Identity-H", "ToUnicode" => table,
        },
    };
    let kids: Vec<Object> = pages
        .iter()
        .map(|text| {
            let mut stream = Stream::new(Dictionary::new(), text.as_bytes().to_vec());
            stream.compress().unwrap();
            let content = file.add_object(stream);
            let page = dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content,
                "Resources" => dictionary! { "Font" => fonts.clone() },
            };
            file.add_object(page).into()
        })
        .collect();
    let count = kids.len() as i64;
    file.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
    let catalog = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    file.trailer.set("Root", catalog);
    file
}

fn bytes(mut file: Document) -> Vec<u8> {
    let mut out = Vec::new();
    file.save_to(&mut out).unwrap();
    out
}

fn blocks(pages: &[&str]) -> Vec<(usize, Content)> {
    read(&bytes(file(pages))).unwrap().into_iter().map(|block| (block.place, block.content)).collect()
}

fn line(font: &str, size: u32, y: u32, text: &str) -> String {
    format!("BT /{font} {size} Tf 1 0 0 1 72 {y} Tm ({text}) Tj ET\n")
}

fn heading(level: usize, text: &str) -> Content {
    Content::Heading { level, text: text.into() }
}

fn paragraph(text: &str) -> Content {
    Content::Paragraph(text.into())
}

#[test]
fn larger_and_bold_lines_are_headings_and_near_lines_a_paragraph() {
    let page = [
        line("F1", 24, 700, "Returns"),
        line("F1", 16, 660, "How do I send it"),
        line("F1", 16, 640, "back?"),
        line("F1", 10, 620, "Within seven days, at no"),
        line("F1", 10, 607, "cost, if it is un-"),
        line("F1", 10, 594, "used."),
        line("F1", 10, 560, "Pack it well."),
        line("F2", 10, 530, "Who pays?"),
        line("F1", 10, 515, "We do, \\(really\\)."),
    ];
    assert_eq!(
        blocks(&[&page.concat()]),
        [
            (1, heading(1, "Returns")),
            (1, heading(2, "How do I send it back?")),
            (1, paragraph("Within seven days, at no cost, if it is unused.")),
            (1, paragraph("Pack it well.")),
            (1, heading(DEEPEST, "Who pays?")),
            (1, paragraph("We do, (really).")),
        ]
    );
}

#[test]
fn chinese_letters_are_named_by_the_table_of_their_font() {
    let hex = |text: &str| {
        text.encode_utf16().fold(String::new(), |mut out, unit| {
            let _ = write!(out, "{unit:04x}");
            out
        })
    };
    let page = format!(
        "BT /F3 18 Tf 72 700 Td <{}> Tj ET BT /F3 10 Tf 72 680 Td <{}> Tj 0 -12 Td <{}> Tj ET",
        hex("怎么退货"),
        hex("七天内"),
        hex("可退")
    );
    assert_eq!(blocks(&[&page]), [(1, heading(1, "怎么退货")), (1, paragraph("七天内可退"))]);
}

#[test]
fn tables_of_fonts_are_read_however_they_are_written() {
    let table = table::Table::read(
        b"begincodespacerange<00><7f>endcodespacerange % note <41>\n1 beginbfrange <21> <23> <4e00> <30> <31> [<0041> <d83dde00>]endbfrange 1 beginbfchar<40> <00660069>endbfchar",
    );
    let mut out = String::new();
    table.unwrap().write(b"\x21\x23\x30\x31\x40\x99", &mut out);
    assert_eq!(out, "\u{4e00}\u{4e02}A\u{1f600}fi");
    for bytes in [
        &b""[..],
        b"<",
        b"beginbfrange <00> <ffffffff>",
        b"beginbfrange <00000000> <ffffffff> <0000> endbfrange",
        b"beginbfchar <",
        b"[ ] <<>> beginbfchar <0> <1>",
    ] {
        let _ = table::Table::read(bytes);
    }
}

#[test]
fn words_are_parted_where_letters_stand_apart() {
    let page = "BT /F1 10 Tf 72 700 Td [(Free) -278 (ship) 20 (ping)] TJ ( for) Tj 200 0 Td (all) Tj 0 -12 TD (and) Tj T* (more) Tj (once) ' ET";
    assert_eq!(blocks(&[page]), [(1, paragraph("Free shipping for all and more once"))]);
}

#[test]
fn flipped_page_is_read_from_its_top() {
    // As browsers print: the page is turned upside down and so are the letters.
    let page = "q .75 0 0 -.75 0 800 cm BT /F1 32 Tf 1 0 0 -1 10 50 Tm (Title) Tj ET BT /F1 16 Tf 1 0 0 -1 10 80 Tm (one) Tj 1 0 0 -1 10 100 Tm (two) Tj ET Q";
    assert_eq!(blocks(&[page]), [(1, heading(1, "Title")), (1, paragraph("one two"))]);
}

#[test]
fn headers_and_page_numbers_are_left_out() {
    let page = |n: u32| {
        [
            line("F1", 9, 800, "Shop manual"),
            line("F1", 10, 700, &format!("Text number {}", "I".repeat(n as usize))),
            line("F1", 9, 20, &format!("Page {n}")),
        ]
        .concat()
    };
    let pages = [page(1), page(2), page(3)];
    let read = blocks(&pages.each_ref().map(String::as_str));
    assert_eq!(
        read,
        [
            (1, paragraph("Text number I")),
            (2, paragraph("Text number II")),
            (3, paragraph("Text number III"))
        ]
    );
}

#[test]
fn pictures_of_text_and_other_files_are_refused_with_their_reason() {
    assert_eq!(read(&bytes(file(&["0 0 100 100 re f"]))).unwrap_err(), Error::NoText);
    for bytes in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\ngarbage\n%%EOF", b"PK\x03\x04"] {
        assert_eq!(read(bytes).unwrap_err(), Error::Unreadable);
    }
}

#[test]
fn file_with_a_password_says_so() {
    let mut file = file(&[&line("F1", 10, 700, "secret")]);
    file.trailer.set(
        "ID",
        vec![Object::string_literal("0123456789abcdef"), Object::string_literal("0123456789abcdef")],
    );
    let version = lopdf::EncryptionVersion::V2 {
        document: &file,
        owner_password: "owner",
        user_password: "user",
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    };
    let state = lopdf::EncryptionState::try_from(version).unwrap();
    file.encrypt(&state).unwrap();
    assert_eq!(read(&bytes(file)).unwrap_err(), Error::Encrypted);
}

#[test]
fn bombs_are_refused() {
    // One stream that unpacks to too much.
    let bomb = " ".repeat(STREAM + 1);
    let small = bytes(file(&[&bomb]));
    assert!(small.len() < 1024 * 1024);
    assert_eq!(read(&small).unwrap_err(), Error::TooLarge);
    // Many that do together.
    let part = " ".repeat(STREAM - 10);
    let small = bytes(file(&[&part, &part, &part, &part, &part]));
    assert_eq!(read(&small).unwrap_err(), Error::TooLarge);
    let pages = vec!["0 0 m"; PAGES + 1];
    assert_eq!(read(&bytes(file(&pages))).unwrap_err(), Error::TooLarge);
}

#[test]
fn nesting_and_cycles_end() {
    let deep = format!("{} {}", "[".repeat(200_000), line("F1", 10, 700, "x"));
    assert!(read(&bytes(file(&[&deep]))).is_err());
    let saved = format!("{}{}", "q ".repeat(300_000), line("F1", 10, 700, "x"));
    assert_eq!(blocks(&[&saved]), [(1, paragraph("x"))]);
    let mut cycle = file(&["0 0 m"]);
    let tree = cycle.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    cycle.get_object_mut(tree).unwrap().as_dict_mut().unwrap().set("Kids", vec![Object::Reference(tree); 3]);
    assert!(read(&bytes(cycle)).is_err());
}
