//! Export of entries: CSV for spreadsheets, JSON Lines for `octim bot eval` and other tools.
//! Both can be imported again.

use super::Knowledge;
use crate::{Error, Result, Staff};
use jiff::Timestamp;
use model::{Audience, Entry, EntryContent, EntryStatus, LinkCard, Millis, Permission};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Jsonl,
}

impl Knowledge {
    /// Newest versions of everything but the archived; with `published`, of the published only.
    pub async fn export(&self, staff: &Staff, format: Format, published: bool) -> Result<Vec<u8>> {
        staff.require(Permission::EditKnowledge)?;
        let mut entries = self.store.all_entries(staff.workspace()).await?;
        entries.retain(|entry| !published || entry.status == EntryStatus::Published);
        match format {
            Format::Csv => csv(&entries),
            Format::Jsonl => jsonl(&entries),
        }
    }
}

fn csv(entries: &[Entry]) -> Result<Vec<u8>> {
    // The mark tells spreadsheets that it is UTF-8.
    let mut writer = csv::Writer::from_writer(Vec::from("\u{feff}"));
    let header = [
        "id",
        "category",
        "question",
        "phrasings",
        "answer",
        "sections",
        "audience",
        "tags",
        "valid_from",
        "valid_until",
        "status",
    ];
    writer.write_record(header).map_err(Error::internal)?;
    for entry in entries {
        let content = &entry.content;
        let record = [
            entry.id.to_string(),
            safe(&content.category),
            safe(&content.question),
            safe(&content.phrasings.join("\n")),
            safe(&content.answer),
            sections(content)?,
            content.audience.code().to_owned(),
            safe(&content.tags.join(",")),
            moment(content.valid_from),
            moment(content.valid_until),
            entry.status.code().to_owned(),
        ];
        writer.write_record(&record).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}

/// What only an article has, as JSON: a cell knows no headings.
fn sections(content: &EntryContent) -> Result<String> {
    if content.is_article() {
        serde_json::to_string(&content.sections).map_err(Error::internal)
    } else {
        Ok(String::new())
    }
}

/// A spreadsheet must not calculate what somebody wrote.
fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() }
}

fn moment(at: Option<Millis>) -> String {
    at.and_then(|at| Timestamp::from_millisecond(at).ok()).map(|at| at.to_string()).unwrap_or_default()
}

fn jsonl(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for entry in entries {
        let phrasings: Vec<&String> =
            std::iter::once(&entry.content.question).chain(&entry.content.phrasings).collect();
        let mut line = serde_json::json!({
            "id": entry.id,
            "phrasings": phrasings,
            "answer": entry.content.answer,
        });
        if entry.content.audience != Audience::Everybody {
            line["audience"] = serde_json::json!(entry.content.audience);
        }
        if !entry.content.cards.is_empty() {
            line["cards"] = entry.content.cards.iter().map(card).collect();
        }
        if entry.content.is_article() {
            line["sections"] = serde_json::json!(entry.content.sections);
        }
        serde_json::to_writer(&mut out, &line).map_err(Error::internal)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// Without its image.
fn card(card: &LinkCard) -> serde_json::Value {
    serde_json::json!({"title": card.title, "text": card.text, "link": card.link, "button": card.button})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::import::{Format as From, Outcome, Reading, plan_of, read};
    use model::{AnswerImage, AttachmentId, EntryId, FileRef, MediaKind, Section, SectionImage, WorkspaceId};

    fn entry(id: i64, content: EntryContent) -> Entry {
        Entry {
            id: EntryId(id),
            workspace_id: WorkspaceId(1),
            status: EntryStatus::Published,
            version: 1,
            published_version: Some(1),
            content,
            owner_id: None,
            source: None,
            used: 0,
            used_at: None,
            created_at: 0,
            updated_at: 0,
            updated_by: None,
        }
    }

    #[test]
    fn what_was_exported_changes_nothing_when_it_comes_back() {
        let image = FileRef {
            id: AttachmentId(7),
            name: "a.png".into(),
            media_type: "image/png".into(),
            kind: MediaKind::Image,
            size: 1,
            width: None,
            height: None,
            has_thumbnail: false,
        };
        let content = EntryContent {
            category: "售后/退货".into(),
            question: "=1+1 是多少，\"真的\"？".into(),
            phrasings: vec!["-一减一".into(), "a,b".into()],
            answer: "第一行\n第二行, \"引号\"".into(),
            cards: vec![LinkCard {
                title: "=茶壶".into(),
                link: "https://shop.example/teapot".into(),
                image: Some(image.clone()),
                button: "看看".into(),
                ..LinkCard::default()
            }],
            audience: Audience::Vip,
            tags: vec!["甲".into(), "乙".into()],
            valid_from: Some(1_790_000_000_123),
            valid_until: Some(1_890_000_000_000),
            ..EntryContent::default()
        };
        let image =
            SectionImage { after: 1, image: AnswerImage { file: image.clone(), alt: "一张表".into() } };
        let section =
            Section {
                heading: "运费, \"谁付\"".into(), text: "=满 99 元\n包邮".into(), images: vec![image]
            };
        let article = EntryContent {
            question: "配送说明".into(),
            sections: vec![Section { text: "序".into(), ..Section::default() }, section],
            ..EntryContent::default()
        };
        let entries = vec![
            entry(7, content),
            entry(8, EntryContent { question: "二".into(), answer: "x".into(), ..EntryContent::default() }),
            entry(9, article),
        ];
        for (bytes, format) in [(csv(&entries).unwrap(), From::Csv), (jsonl(&entries).unwrap(), From::Jsonl)]
        {
            let rows = read(&bytes, &Reading { format, zone: 480, article: None }).unwrap();
            let plan = plan_of(rows, entries.clone());
            let ids: Vec<_> = plan.rows.iter().map(|one| one.outcome.clone()).collect();
            assert_eq!(ids, [7, 8, 9].map(|id| Outcome::Unchanged(EntryId(id))), "{format:?}");
        }
        let text = String::from_utf8(csv(&entries).unwrap()).unwrap();
        assert!(text.contains("\"'=1+1") && text.contains("'-一减一"), "{text}");
    }

    #[test]
    fn json_lines_have_the_question_first() {
        let content = EntryContent {
            question: "一".into(),
            phrasings: vec!["壹".into()],
            answer: "x".into(),
            ..EntryContent::default()
        };
        let text = String::from_utf8(jsonl(&[entry(7, content)]).unwrap()).unwrap();
        assert_eq!(text, "{\"answer\":\"x\",\"id\":\"7\",\"phrasings\":[\"一\",\"壹\"]}\n");
    }
}
