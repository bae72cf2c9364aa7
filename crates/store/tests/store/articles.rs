//! Articles: a version holds its sections, lists tell them from questions, and search reads them.

use crate::{attachments::upload, fixture::*};
use model::{
    AgentId, AnswerImage, EntryContent, EntryStatus::*, Role, Section, SectionImage, Sender, WorkspaceId,
};
use store::entries::{Change, Filter, NewEntry};

fn section(heading: &str, text: &str) -> Section {
    Section { heading: heading.into(), text: text.into(), ..Section::default() }
}

fn article(sections: Vec<Section>) -> EntryContent {
    EntryContent { question: "配送说明".into(), sections, ..EntryContent::default() }
}

async fn image(store: &TestStore, workspace: WorkspaceId, after: usize) -> SectionImage {
    let file = upload(store, workspace, Sender::Agent(AgentId(7)), NOW).await.into();
    SectionImage { after, image: AnswerImage { file, alt: "一张\"收据\"".into() } }
}

both! {
    async fn each_version_of_an_article_keeps_its_sections(store: &TestStore) {
        let here = workspace(store).await;
        let editor = agent(store, here, Role::Owner).await;
        let first = article(vec![section("", "序"), section("运费", "满 \"99\" 元\n包邮")]);
        let entry = NewEntry { content: first.clone(), owner: None };
        let id = store.insert_entries(here, &[entry], true, None, NOW).await.unwrap()[0];
        let change = Change { workspace: here, id, version: 1, by: Some(editor.id), at: NOW + 5 };
        let mut second = article(vec![section("", "序"), section("运费", "满 88 元包邮")]);
        second.sections[1].images = vec![image(store, here, 0).await, image(store, here, 1).await];
        store.save_entry(change, &second, None).await.unwrap();

        assert_eq!(store.find_entry(here, id).await.unwrap().unwrap().content, second);
        assert_eq!(store.find_live_entry(here, id).await.unwrap().unwrap().content, first);
        let shown = second.sections[1].images[0].image.file.id;
        assert_eq!(store.articles_with_image(here, shown).await.unwrap(), [], "a draft");
        assert_eq!(store.published_entries(here).await.unwrap()[0].content, first);
        let versions = store.list_entry_versions(here, id, 10).await.unwrap();
        let kept: Vec<_> = versions.into_iter().map(|one| one.content).collect();
        assert_eq!(kept, [second.clone(), first]);
        let published = Change { version: 2, ..change };
        store.set_entry_status(published, &[Draft], Published).await.unwrap();
        assert_eq!(store.entries_changed_since(here, 1).await.unwrap().changed[0].content.sections, second.sections);
        assert_eq!(store.articles_with_image(here, shown).await.unwrap(), [id]);
        assert_eq!(store.articles_with_image(workspace(store).await, shown).await.unwrap(), []);
    }

    async fn articles_are_listed_apart_and_found_by_their_text(store: &TestStore) {
        let here = workspace(store).await;
        let question = EntryContent { question: "怎么退货".into(), answer: "七天".into(), ..EntryContent::default() };
        let contents = [question, article(vec![section("偏远地区", "新疆和西藏 5 天送达")])];
        let entries: Vec<_> = contents.into_iter().map(|content| NewEntry { content, owner: None }).collect();
        store.insert_entries(here, &entries, true, None, NOW).await.unwrap();
        let listed = async |articles, words: &str| {
            let filter = Filter { articles, words: words.into(), ..Filter::default() };
            let found = store.list_entries(here, &filter, None, 10).await.unwrap();
            let mut found: Vec<_> = found.into_iter().map(|entry| entry.content.question).collect();
            found.sort();
            found
        };
        assert_eq!(listed(Some(true), "").await, ["配送说明"]);
        assert_eq!(listed(Some(false), "").await, ["怎么退货"]);
        assert_eq!(listed(None, "").await.len(), 2);
        assert_eq!(listed(None, "西藏").await, ["配送说明"]);
        let found = store.search_entries(here, Some("西藏几天送达"), NOW, 10).await.unwrap();
        assert_eq!(found[0].content.question, "配送说明");
    }
}
