//! Trains the taggers and parsers in `weights/` from treebanks, and measures them.
//! Invariant: the same treebanks give the same files.

use crate::{
    lexical::{Language, Token, Weights, tagger as english},
    perceptron::{Model, hash, training::Trainer},
    syntax::{
        parser::Parser,
        tags,
        training::{Accuracy, Example, Random, evaluate, train},
        treebank::{Chinese, Tagged, Tree},
        word,
    },
};

/// A file for `weights/` and its name.
pub type File = (&'static str, Vec<u8>);

const EPOCHS: usize = 7;
const FOLDS: usize = 6;

/// Learns tags of a sequence: `features` looks at one place, given the two tags before it.
fn train_tags<T>(
    sentences: &[(&T, &[String])],
    features: impl Fn(&T, usize, [u32; 2], &mut Vec<u32>),
    size: usize,
) -> Vec<u8> {
    let mut classes: Vec<String> = sentences.iter().flat_map(|(_, tags)| tags.iter().cloned()).collect();
    classes.sort();
    classes.dedup();
    let mut trainer = Trainer::new(classes);
    let number: std::collections::HashMap<String, usize> =
        trainer.classes().iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
    let mut random = Random(0x7a65);
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    let (mut found, mut scores) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        random.shuffle(&mut order);
        for (sentence, tags) in order.iter().map(|index| sentences[*index]) {
            let mut before = [0, 0];
            for (index, tag) in tags.iter().enumerate() {
                features(sentence, index, before, &mut found);
                trainer.score(&found, &mut scores);
                let guess = (0..scores.len())
                    .reduce(|best, class| if scores[class] > scores[best] { class } else { best });
                let guess = guess.unwrap_or(0);
                trainer.update(&found, number[tag], guess);
                before = [hash(&trainer.classes()[guess]), before[0]];
            }
        }
    }
    trainer.write(size)
}

fn chinese_tagger(sentences: &[&Tagged], size: usize) -> Vec<u8> {
    let rows: Vec<_> = sentences.iter().map(|one| (&one.tokens, one.tags.as_slice())).collect();
    train_tags(
        &rows,
        |tokens: &Vec<Token>, index, before, out| tags::features(tokens, index, before, out),
        size,
    )
}

fn example(one: &Tagged, tags: &[&str]) -> Example {
    let words = one.tokens.iter().zip(tags).map(|(token, tag)| word(token, tag, Language::Chinese)).collect();
    Example { words, heads: one.heads.clone(), labels: one.labels.clone() }
}

/// What was measured on the test part.
#[derive(Debug, Default)]
pub struct Measured {
    /// Share of the right fine tags, on the treebank's words and on ours.
    pub tags: [f64; 2],
    /// Arcs over the treebank's words with its own tags, with ours, and over our words.
    pub gold_tags: Accuracy,
    pub gold: Accuracy,
    pub own: Accuracy,
    /// F1 of words, and of words with the right head, over all (as in the `CoNLL` 2018 shared task).
    pub words: f64,
    pub heads: f64,
}

pub fn chinese(
    train_part: &[Tree],
    test_part: &[Tree],
    weights: &Weights,
    mut report: impl FnMut(&str),
) -> Result<(Vec<File>, Measured), crate::perceptron::ModelError> {
    let learned: Vec<_> = train_part.iter().map(|tree| Chinese::new(tree, weights)).collect();
    let mut examples = Vec::new();
    for fold in 0..FOLDS {
        // Tags that the tagger has not seen are as wrong as they will be later.
        let others = learned.iter().enumerate().filter(|(index, _)| index % FOLDS != fold);
        let others: Vec<_> = others.flat_map(|(_, one)| [&one.gold, &one.own]).collect();
        let tagger = tags::Tagger::new(Model::read(&chinese_tagger(&others, usize::MAX))?);
        for one in learned.iter().skip(fold).step_by(FOLDS) {
            for side in [&one.own, &one.gold] {
                examples.push(example(side, &tagger.tag(&side.tokens)));
            }
        }
        report(&format!("tags of part {} of {FOLDS}", fold + 1));
    }
    let all: Vec<_> = learned.iter().flat_map(|one| [&one.gold, &one.own]).collect();
    let tags_file = chinese_tagger(&all, 1_000_000);
    let parser_file =
        train(&examples, EPOCHS, 4_900_000, |epoch| report(&format!("parser, epoch {epoch} of {EPOCHS}")));
    let tagger = tags::Tagger::new(Model::read(&tags_file)?);
    let parser = Parser::new(Model::read(&parser_file)?);
    let tested: Vec<_> = test_part.iter().map(|tree| Chinese::new(tree, weights)).collect();
    let measured = measure(&tagger, &parser, &tested);
    Ok((vec![("tags-zh.bin", tags_file), ("parser-zh.bin", parser_file)], measured))
}

