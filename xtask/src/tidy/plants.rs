//! The list of plants fits the code: each text that a plant replaces stands exactly once, and every class has one.

use super::{Finding, Source};
use crate::plant::list;

pub fn check(sources: &[Source]) -> Vec<Finding> {
    let lists: Vec<&Source> = sources.iter().filter(|source| source.split().0 == list::FOLDER).collect();
    let mut plants = Vec::new();
    let mut findings = Vec::new();
    for file in &lists {
        match list::parse(&file.text) {
            Ok(found) => plants.extend(found),
            Err(error) => findings.push(file.finding(1, error.to_string())),
        }
    }
    let text =
        |path: &str| sources.iter().find(|source| source.path == path).map(|source| source.text.as_str());
    for (name, problem) in list::problems(&plants, text) {
        let line = format!("name = \"{name}\"");
        let file = lists.iter().find(|file| file.text.contains(&line)).or(lists.first());
        findings
            .extend(file.map(|file| file.finding(file.line_of(&line), format!("plant {name}: {problem}"))));
    }
    findings
}
