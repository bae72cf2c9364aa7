//! Links do not survive their time, their file or their key (security.md A18).

use super::*;
use crate::RootKey;
use proptest::prelude::*;

const NOW: Millis = 1_700_000_000_000;
const FILE: AttachmentId = AttachmentId(42);

fn key(seed: u8) -> RootKey {
    let bytes: Vec<u8> = (0..32).map(|n| n ^ seed).collect();
    RootKey::from_base64(&URL_SAFE_NO_PAD.encode(bytes)).unwrap()
}

fn signer() -> LinkSigner {
    LinkSigner::new(&KeyRing::new(key(1), vec![])).unwrap()
}

fn link() -> String {
    signer().sign(FILE, "original", "agent:7", LinkLifetime::MAX, NOW)
}

#[test]
fn link_names_its_principal_until_it_expires() {
    let value = link();
    let grant = LinkGrant { principal: "agent:7".into(), expires_at: NOW + 300_000 };
    assert_eq!(signer().verify(FILE, "original", &value, NOW), Ok(grant.clone()));
    assert_eq!(signer().verify(FILE, "original", &value, NOW + 299_999), Ok(grant));
    assert_eq!(signer().verify(FILE, "original", &value, NOW + 300_000), Err(LinkRefusal::Expired));
}

#[test]
fn link_opens_no_other_file_or_variant_and_for_no_other_time_or_person() {
    let value = link();
    let refused = Err(LinkRefusal::Forged);
    assert_eq!(signer().verify(AttachmentId(43), "original", &value, NOW), refused);
    assert_eq!(signer().verify(FILE, "thumbnail", &value, NOW), refused);
    let later = value.replacen("300000", "900000", 1);
    let other = value.replace(&URL_SAFE_NO_PAD.encode("agent:7"), &URL_SAFE_NO_PAD.encode("agent:1"));
    for changed in [later, other] {
        assert_ne!(changed, value);
        assert_eq!(signer().verify(FILE, "original", &changed, NOW), refused, "{changed}");
    }
}

#[test]
fn lifetime_beyond_five_minutes_cannot_be_made() {
    assert_eq!(LinkLifetime::from_seconds(301), None);
    assert_eq!(LinkLifetime::from_seconds(0), None);
    assert_eq!(LinkLifetime::from_seconds(300), Some(LinkLifetime::MAX));
    let short = LinkLifetime::from_seconds(1).unwrap();
    let value = signer().sign(FILE, "original", "agent:7", short, NOW);
    assert!(signer().verify(FILE, "original", &value, NOW + 1_000).is_err());
}

#[test]
fn rotation_keeps_links_alive_and_other_keys_make_none() {
    let rotated = LinkSigner::new(&KeyRing::new(key(2), vec![key(1)])).unwrap();
    assert!(rotated.verify(FILE, "original", &link(), NOW).is_ok());
    let stranger = LinkSigner::new(&KeyRing::new(key(3), vec![])).unwrap();
    assert_eq!(stranger.verify(FILE, "original", &link(), NOW), Err(LinkRefusal::Forged));
}

#[test]
fn malformed_values_are_refused() {
    let huge = format!("{NOW}.{}.AA", "A".repeat(100_000));
    let no_mac = link().rsplit_once('.').unwrap().0.to_owned() + ".";
    for bad in ["", ".", "..", "1.2", "x.YQ.YQ", "99999999999999999999.YQ.YQ", &huge, &no_mac] {
        assert_eq!(signer().verify(FILE, "original", bad, NOW), Err(LinkRefusal::Forged), "{bad:.40}");
    }
}

proptest! {
    #[test]
    fn any_changed_character_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let value = link();
        let at = at.index(value.len());
        let mut changed = value.clone();
        changed.replace_range(at..=at, &to);
        let accepted = signer().verify(FILE, "original", &changed, NOW).is_ok();
        prop_assert_eq!(accepted, changed == value);
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other(
        variant in "[a-z|.:]{0,8}", principal in "[a-z|.:]{0,8}", shift in 1usize..4,
    ) {
        let value = signer().sign(FILE, &variant, &principal, LinkLifetime::MAX, NOW);
        prop_assert!(signer().verify(FILE, &variant, &value, NOW).is_ok());
        let joined = format!("{variant}{principal}");
        let cut = (variant.len() + shift).min(joined.len());
        if cut != variant.len() {
            let moved = value.replacen(
                &format!(".{}.", URL_SAFE_NO_PAD.encode(&principal)),
                &format!(".{}.", URL_SAFE_NO_PAD.encode(&joined[cut..])),
                1,
            );
            prop_assert!(signer().verify(FILE, &joined[..cut], &moved, NOW).is_err());
        }
    }
}
