//! Knowledge entries: versions, what is published, lists, and finding by words.

use crate::fixture::*;
use model::{
    Agent, Audience, ChannelId, Entry, EntryContent, EntryId,
    EntryStatus::{self, Archived, Draft, Published, Review},
    FollowUp, Role, Variant, WorkspaceId,
};
use store::{
    Store,
    entries::{Change, Cursor, Filter, Import, NewEntry},
};

fn content(category: &str, question: &str, phrasings: &[&str], answer: &str) -> EntryContent {
    EntryContent {
        category: category.into(),
        question: question.into(),
        phrasings: phrasings.iter().map(|text| (*text).to_owned()).collect(),
        answer: answer.into(),
        ..EntryContent::default()
    }
}

fn variant(channel: Option<i64>, audience: Audience, answer: &str) -> Variant {
    Variant {
        channel_id: channel.map(ChannelId),
        audience,
        answer: answer.into(),
        images: Vec::new(),
        cards: Vec::new(),
    }
}

fn imported(known: Option<(EntryId, i64)>, content: EntryContent) -> Import {
    Import { known, content, source: None }
}

fn new(content: EntryContent) -> NewEntry {
    NewEntry { content, owner: None }
}

async fn publish(store: &Store, workspace: WorkspaceId, contents: Vec<EntryContent>) -> Vec<EntryId> {
    let entries: Vec<_> = contents.into_iter().map(new).collect();
    store.insert_entries(workspace, &entries, true, None, NOW).await.unwrap()
}

async fn draft(store: &Store, workspace: WorkspaceId, content: EntryContent) -> Entry {
    let ids = store.insert_entries(workspace, &[new(content)], false, None, NOW).await.unwrap();
    store.find_entry(workspace, ids[0]).await.unwrap().unwrap()
}

fn change(entry: &Entry, by: &Agent) -> Change {
    Change {
        workspace: entry.workspace_id,
        id: entry.id,
        version: entry.version,
        by: Some(by.id),
        at: NOW + 5,
    }
}

async fn found(store: &Store, workspace: WorkspaceId, query: Option<&str>) -> Vec<String> {
    let entries = store.search_entries(workspace, query, NOW, 10).await.unwrap();
    entries.into_iter().map(|entry| entry.content.question).collect()
}

async fn listed(store: &Store, workspace: WorkspaceId, filter: Filter) -> Vec<String> {
    let entries = store.list_entries(workspace, &filter, None, 50).await.unwrap();
    let mut questions: Vec<_> = entries.into_iter().map(|entry| entry.content.question).collect();
    questions.sort();
    questions
}

