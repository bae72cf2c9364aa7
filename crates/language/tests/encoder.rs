//! The embedded encoder against the original: recorded pieces of Hugging Face's tokenizer and recorded vectors of
//! the forward pass in 32-bit floating point (`tools/reference.py record`), and its promises.
#![cfg(feature = "embedded-encoder")]

use std::num::NonZeroUsize;

use language::encoder::{DIMENSIONS, Error, Kernel, MAX_PIECES};
use language::{Encoder, Tuned};

const FILE: &[u8] = include_bytes!("../weights/encoder.bin");
const TAIL: &[u8] = include_bytes!("../weights/tail.bin");
const SENTENCES: &str = include_str!("data/encoder/sentences.txt");

fn encoder() -> std::sync::Arc<Encoder> {
    Encoder::embedded().unwrap_or_else(|error| panic!("{error}"))
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn bits(vector: &[f32]) -> Vec<u32> {
    vector.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn pieces_are_those_of_the_original_tokenizer() {
    let recorded = include_str!("data/encoder/pieces.jsonl");
    let mut compared = 0;
    for line in recorded.lines() {
        let (text, pieces): (String, Vec<u32>) = serde_json::from_str(line).unwrap();
        if ["<s>", "</s>", "<unk>", "<pad>", "<mask>"].iter().any(|mark| text.contains(mark)) {
            continue; // The one difference; see the next test.
        }
        assert_eq!(encoder().pieces(&text), pieces, "{text:?}");
        compared += 1;
    }
    assert!(compared >= 300, "{compared}");
}

#[test]
fn text_cannot_spell_the_marks_of_the_model() {
    let pieces = encoder().pieces("</s><s><pad><mask>");
    let (first, rest) = pieces.split_first().unwrap();
    let (last, inside) = rest.split_last().unwrap();
    assert_eq!((*first, *last), (0, 2));
    assert!(inside.iter().all(|piece| ![0, 1, 2, 44_636].contains(piece)), "{pieces:?}");
}

#[test]
fn vectors_are_those_of_the_original_in_32_bits() {
    let recorded: Vec<f32> = include_bytes!("data/encoder/vectors.f32")
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    let sentences: Vec<&str> = SENTENCES.lines().collect();
    assert_eq!((sentences.len(), recorded.len()), (40, 40 * DIMENSIONS));
    let ours = encoder().encode_all(&sentences, NonZeroUsize::MIN);
    let cosines: Vec<f32> = ours
        .iter()
        .zip(recorded.chunks_exact(DIMENSIONS))
        .map(|(ours, theirs)| cosine(ours, theirs))
        .collect();
    let least = cosines.iter().copied().fold(1.0, f32::min);
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    assert!(least >= 0.997 && mean >= 0.999, "least {least}, mean {mean}");
}

#[test]
fn every_kernel_gives_the_same_bits() {
    let texts: Vec<&str> = SENTENCES.lines().step_by(20).chain([""]).collect();
    let expected: Vec<_> = texts.iter().map(|text| bits(&encoder().encode(text))).collect();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        let encoder = Encoder::from_bytes(FILE).unwrap().with_kernel(kernel).unwrap();
        for (text, expected) in texts.iter().zip(&expected) {
            assert_eq!(bits(&encoder.encode(text)), *expected, "{kernel:?}: {text}");
        }
    }
}

#[test]
fn batch_gives_the_same_bits_as_one_text_at_a_time() {
    let texts: Vec<&str> = SENTENCES.lines().take(13).chain(["", "好"]).collect();
    let alone: Vec<_> = texts.iter().map(|text| bits(&encoder().encode(text))).collect();
    for threads in [1, 2, 7, 100] {
        let together = encoder().encode_all(&texts, NonZeroUsize::new(threads).unwrap());
        assert_eq!(together.iter().map(|vector| bits(vector)).collect::<Vec<_>>(), alone, "{threads}");
    }
    assert!(encoder().encode_all(&[], NonZeroUsize::MIN).is_empty());
}

#[test]
fn likeness_of_meaning_crosses_wording_and_language() {
    let close = |left: &str, right: &str| cosine(&encoder().encode(left), &encoder().encode(right));
    for (question, same, other) in [
        ("我忘记密码了", "密码想不起来怎么办", "你们几点下班"),
        ("怎么退货", "How can I return an item?", "How do I change my e-mail address?"),
        ("Where is my parcel?", "My order has not arrived yet", "Do you have this in blue?"),
    ] {
        let (same, other) = (close(question, same), close(question, other));
        assert!(same > other + 0.02, "{question}: {same} {other}");
    }
}

#[test]
fn any_text_has_a_vector_of_unit_length() {
    let long = "我想问一下退货的运费谁来承担。".repeat(5_000);
    for text in ["", " ", "\u{0}", "\u{202e}\u{feff}", "😀", "龘".repeat(9_999).as_str(), &long] {
        let vector = encoder().encode(text);
        assert_eq!(vector.len(), DIMENSIONS);
        assert!(
            (cosine(&vector, &vector) - 1.0).abs() < 1e-5,
            "{:?}",
            text.chars().take(9).collect::<String>()
        );
    }
    assert_eq!(encoder().pieces(&long).len(), MAX_PIECES);
}

#[test]
fn damaged_file_is_refused_with_the_reason() {
    let error = |bytes: Vec<u8>| Encoder::from_bytes(bytes).err();
    assert_eq!(error(vec![]), Some(Error::NotAnEncoder));
    assert_eq!(error(b"something else entirely".to_vec()), Some(Error::NotAnEncoder));
    assert_eq!(error(FILE[..FILE.len() - 1].to_vec()), Some(Error::Checksum));
    for place in [20, 100_000, FILE.len() / 2, FILE.len() - 1] {
        let mut bytes = FILE.to_vec();
        bytes[place] ^= 1;
        assert_eq!(error(bytes), Some(Error::Checksum), "{place}");
    }
    let mut bytes = FILE.to_vec();
    bytes[8] = 9;
    assert_eq!(error(bytes), Some(Error::Version(9)));
}

#[test]
fn file_with_a_right_checksum_and_wrong_contents_is_refused() {
    let broken = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = FILE.to_vec();
        change(&mut bytes);
        let sum = crc32fast::hash(&bytes[16..]);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        Encoder::from_bytes(bytes).err()
    };
    assert_eq!(broken(&|_| ()), None);
    assert!(matches!(broken(&|bytes| bytes.push(0)), Some(Error::Damaged(_))));
    assert!(matches!(broken(&|bytes| bytes.truncate(1_000_000)), Some(Error::Damaged(_))));
    for size in (16..44).step_by(4) {
        let error = broken(&|bytes| bytes[size..size + 4].fill(0xff));
        assert!(matches!(error, Some(Error::Damaged(_))), "{size} {error:?}");
    }
}

