//! Misuse of field encryption (security.md A48): tampering, moving, wrong and old keys, nonces.

use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn key(seed: u8) -> RootKey {
    let mut bytes = [seed; KEY_BYTES];
    bytes[0] = !seed;
    RootKey::new(Zeroizing::new(bytes)).unwrap()
}

fn ring() -> KeyRing {
    KeyRing::new(key(1), vec![])
}

fn place(row: i64) -> FieldContext {
    FieldContext::new(WorkspaceId(1), "agents", "totp_seed", row)
}

#[test]
fn value_opens_only_at_its_own_place_and_for_its_own_purpose() {
    let ring = ring();
    let sealed = ring.seal(Purpose::Secret, &place(7), b"seed").unwrap();
    assert_eq!(&**ring.open(Purpose::Secret, &place(7), &sealed).unwrap(), b"seed");
    let elsewhere = [
        place(8),
        FieldContext::new(WorkspaceId(2), "agents", "totp_seed", 7),
        FieldContext::new(WorkspaceId(1), "channels", "totp_seed", 7),
        FieldContext::new(WorkspaceId(1), "agents", "secret", 7),
        FieldContext::new(WorkspaceId(1), "agentstotp", "_seed", 7),
        FieldContext::new(WorkspaceId(1), "agents", "totp_seed7", ""),
    ];
    for context in elsewhere {
        assert_eq!(ring.open(Purpose::Secret, &context, &sealed), Err(Error::Tampered), "{context:?}");
    }
    for purpose in [Purpose::Personal, Purpose::Message, Purpose::File, Purpose::Backup] {
        assert_eq!(ring.open(purpose, &place(7), &sealed), Err(Error::Tampered), "{purpose:?}");
    }
}

#[test]
fn older_key_reads_newest_writes_and_a_removed_key_is_named() {
    let old = KeyRing::new(key(1), vec![]);
    let sealed = old.seal(Purpose::Secret, &place(7), b"seed").unwrap();
    let rotated = KeyRing::new(key(2), vec![key(1)]);
    assert_eq!(&**rotated.open(Purpose::Secret, &place(7), &sealed).unwrap(), b"seed");
    assert_eq!(rotated.is_outdated(&sealed), Ok(true));
    let renewed = rotated.seal(Purpose::Secret, &place(7), b"seed").unwrap();
    assert_eq!(rotated.is_outdated(&renewed), Ok(false));
    let after = KeyRing::new(key(2), vec![]);
    assert!(after.open(Purpose::Secret, &place(7), &renewed).is_ok());
    assert_eq!(after.open(Purpose::Secret, &place(7), &sealed), Err(Error::UnknownKey));
}

#[test]
fn relabelled_key_id_or_version_does_not_open() {
    let ring = KeyRing::new(key(2), vec![key(1)]);
    let sealed = ring.seal(Purpose::Secret, &place(7), b"seed").unwrap();
    let relabelled = sealed.replace(key(2).id(), key(1).id());
    assert_ne!(relabelled, sealed);
    assert_eq!(ring.open(Purpose::Secret, &place(7), &relabelled), Err(Error::Tampered));
    let body = sealed.rsplit_once('.').unwrap().1;
    let v0 = sealed.replacen("v1", "v0", 1);
    let no_key = format!("v1.{body}");
    let short = format!("v1.{}.AAAA", key(2).id());
    let not_base64 = format!("v1.{}.{body}!", key(2).id());
    for bad in ["", "v1", "v1.", "seed", "v11.x.y", &v0, &no_key, &short, &not_base64] {
        assert_eq!(ring.open(Purpose::Secret, &place(7), bad), Err(Error::SealedFormat), "{bad}");
    }
    let empty = format!("v1.{}.{}", key(2).id(), URL_SAFE_NO_PAD.encode([0; NONCE_BYTES]));
    assert_eq!(ring.open(Purpose::Secret, &place(7), &empty), Err(Error::Tampered));
}

#[test]
fn nonces_never_repeat() {
    let ring = ring();
    let nonces: HashSet<Vec<u8>> = (0..10_000)
        .map(|_| {
            let sealed = ring.seal(Purpose::Secret, &place(7), b"").unwrap();
            let body = URL_SAFE_NO_PAD.decode(sealed.rsplit_once('.').unwrap().1).unwrap();
            body[..NONCE_BYTES].to_vec()
        })
        .collect();
    assert_eq!(nonces.len(), 10_000);
}

#[test]
fn root_key_survives_its_file_and_bad_files_do_not_load() {
    let key = RootKey::generate().unwrap();
    let text = key.to_base64();
    let unpadded = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    for form in [format!("{}\n", *text), format!("  {}\r\n", *text), unpadded] {
        let read = RootKey::from_base64(&form).unwrap();
        assert_eq!((read.id(), &read.bytes), (key.id(), &key.bytes), "{form:?}");
    }
    assert_ne!(key.id(), RootKey::generate().unwrap().id());
    let zeros = STANDARD.encode([0; 32]);
    let short = STANDARD.encode([1; 31]);
    let long = STANDARD.encode((0..33).collect::<Vec<u8>>());
    for bad in ["", "not a key", &zeros, &short, &long] {
        assert!(RootKey::from_base64(bad).is_err(), "{bad}");
    }
}

#[test]
fn debug_shows_no_key_bytes() {
    let ring = ring();
    let shown = format!("{ring:?}");
    assert!(shown.contains("redacted") && !shown.contains("1, 1"), "{shown}");
    assert!(!shown.contains(key(1).to_base64().as_str()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_sealed_comes_back(plain in any::<Vec<u8>>(), text in any::<String>(), row in any::<i64>()) {
        let ring = ring();
        let sealed = ring.seal(Purpose::Personal, &place(row), &plain).unwrap();
        prop_assert_eq!(&**ring.open(Purpose::Personal, &place(row), &sealed).unwrap(), &plain);
        let sealed = ring.seal(Purpose::Personal, &place(row), text.as_bytes()).unwrap();
        let opened = ring.open_text(Purpose::Personal, &place(row), &sealed).unwrap();
        prop_assert_eq!(opened.as_str(), &text);
    }

    #[test]
    fn any_flipped_bit_is_noticed(plain in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let ring = ring();
        let sealed = ring.seal(Purpose::Message, &place(1), &plain).unwrap();
        let (head, body) = sealed.rsplit_once('.').unwrap();
        let mut body = URL_SAFE_NO_PAD.decode(body).unwrap();
        let at = at.index(body.len());
        body[at] ^= 1u8 << bit;
        let tampered = format!("{head}.{}", URL_SAFE_NO_PAD.encode(&body));
        prop_assert_eq!(ring.open(Purpose::Message, &place(1), &tampered), Err(Error::Tampered));
        body.truncate(at);
        let cut = format!("{head}.{}", URL_SAFE_NO_PAD.encode(&body));
        prop_assert!(ring.open(Purpose::Message, &place(1), &cut).is_err());
    }

    #[test]
    fn another_root_key_does_not_open(plain in any::<Vec<u8>>(), row in any::<i64>()) {
        let sealed = ring().seal(Purpose::Message, &place(row), &plain).unwrap();
        // The same id on both sides, so that the derived key itself has to say no.
        let mut stranger = key(2);
        stranger.id = key(1).id;
        let stranger = KeyRing::new(stranger, vec![]);
        prop_assert_eq!(stranger.open(Purpose::Message, &place(row), &sealed), Err(Error::Tampered));
    }

    #[test]
    fn arbitrary_text_never_opens(text in any::<String>()) {
        prop_assert!(ring().open(Purpose::Message, &place(1), &text).is_err());
    }
}
