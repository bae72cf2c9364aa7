//! The key under which a file is stored: `<workspace>/ab/cd/<28 hexadecimal characters>`.
//!
//! Invariant: only digits, lower-case hexadecimal and three slashes, so a key is a safe path on
//! every system; 128 random bits, so it tells nothing and is never guessed.

use crate::Error;
use model::WorkspaceId;
use std::fmt;

const RANDOM_BYTES: usize = 16;
/// How much of the random part names the two directories, and how much the file.
const SHARDS: [usize; 3] = [2, 2, 28];

/// A well-formed key; see the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

impl BlobKey {
    /// A key nobody has used.
    pub fn random(workspace: WorkspaceId) -> Self {
        let random = u128::from_be_bytes(crypto::random::bytes::<RANDOM_BYTES>());
        let random = format!("{random:032x}");
        let prefix = Self::prefix(workspace);
        Self(format!("{prefix}/{}/{}/{}", &random[..2], &random[2..4], &random[4..]))
    }

    /// A key as the database or a backup holds it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.split('/');
        let workspace = parts.next().unwrap_or_default();
        let is_id = !workspace.is_empty()
            && workspace.len() <= 20
            && workspace.bytes().all(|byte| byte.is_ascii_digit());
        let is_shard = |(part, length): (&str, usize)| {
            part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let shards: Vec<&str> = parts.take(SHARDS.len() + 1).collect();
        if is_id && shards.len() == SHARDS.len() && shards.into_iter().zip(SHARDS).all(is_shard) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Missing)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory of a workspace.
    pub(super) fn prefix(workspace: WorkspaceId) -> String {
        // Ids are positive; as an unsigned number even a wrong one has no sign.
        (workspace.0 as u64).to_string()
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn random_keys_differ_and_read_back() {
        for workspace in [1, i64::MAX, -1] {
            let (a, b) = (BlobKey::random(WorkspaceId(workspace)), BlobKey::random(WorkspaceId(workspace)));
            assert_ne!(a, b);
            assert_eq!(BlobKey::parse(a.as_str()).unwrap(), a);
            assert!(a.as_str().starts_with(&format!("{}/", workspace as u64)));
        }
    }

    #[test]
    fn keys_that_could_leave_the_store_do_not_parse() {
        let rest = "0123456789abcdef0123456789ab";
        assert!(BlobKey::parse(&format!("1/ab/cd/{rest}")).is_ok());
        for bad in [
            String::new(),
            "/".into(),
            "../../etc/passwd".into(),
            format!("1/../cd/{rest}"),
            format!("../ab/cd/{rest}"),
            format!("/1/ab/cd/{rest}"),
            format!("1/ab/cd/{rest}/"),
            format!("1/ab/cd/{rest}/x"),
            format!("1//ab/cd/{rest}"),
            format!("1\\ab\\cd\\{rest}"),
            format!("1/AB/cd/{rest}"),
            format!("1/ab/cd/{rest}\0"),
            format!("1/ab/cd/{}", &rest[1..]),
            format!("1/ab/cd/..{}", &rest[2..]),
            format!("1/ab/cd/%2e{}", &rest[3..]),
            format!("-1/ab/cd/{rest}"),
            format!("１/ab/cd/{rest}"),
            format!(".tmp/ab/cd/{rest}"),
        ] {
            assert!(matches!(BlobKey::parse(&bad), Err(Error::Missing)), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_is_a_plain_path(text in "[0-9a-f./\\\\%]{0,60}|[0-9]{1,3}/[0-9a-g]{2}/[0-9a-g]{2}/[0-9a-g]{28}") {
            if let Ok(key) = BlobKey::parse(&text) {
                prop_assert_eq!(key.as_str().split('/').count(), 4);
                prop_assert!(key.as_str().bytes().all(|b| b == b'/' || b.is_ascii_hexdigit()));
            }
        }
    }
}
