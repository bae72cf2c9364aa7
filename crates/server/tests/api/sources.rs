//! Knowledge from web pages: read politely and within bounds, shown, taken, read again. The site
//! is a small server of the test's own, on an address that its configuration allows.

use crate::support::*;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

const SOURCES: &str = "/api/knowledge/sources";
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Status, kind and text.
type Given = (u16, &'static str, String);

/// What the site answers, by path, and what it was asked for.
#[derive(Clone, Default)]
struct Site {
    pages: Arc<Mutex<HashMap<String, Given>>>,
    asked: Arc<Mutex<Vec<String>>>,
    address: Option<SocketAddr>,
}

impl Site {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let site = Self { address: Some(listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().fallback(answer).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        site
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address.unwrap())
    }

    fn put(&self, path: &str, status: u16, kind: &'static str, text: impl Into<String>) {
        self.pages.lock().unwrap().insert(path.into(), (status, kind, text.into()));
    }

    fn page(&self, path: &str, text: &str) {
        self.put(path, 200, "text/html; charset=utf-8", text);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn answer(State(site): State<Site>, uri: Uri) -> Response {
    site.asked.lock().unwrap().push(uri.path().to_owned());
    let known = site.pages.lock().unwrap().get(uri.path()).cloned();
    let Some((status, kind, text)) = known else { return StatusCode::NOT_FOUND.into_response() };
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        return (status, [(header::LOCATION, text)]).into_response();
    }
    (status, [(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn add(app: &TestApp, editor: &Agent, url: &str, scope: &str) -> String {
    let new = json!({"url": url, "scope": scope, "category": "帮助中心"});
    let added = editor.post(SOURCES, &new).await.expect(201).json();
    // It is being read already, and may have been by the time of the answer.
    app.state.services.sources.idle().await;
    added["id"].as_str().unwrap().to_owned()
}

async fn read_again(app: &TestApp, editor: &Agent, id: &str) -> Value {
    editor.post(&format!("{SOURCES}/{id}/read"), &json!({})).await.expect(200);
    app.state.services.sources.idle().await;
    report(editor, id).await
}

async fn report(editor: &Agent, id: &str) -> Value {
    editor.get(&format!("{SOURCES}/{id}")).await.expect(200).json()
}

fn counts(report: &Value) -> [i64; 4] {
    let of = |name: &str| report["report"][name].as_i64().unwrap();
    [of("new"), of("changed"), of("unchanged"), report["gone"].as_array().unwrap().len() as i64]
}

fn failures(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |value: &Value| url::Url::parse(value.as_str().unwrap()).unwrap().path().to_owned();
    let failed = report["failed"].as_array().unwrap().iter();
    failed.map(|page| (path(&page["url"]), text(&page["problem"]))).collect()
}

async fn answer_to(owner: &Agent, query: &str) -> Option<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let found = owner.get(&format!("/api/entries?q={encoded}")).await.expect(200).json();
    found["entries"][0]["answer"].as_str().map(str::to_owned)
}

both! {
    async fn site_is_read_shown_taken_and_read_again(app: &TestApp) {
        let (site, owner, editor) = (Site::open().await, app.owner().await, app.agent("丙", "supervisor").await);
        site.put("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /help/private\n");
        site.page("/help/", "<nav><a href='a'>a</a><a href='/help/b#x'>b</a><a href='private/x'>x</a><a href='/other'>o</a>\
            <a href='http://127.0.0.3/help/'>far</a><a href='c' rel=nofollow>c</a><a href='p.png'>p</a></nav>");
        site.page("/help/a", "<main><h2>怎么退货？</h2><p>七天内。</p></main><a href='/help/'>home</a><a href=broken>y</a>");
        site.page("/help/b", "<h2>运费多少</h2><p>包邮。</p><h2>怎么退货</h2><p>写了两遍。</p>");
        site.put("/help/broken", 500, "text/html", "");
        let id = add(app, &editor, &site.url("/help/"), "site").await;
        assert_eq!(site.asked(), ["/robots.txt", "/help/", "/help/a", "/help/b", "/help/broken"]);

        let seen = report(&editor, &id).await;
        assert_eq!((&seen["source"]["state"], &seen["source"]["pages"], &seen["source"]["new"]), (&json!("read"), &json!(5), &json!(2)));
        assert_eq!(counts(&seen), [2, 0, 0, 0]);
        assert_eq!((&seen["report"]["rows"][0]["outcome"], &seen["report"]["rows"][0]["page"]), (&json!("duplicate"), &json!(site.url("/help/b"))));
        assert_eq!(failures(&seen), [("/help/private/x".into(), "robots".into()), ("/help/broken".into(), "status".into())]);
        assert_eq!(answer_to(owner, "运费").await, None);

        let path = format!("{SOURCES}/{id}/take");
        editor.post(&path, &json!({"publish": true})).await.refused(403, "forbidden");
        let taken = owner.post(&path, &json!({"publish": true})).await.expect(200).json();
        assert_eq!((counts(&taken), &taken["source"]["new"]), ([2, 0, 0, 0], &json!(0)));
        assert_eq!(answer_to(owner, "运费").await.as_deref(), Some("包邮。"));
        let list = owner.get("/api/knowledge/entries?category=%E5%B8%AE%E5%8A%A9%E4%B8%AD%E5%BF%83").await.expect(200).json();
        assert_eq!(list["entries"].as_array().unwrap().len(), 2);
        assert_eq!(list["entries"][0]["source"]["source_id"], json!(id));

        // The site goes on: one answer changes, one goes, one comes; one page has a bad day.
        site.page("/help/a", "<h2>怎么退货？</h2><p>十五天内。</p><nav><a href=new>n</a></nav>");
        site.page("/help/new", "<h2>能开发票吗</h2><p>能。</p>");
        site.pages.lock().unwrap().remove("/help/b");
        let seen = read_again(app, &editor, &id).await;
        assert_eq!(counts(&seen), [1, 1, 0, 1]);
        assert_eq!((&seen["gone"][0]["question"], &seen["source"]["gone"]), (&json!("运费多少"), &json!(1)));
        // Whoever looks before the end of a reading is written down sees the same.
        let known = model::SourceId(id.parse().unwrap());
        app.state.services.store.set_differences(known, model::Differences::default()).await.unwrap();
        assert_eq!(report(&editor, &id).await["source"]["gone"], json!(1));
        owner.post(&path, &json!({"publish": true, "archive_gone": true})).await.expect(200);
        assert_eq!(answer_to(owner, "运费").await, None);
        assert_eq!(answer_to(owner, "怎么退货").await.as_deref(), Some("十五天内。"));
        site.put("/help/a", 503, "text/html", "");
        let seen = read_again(app, &editor, &id).await;
        assert_eq!(counts(&seen), [0, 0, 2, 0], "what that page said, and the page behind it, are kept");

        // When the start cannot be read, what was read before stays.
        site.put("/help/", 500, "text/html", "");
        let seen = read_again(app, &editor, &id).await;
        assert_eq!((&seen["source"]["state"], &seen["source"]["problem"]), (&json!("failed"), &json!("status")));
        owner.delete(&format!("{SOURCES}/{id}")).await.expect(204);
        assert_eq!(answer_to(owner, "怎么退货").await.as_deref(), Some("十五天内。"));
    }

    async fn pages_become_articles_where_that_is_asked_for(app: &TestApp) {
        let (site, owner) = (Site::open().await, app.owner().await);
        site.page("/help/", "<nav><a href=delivery>d</a><a href=long>l</a><a href=empty>e</a><a href=a%20b.md>m</a></nav>");
        site.page("/help/delivery", "<title>配送</title><main><h1>配送说明</h1><p>全国都送。</p><h2>运费</h2><p>包邮。</p><h2>时效</h2><p>三天。</p></main>");
        site.page("/help/long", &format!("<h1>长</h1><h2>{}</h2><p>字</p>", "字".repeat(121)));
        site.page("/help/empty", "<title>空</title>");
        site.put("/help/a%20b.md", 200, "text/markdown", "只有一段。");
        let new = json!({"url": site.url("/help/"), "scope": "site", "category": "帮助", "articles": true});
        let added = owner.post(SOURCES, &new).await.expect(201).json();
        app.state.services.sources.idle().await;
        let id = added["id"].as_str().unwrap();
        let seen = report(owner, id).await;
        assert_eq!((counts(&seen), &seen["report"]["wrong"]), ([2, 0, 0, 0], &json!(1)));
        let rows = seen["report"]["rows"].as_array().unwrap();
        let row = |name: &str| rows.iter().find(|row| row["question"] == name).unwrap();
        assert_eq!((&row("长")["problem"], &row("长")["page"]), (&json!("sections_invalid"), &json!(site.url("/help/long"))));
        assert_eq!((&row("配送说明")["sections"], &row("配送说明")["answer"]), (&json!(3), &json!("全国都送。")));
        assert_eq!(row("a b.md")["answer"], "只有一段。");
        let take = async || owner.post(&format!("{SOURCES}/{id}/take"), &json!({"publish": true, "archive_gone": true})).await.expect(200);
        take().await;
        let found = async |name: &str| {
            let list = owner.get("/api/knowledge/entries?articles=true").await.expect(200).json();
            let all = list["entries"].as_array().unwrap().clone();
            let Some(one) = all.into_iter().find(|one| one["content"]["question"] == name) else { return Value::Null };
            owner.get(&format!("/api/knowledge/entries/{}", one["id"].as_str().unwrap())).await.expect(200).json()
        };
        let article = found("配送说明").await;
        let text = |heading: &str, text: &str| json!({"heading": heading, "text": text, "images": []});
        assert_eq!(article["content"]["sections"], json!([text("", "全国都送。"), text("运费", "包邮。"), text("时效", "三天。")]));
        assert_eq!((&article["content"]["category"], &article["status"]), (&json!("帮助"), &json!("published")));

        // Somebody writes a summary; the page gets another title and a changed section: the same article, which
        // keeps what no page has.
        let path = format!("/api/knowledge/entries/{}", article["id"].as_str().unwrap());
        let mut content = article["content"].clone();
        content["answer"] = json!("怎么配送");
        owner.put(&path, &json!({"version": 1, "content": content})).await.expect(200);
        assert_eq!(counts(&read_again(app, owner, id).await), [0, 0, 2, 0]);
        site.page("/help/delivery", "<h1>配送与运费</h1><p>全国都送。</p><h2>运费</h2><p>满 99 元包邮。</p>");
        assert_eq!(counts(&read_again(app, owner, id).await), [0, 1, 1, 0]);
        take().await;
        let article = owner.get(&path).await.expect(200).json();
        assert_eq!((&article["content"]["question"], &article["content"]["answer"]), (&json!("配送与运费"), &json!("怎么配送")));
        assert_eq!(article["content"]["sections"][1], text("运费", "满 99 元包邮。"));

        // As questions again: the pages are read anew, and nothing is gone before all of them were.
        site.put("/help/a%20b.md", 500, "text/html", "");
        let set = owner.put(&format!("{SOURCES}/{id}"), &json!({"category": "帮助", "articles": false})).await.expect(200).json();
        assert_eq!((&set["articles"], &set["state"]), (&json!(false), &json!("reading")));
        app.state.services.sources.idle().await;
        assert_eq!(counts(&report(owner, id).await)[3], 0);
        site.put("/help/a%20b.md", 404, "text/html", "");
        let seen = read_again(app, owner, id).await;
        assert_eq!(counts(&seen), [2, 1, 0, 1], "an article with the same title becomes the question: {seen}");
        take().await;
        let question = owner.get(&path).await.expect(200).json();
        assert_eq!((&question["content"]["answer"], &question["content"]["sections"]), (&json!("全国都送。"), &json!([])));
        // The form stays when a program sets only what it knows.
        let set = owner.put(&format!("{SOURCES}/{id}"), &json!({"category": ""})).await.expect(200).json();
        assert_eq!((&set["articles"], &set["state"]), (&json!(false), &json!("read")));
    }

    async fn source_is_read_again_when_its_time_has_come(app: &TestApp) {
        let (site, owner) = (Site::open().await, app.owner().await);
        site.page("/a", "<h2>问</h2>答");
        let id = add(app, owner, &site.url("/a"), "page").await;
        let path = format!("{SOURCES}/{id}");
        owner.put(&path, &json!({"category": "", "every_days": 91})).await.refused(422, "invalid_field");
        let set = owner.put(&path, &json!({"category": "别处", "every_days": 7})).await.expect(200).json();
        assert_eq!((&set["category"], &set["every_days"]), (&json!("别处"), &json!(7)));
        let rest = async || {
            site.asked();
            let workspace = app.state.services.store.first_workspace().await.unwrap().unwrap();
            app.state.services.sources.start(workspace.id);
            app.state.services.sources.idle().await;
            site.asked().len()
        };
        app.clock.advance(6 * DAY);
        assert_eq!(rest().await, 0);
        app.clock.advance(DAY);
        assert_eq!(rest().await, 2);
        assert_eq!(rest().await, 0);
    }

    async fn pages_that_must_not_be_asked_are_refused(app: &TestApp) {
        let (site, owner) = (Site::open().await, app.owner().await);
        for url in ["http://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://[::1]/", "http://u:p@good.example/"] {
            owner.post(SOURCES, &json!({"url": url, "scope": "page"})).await.refused(422, "address_refused");
        }
        owner.post(SOURCES, &json!({"url": " ", "scope": "page"})).await.refused(422, "invalid_field");
        site.page("/", "<nav><a href=in>1</a><a href=large>2</a><a href=picture>3</a><a href=hidden>4</a><a href=far>5</a></nav>");
        site.put("/in", 302, "", "http://127.0.0.1:1/secret");
        site.put("/far", 302, "", format!("http://127.0.0.2:{}/x", Site::open().await.address.unwrap().port()));
        site.page("/large", &"x".repeat(6 * 1024 * 1024));
        site.put("/picture", 200, "image/png", "x");
        site.page("/hidden", "<meta name=robots content=noindex><h1>q</h1>a");
        let id = add(app, owner, &site.url("/"), "site").await;
        let expected = [("/in", "refused"), ("/large", "too_large"), ("/picture", "unreadable"), ("/hidden", "no_index"), ("/far", "elsewhere")];
        let expected = expected.map(|(path, problem)| (path.to_owned(), problem.to_owned()));
        assert_eq!(failures(&report(owner, &id).await), expected);
        // A site that closes itself to programs, and one that is not there.
        site.put("/robots.txt", 200, "text/plain", "User-agent: octim\nDisallow: /\n");
        let closed = read_again(app, owner, &id).await;
        assert_eq!(closed["source"]["problem"], "robots");
        let id = add(app, owner, "http://127.0.0.2:9/", "site").await;
        assert_eq!(report(owner, &id).await["source"]["problem"], "unreachable");
    }

    async fn sitemap_lists_the_pages(app: &TestApp) {
        let (site, owner) = (Site::open().await, app.owner().await);
        let list = |urls: &[String]| urls.iter().map(|url| format!("<url><loc>{url}</loc></url>")).collect::<Vec<_>>().concat();
        let index = format!("<?xml version=\"1.0\"?><sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", site.url("/map-1.xml"));
        site.put("/sitemap.xml", 200, "application/xml", index);
        let pages = [site.url("/a"), site.url("/deep/b"), "http://127.0.0.3/c".to_owned()];
        site.put("/map-1.xml", 200, "text/xml", format!("<urlset>{}</urlset>", list(&pages)));
        site.page("/a", "<h1>甲</h1>一<a href=/not-listed>x</a>");
        site.page("/deep/b", "<title>乙</title>二");
        let id = add(app, owner, &site.url("/sitemap.xml"), "page").await;
        assert_eq!(site.asked(), ["/robots.txt", "/sitemap.xml", "/map-1.xml", "/a", "/deep/b"]);
        assert_eq!(counts(&report(owner, &id).await), [2, 0, 0, 0]);
    }
}

#[tokio::test]
async fn endless_site_ends() {
    let app = TestApp::sqlite().await;
    let (site, owner) = (Site::open().await, app.owner().await);
    let links: Vec<String> = (0..600).map(|n| format!("<a href='/{n}'>{n}</a>")).collect();
    site.page("/", &links.concat());
    let id = add(&app, owner, &site.url("/"), "site").await;
    assert_eq!(report(owner, &id).await["source"]["pages"], 500);
    app.close().await;
}
