//! Without a runtime: what a folder and a library must be. `examples/with_a_runtime.rs` does the rest.

use super::{Encoder, Error, Pooling, Settings, mean, unit};
use model::EncoderFailure;
use std::{fs, path::Path};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn loaded(folder: &Path, library: &str) -> Result<(), Error> {
    let settings = Settings {
        folder: folder.to_owned(),
        library: library.into(),
        prefix: String::new(),
        pooling: Pooling::Mean,
        max_tokens: 32,
    };
    Encoder::load(&settings).map(drop)
}

#[track_caller]
fn assert_fails(folder: &Path, library: &str, kind: EncoderFailure, says: &str) {
    let error = loaded(folder, library).err().unwrap_or_else(|| panic!("{says} was loaded"));
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn missing_library_is_named() {
    let folder = Path::new(DATA).join("tiny");
    let missing = "/nowhere/libonnxruntime.so";
    assert_fails(&folder, missing, EncoderFailure::Library, missing);
}

#[test]
fn another_library_is_no_runtime() {
    let folder = Path::new(DATA).join("tiny");
    assert_fails(&folder, "libc.so.6", EncoderFailure::Library, "OrtGetApiBase");
}

#[test]
fn folder_must_hold_tokenizer_and_model() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let place = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap_or_else(|error| panic!("{error}"));
    };
    let fails = |kind, says: &str| assert_fails(folder.path(), "libc.so.6", kind, says);
    fails(EncoderFailure::Tokenizer, "tokenizer.json");
    place("tokenizer.json", br#"{"version":"1.0"}"#);
    fails(EncoderFailure::Tokenizer, "tokenizer.json");
    let tokenizer = fs::read(Path::new(DATA).join("tiny/tokenizer.json"));
    place("tokenizer.json", &tokenizer.unwrap_or_else(|error| panic!("{error}")));
    fails(EncoderFailure::Model, "has no model.onnx");
}

#[test]
fn vectors_are_means_of_unit_length() {
    assert_eq!(mean(&[1.0, 2.0, 3.0, 6.0], 2), [2.0, 4.0]);
    assert_eq!(unit(vec![3.0, 4.0]), Some(vec![0.6, 0.8]));
    for broken in [vec![], vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0]] {
        assert_eq!(unit(broken.clone()), None, "{broken:?}");
    }
}
