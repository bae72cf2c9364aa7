//! Files of every format, good, odd and hostile.

use super::*;
use model::{Entry, EntryContent, EntryStatus, WorkspaceId};
use std::io::{Cursor, Write as _};

fn rows(format: Format, text: &str) -> Vec<Row> {
    read(text.as_bytes(), &Reading { format, zone: 480, article: None }).unwrap()
}

fn answer(row: &Row) -> &str {
    row.answer.as_deref().unwrap_or_default()
}

fn refused(format: Format, bytes: &[u8]) -> Error {
    read(bytes, &Reading { format, zone: 0, article: None }).unwrap_err()
}

fn entry(id: i64, question: &str, answer: &str) -> Entry {
    Entry {
        id: EntryId(id),
        workspace_id: WorkspaceId(1),
        status: EntryStatus::Published,
        version: 3,
        published_version: Some(3),
        content: EntryContent {
            question: question.into(),
            answer: answer.into(),
            tags: vec!["旧".into()],
            ..EntryContent::default()
        },
        owner_id: None,
        source: None,
        used: 0,
        used_at: None,
        created_at: 0,
        updated_at: 0,
        updated_by: None,
    }
}

/// A workbook with these rows as inline text.
fn workbook(table: &[&[&str]]) -> Vec<u8> {
    let rows = table.iter().enumerate().map(|(row, cells)| {
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let name = char::from(b'A' + column as u8);
            format!("<c r=\"{name}{}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>", row + 1)
        });
        format!("<row r=\"{}\">{}</row>", row + 1, cells.collect::<Vec<_>>().concat())
    });
    let rows = rows.collect::<Vec<_>>().concat();
    archive(&format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    ))
}

fn archive(sheet: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, text: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    put(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    put(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"FAQ\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        ),
    );
    put(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
        ),
    );
    put("xl/worksheets/sheet1.xml", sheet);
    zip.finish().unwrap().into_inner()
}

#[test]
fn csv_is_read_by_the_names_of_its_columns() {
    let text = "分类,标准问,相似问1,相似问2,答案,标签,生效时间,备注\n\
                售后/退货,怎么退货,如何退|退货流程,能退吗,\"七天内\n免费\",\"甲，乙\",2026-01-31,x\n\n,只有问题,,,,,,\n";
    let rows = rows(Format::Csv, text);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].phrasings.as_deref().unwrap(), ["如何退", "退货流程", "能退吗"]);
    assert_eq!((answer(&rows[0]), rows[0].line), ("七天内\n免费", 2));
    assert_eq!(rows[0].tags.as_deref().unwrap(), ["甲", "乙"]);
    // Midnight of Beijing.
    assert_eq!(rows[0].valid_from, Some(Bound::At(1_769_788_800_000)));
    assert_eq!(rows[1].line, 5);
}

#[test]
fn csv_of_a_chinese_spreadsheet_is_decoded() {
    let (gbk, _, _) = encoding_rs::GBK.encode("问题;答案\n怎么退货;七天内\n");
    let rows = read(&gbk, &Reading { format: Format::Csv, zone: 0, article: None }).unwrap();
    assert_eq!((rows[0].question.as_str(), answer(&rows[0])), ("怎么退货", "七天内"));
    let utf16: Vec<u8> =
        "\u{feff}question\tanswer\na\tb\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        answer(&read(&utf16, &Reading { format: Format::Csv, zone: 0, article: None }).unwrap()[0]),
        "b"
    );
}

#[test]
fn table_without_questions_or_answers_is_refused() {
    assert!(matches!(refused(Format::Csv, b"name,price\na,1\n"), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Csv, b""), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Csv, b"question,answer\na,\0\n"), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Xlsx, b"PK\x03\x04 no archive"), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Xlsx, &workbook(&[])), Error::ImportUnreadable));
}

#[test]
fn too_many_rows_are_refused() {
    let text = format!("question,answer\n{}", "q,a\n".repeat(MAX_ROWS + 1));
    assert!(matches!(refused(Format::Csv, text.as_bytes()), Error::ImportTooLarge));
    assert!(matches!(refused(Format::Jsonl, "{}\n".repeat(MAX_ROWS + 1).as_bytes()), Error::ImportTooLarge));
    assert!(matches!(refused(Format::Markdown, &vec![b' '; MAX_BYTES + 1]), Error::ImportTooLarge));
}

