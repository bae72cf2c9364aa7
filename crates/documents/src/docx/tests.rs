//! Documents of Word and others, and archives that only pretend.

use super::*;
use crate::Content;
use std::io::Write as _;

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn document(body: &str, styles: &str) -> Vec<u8> {
    archive(&[
        ("word/styles.xml", &format!("<w:styles {W}>{styles}</w:styles>")),
        (
            "word/document.xml",
            &format!("<?xml version=\"1.0\"?><w:document {W}><w:body>{body}</w:body></w:document>"),
        ),
    ])
}

fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

fn styled(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{}</w:p>", run(text))
}

fn blocks(body: &str, styles: &str) -> Vec<(usize, Content)> {
    read(&document(body, styles)).unwrap().into_iter().map(|block| (block.place, block.content)).collect()
}

fn heading(level: usize, text: &str) -> Content {
    Content::Heading { level, text: text.into() }
}

fn paragraph(text: &str) -> Content {
    Content::Paragraph(text.into())
}

#[test]
fn headings_are_known_by_their_style_whatever_its_id() {
    // As Word in Chinese writes it, and a style of one's own.
    let styles = "<w:style w:styleId=\"1\"><w:name w:val=\"heading 1\"/></w:style>\
        <w:style w:styleId=\"a3\"><w:name w:val=\"问题\"/><w:basedOn w:val=\"2\"/></w:style>\
        <w:style w:styleId=\"2\"><w:name w:val=\"标题二\"/><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr></w:style>\
        <w:style w:styleId=\"x\"><w:name w:val=\"loop\"/><w:basedOn w:val=\"x\"/></w:style>";
    let body = [
        styled("1", "售后"),
        "<w:p/>".into(),
        styled("a3", "怎么退货？"),
        format!("<w:p>{}{}</w:p>", run("七天内&amp;免费"), run("，&#x5305;邮")),
        styled("x", "x"),
        "<w:p><w:pPr><w:numPr/><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr><w:r><w:t>完好</w:t><w:tab/><w:t>一</w:t><w:br/><w:t>二</w:t></w:r></w:p>".into(),
    ];
    assert_eq!(
        blocks(&body.concat(), styles),
        [
            (1, heading(1, "售后")),
            (3, heading(2, "怎么退货？")),
            (4, paragraph("七天内&免费，包邮")),
            (5, paragraph("x")),
            (6, paragraph("- 完好\t一\n二")),
        ]
    );
}

#[test]
fn tables_are_rows_and_tables_in_them_text() {
    let cell = |inner: &str| format!("<w:tc>{inner}</w:tc>");
    let inner = format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell(&format!("<w:p>{}</w:p>", run("里"))));
    let body = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        cell(&format!("<w:p>{}</w:p>", run("问题"))),
        cell(&format!("<w:p>{}</w:p>", run("答案"))),
        cell("<w:p/>"),
        cell(&format!("<w:p>{}</w:p><w:p>{}</w:p>{inner}", run("a"), run("b"))),
    );
    assert_eq!(
        blocks(&body, ""),
        [
            (1, Content::Row(vec!["问题".into(), "答案".into()])),
            (3, Content::Row(vec![String::new(), "a\nb\n里".into()])),
        ]
    );
}

#[test]
fn deleted_text_and_second_copies_are_left_out() {
    let body = format!(
        "<w:p>{}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><mc:AlternateContent><mc:Choice><w:r><w:txbxContent><w:p>{}</w:p></w:txbxContent></w:r></mc:Choice>\
         <mc:Fallback><w:r><w:t>twice</w:t></w:r></mc:Fallback></mc:AlternateContent>{}</w:p>",
        run("before "),
        run("box"),
        run("after"),
    );
    assert_eq!(blocks(&body, ""), [(2, paragraph("box")), (1, paragraph("before after"))]);
}

#[test]
fn entities_of_a_document_type_are_not_followed() {
    let lol = "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let text = format!("{lol}<w:document {W}><w:body><w:p>{}</w:p></w:body></w:document>", run("x&b;&c;y"));
    let read = read(&archive(&[("word/document.xml", &text)])).unwrap();
    assert_eq!(read[0].content, paragraph("xy"));
}

#[test]
fn bombs_and_deep_boxes_are_refused() {
    let bomb = archive(&[("word/document.xml", &" ".repeat(61 * 1024 * 1024))]);
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(read(&bomb).unwrap_err(), Error::TooLarge);
    let bomb = archive(&[("word/document.xml", "<a/>"), ("word/styles.xml", &" ".repeat(61 * 1024 * 1024))]);
    assert_eq!(read(&bomb).unwrap_err(), Error::TooLarge);
    assert_eq!(read(&document(&"<w:p>".repeat(100_000), "")).unwrap_err(), Error::TooLarge);
    assert_eq!(
        read(&document(&format!("<w:p>{}</w:p>", run("x")).repeat(200_001), "")).unwrap_err(),
        Error::TooLarge
    );
    let deep = format!("{}{}", "<w:x>".repeat(500_000), "</w:x>".repeat(500_000));
    assert_eq!(read(&document(&deep, "")).unwrap(), []);
}

#[test]
fn other_files_are_refused_with_their_reason() {
    for bytes in [&b""[..], b"PK\x03\x04", b"hello", &archive(&[("a.txt", "x")])] {
        assert_eq!(read(bytes).unwrap_err(), Error::Unreadable);
    }
    assert_eq!(read(&archive(&[("word/document.xml", "<a><b></a>")])).unwrap_err(), Error::Unreadable);
    let mut old = COMPOUND.to_vec();
    assert_eq!(read(&old).unwrap_err(), Error::Unreadable);
    old.extend(ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&old).unwrap_err(), Error::Encrypted);
}
