//! How the cosines of `clusters` were chosen: questions of a test base are gathered, and pairs that
//! came together are compared with pairs of one entry. `cargo run --example groups -- FOLDER…`
#![expect(clippy::unwrap_used, reason = "a tool for developers")]

use knowledge::{
    EntryId,
    clusters::{Groups, Space},
    evaluation::files::Entries,
};
use std::{env, fs};

fn main() {
    let encoder = language::Encoder::embedded().unwrap();
    let spaces = [Space::new(None), Space::new(Some(encoder))];
    println!("base space join  groups  pairs right  pairs found");
    for folder in env::args().skip(1) {
        let read = |name: &str| fs::read_to_string(format!("{folder}/{name}.jsonl")).unwrap();
        let entries = Entries::parse(&read("entries")).unwrap();
        let questions = entries.questions(&read("questions")).unwrap();
        let asked: Vec<(String, EntryId)> =
            questions.into_iter().filter_map(|(text, entry)| Some((text, entry?))).collect();
        for (kind, space) in spaces.iter().enumerate() {
            let placed: Vec<_> = asked.iter().map(|(text, _)| space.place(text).unwrap()).collect();
            for step in 4..20 {
                let joins = step as f32 * 0.03;
                let mut groups = Groups::with(Vec::new(), joins, 1.1);
                let numbers: Vec<usize> = placed.iter().map(|vector| groups.join(vector)).collect();
                let (mut together, mut right, mut same) = (0, 0, 0);
                for a in 0..asked.len() {
                    for b in 0..a {
                        let of_one = asked[a].1 == asked[b].1;
                        let joined = numbers[a] == numbers[b];
                        same += usize::from(of_one);
                        together += usize::from(joined);
                        right += usize::from(joined && of_one);
                    }
                }
                let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
                println!(
                    "{folder} {kind} {joins:.2} {:>6} {:>10.1} {:>10.1}",
                    groups.len(),
                    share(right, together),
                    share(right, same)
                );
            }
        }
    }
}