#[test]
fn workbook_is_read_by_the_names_of_its_columns() {
    let book = workbook(&[
        &["问题", "答案", "相似问法"],
        &["怎么退货", "七天内", "如何退"],
        &["", "", ""],
        &["二", "", ""],
    ]);
    let rows = read(&book, &Reading { format: Format::Xlsx, zone: 0, article: None }).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].line, rows[0].question.as_str()), (2, "怎么退货"));
    assert_eq!(rows[0].phrasings.as_deref().unwrap(), ["如何退"]);
    assert_eq!((rows[1].line, answer(&rows[1])), (4, ""));
}

#[test]
fn workbook_that_unpacks_to_too_much_is_refused() {
    let bomb = archive(&" ".repeat(101 * 1024 * 1024));
    assert!(bomb.len() < 1024 * 1024);
    assert!(matches!(refused(Format::Xlsx, &bomb), Error::ImportTooLarge));
}

#[test]
fn cell_far_away_costs_nothing() {
    let far = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><dimension ref=\"A1:XFD1048576\"/>\
               <sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>问题</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>答案</t></is></c></row>\
               <row r=\"1048576\"><c r=\"A1048576\" t=\"inlineStr\"><is><t>一</t></is></c><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
    let rows = read(&archive(far), &Reading { format: Format::Xlsx, zone: 0, article: None }).unwrap();
    assert_eq!((rows.len(), rows[0].line), (1, 1_048_576));
}

#[test]
fn markdown_headings_are_questions_and_categories() {
    let text = "# 售后\n\n## 退货 / 换货\n\n### 怎么`退货`？\n七天内：\n\n- 完好\n\n```\n# 不是标题\n```\n\n### 要运费吗\n\n不用。\n\n## 物流\n三天。\n\n多久到\n---\n四天\n";
    let rows = rows(Format::Markdown, text);
    let read: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.category.as_deref().unwrap_or(""), row.question.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            (5, "售后/退货 ／ 换货", "怎么退货？"),
            (14, "售后/退货 ／ 换货", "要运费吗"),
            (18, "售后", "物流"),
            (21, "售后", "多久到"),
        ]
    );
    assert_eq!(answer(&rows[0]), "七天内：\n\n- 完好\n\n```\n# 不是标题\n```");
    assert_eq!(rows[0].phrasings, None);
}

#[test]
fn markdown_text_without_a_heading_is_an_error_row() {
    let rows = rows(Format::Markdown, "只有文字\n");
    let plan = plan_of(rows, Vec::new());
    assert_eq!(plan.rows[0].outcome, Outcome::Wrong(Problem::QuestionMissing));
}

#[test]
fn documents_are_read_by_headings_marks_and_tables() {
    let text = "<main><h1>售后</h1><h2>怎么退货？</h2><p>七天内。</p><ul><li>完好</li><li>有发票</li></ul>\n<p>问：要运费吗？<br>答：不用。</p><p>我们付。</p>\n\
        <h2>物流</h2><table><tr><th>问题<th>答案<th>标签</tr><tr><td>多久到<td>三天<td>快递</tr>\n<tr><td>能查吗<td><td></tr></table>\n\
        <h1>价格</h1><table><tr><td>大<td>十元</tr></table><p>A. 先付 B. 后付</p></main>";
    let rows = rows(Format::Html, text);
    let read: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.category.as_deref().unwrap_or(""), row.question.as_str(), answer(row)))
        .collect();
    assert_eq!(
        read,
        [
            (1, "售后", "怎么退货？", "七天内。\n\n- 完好\n- 有发票"),
            (2, "售后", "要运费吗？", "不用。\n\n我们付。"),
            (3, "售后/物流", "多久到", "三天"),
            (4, "售后/物流", "能查吗", ""),
            (5, "", "价格", "大 | 十元\n\nA. 先付 B. 后付"),
        ]
    );
    assert_eq!(rows[2].tags.as_deref().unwrap(), ["快递"]);
}

#[test]
fn page_without_headings_answers_what_its_title_asks() {
    let rows = rows(Format::Html, "<title>怎么付款</title><p>微信或支付宝。</p>");
    assert_eq!((rows[0].question.as_str(), answer(&rows[0])), ("怎么付款", "微信或支付宝。"));
    let plan = plan_of(
        super::read(b"<p>x</p>", &Reading { format: Format::Html, zone: 0, article: None }).unwrap(),
        Vec::new(),
    );
    assert_eq!(plan.rows[0].outcome, Outcome::Wrong(Problem::QuestionMissing));
}

