//! An installation for tests of what works on one.

use super::setup;
use crate::{cli, config::Config};
use std::path::{Path, PathBuf};

const PASSWORD: &str = "a bench is a long seat";

pub fn password_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("password");
    std::fs::write(&path, PASSWORD)?;
    Ok(path)
}

/// Sets the configured place up; `folder` gets the file with the password.
pub async fn set_up(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let wanted = cli::Setup {
        workspace: "山茶".into(),
        owner_email: "su@shop.example".into(),
        owner_password_file: password_file(folder)?,
        owner_name: None,
        channel_name: "网站".into(),
        site: Some("https://shop.example".into()),
    };
    setup::run(config, wanted).await
}