both! {
    async fn vectors_are_kept_of_one_encoder_and_one_workspace(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let many: Vec<_> = (0..2_500).map(|text| (text - 1_000, vec![1, 2, 3])).collect();
        store.keep_entry_vectors(here, 7, &many).await.unwrap();
        store.keep_entry_vectors(here, 7, &[(0, vec![9])]).await.unwrap();
        store.keep_entry_vectors(here, 8, &[(5, vec![8])]).await.unwrap();
        store.keep_entry_vectors(elsewhere, 8, &[(5, vec![5])]).await.unwrap();
        let first = store.entry_vectors(here, 7, None).await.unwrap();
        let rest = store.entry_vectors(here, 7, first.last().map(|(text, _)| *text)).await.unwrap();
        assert_eq!([first, rest].concat(), many, "all of them, in order, the first that was kept");
        store.forget_entry_vectors(here, 7, &(0..1_500).collect::<Vec<_>>()).await.unwrap();
        assert_eq!(store.entry_vectors(here, 7, None).await.unwrap(), many[..1_000]);
        assert!(store.entry_vectors(here, 8, None).await.unwrap().is_empty(), "other encoders are forgotten");
        assert_eq!(store.entry_vectors(elsewhere, 8, None).await.unwrap(), [(5, vec![5])]);
    }

    async fn new_entry_is_a_draft_that_answers_nothing(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Supervisor).await;
        let content = EntryContent {
            audience: Audience::SignedIn,
            answers: vec![
                variant(None, Audience::Vip, "三十天"),
                variant(Some(3), Audience::Everybody, "微信里看"),
                variant(Some(3), Audience::Vip, "微信里三十天"),
            ],
            tags: vec!["退货".into()],
            follow_ups: vec![
                FollowUp { entry_id: Some(EntryId(9)), question: "运费谁出".into() },
                FollowUp { entry_id: None, question: "怎么寄回".into() },
            ],
            valid_from: Some(NOW),
            valid_until: Some(NOW + DAY),
            ..content("售后/退货", "怎么退货", &["如何退", "退货流程"], "七天内")
        };
        let entry = NewEntry { content: content.clone(), owner: Some(by.id) };
        let id = store.insert_entries(here, &[entry], false, Some(by.id), NOW).await.unwrap()[0];
        let entry = store.find_entry(here, id).await.unwrap().unwrap();
        assert_eq!(entry.content, content);
        assert_eq!((entry.status, entry.version, entry.published_version), (Draft, 1, None));
        assert_eq!((entry.owner_id, entry.updated_by), (Some(by.id), Some(by.id)));
        assert_eq!(found(store, here, None).await, [""; 0]);
        assert!(store.find_live_entry(here, id).await.unwrap().is_none());
        let elsewhere = workspace(store).await;
        assert!(store.find_entry(elsewhere, id).await.unwrap().is_none());
        assert!(store.list_entry_versions(elsewhere, id, 10).await.unwrap().is_empty());
    }

    async fn published_version_answers_while_a_newer_one_is_written(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let entry = draft(store, here, content("a", "怎么退货", &[], "七天内")).await;
        let entry = store.set_entry_status(change(&entry, &by), &[Draft], Review).await.unwrap();
        let entry = store.set_entry_status(change(&entry, &by), &[Draft, Review], Published).await.unwrap();
        assert_eq!((entry.status, entry.published_version), (Published, Some(1)));
        let better = content("a", "怎么退货", &[], "十五天内");
        let entry = store.save_entry(change(&entry, &by), &better, None).await.unwrap();
        assert_eq!((entry.status, entry.version, entry.published_version), (Draft, 2, Some(1)));
        assert_eq!(entry.content.answer, "十五天内");
        let live = store.find_live_entry(here, entry.id).await.unwrap().unwrap();
        assert_eq!(live.content.answer, "七天内");
        assert_eq!(store.published_entries(here).await.unwrap()[0].content.answer, "七天内");
        store.set_entry_status(change(&entry, &by), &[Draft], Published).await.unwrap();
        let published = store.published_entries(here).await.unwrap();
        assert_eq!((published[0].version, published[0].content.answer.as_str()), (2, "十五天内"));
        let versions = store.list_entry_versions(here, entry.id, 10).await.unwrap();
        let numbers: Vec<_> = versions.iter().map(|one| (one.version, one.published_by)).collect();
        assert_eq!(numbers, [(2, Some(by.id)), (1, Some(by.id))]);
        assert_eq!(versions[0].content, better);
    }

    async fn change_of_an_older_version_is_refused(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let first = draft(store, here, content("a", "一", &[], "x")).await;
        store.save_entry(change(&first, &by), &content("a", "一", &[], "y"), None).await.unwrap();
        let late = store.save_entry(change(&first, &by), &content("a", "一", &[], "z"), None).await;
        assert!(matches!(late, Err(Error::EntryChanged)), "{late:?}");
        let late = store.set_entry_status(change(&first, &by), &EntryStatus::ALL, Published).await;
        assert!(matches!(late, Err(Error::EntryChanged)), "{late:?}");
        let missing = Change { id: EntryId(1), ..change(&first, &by) };
        assert!(matches!(store.save_entry(missing, &first.content, None).await, Err(Error::NotFound)));
        let foreign = Change { workspace: workspace(store).await, ..change(&first, &by) };
        assert!(matches!(store.save_entry(foreign, &first.content, None).await, Err(Error::NotFound)));
        let set = store.set_entry_status(foreign, &EntryStatus::ALL, Archived).await;
        assert!(matches!(set, Err(Error::NotFound)));
        assert_eq!(store.find_entry(here, first.id).await.unwrap().unwrap().content.answer, "y");
    }

    async fn status_changes_only_from_where_it_may(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let entry = draft(store, here, content("a", "一", &[], "x")).await;
        let refused = store.set_entry_status(change(&entry, &by), &[Archived], Draft).await;
        assert!(matches!(refused, Err(Error::EntryState)));
        store.set_entry_status(change(&entry, &by), &[Draft], Archived).await.unwrap();
        let saved = store.save_entry(change(&entry, &by), &entry.content, None).await;
        assert!(matches!(saved, Err(Error::EntryState)));
    }

    async fn of_two_who_save_at_once_one_wins(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let entry = draft(store, here, content("a", "一", &[], "x")).await;
        let (mine, yours) = (content("a", "一", &[], "我"), content("a", "一", &[], "你"));
        let (a, b) = tokio::join!(
            store.save_entry(change(&entry, &by), &mine, None),
            store.save_entry(change(&entry, &by), &yours, None),
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
        assert_eq!(store.list_entry_versions(here, entry.id, 10).await.unwrap().len(), 2);
    }

    async fn index_learns_what_changed_since_its_revision(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        assert_eq!(store.knowledge_revision(here).await.unwrap(), 0);
        let ids = publish(store, here, vec![content("", "一", &["壹"], "x"), content("", "二", &[], "y")]).await;
        let first = store.entries_changed_since(here, 0).await.unwrap();
        assert_eq!(first.changed.iter().map(|one| one.id).collect::<Vec<_>>(), ids);
        assert_eq!(first.changed[0].phrasings(), ["一", "壹"]);
        let none = store.entries_changed_since(here, first.revision).await.unwrap();
        assert_eq!((none.revision, none.changed.len(), none.removed.len()), (first.revision, 0, 0));

        let entry = store.find_entry(here, ids[0]).await.unwrap().unwrap();
        // A draft changes nothing of what answers.
        let entry = store.save_entry(change(&entry, &by), &content("", "一", &[], "z"), None).await.unwrap();
        assert_eq!(store.knowledge_revision(here).await.unwrap(), first.revision);
        store.set_entry_status(change(&entry, &by), &[Draft], Published).await.unwrap();
        let other = store.find_entry(here, ids[1]).await.unwrap().unwrap();
        store.set_entry_status(change(&other, &by), &[Published], Archived).await.unwrap();
        let next = store.entries_changed_since(here, first.revision).await.unwrap();
        assert_eq!((next.changed[0].id, next.changed[0].content.answer.as_str()), (ids[0], "z"));
        assert_eq!((next.changed.len(), &next.removed[..]), (1, &ids[1..]));
        assert_eq!(store.published_entries(here).await.unwrap().len(), 1);
        assert!(next.revision > first.revision);
        let elsewhere = workspace(store).await;
        assert_eq!(store.entries_changed_since(elsewhere, 0).await.unwrap().changed, []);
    }

    async fn list_shows_what_the_filter_asks_for(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let tagged = EntryContent { tags: vec!["100%".into()], ..content("售后/退货", "怎么退货", &[], "七天") };
        let expired = EntryContent { valid_until: Some(NOW), ..content("售后", "双十一活动", &["促销 ABC"], "满减") };
        publish(store, here, vec![tagged, expired, content("售后服务", "维修", &[], "一年")]).await;
        let old = draft(store, here, content("物流", "多久到", &[], "三天")).await;
        store.set_entry_status(change(&old, &by), &[Draft], Archived).await.unwrap();
        let fee = draft(store, here, content("物流", "运费", &[], "包邮")).await;
        store.set_entry_owner(change(&fee, &by), Some(by.id)).await.unwrap();

        let filter = Filter::default;
        assert_eq!(listed(store, here, filter()).await, ["双十一活动", "怎么退货", "维修", "运费"]);
        let archived = Filter { status: Some(Archived), ..filter() };
        assert_eq!(listed(store, here, archived).await, ["多久到"]);
        let below = Filter { category: Some("售后".into()), ..filter() };
        assert_eq!(listed(store, here, below).await, ["双十一活动", "怎么退货"]);
        let tag = |tag: &str| Filter { tag: Some(tag.into()), ..Filter::default() };
        assert_eq!(listed(store, here, tag("100%")).await, ["怎么退货"]);
        assert_eq!(listed(store, here, tag("100")).await, [""; 0]);
        assert_eq!(listed(store, here, tag("%")).await, [""; 0]);
        let owned = |owner| Filter { owner: Some(owner), ..Filter::default() };
        assert_eq!(listed(store, here, owned(Some(by.id))).await, ["运费"]);
        assert_eq!(listed(store, here, owned(None)).await, ["双十一活动", "怎么退货", "维修"]);
        assert_eq!(listed(store, here, Filter { words: "运".into(), ..owned(None) }).await, [""; 0]);
        let words = |words: &str| Filter { words: words.into(), ..Filter::default() };
        assert_eq!(listed(store, here, words("ａｂｃ 满减")).await, ["双十一活动"]);
        assert_eq!(listed(store, here, words("%")).await, ["怎么退货"]);
        assert_eq!(listed(store, here, Filter { expired_at: Some(NOW), ..filter() }).await, ["双十一活动"]);
        let stale = |before| Filter { stale_before: Some(before), ..Filter::default() };
        assert_eq!(listed(store, here, stale(NOW + 1)).await.len(), 3);
        assert_eq!(listed(store, here, stale(NOW)).await.len(), 0);
        assert_eq!(listed(store, here, Filter { live: true, ..filter() }).await.len(), 3);
        assert_eq!(listed(store, workspace(store).await, filter()).await, [""; 0]);
    }

    async fn pages_follow_each_other_without_holes(store: &TestStore) {
        let here = workspace(store).await;
        for hour in 0..3 {
            // Several that were changed in the same moment.
            let some: Vec<_> = (0..3).map(|n| new(content("", &format!("{hour}-{n}"), &[], "x"))).collect();
            store.insert_entries(here, &some, false, None, NOW + hour).await.unwrap();
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_entries(here, &Filter::default(), after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(Cursor { updated_at: last.updated_at, id: last.id });
            seen.extend(page.into_iter().map(|entry| (entry.updated_at, entry.id)));
        }
        assert_eq!(seen.len(), 9);
        assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    }

    async fn facets_count_by_status_category_and_tags(store: &TestStore) {
        let here = workspace(store).await;
        publish(store, here, vec![content("a", "一", &[], "x"), content("a", "二", &[], "x")]).await;
        draft(store, here, content("b", "三", &[], "x")).await;
        let facets = store.entry_facets(here, false).await.unwrap();
        let counts: Vec<_> = facets.iter().map(|one| (one.status, one.category.as_str(), one.count)).collect();
        assert_eq!(counts, [(Published, "a", 2), (Draft, "b", 1)]);
        assert_eq!(store.entry_facets(here, true).await.unwrap().len(), 1);
        assert_eq!(store.count_entries(here).await.unwrap(), 3);
        assert_eq!(store.entry_facets(workspace(store).await, false).await.unwrap(), []);
    }

    async fn search_lists_by_category_without_a_query(store: &TestStore) {
        let here = workspace(store).await;
        let contents = vec![content("b", "二", &[], "x"), content("a", "一", &["壹"], "y"), content("b", "三", &[], "z")];
        publish(store, here, contents).await;
        assert_eq!(found(store, here, None).await, ["一", "二", "三"]);
        assert_eq!(found(store, here, Some(" ")).await, ["一", "二", "三"]);
        assert_eq!(store.search_entries(here, None, NOW, 2).await.unwrap().len(), 2);
        assert_eq!(found(store, workspace(store).await, None).await, [""; 0]);
    }

    async fn hit_in_the_question_comes_before_others(store: &TestStore) {
        let here = workspace(store).await;
        publish(store, here, vec![
            content("a", "怎么换货", &[], "换货与退货相同"),
            content("a", "多久到账", &["退货多久退款"], "三天"),
            content("a", "怎么退货", &[], "七天内"),
            content("a", "发什么快递", &[], "顺丰"),
        ]).await;
        assert_eq!(found(store, here, Some("退货")).await, ["怎么退货", "多久到账", "怎么换货"]);
    }

    async fn words_of_either_language_are_found(store: &TestStore) {
        let here = workspace(store).await;
        publish(store, here, vec![
            content("a", "How do I return an item?", &[], "Within 7 days."),
            content("a", "支持 iPhone 吗", &[], "支持"),
        ]).await;
        assert_eq!(found(store, here, Some("RETURN item")).await, ["How do I return an item?"]);
        assert_eq!(found(store, here, Some("ｉｐｈｏｎｅ")).await, ["支持 iPhone 吗"]);
        assert_eq!(found(store, here, Some("天气")).await, [""; 0]);
        assert_eq!(found(store, here, Some("?!")).await, [""; 0]);
    }

    async fn agents_find_only_what_is_valid_now(store: &TestStore) {
        let here = workspace(store).await;
        let at = |from, until, question: &str| EntryContent {
            valid_from: from,
            valid_until: until,
            ..content("", question, &[], "x")
        };
        publish(store, here, vec![
            at(Some(NOW + 1), None, "明天"),
            at(None, Some(NOW), "昨天"),
            at(Some(NOW), Some(NOW + 1), "今天"),
        ]).await;
        assert_eq!(found(store, here, None).await, ["今天"]);
        assert_eq!(found(store, here, Some("昨天")).await, [""; 0]);
    }

    async fn near_questions_are_found_with_the_nearest_first(store: &TestStore) {
        let here = workspace(store).await;
        let ids = publish(store, here, vec![
            content("", "怎么申请退货", &[], "x"),
            content("", "想换一个", &["怎么申请换货"], "x"),
            content("", "发什么快递", &[], "x"),
        ]).await;
        let near = store.similar_entries(here, "怎么申请退货？", None, 5).await.unwrap();
        let names: Vec<_> = near.iter().map(|one| (one.id, one.phrasing.as_str())).collect();
        assert_eq!(names, [(ids[0], "怎么申请退货"), (ids[1], "怎么申请换货")]);
        assert!(near[0].score > 0.99 && near[1].score < 0.99);
        let others = store.similar_entries(here, "怎么申请退货", Some(ids[0]), 5).await.unwrap();
        assert_eq!(others.len(), 1);
        assert_eq!(store.similar_entries(workspace(store).await, "怎么申请退货", None, 5).await.unwrap(), []);
        assert_eq!(store.similar_entries(here, "！？", None, 5).await.unwrap(), []);
    }

    async fn use_is_counted_for_what_is_published(store: &TestStore) {
        let here = workspace(store).await;
        let id = publish(store, here, vec![content("", "一", &[], "x")]).await[0];
        assert!(store.count_entry_use(here, id, NOW + 9).await.unwrap());
        assert!(store.count_entry_use(here, id, NOW + 10).await.unwrap());
        assert!(!store.count_entry_use(workspace(store).await, id, NOW).await.unwrap());
        let entry = store.find_entry(here, id).await.unwrap().unwrap();
        assert_eq!((entry.used, entry.used_at, entry.updated_at), (2, Some(NOW + 10), NOW));
        let written = draft(store, here, content("", "二", &[], "x")).await;
        assert!(!store.count_entry_use(here, written.id, NOW).await.unwrap());
    }

    async fn import_adds_and_changes_in_steps(store: &TestStore) {
        let here = workspace(store).await;
        let by = agent(store, here, Role::Owner).await;
        let old = draft(store, here, content("", "旧", &[], "x")).await;
        let mut rows: Vec<_> =
            (0..450).map(|index| imported(None, content("", &format!("问题{index}"), &[], "答"))).collect();
        let changed = content("", "旧", &[], "新");
        rows.push(imported(Some((old.id, 1)), changed));
        store.import_entries(here, rows.clone(), true, by.id, NOW).await.unwrap();
        assert_eq!(store.all_entries(here).await.unwrap().len(), 451);
        assert_eq!(store.published_entries(here).await.unwrap().len(), 451);
        let now = store.find_live_entry(here, old.id).await.unwrap().unwrap();
        assert_eq!((now.version, now.content.answer.as_str()), (2, "新"));
        let again = store.import_entries(here, rows.split_off(450), true, by.id, NOW).await;
        assert!(matches!(again, Err(Error::EntryChanged)));
        store.insert_entries(here, &[], true, None, NOW).await.unwrap();
    }
}