#[test]
fn documents_that_cannot_be_taken_say_why() {
    assert!(matches!(refused(Format::Docx, b"no archive"), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Docx, &archive("<worksheet/>")), Error::ImportUnreadable));
    assert!(matches!(refused(Format::Pdf, b"%PDF-1.7 damaged"), Error::ImportUnreadable));
    for format in [Format::Html, Format::Docx, Format::Pdf] {
        assert!(matches!(refused(format, &vec![b' '; MAX_BYTES + 1]), Error::ImportTooLarge));
    }
    let rows = "<h1>q</h1>a".repeat(MAX_ROWS + 1);
    assert!(matches!(refused(Format::Html, rows.as_bytes()), Error::ImportTooLarge));
}

#[test]
fn lines_that_are_no_json_are_error_rows_of_their_own() {
    let text = "{\"question\":\"一\",\"answer\":\"x\"}\n{oops\n\n{\"id\":\"q7\",\"phrasings\":[\"二\",\"贰\"],\"answer\":\"y\"}\n[1]\n";
    let rows = rows(Format::Jsonl, text);
    let plan = plan_of(rows, Vec::new());
    let wrong: Vec<_> =
        plan.rows.iter().map(|one| (one.row.line, matches!(one.outcome, Outcome::Wrong(_)))).collect();
    assert_eq!(wrong, [(1, false), (2, true), (4, false), (5, true)]);
    assert_eq!(plan.rows[2].row.question, "二");
    assert_eq!(plan.rows[2].row.id, None);
}

#[test]
fn plan_tells_new_changed_unchanged_and_duplicate_rows() {
    let existing = vec![entry(7, "怎么退货", "七天内"), entry(8, "运费", "包邮")];
    let text = "id,question,answer\n,怎么 退货？,七天内\n8,邮费,包邮\n,新问题,新\n,新问题！,又\n,运费,包邮\n,没有答案,\n,,孤儿\n";
    let plan = plan_of(rows(Format::Csv, text), existing);
    let outcomes: Vec<_> = plan.rows.iter().map(|one| &one.outcome).collect();
    assert!(
        matches!(outcomes[0], Outcome::Changed { id: EntryId(7), version: 3, content } if content.question == "怎么 退货？" && content.tags == ["旧"])
    );
    assert!(matches!(outcomes[1], Outcome::Changed { id: EntryId(8), .. }));
    assert!(matches!(outcomes[2], Outcome::New(content) if content.answer == "新"));
    assert_eq!(outcomes[3], &Outcome::Duplicate(4));
    assert_eq!(outcomes[4], &Outcome::Duplicate(3));
    assert_eq!(outcomes[5], &Outcome::Wrong(Problem::AnswerMissing));
    assert_eq!(outcomes[6], &Outcome::Wrong(Problem::QuestionMissing));
    assert_eq!(plan.changes().len(), 3);
}

#[test]
fn dates_are_read_in_the_zone_of_whoever_imports() {
    for (text, expected) in [
        ("2026-01-31", Some(1_769_788_800_000)),
        ("2026/1/31", Some(1_769_788_800_000)),
        ("2026-01-31 08:00", Some(1_769_817_600_000)),
        ("2026-01-31T00:00:00Z", Some(1_769_817_600_000)),
        ("31.01.2026", None),
        ("soon", None),
        ("2026-13-01", None),
    ] {
        assert_eq!(table::moment(text, 480), expected, "{text}");
    }
}

#[test]
fn rows_that_break_a_rule_say_which() {
    let long = "字".repeat(201);
    let text = format!(
        "question,answer,category,tags,valid_until,phrasings\n{long},x,,,,\nb,x,1/2/3/4/5/6,,,\nc,x,,{},,\nd,x,,,soon,\ne,x,,,,{long}\nf,{},,,,\n",
        "签".repeat(31),
        "字".repeat(4_001)
    );
    let plan = plan_of(rows(Format::Csv, &text), Vec::new());
    let problems: Vec<_> = plan
        .rows
        .into_iter()
        .map(|one| match one.outcome {
            Outcome::Wrong(problem) => problem,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        problems,
        [
            Problem::QuestionInvalid,
            Problem::CategoryInvalid,
            Problem::TagsInvalid,
            Problem::ValidityInvalid,
            Problem::PhrasingsInvalid,
            Problem::AnswerInvalid,
        ]
    );
}
