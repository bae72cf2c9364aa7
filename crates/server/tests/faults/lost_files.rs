//! R28: an uploaded file is not what it was, or not there. Whoever opens it is told, people go on
//! talking, `octim doctor` names it, and its steps bring the file back beside the running server.

use crate::scene::{Scene, server};
use anyhow::{Context, ensure};
use bench::http;
use protocol::message::FileView;
use serde_json::{Value, json};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TEXT: &str = "订单 4711 的收据";

/// A visitor's upload, not sent yet.
async fn upload(address: SocketAddr, token: &str, name: &str) -> anyhow::Result<FileView> {
    let head = format!(
        "POST /api/visitor/uploads?name={name} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{TEXT}",
        TEXT.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer")?;
    serde_json::from_str(body).with_context(|| answer.clone())
}

/// What happens to a stored file.
type Damage = fn(&Path) -> std::io::Result<()>;

const DAMAGES: [(&str, Damage); 3] = [
    ("changed", |path| fs::write(path, TEXT.replace("4711", "4712"))),
    ("short", |path| fs::write(path, &TEXT[..6])),
    ("gone", |path| fs::remove_file(path)),
];

/// Every stored file, however deep.
fn blobs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(blobs(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

async fn lost(sabotage: &str) -> anyhow::Result<()> {
    let mut server = server(sabotage).await?;
    let backups = server.serve.data_dir.with_extension("backups");
    fs::create_dir_all(&backups)?;
    server.env("OCTIM_BACKUP__FOLDER", backups.display().to_string());
    let scene = Scene::open(server).await?;
    scene.load(1);
    let address = scene.server.serve.address;
    let (visitor, session) = http::Client::default().visitor(address, &scene.channel).await?;
    let mut files = Vec::new();
    for (name, _) in DAMAGES {
        let file = upload(address, &session.token, &format!("{name}.txt")).await?;
        let body = json!({"client_id": name, "content": {"type": "file", "attachment_id": file.id}});
        visitor.post(address, "/api/visitor/messages", &body).await?.json::<Value>()?;
        files.push(file);
    }
    let backup = backups.join("octim-20991231T000000Z.tar").display().to_string();
    scene.server.run("backup", &[&backup]).await?;
    let blobs = blobs(&scene.server.serve.data_dir.join("files"))?;
    ensure!(blobs.len() == files.len(), "stored: {blobs:?}");
    for (blob, (_, damage)) in blobs.iter().zip(DAMAGES) {
        damage(blob)?;
    }

    for file in &files {
        let visitors = visitor.get(address, &format!("/api/visitor/files/{}", file.id)).await?;
        let agents = scene.owner.get(address, &format!("/api/files/{}", file.id)).await?;
        for answer in [visitors, agents] {
            let text = String::from_utf8(answer.body)?;
            ensure!(answer.status == 410 && text.contains("file_lost"), "not told of {}: {text}", file.name);
        }
    }
    let counted = scene.measured("octim_files_lost_total").await?;
    ensure!(counted == Some(6.0), "{counted:?} were counted");
    scene.progress(5).await?;

    for (locale, words) in [("en", "3 of 3 are missing or damaged"), ("zh-CN", "3 个文件中有 3 个丢失或损坏")]
    {
        let output = scene.server.serve.command("doctor").args(["--locale", locale]).output().await?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(output.status.code() == Some(7) && text.contains(words), "{text}");
        ensure!(files.iter().all(|file| text.contains(&file.name)), "not all are named: {text}");
        ensure!(text.contains(&format!("octim restore {backup}")) && text.contains("--files-only"), "{text}");
    }
    let said = scene.server.run("restore", &[&backup, "--files-only"]).await?;
    ensure!(said.contains("3 were missing or damaged; 0 still are"), "{said}");
    for file in &files {
        let answer = visitor.get(address, &format!("/api/visitor/files/{}", file.id)).await?;
        ensure!(answer.status == 200 && answer.body == TEXT.as_bytes(), "{} is not back", file.name);
    }
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_file_is_told_and_comes_back_from_a_backup() -> anyhow::Result<()> {
    lost("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_is_served_unread_is_noticed() -> anyhow::Result<()> {
    let error = lost("trusted_files").await.err().context("the planted bug was not found")?;
    ensure!(error.to_string().starts_with("not told"), "{error:#}");
    Ok(())
}
