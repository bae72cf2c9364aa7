//! Well-signed tokens whose claims, times or shape are wrong.

use super::*;

#[test]
fn signed_identity_is_read_whole() {
    let identity = verify(&with(&json!({
        "name": " 王小明 ", "email": "wang@example.com", "phone": "+86 138 0000 0000", "theme": "ignored",
        "attributes": {"level": "gold", "orders": 12, "rate": 0.5, "vip": true, "city": null}
    })))
    .unwrap();
    assert_eq!(identity.subject, "user-7");
    assert_eq!(identity.token_id, "j1");
    assert_eq!(identity.replay_until, NOW + 600_000 + LEEWAY_MS);
    assert_eq!(identity.name.as_deref(), Some("王小明"));
    assert_eq!(identity.email.as_deref(), Some("wang@example.com"));
    assert_eq!(identity.phone.as_deref(), Some("+86 138 0000 0000"));
    let expected = [("level", "gold"), ("orders", "12"), ("rate", "0.5"), ("vip", "true")];
    assert_eq!(identity.attributes, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
}

#[test]
fn times_are_checked_with_sixty_seconds_of_leeway() {
    use IdentityRefusal::{Expired, InvalidClaim, LifetimeTooLong, NotYetValid};
    for (changes, expected) in [
        (json!({"iat": SECONDS - 600, "exp": SECONDS - 59}), None),
        (json!({"iat": SECONDS - 600, "exp": SECONDS - 60}), Some(Expired)),
        (json!({"iat": SECONDS - 7200, "exp": SECONDS - 3600}), Some(Expired)),
        (json!({"nbf": SECONDS + 60}), None),
        (json!({"nbf": SECONDS + 61}), Some(NotYetValid)),
        (json!({"iat": SECONDS + 60}), None),
        (json!({"iat": SECONDS + 61}), Some(NotYetValid)),
        (json!({"exp": SECONDS + 3600}), None),
        (json!({"exp": SECONDS + 3601}), Some(LifetimeTooLong)),
        (json!({"iat": 0, "exp": SECONDS + 600}), Some(LifetimeTooLong)),
        (json!({"exp": 1e300}), Some(InvalidClaim("exp"))),
        (json!({"exp": i64::MAX}), Some(InvalidClaim("exp"))),
        (json!({"exp": -1}), Some(InvalidClaim("exp"))),
        (json!({"exp": (SECONDS + 600).to_string()}), Some(InvalidClaim("exp"))),
        (json!({"iat": SECONDS + 30, "exp": SECONDS + 30}), Some(InvalidClaim("exp"))),
        (json!({"nbf": "soon"}), Some(InvalidClaim("nbf"))),
        (json!({"exp": SECONDS as f64 + 600.5}), None),
    ] {
        assert_eq!(verify(&with(&changes)).err(), expected, "{changes}");
    }
}

#[test]
fn every_required_claim_is_required() {
    for claim in ["aud", "sub", "exp", "iat", "jti"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(verify(&claims), Err(IdentityRefusal::MissingClaim(claim)));
        assert_eq!(verify(&with(&json!({claim: null}))), Err(IdentityRefusal::MissingClaim(claim)));
    }
}

#[test]
fn audience_must_be_exactly_this_channel() {
    assert!(verify(&with(&json!({"aud": [AUDIENCE]}))).is_ok());
    for aud in [
        json!("channel-2"),
        json!("channel-1 "),
        json!("CHANNEL-1"),
        json!("channel-1\u{0}"),
        json!("channel"),
        json!(""),
        json!([]),
        json!([AUDIENCE, "channel-2"]),
        json!([[AUDIENCE]]),
    ] {
        assert_eq!(verify(&with(&json!({"aud": aud}))), Err(IdentityRefusal::WrongAudience), "{aud}");
    }
    let nameless = IdentityVerifier::new("", vec![IdentityKey::hs256(SECRET).unwrap()]).unwrap();
    let token = hs256(&header(), &with(&json!({"aud": ""})));
    assert_eq!(nameless.verify(&token, NOW), Err(IdentityRefusal::WrongAudience));
}

#[test]
fn claims_of_wrong_type_or_size_are_refused() {
    let many: BTreeMap<String, i32> = (0..51).map(|n| (format!("k{n}"), n)).collect();
    for (claim, value) in [
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("  ")),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("长".repeat(201))),
        ("jti", json!("x".repeat(201))),
        ("aud", json!(7)),
        ("name", json!(["a"])),
        ("name", json!("x".repeat(201))),
        ("name", json!("line\nbreak")),
        ("email", json!("x".repeat(255))),
        ("phone", json!(13_800_000_000_i64)),
        ("attributes", json!("flat")),
        ("attributes", json!({"nested": {"a": 1}})),
        ("attributes", json!({"list": [1]})),
        ("attributes", json!({"": 1})),
        ("attributes", json!({"long": "x".repeat(2049)})),
        ("attributes", json!({"x".repeat(101): 1})),
        ("attributes", json!(many)),
    ] {
        let refused = verify(&with(&json!({claim: value.clone()}))).unwrap_err();
        assert_eq!(refused, IdentityRefusal::InvalidClaim(claim), "{value}");
        assert_eq!(refused.claim(), Some(claim));
    }
    let fits = json!({"sub": "长".repeat(200), "name": "", "attributes": {"long": "x".repeat(2048)}});
    assert_eq!(verify(&with(&fits)).unwrap().name, None);
}

#[test]
fn duplicate_claims_are_refused() {
    let good = claims().to_string();
    for (name, value) in
        [("sub", "\"admin\""), ("aud", "\"channel-1\""), ("exp", "9999999999"), ("jti", "\"j2\"")]
    {
        for payload in [
            good.replacen('{', &format!("{{\"{name}\":{value},"), 1),
            format!("{},\"{name}\":{value}}}", &good[..good.len() - 1]),
        ] {
            let payload = URL_SAFE_NO_PAD.encode(payload);
            let token = sign(&part(&header()), &payload, &EncodingKey::from_secret(SECRET), Algorithm::HS256);
            assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::Malformed), "{name}");
        }
    }
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","alg":"none"}"#);
    let token = sign(&head, &part(&claims()), &EncodingKey::from_secret(SECRET), Algorithm::HS256);
    assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::Malformed));
}

#[test]
fn huge_and_misshapen_tokens_are_refused() {
    let huge = hs256(&header(), &with(&json!({"pad": "x".repeat(MAX_TOKEN_BYTES)})));
    assert_eq!(verifier().verify(&huge, NOW), Err(IdentityRefusal::TooLong));
    let deep = URL_SAFE_NO_PAD.encode("[".repeat(1_500));
    let good = hs256(&header(), &claims());
    let dots = ".".repeat(MAX_TOKEN_BYTES);
    let extra = format!("{good}.AA");
    let padded = good.replace('.', "=.");
    let spaced = format!(" {good}");
    let deep = format!("{deep}.{deep}.AA");
    for bad in
        ["", ".", "..", "a.b", "...", &dots, &extra, &padded, &spaced, &deep, "令.牌.！", "e30.e30.\u{feff}"]
    {
        assert_eq!(verifier().verify(bad, NOW), Err(IdentityRefusal::Malformed), "{bad:.40}");
    }
    let latin1 = URL_SAFE_NO_PAD.encode(b"{\"sub\":\"\xff\"}");
    let token = sign(&part(&header()), &latin1, &EncodingKey::from_secret(SECRET), Algorithm::HS256);
    assert_eq!(verifier().verify(&token, NOW), Err(IdentityRefusal::Malformed));
}