fn measure(tagger: &tags::Tagger, parser: &Parser, tested: &[Chinese]) -> Measured {
    let mut measured = Measured::default();
    let own_tags =
        |one: &Tagged| -> Vec<String> { tagger.tag(&one.tokens).iter().map(ToString::to_string).collect() };
    let share = |sides: &[&Tagged]| {
        let pairs = sides.iter().flat_map(|one| own_tags(one).into_iter().zip(one.tags.iter()));
        let (right, all) = pairs.fold((0_usize, 0_usize), |(right, all), (ours, theirs)| {
            (right + usize::from(ours == *theirs), all + 1)
        });
        100.0 * right as f64 / all.max(1) as f64
    };
    let gold: Vec<_> = tested.iter().map(|one| &one.gold).collect();
    let own: Vec<_> = tested.iter().map(|one| &one.own).collect();
    measured.tags = [share(&gold), share(&own)];
    let examples = |sides: &[&Tagged]| -> Vec<Example> {
        sides.iter().map(|one| example(one, &tagger.tag(&one.tokens))).collect()
    };
    let with_gold: Vec<Example> = gold
        .iter()
        .map(|one| example(one, &one.tags.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    measured.gold_tags = evaluate(parser, &with_gold);
    measured.gold = evaluate(parser, &examples(&gold));
    measured.own = evaluate(parser, &examples(&own));
    let (mut words, mut heads, mut all) = (0_usize, 0_usize, 0_usize);
    for one in tested {
        let links = parser.parse(&example(&one.own, &tagger.tag(&one.own.tokens)).words);
        let span = |token: &Token| (token.start, token.end);
        all += one.gold.tokens.len() + one.own.tokens.len();
        for (index, token) in one.own.tokens.iter().enumerate() {
            let Some(same) = one.gold.tokens.iter().position(|gold| span(gold) == span(token)) else {
                continue;
            };
            words += 2;
            let ours = links[index].head.map(|head| span(&one.own.tokens[head]));
            let theirs = one.gold.heads[same].checked_sub(1).map(|head| span(&one.gold.tokens[head]));
            heads += 2 * usize::from(ours == theirs);
        }
    }
    measured.words = 100.0 * words as f64 / all.max(1) as f64;
    measured.heads = 100.0 * heads as f64 / all.max(1) as f64;
    measured
}

/// The edit that makes the lemma of a word: how much to take off, what to add.
fn script(form: &str, lemma: &str) -> String {
    let (form, lemma) = (form.to_lowercase(), lemma.to_lowercase());
    let same = form.chars().zip(lemma.chars()).take_while(|(a, b)| a == b).count();
    format!("{}+{}", form.chars().count() - same, lemma.chars().skip(same).collect::<String>())
}

fn english_example(tree: &Tree, tagger: &english::Tagger) -> Example {
    let tagged = tagger.tag(&tree.forms);
    let words = tree.forms.iter().zip(tagged).map(|(form, (tag, lemma))| {
        let (pos, fine) = tag.split_once('/').unwrap_or(("X", tag));
        let token = Token {
            start: 0,
            end: 0,
            text: form.clone(),
            folded: form.to_lowercase(),
            pos: crate::lexical::Pos::named(pos),
            tag: fine.to_owned(),
            lemma,
        };
        word(&token, tag, Language::English)
    });
    Example { words: words.collect(), heads: tree.heads.clone(), labels: tree.labels.clone() }
}

fn english_tagger(trees: &[&Tree], size: [usize; 2]) -> [Vec<u8>; 2] {
    let tags: Vec<Vec<String>> = trees
        .iter()
        .map(|tree| tree.tags.iter().map(|tag| format!("{}/{}", tag.0, tag.1)).collect())
        .collect();
    let rows: Vec<_> = trees.iter().zip(&tags).map(|(tree, tags)| (&tree.forms, tags.as_slice())).collect();
    let first = train_tags(
        &rows,
        |forms: &Vec<String>, index, before, out| english::tag_features(forms, index, before, out),
        size[0],
    );
    let scripts: Vec<Vec<String>> = trees
        .iter()
        .map(|tree| tree.forms.iter().zip(&tree.lemmas).map(|(form, lemma)| script(form, lemma)).collect())
        .collect();
    let mut counts = std::collections::HashMap::<&str, usize>::new();
    for script in scripts.iter().flatten() {
        *counts.entry(script).or_default() += 1;
    }
    let common: Vec<Vec<String>> = scripts
        .iter()
        .map(|row| {
            row.iter()
                .map(|script| if counts[script.as_str()] >= 4 { script.clone() } else { "0+".to_owned() })
                .collect()
        })
        .collect();
    let words: Vec<_> = trees.iter().zip(&tags).map(|(tree, tags)| (&tree.forms, tags)).collect();
    let rows: Vec<_> =
        words.iter().zip(&common).map(|(words, scripts)| (words, scripts.as_slice())).collect();
    let second = train_tags(
        &rows,
        |(forms, tags): &(&Vec<String>, &Vec<String>), index, _, out| {
            english::lemma_features(&forms[index], &tags[index], out);
        },
        size[1],
    );
    [first, second]
}

pub fn english(
    train_part: &[Tree],
    test_part: &[Tree],
    mut report: impl FnMut(&str),
) -> Result<(Vec<File>, Measured), crate::perceptron::ModelError> {
    let read = |[tags, lemmas]: &[Vec<u8>; 2]| -> Result<english::Tagger, crate::perceptron::ModelError> {
        Ok(english::Tagger::new(Model::read(tags)?, Model::read(lemmas)?))
    };
    let mut examples = Vec::new();
    for fold in 0..FOLDS {
        let others: Vec<_> = train_part
            .iter()
            .enumerate()
            .filter(|(index, _)| index % FOLDS != fold)
            .map(|row| row.1)
            .collect();
        let tagger = read(&english_tagger(&others, [usize::MAX; 2]))?;
        examples
            .extend(train_part.iter().skip(fold).step_by(FOLDS).map(|tree| english_example(tree, &tagger)));
        report(&format!("tags of part {} of {FOLDS}", fold + 1));
    }
    let files = english_tagger(&train_part.iter().collect::<Vec<_>>(), [1_200_000, 200_000]);
    let tagger = read(&files)?;
    let parser_file =
        train(&examples, EPOCHS, 3_000_000, |epoch| report(&format!("parser, epoch {epoch} of {EPOCHS}")));
    let parser = Parser::new(Model::read(&parser_file)?);
    let tested: Vec<_> = test_part.iter().map(|tree| english_example(tree, &tagger)).collect();
    let (mut right, mut lemmas, mut all) = (0_usize, 0_usize, 0_usize);
    for tree in test_part {
        for (index, (tag, lemma)) in tagger.tag(&tree.forms).into_iter().enumerate() {
            all += 1;
            right += usize::from(tag == format!("{}/{}", tree.tags[index].0, tree.tags[index].1));
            lemmas += usize::from(lemma == tree.lemmas[index].to_lowercase());
        }
    }
    let share = |part: usize| 100.0 * part as f64 / all.max(1) as f64;
    let measured = Measured {
        tags: [share(right), share(lemmas)],
        gold: evaluate(&parser, &tested),
        ..Measured::default()
    };
    let [tags, lemmas] = files;
    Ok((vec![("tags-en.bin", tags), ("lemmas-en.bin", lemmas), ("parser-en.bin", parser_file)], measured))
}
