//! The web builds as folders, for debug builds. A folder that is missing is empty.

use super::{File, Files};
use std::{fs, path::Path};

pub fn read(folder: &str) -> Files {
    let mut files = Files::default();
    let root = Path::new(folder);
    if let Err(error) = collect(root, root, &mut files) {
        tracing::warn!(%error, "a web build cannot be read; run `npm run build`");
    }
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Files) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            files.0.insert(name.to_owned(), File::new(fs::read(&path)?.into(), None, None));
        }
    }
    Ok(())
}