fn tuned() -> std::sync::Arc<Tuned> {
    Tuned::embedded().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn tuned_vectors_are_those_of_their_training_in_32_bits() {
    let (recorded, _) = include_bytes!("data/encoder/tuned.f32").as_chunks();
    let recorded: Vec<f32> = recorded.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let sentences: Vec<&str> = SENTENCES.lines().collect();
    let ours = tuned().encode_all(&sentences, NonZeroUsize::MIN);
    assert_eq!(recorded.len(), ours.len() * DIMENSIONS);
    let rows = ours.iter().zip(recorded.chunks_exact(DIMENSIONS));
    let cosines: Vec<f32> = rows.map(|(ours, theirs)| cosine(ours, theirs)).collect();
    let least = cosines.iter().copied().fold(1.0, f32::min);
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    assert!(least >= 0.98 && mean >= 0.99, "least {least}, mean {mean}");
}

#[test]
fn tuned_vectors_are_the_same_bits_with_every_kernel_and_in_a_batch() {
    let texts: Vec<&str> = SENTENCES.lines().step_by(9).chain(["", "好"]).collect();
    let expected: Vec<_> = texts.iter().map(|text| bits(&tuned().encode(text))).collect();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        let encoder = Encoder::from_bytes(FILE).unwrap().with_kernel(kernel).unwrap();
        let other = Tuned::new(encoder.into(), TAIL).unwrap();
        let together = other.encode_all(&texts, NonZeroUsize::MIN);
        assert_eq!(together.iter().map(|vector| bits(vector)).collect::<Vec<_>>(), expected, "{kernel:?}");
    }
    for text in ["", "\u{0}", "😀"] {
        let vector = tuned().encode(text);
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5, "{text:?}");
    }
}

#[test]
fn a_tail_that_is_damaged_or_of_another_encoder_is_refused() {
    let error = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = TAIL.to_vec();
        change(&mut bytes);
        let sum = crc32fast::hash(bytes.get(16..).unwrap_or_default());
        if let Some(place) = bytes.get_mut(12..16) {
            place.copy_from_slice(&sum.to_le_bytes());
        }
        Tuned::new(encoder(), bytes).err()
    };
    assert_eq!(error(&|_| ()), None);
    assert_eq!(error(&|bytes| bytes.clear()), Some(Error::NotAnEncoder));
    assert_eq!(error(&|bytes| *bytes = FILE.to_vec()), Some(Error::NotAnEncoder));
    assert!(matches!(error(&|bytes| bytes.push(0)), Some(Error::Damaged(_))));
    assert!(matches!(error(&|bytes| bytes.truncate(1_000_000)), Some(Error::Damaged(_))));
    for size in [16, 20, 24] {
        let error = error(&|bytes| bytes[size..size + 4].fill(0xff));
        assert!(matches!(error, Some(Error::Damaged(_))), "{size} {error:?}");
    }
    let mut bytes = TAIL.to_vec();
    bytes[100_000] ^= 1;
    assert_eq!(Tuned::new(encoder(), bytes).err(), Some(Error::Checksum));
}
