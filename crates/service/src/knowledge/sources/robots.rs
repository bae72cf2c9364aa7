//! robots.txt (RFC 9309): what a site lets programs read. The longest rule that fits decides.

use std::time::Duration;

/// By which name we are meant, in lower case.
const NAME: &str = "octim";
/// Bytes that are looked at, as the standard asks for.
pub const BYTES: usize = 500 * 1024;
const RULES: usize = 2_000;
/// A site that wants more rest between pages gets this much.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robots {
    rules: Vec<(bool, String)>,
    pub pause: Duration,
}

impl Robots {
    /// Nothing may be read: its rules cannot be known.
    pub fn closed() -> Self {
        Self { rules: vec![(false, "/".into())], pause: Duration::ZERO }
    }

    pub fn read(text: &str) -> Self {
        let (mut ours, mut everybody) = (Self::default(), Self::default());
        let (mut is_ours, mut is_everybodys, mut names_us) = (false, false, false);
        let mut in_names = false;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !in_names {
                    (is_ours, is_everybodys) = (false, false);
                }
                in_names = true;
                let name = value.to_ascii_lowercase();
                is_ours |= name.split('/').next() == Some(NAME);
                is_everybodys |= name == "*";
                names_us |= is_ours;
                continue;
            }
            in_names = false;
            for (applies, robots) in [(is_ours, &mut ours), (is_everybodys, &mut everybody)] {
                if applies {
                    robots.take(&key, value);
                }
            }
        }
        if names_us { ours } else { everybody }
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            "allow" | "disallow" if !value.is_empty() && self.rules.len() < RULES => {
                self.rules.push((key == "allow", value.to_owned()));
            }
            "crawl-delay" => {
                let seconds = value.parse::<f64>().ok().filter(|seconds| *seconds > 0.0).unwrap_or_default();
                self.pause = Duration::try_from_secs_f64(seconds).unwrap_or(PAUSE).min(PAUSE);
            }
            _ => {}
        }
    }

    /// `path` with what follows `?`.
    pub fn allows(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(_, rule)| fits(rule, path));
        // Of equally long ones the one that allows.
        fitting.max_by_key(|(allows, rule)| (rule.len(), *allows)).is_none_or(|(allows, _)| *allows)
    }
}

/// `*` stands for anything, `$` for the end. (Each part is looked for once, from left to right.)
fn fits(rule: &str, path: &str) -> bool {
    let (rule, to_end) = rule.strip_suffix('$').map_or((rule, false), |rule| (rule, true));
    let mut parts = rule.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && to_end {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_group_counts_before_everybodys_and_the_longest_rule_decides() {
        let text = "User-agent: *\nDisallow: /\n\n# us\nUser-Agent: other\nuser-agent: OctIM/1.0\nDisallow: /private\nAllow: /private/help\nCrawl-delay: 2\nSitemap: https://a.example/s.xml\n";
        let robots = Robots::read(text);
        assert!(robots.allows("/") && robots.allows("/private/help/a") && !robots.allows("/private/x"));
        assert_eq!(robots.pause, Duration::from_secs(2));
        assert!(!Robots::read("User-agent: *\nDisallow: /\n").allows("/x"));
        assert!(Robots::read("User-agent: other\nDisallow: /\n").allows("/x"));
        assert!(Robots::read("User-agent: *\nDisallow:\n").allows("/x"));
        assert!(Robots::read("<html>not found</html>").allows("/x"));
        assert!(!Robots::closed().allows("/x"));
    }

    #[test]
    fn stars_and_ends_are_understood() {
        for (rule, path, expected) in [
            ("/a", "/ab", true),
            ("/a$", "/ab", false),
            ("/*.pdf$", "/x/y.pdf", true),
            ("/*.pdf$", "/x.pdf?y", false),
            ("/*/b", "/a/b", true),
            ("/*/b", "/b", false),
            ("*", "/", true),
            ("/?x=", "/?x=1", true),
            ("/a*b*c", "/a-b-b-c-d", true),
        ] {
            assert_eq!(fits(rule, path), expected, "{rule} {path}");
        }
    }

    #[test]
    fn hostile_files_cost_little() {
        let stars = format!("User-agent: *\nDisallow: /{}x\nCrawl-delay: 1e300\n", "*a".repeat(50_000));
        let robots = Robots::read(&stars);
        assert!(robots.allows(&"/a".repeat(1_000)));
        assert_eq!(robots.pause, PAUSE);
        assert_eq!(Robots::read("User-agent: *\nCrawl-delay: -5\nCrawl-delay: NaN").pause, Duration::ZERO);
    }
}
