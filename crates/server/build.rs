//! Prepares what the web builds made (web/*/dist) for embedding. A debug build embeds nothing
//! and reads the folders when it starts, so that a change of the web compiles no Rust.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Name in the program, folder from here.
const WEBS: [(&str, &str); 2] = [("CONSOLE", "../../web/console/dist"), ("WIDGET", "../../web/widget/dist")];
/// Kinds of files that compression makes smaller.
const COMPRESSIBLE: [&str; 8] = ["html", "js", "css", "svg", "json", "txt", "map", "webmanifest"];
/// The best quality makes files 5 % smaller and takes ten times as long.
const BROTLI_QUALITY: u32 = 9;
const BROTLI_WINDOW: u32 = 22;
const BUFFER: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let embeds = env::var("PROFILE")? == "release";
    println!("cargo::rerun-if-changed=build.rs");

    let mut code = String::new();
    for (name, folder) in WEBS {
        let folder = here.join(folder);
        let mut files = Vec::new();
        if embeds {
            println!("cargo::rerun-if-changed={}", folder.display());
            if folder.exists() {
                collect(&folder, &mut files)?;
                files.sort();
            } else {
                println!("cargo::warning={} is missing: run `npm run build` first", folder.display());
            }
        }
        // A published program does not tell where it was built.
        let named = if embeds { String::new() } else { folder.display().to_string() };
        writeln!(code, "pub const {name}_FOLDER: &str = {named:?};")?;
        writeln!(code, "pub static {name}: [Embedded; {}] = [", files.len())?;
        for (index, file) in files.iter().enumerate() {
            embed(&mut code, &folder, file, &out.join(format!("{name}-{index}")))?;
        }
        writeln!(code, "];")?;
    }
    fs::write(out.join("web.rs"), code)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // What begins with a dot is a build's note to itself.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn embed(code: &mut String, folder: &Path, file: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let path = file.strip_prefix(folder)?.to_str().ok_or("a file name is not UTF-8")?;
    let plain = fs::read(file)?;
    let compressible = file
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| COMPRESSIBLE.contains(&extension));
    let variant = |bytes: Vec<u8>, ending: &str| -> Result<String, Box<dyn Error>> {
        if bytes.len() >= plain.len() {
            return Ok("None".to_owned());
        }
        let file = out.with_extension(ending);
        fs::write(&file, bytes)?;
        Ok(format!("Some(include_bytes!({:?}))", file.display().to_string()))
    };
    let (brotli, gzip) = if compressible {
        (variant(brotli(&plain)?, "br")?, variant(gzip(&plain)?, "gz")?)
    } else {
        ("None".to_owned(), "None".to_owned())
    };
    writeln!(
        code,
        "Embedded {{ path: {path:?}, plain: include_bytes!({:?}), brotli: {brotli}, gzip: {gzip} }},",
        file.display().to_string(),
    )?;
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
