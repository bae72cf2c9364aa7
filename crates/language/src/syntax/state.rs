//! Where the parser stands in a sentence (arc-hybrid: shift, or make the top of the stack depend on the
//! next word or on the word below it), and the features of that. Invariant: each word gets one head.

use crate::perceptron::feature;

/// What the parser knows of a word: hashes of its form, its tag, the lexer's tag, first and last character.
#[derive(Clone, Copy, Debug, Default)]
pub struct Word {
    pub form: u32,
    pub tag: u32,
    pub coarse: u32,
    pub first: u32,
    pub last: u32,
    /// Punctuation: nothing depends on it.
    pub mark: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Shift,
    /// The top of the stack depends on the next word.
    Left,
    /// The top of the stack depends on the word below it.
    Right,
}

const NONE: usize = usize::MAX;

pub struct State {
    /// The root at 0, then the words.
    words: Vec<Word>,
    pub stack: Vec<usize>,
    pub next: usize,
    pub heads: Vec<usize>,
    pub labels: Vec<u8>,
    left: Vec<Children>,
    right: Vec<Children>,
}

#[derive(Clone, Copy)]
struct Children {
    count: u32,
    outermost: usize,
    second: usize,
}

impl Children {
    fn add(&mut self, child: usize) {
        self.count += 1;
        self.second = self.outermost;
        self.outermost = child;
    }
}

impl State {
    pub fn new(words: &[Word]) -> Self {
        let root = Word { form: 1, tag: 1, coarse: 1, first: 1, last: 1, mark: false };
        let words: Vec<_> = std::iter::once(root).chain(words.iter().copied()).collect();
        let count = words.len();
        let none = Children { count: 0, outermost: NONE, second: NONE };
        Self {
            words,
            stack: vec![0],
            next: 1,
            heads: vec![0; count],
            labels: vec![0; count],
            left: vec![none; count],
            right: vec![none; count],
        }
    }

    pub fn count(&self) -> usize {
        self.words.len()
    }

    pub fn allows(&self, step: Step) -> bool {
        match step {
            Step::Shift => self.next < self.count(),
            Step::Left => self.next < self.count() && self.stack.last().is_some_and(|top| *top != 0),
            Step::Right => self.stack.len() > 1,
        }
    }

    pub fn done(&self) -> bool {
        self.next >= self.count() && self.stack.len() <= 1
    }

    /// Whether a step makes a tree that treebanks have: nothing depends on punctuation, and what depends on
    /// the root is called so.
    pub fn suits(&self, step: Step, is_root: bool) -> bool {
        let head = match step {
            Step::Shift => return true,
            Step::Left => self.next,
            Step::Right => self.top(1),
        };
        !self.word(head).mark && is_root == (head == 0)
    }

    /// Takes an allowed step.
    pub fn take(&mut self, step: Step, label: u8) {
        if step == Step::Shift {
            self.stack.push(self.next);
            self.next += 1;
            return;
        }
        let Some(child) = self.stack.pop() else { return };
        let head = if step == Step::Left { self.next } else { self.stack.last().copied().unwrap_or(0) };
        self.heads[child] = head;
        self.labels[child] = label;
        if step == Step::Left { self.left[head].add(child) } else { self.right[head].add(child) }
    }

    fn top(&self, depth: usize) -> usize {
        self.stack.len().checked_sub(depth + 1).map_or(NONE, |index| self.stack[index])
    }

    fn word(&self, index: usize) -> Word {
        self.words.get(index).copied().unwrap_or_default()
    }

    pub fn is_mark(&self, index: usize) -> bool {
        self.word(index).mark
    }

    fn label(&self, index: usize) -> u32 {
        self.labels.get(index).map_or(0, |label| u32::from(*label) + 1)
    }

    fn children(&self, index: usize) -> [Children; 2] {
        let none = Children { count: 0, outermost: NONE, second: NONE };
        [self.left.get(index).copied().unwrap_or(none), self.right.get(index).copied().unwrap_or(none)]
    }

