//! Tokens that nobody with a key made, or that want to choose how they are checked.

use super::*;
use jsonwebtoken::jwk;
use proptest::prelude::*;

/// A PKCS#8 private key and the SPKI PEM of its public half.
fn ed25519(seed: u8) -> (EncodingKey, String) {
    let mut pkcs8 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    pkcs8.extend([seed; 32]);
    let key = EncodingKey::from_ed_der(&pkcs8);
    let public = jwk::Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
    let jwk::AlgorithmParameters::OctetKeyPair(pair) = public.algorithm else { panic!("not Ed25519") };
    let mut spki = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".to_vec();
    spki.extend(URL_SAFE_NO_PAD.decode(pair.x).unwrap());
    (key, pem("PUBLIC KEY", &spki))
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[test]
fn ed25519_identity_is_accepted_and_another_key_is_not() {
    let (private, public) = ed25519(1);
    let (stranger, _) = ed25519(2);
    let verifier = IdentityVerifier::new(AUDIENCE, vec![IdentityKey::ed25519(&public).unwrap()]).unwrap();
    for alg in ["EdDSA", "Ed25519"] {
        let header = part(&json!({"alg": alg}));
        let token = |key| sign(&header, &part(&claims()), key, Algorithm::EdDSA);
        assert!(verifier.verify(&token(&private), NOW).is_ok());
        assert_eq!(verifier.verify(&token(&stranger), NOW), Err(IdentityRefusal::BadSignature));
    }
}

#[test]
fn both_active_keys_are_accepted_during_rotation_and_a_retired_one_is_not() {
    let (_, public) = ed25519(1);
    let key = |secret: &[u8]| IdentityKey::hs256(secret).unwrap();
    let token = hs256(&header(), &claims());
    let with_keys = |keys| IdentityVerifier::new(AUDIENCE, keys).unwrap().verify(&token, NOW);
    assert!(with_keys(vec![key(OTHER_SECRET), key(SECRET)]).is_ok());
    assert!(with_keys(vec![IdentityKey::ed25519(&public).unwrap(), key(SECRET)]).is_ok());
    assert_eq!(with_keys(vec![key(OTHER_SECRET)]), Err(IdentityRefusal::BadSignature));
    assert_eq!(with_keys(vec![]), Err(IdentityRefusal::WrongAlgorithm));
    assert!(IdentityVerifier::new(AUDIENCE, vec![key(SECRET), key(SECRET), key(SECRET)]).is_err());
}

#[test]
fn unsigned_tokens_are_refused() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let head = part(&json!({"alg": alg}));
        for signature in ["", "AA"] {
            let token = format!("{head}.{}.{signature}", part(&claims()));
            assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::WrongAlgorithm), "{alg}");
        }
    }
    let stripped = hs256(&header(), &claims()).rsplit_once('.').unwrap().0.to_owned() + ".";
    assert_eq!(verifier().verify(&stripped, NOW), Err(IdentityRefusal::BadSignature));
}

#[test]
fn public_key_does_not_work_as_a_shared_secret() {
    let (_, public) = ed25519(1);
    let verifier = IdentityVerifier::new(AUDIENCE, vec![IdentityKey::ed25519(&public).unwrap()]).unwrap();
    let der = URL_SAFE_NO_PAD.encode(&public);
    for secret in [public.as_bytes(), public.trim().as_bytes(), der.as_bytes()] {
        for alg in ["HS256", "EdDSA"] {
            let head = part(&json!({"alg": alg}));
            let forged = sign(&head, &part(&claims()), &EncodingKey::from_secret(secret), Algorithm::HS256);
            assert!(verifier.verify(&forged, NOW).is_err());
        }
    }
    assert!(IdentityKey::hs256(public.as_bytes()).is_err());
    assert!(IdentityKey::hs256(format!("\n {public}").as_bytes()).is_err());
}

#[test]
fn header_cannot_choose_the_algorithm() {
    for (alg, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        let head = part(&json!({"alg": alg}));
        let token = sign(&head, &part(&claims()), &EncodingKey::from_secret(SECRET), algorithm);
        assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::WrongAlgorithm));
    }
    for alg in ["RS256", "ES256", "PS256", "EdDSA", "hs256", "HS256 ", "HS256\0"] {
        let token = hs256(&json!({"alg": alg}), &claims());
        assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::WrongAlgorithm), "{alg}");
    }
}

#[test]
fn key_hints_in_the_header_are_ignored() {
    let attacker = EncodingKey::from_secret(OTHER_SECRET);
    let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(OTHER_SECRET), "alg": "HS256"});
    for (hint, value) in [
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' UNION SELECT 'x' --")),
        ("kid", json!({"nested": ["x"]})),
        ("jku", json!("http://127.0.0.1:9/keys")),
        ("x5u", json!("file:///etc/passwd")),
        ("x5c", json!(["AAAA"])),
        ("jwk", jwk),
    ] {
        let mut hinted = header();
        hinted[hint] = value;
        let forged = sign(&part(&hinted), &part(&claims()), &attacker, Algorithm::HS256);
        assert_eq!(verifier().verify(&forged, NOW), Err(IdentityRefusal::BadSignature), "{hint}");
        assert!(verifier().verify(&hs256(&hinted, &claims()), NOW).is_ok(), "{hint}");
    }
}

#[test]
fn other_kinds_of_token_and_critical_extensions_are_refused() {
    for head in [
        json!({"alg": "HS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "typ": ""}),
        json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
        json!({"alg": 1}),
        json!({}),
        json!([]),
    ] {
        assert_eq!(
            verifier().verify(&hs256(&head, &claims()), NOW),
            Err(IdentityRefusal::Malformed),
            "{head}"
        );
    }
}

#[test]
fn only_strong_secrets_and_ed25519_public_keys_make_keys() {
    assert!(IdentityKey::hs256(&SECRET[..31]).is_err());
    let mut private = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    private.extend([1; 32]);
    let x25519 = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00".as_slice(), &[1; 32]].concat();
    let short = b"\x30\x0c\x30\x05\x06\x03\x2b\x65\x70\x03\x03\x00\x01\x02";
    for bad in [
        String::new(),
        "not a key".into(),
        pem("PRIVATE KEY", &private),
        pem("PUBLIC KEY", &x25519),
        pem("PUBLIC KEY", short),
        pem("RSA PUBLIC KEY", b"\x30\x03\x02\x01\x01"),
    ] {
        assert!(IdentityKey::ed25519(&bad).is_err(), "{bad}");
    }
    let shown = format!("{:?}", verifier());
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_changed_byte_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let token = hs256(&header(), &claims());
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        // The last character of a 32-byte signature carries two bits that decode to nothing,
        // and a decoder that ignored them would make the token malleable.
        prop_assert_eq!(verifier().verify(&changed, NOW).is_ok(), changed == token);
    }

    #[test]
    fn arbitrary_text_never_panics(token in any::<String>()) {
        prop_assert!(verifier().verify(&token, NOW).is_err());
    }

    #[test]
    fn arbitrary_signed_payloads_never_panic(payload in any::<Vec<u8>>()) {
        let key = EncodingKey::from_secret(SECRET);
        let token = sign(&part(&header()), &URL_SAFE_NO_PAD.encode(payload), &key, Algorithm::HS256);
        prop_assert!(verifier().verify(&token, NOW).is_err());
    }
}
