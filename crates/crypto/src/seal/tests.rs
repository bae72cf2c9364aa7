//! Whole streams open; everything else says why not.

use super::*;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn seal(plain: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::new(Vec::new(), &passphrase("correct horse battery")).unwrap();
    sealer.write_all(plain).unwrap();
    sealer.finish().unwrap()
}

fn open(sealed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    let opener = Opener::new(sealed, &passphrase("correct horse battery\n"));
    opener.map_err(io::Error::other)?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[test]
fn every_length_around_a_chunk_comes_back() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
        let plain: Vec<u8> = (0..length).map(|index| index as u8).collect();
        let sealed = seal(&plain);
        assert_eq!(open(&sealed).unwrap(), plain, "{length}");
        assert_ne!(seal(&plain)[MAGIC.len()..], sealed[MAGIC.len()..], "salt and nonce are new each time");
    }
}

#[test]
fn what_is_cut_off_lengthened_changed_or_moved_does_not_open() {
    let plain = vec![7; 2 * CHUNK + 5];
    let sealed = seal(&plain);
    let chunk = HEADER..HEADER + CHUNK + TAG;
    for length in [0, 5, HEADER - 1, HEADER, HEADER + 1, chunk.end, chunk.end + 1, sealed.len() - 1] {
        assert!(open(&sealed[..length]).is_err(), "cut at {length}");
    }
    assert!(open(&[&sealed[..], b"x"].concat()).is_err());
    for place in [0, MAGIC.len(), HEADER - 1, HEADER, chunk.end - 1, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(open(&changed).is_err(), "changed at {place}");
    }
    let mut swapped = sealed.clone();
    swapped.copy_within(chunk.end..chunk.end + chunk.len(), chunk.start);
    swapped[chunk.end..chunk.end + chunk.len()].copy_from_slice(&sealed[chunk]);
    assert!(open(&swapped).is_err());
}

#[test]
fn wrong_passphrase_is_told_from_damage_and_a_short_one_refused() {
    let sealed = seal(b"secret");
    let other = Opener::new(&sealed[..], &passphrase("incorrect horse battery"));
    assert_eq!(other.err(), Some(Error::WrongPassphrase));
    let none = Opener::new(&b"a tar of somebody"[..], &passphrase("correct horse battery"));
    assert_eq!(none.err(), Some(Error::SealedFormat));
    assert!(!sealed.windows(6).any(|part| part == b"secret"));
    assert!(Passphrase::new(" sixteen letters!\n").is_ok());
    assert!(Passphrase::new("  fourteen lett \n").is_err());
    assert_eq!(format!("{:?}", passphrase("correct horse battery")), "Passphrase(redacted)");
}