    /// Replaces `out` by the features of this state (after Zhang and Nivre 2011).
    pub fn features(&self, out: &mut Vec<u32>) {
        out.clear();
        let [s0, s1, s2] = [self.top(0), self.top(1), self.top(2)];
        let [n0, n1, n2] = [self.next, self.next + 1, self.next + 2];
        let [w0, w1, w2] = [self.word(s0), self.word(s1), self.word(s2)];
        let [b0, b1, b2] = [self.word(n0), self.word(n1), self.word(n2)];
        let [s0l, s0r] = self.children(s0);
        let [s1l, s1r] = self.children(s1);
        let [b0l, _] = self.children(n0);
        let gap = |from: usize, to: usize| {
            if from == NONE || to >= self.count() { 0 } else { (to - from).min(6) as u32 }
        };
        let (near, far) = (gap(s0, n0), if s1 == NONE { 0 } else { gap(s1, s0) });
        let tag = |index: usize| self.word(index).tag;
        let form = |index: usize| self.word(index).form;
        let mut template = 0;
        let mut add = |parts: &[u32]| {
            template += 1;
            out.push(feature(template, parts));
        };
        add(&[]);
        for word in [w0, w1, b0, b1] {
            add(&[word.form]);
            add(&[word.tag]);
            add(&[word.form, word.tag]);
        }
        for word in [w2, b2] {
            add(&[word.form]);
            add(&[word.tag]);
        }
        for (a, b) in [(w0, b0), (w1, w0)] {
            add(&[a.form, b.form]);
            add(&[a.form, a.tag, b.form, b.tag]);
            add(&[a.form, a.tag, b.tag]);
            add(&[a.tag, b.form, b.tag]);
            add(&[a.form, b.tag]);
            add(&[a.tag, b.form]);
            add(&[a.tag, b.tag]);
            add(&[a.last, b.last]);
            add(&[a.first, b.first]);
            add(&[a.last, b.tag]);
            add(&[a.tag, b.first]);
        }
        for word in [w0, w1, b0, b1] {
            add(&[word.last, word.tag]);
            add(&[word.first, word.tag]);
        }
        for word in [w0, w1, b0, b1] {
            add(&[word.coarse]);
            add(&[word.coarse, word.tag]);
        }
        add(&[w0.coarse, b0.coarse]);
        add(&[w1.coarse, w0.coarse]);
        add(&[w0.coarse, b0.coarse, b1.coarse]);
        add(&[w1.coarse, w0.coarse, b0.coarse]);
        // Three words.
        add(&[b0.tag, b1.tag, b2.tag]);
        add(&[w0.tag, b0.tag, b1.tag]);
        add(&[w1.tag, w0.tag, b0.tag]);
        add(&[w2.tag, w1.tag, w0.tag]);
        add(&[w1.form, w0.tag, b0.tag]);
        add(&[w1.tag, w0.form, b0.tag]);
        add(&[w1.tag, w0.tag, b0.form]);
        add(&[w0.form, b0.tag, b1.tag]);
        add(&[w0.tag, b0.form, b1.tag]);
        // Distances.
        for (distance, a, b) in [(near, w0, b0), (far, w1, w0)] {
            add(&[distance, a.form]);
            add(&[distance, a.tag]);
            add(&[distance, b.form]);
            add(&[distance, b.tag]);
            add(&[distance, a.tag, b.tag]);
            add(&[distance, a.form, b.form]);
        }
        // How many children, and which.
        for (word, count) in
            [(w0, s0l.count), (w0, s0r.count), (w1, s1l.count), (w1, s1r.count), (b0, b0l.count)]
        {
            add(&[word.form, count.min(5)]);
            add(&[word.tag, count.min(5)]);
        }
        for child in [
            s0l.outermost,
            s0r.outermost,
            s1l.outermost,
            s1r.outermost,
            b0l.outermost,
            s0l.second,
            s0r.second,
            s1r.second,
            b0l.second,
        ] {
            add(&[form(child)]);
            add(&[tag(child)]);
            add(&[self.label(child)]);
        }
        for (word, other, child) in [
            (w0, b0, s0l.outermost),
            (w0, b0, s0r.outermost),
            (w0, b0, b0l.outermost),
            (w1, w0, s1l.outermost),
            (w1, w0, s1r.outermost),
            (w1, w0, s0l.outermost),
            (w1, w0, s0r.outermost),
        ] {
            add(&[word.tag, other.tag, tag(child)]);
            add(&[word.tag, other.tag, self.label(child)]);
        }
        add(&[w0.tag, tag(s0l.outermost), tag(s0l.second)]);
        add(&[w0.tag, tag(s0r.outermost), tag(s0r.second)]);
        add(&[b0.tag, tag(b0l.outermost), tag(b0l.second)]);
        // Which labels a word has already gathered.
        for (word, children) in [(w0, s0l), (w0, s0r), (w1, s1r), (b0, b0l)] {
            add(&[word.tag, self.label(children.outermost), self.label(children.second)]);
            add(&[word.form, self.label(children.outermost)]);
        }
    }
}
