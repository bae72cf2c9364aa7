//! Pages, tidy, old and hostile.

use super::*;
use crate::{Content, DEEPEST, Error};
use proptest::prelude::*;

fn page(text: &str) -> Page {
    read(text.as_bytes(), None).unwrap()
}

fn blocks(text: &str) -> Vec<(usize, Content)> {
    page(text).blocks.into_iter().map(|block| (block.place, block.content)).collect()
}

fn heading(level: usize, text: &str) -> Content {
    Content::Heading { level, text: text.into() }
}

fn paragraph(text: &str) -> Content {
    Content::Paragraph(text.into())
}

#[test]
fn headings_paragraphs_lists_and_tables_are_read_with_their_lines() {
    let text = "<!doctype html><html><head><title>帮助 &amp; 支持</title><style>p{}</style></head>\n\
        <body><nav><a href='/a'>首页</a></nav>\n\
        <h1>售后</h1>\n<h2>怎么<b>退货</b>？</h2>\n<p>七天内&nbsp;可退，\n  包邮<br>运费我们付。</p>\n<ul><li>完好<li>有 <i>发票</i></ul>\n\
        <table><tr><th>地区<th>天数</tr><tr><td>国内<td></td></tr></table>\n\
        <script>if (a < b) document.write('<h1>no</h1>')</script><footer>© 2026</footer></body></html>";
    assert_eq!(page(text).title, "帮助 & 支持");
    assert_eq!(
        blocks(text),
        [
            (3, heading(1, "售后")),
            (4, heading(2, "怎么退货？")),
            (5, paragraph("七天内 可退， 包邮\n运费我们付。")),
            (7, paragraph("- 完好")),
            (7, paragraph("- 有 发票")),
            (8, Content::Row(vec!["地区".into(), "天数".into()])),
            (8, Content::Row(vec!["国内".into(), String::new()])),
        ]
    );
}

#[test]
fn main_part_alone_counts_where_there_is_one() {
    let text = "<body><div>menu</div><main><h2>Q</h2>A</main><div>more</div></body>";
    assert_eq!(blocks(text), [(1, heading(2, "Q")), (1, paragraph("A"))]);
    // A page whose main part is filled by a script.
    assert_eq!(blocks("<main></main><p>text</p>"), [(1, paragraph("text"))]);
}

#[test]
fn questions_that_fold_out_and_definitions_are_headings() {
    let text = "<details><summary>How long?</summary><p>3 days</p></details><dl><dt>Fee<dd>None</dl>";
    assert_eq!(
        blocks(text),
        [
            (1, heading(DEEPEST, "How long?")),
            (1, paragraph("3 days")),
            (1, heading(DEEPEST, "Fee")),
            (1, paragraph("None")),
        ]
    );
}

#[test]
fn what_nobody_sees_is_left_out() {
    let text = "<p hidden>a</p><p aria-hidden=true>b</p><input hidden><template><p>c</p></template>\
        <noscript>d</noscript><svg><text>e</text></svg><form><label>f</label></form><textarea><p>g</textarea><!-- h --><p>seen</p>";
    assert_eq!(blocks(text), [(1, paragraph("seen"))]);
}

#[test]
fn encoding_is_taken_from_the_server_the_page_or_the_bytes() {
    let gbk = encoding_rs::GBK.encode("<meta charset=gbk><h1>退货</h1>").0.into_owned();
    assert_eq!(read(&gbk, None).unwrap().blocks[0].content, heading(1, "退货"));
    let big5 = encoding_rs::BIG5.encode("<h1>退貨</h1>").0.into_owned();
    assert_eq!(read(&big5, Some("big5")).unwrap().blocks[0].content, heading(1, "退貨"));
    assert_eq!(
        read("<h1>退货</h1>".as_bytes(), Some("nonsense")).unwrap().blocks[0].content,
        heading(1, "退货")
    );
    // What no table knows is shown as such, and harms nothing.
    assert_eq!(read(b"<meta charset=utf-8><p>\xff\xfea</p>", None).unwrap().blocks.len(), 1);
}

#[test]
fn links_are_listed_and_wishes_of_the_page_kept() {
    let page = page(
        "<meta name=robots content='noindex, nofollow'><a href='/b?x=1#part'>b</a><a href=//c.example/ rel='ugc nofollow'>c</a><a href='mailto:x@y.example'>m</a><a>none</a>",
    );
    assert!(page.no_index && page.no_follow);
    let base = Url::parse("https://shop.example/help/a.html").unwrap();
    let links: Vec<_> =
        page.links.iter().map(|link| (link.from(&base).map(String::from), link.no_follow)).collect();
    assert_eq!(
        links,
        [
            (Some("https://shop.example/b?x=1".into()), false),
            (Some("https://c.example/".into()), true),
            (None, false),
        ]
    );
}

#[test]
fn deep_nesting_and_endless_tags_cost_little() {
    let deep = format!("{}x{}", "<div>".repeat(300_000), "</div>".repeat(300_000));
    assert_eq!(blocks(&deep), [(1, paragraph("x"))]);
    let nested_lists = "<ul><li>".repeat(200_000);
    assert_eq!(blocks(&nested_lists), []);
    let attributes = (0..400_000).map(|n| format!(" a{n}=1")).collect::<Vec<_>>().concat();
    assert_eq!(blocks(&format!("<p{attributes}>x</p>")), [(1, paragraph("x"))]);
    assert_eq!(blocks(&"<svg>".repeat(300_000)), []);
    assert_eq!(blocks("<p title=\"never closed"), []);
}

#[test]
fn page_of_too_many_blocks_is_refused() {
    assert_eq!(page(&"<p>x".repeat(100)).blocks.len(), 100);
    assert_eq!(
        read("<p>x".repeat(200_001).as_bytes(), None).map(|page| page.blocks.len()),
        Err(Error::TooLarge)
    );
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(<(/?(h1|p|td|tr|table|li|nav|script|title|main|br|head|body|svg|pre)|!--|a href=)>?|[a-z 退\\n\"'&;=]){0,60}") {
        let page = page(&text);
        let lines = text.lines().count().max(1) + 1;
        prop_assert!(page.blocks.iter().all(|block| (1..=lines).contains(&block.place)));
    }
}
