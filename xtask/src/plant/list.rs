//! The list of plants, `xtask/plants/*.toml`: bugs of the classes of docs/security.md, and the tests that must
//! see each of them. `cargo xtask tidy` calls [`problems`], so that the list cannot rot.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// Where the list is.
pub const FOLDER: &str = "xtask/plants";
/// In a replacement this stands for "the plant grows": such plants share one build, and a run chooses among them.
pub const SWITCH: &str = "PLANTED";
/// The environment variable that chooses.
pub const VARIABLE: &str = "OCTIM_PLANT";
/// Classes of docs/security.md that need a plant each.
const CLASSES: [&str; 27] = [
    "A02", "A03", "A04", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14", "A15", "A16", "A17",
    "A24", "A25", "A26", "A27", "A33", "A34", "A35", "A36", "A37", "A42", "A43", "A44",
];

/// A bug that could be in the code, and the tests that would see it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    pub class: String,
    /// Names it on the command line; letters, digits and `-`.
    pub name: String,
    /// What is wrong, for people.
    pub bug: String,
    /// All of them turn red: see [`Test`].
    pub tests: Vec<String>,
    #[serde(rename = "change")]
    pub changes: Vec<Change>,
}

/// One place of a plant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub file: String,
    /// Stands exactly once in the file.
    pub old: String,
    pub new: String,
}

/// Where a test is, read from `api security::csrf::x`, `unit:crypto keyring::tests::x`,
/// `web:ui src/text.test.ts: name` or `journey name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// Name of an integration test binary, and of a test in it.
    Integration(String, String),
    /// Package, and a unit test of its library.
    Unit(String, String),
    /// Folder below `web`, file, and the end of a test's full name.
    Web(String, String, String),
    /// Part of the name of a browser journey.
    Journey(String),
}

impl Plant {
    pub fn tests(&self) -> anyhow::Result<Vec<Test>> {
        self.tests.iter().map(|text| Test::parse(text)).collect()
    }

    /// Whether the built program decides by [`VARIABLE`] if it has the bug.
    pub fn is_switched(&self) -> bool {
        self.changes.iter().all(|change| change.new.contains(SWITCH))
    }

    /// A change as it is written into the copy.
    pub fn replacement(&self, change: &Change) -> String {
        let chosen =
            format!("::std::env::var_os(\"{VARIABLE}\").is_some_and(|plant| plant == \"{}\")", self.name);
        change.new.replace(SWITCH, &chosen)
    }
}

impl Test {
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (place, name) = text.split_once(' ').with_context(|| format!("{text:?} names no test"))?;
        Ok(match place.split_once(':') {
            Some(("unit", package)) => Self::Unit(package.into(), name.into()),
            Some(("web", folder)) => {
                let (file, name) =
                    name.split_once(": ").with_context(|| format!("{text:?} names no file"))?;
                Self::Web(folder.into(), file.into(), name.into())
            }
            Some(_) => bail!("{text:?}: there is unit:, web: and journey"),
            None if place == "journey" => Self::Journey(name.into()),
            None => Self::Integration(place.into(), name.into()),
        })
    }
}

/// The plants of one file.
pub fn parse(text: &str) -> anyhow::Result<Vec<Plant>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        #[serde(rename = "plant")]
        plants: Vec<Plant>,
    }
    Ok(toml::from_str::<List>(text)?.plants)
}

/// What is wrong with a list, each with the name of the plant or the class: a text that does not stand exactly once
/// in its file, a class without a plant, a name twice, a test that nobody can find.
pub fn problems<'a>(plants: &[Plant], source: impl Fn(&str) -> Option<&'a str>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for plant in plants {
        let mut add = |problem: String| problems.push((plant.name.clone(), problem));
        if !names.insert(&plant.name) {
            add("another plant has this name".into());
        }
        if !plant.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            add("a name has letters, digits and - only".into());
        }
        match plant.tests() {
            Ok(tests) if tests.is_empty() => add("no test is named".into()),
            Ok(_) => {}
            Err(error) => add(error.to_string()),
        }
        if plant.changes.is_empty() {
            add("it changes nothing".into());
        }
        for change in &plant.changes {
            let found = source(&change.file).map(|text| text.matches(&change.old).count());
            match found {
                Some(1) if change.old != change.new => {}
                Some(1) => add(format!("it changes nothing in {}", change.file)),
                Some(count) => {
                    add(format!("its text stands {count} times in {}, not once: adapt it", change.file));
                }
                None => add(format!("{} does not exist", change.file)),
            }
        }
    }
    let planted: BTreeSet<&str> = plants.iter().map(|plant| plant.class.as_str()).collect();
    let missing = CLASSES.into_iter().filter(|class| !planted.contains(class));
    problems.extend(missing.map(|class| (class.to_owned(), "the class has no plant".to_owned())));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "[[plant]]\nclass = 'A02'\nname = 'x'\nbug = 'b'\ntests = ['api a::b']\n\
        [[plant.change]]\nfile = 'a.rs'\nold = '''one'''\nnew = '''PLANTED || one'''\n";

    fn told(list: &str, source: &str) -> Vec<String> {
        let found = problems(&parse(list).unwrap(), |path| (path == "a.rs").then_some(source));
        found
            .into_iter()
            .filter(|(_, text)| !text.contains("the class has no"))
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn plant_that_fits_is_fine_and_chosen_by_its_name() {
        assert_eq!(told(ONE, "one two"), Vec::<String>::new());
        let plant = parse(ONE).unwrap().remove(0);
        assert!(plant.is_switched());
        let new = plant.replacement(&plant.changes[0]);
        assert!(new.contains("\"OCTIM_PLANT\"") && new.ends_with("\"x\") || one"), "{new}");
    }

    #[test]
    fn text_that_moved_or_doubled_is_found() {
        assert_eq!(told(ONE, "two"), ["its text stands 0 times in a.rs, not once: adapt it"]);
        assert_eq!(told(ONE, "one one"), ["its text stands 2 times in a.rs, not once: adapt it"]);
        assert_eq!(told(&ONE.replace("a.rs", "b.rs"), "one"), ["b.rs does not exist"]);
    }

    #[test]
    fn every_class_needs_a_plant_and_every_name_is_one() {
        let found = problems(&parse(ONE).unwrap(), |_| Some("one"));
        assert_eq!(found.len(), CLASSES.len() - 1);
        assert_eq!(found[0], ("A03".to_owned(), "the class has no plant".to_owned()));
        assert_eq!(told(&format!("{ONE}{ONE}"), "one"), ["another plant has this name"]);
    }

    #[test]
    fn page_about_security_names_every_plant() {
        let page = include_str!("../../../docs/security.md");
        for plant in
            super::super::read(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap()
        {
            assert!(page.contains(&format!("`{}`", plant.name)), "{} ({})", plant.name, plant.class);
        }
    }

    #[test]
    fn test_is_read_with_its_place() {
        let two = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let (target, name) = two("api", "a::b");
        assert_eq!(Test::parse("api a::b").unwrap(), Test::Integration(target, name));
        let (package, name) = two("crypto", "a::b");
        assert_eq!(Test::parse("unit:crypto a::b").unwrap(), Test::Unit(package, name));
        let (folder, file) = two("ui", "src/a.test.ts");
        assert_eq!(Test::parse("web:ui src/a.test.ts: a b").unwrap(), Test::Web(folder, file, "a b".into()));
        assert_eq!(Test::parse("journey a b").unwrap(), Test::Journey("a b".into()));
        assert!(Test::parse("api").is_err() && Test::parse("other:x y").is_err());
    }
}
