//! Chinese words: what the network says, with numbers and Latin words kept whole.
//! Invariant: the pieces are in order, do not overlap, and neither start nor end with white space.

use super::{network, text::Text, weights::Weights};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub start: usize,
    pub end: usize,
    /// A tag of LAC.
    pub tag: String,
}

/// The pieces of a sentence. Each of the `fixed` spans (sorted) becomes a piece of its own.
pub fn pieces(
    weights: &Weights,
    text: &Text,
    start: usize,
    end: usize,
    fixed: &[(usize, usize)],
) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, tag) in (start..end).zip(network::tag(weights, &text.chars[start..end])) {
        let name = &weights.tags[tag];
        match pieces.last_mut() {
            Some(last) if name.ends_with("-I") => last.end = at + 1,
            _ => {
                let tag = name.rsplit_once('-').map_or("n", |parts| parts.0).to_owned();
                pieces.push(Piece { start: at, end: at + 1, tag });
            }
        }
    }
    for (from, to) in runs(text, start, end) {
        let inside = fixed.iter().any(|span| span.0 <= from && to <= span.1);
        if !inside && pieces.iter().any(|piece| piece.start > from && piece.start < to) {
            isolate(&mut pieces, text, from, to);
        }
    }
    join_known(&mut pieces, text);
    for (from, to) in fixed.iter().filter(|span| span.0 >= start && span.1 <= end) {
        isolate(&mut pieces, text, *from, *to);
    }
    pieces.into_iter().filter_map(|piece| trim(text, piece)).collect()
}

/// Words of customer service that the network, which learned from news and encyclopedias, likes to cut.
const KNOWN: [(&str, &str); 36] = [
    ("收货", "vn"),
    ("发货", "v"),
    ("退货", "v"),
    ("换货", "v"),
    ("退款", "v"),
    ("补发", "v"),
    ("催单", "v"),
    ("改签", "v"),
    ("拼单", "v"),
    ("充值", "v"),
    ("提现", "v"),
    ("转账", "v"),
    ("退费", "v"),
    ("报名", "v"),
    ("续费", "v"),
    ("挂失", "v"),
    ("还款", "v"),
    ("开票", "v"),
    ("包邮", "v"),
    ("到账", "v"),
    ("转人工", "v"),
    ("订单号", "n"),
    ("快递单", "n"),
    ("验证码", "n"),
    ("优惠券", "n"),
    ("优惠码", "n"),
    ("小程序", "n"),
    ("公众号", "n"),
    ("手机号", "n"),
    ("身份证", "n"),
    ("信用卡", "n"),
    ("储蓄卡", "n"),
    ("银行卡", "n"),
    ("二维码", "n"),
    ("运费险", "n"),
    ("收货人", "n"),
];

/// Joins pieces that make up a known word; one that lies across others is left.
fn join_known(pieces: &mut Vec<Piece>, text: &Text) {
    let mut at = 0;
    while at < pieces.len() {
        let start = pieces[at].start;
        let known = KNOWN.iter().rev().find_map(|(word, tag)| {
            let end = start + word.chars().count();
            let same = text.folded.get(start..end)?.iter().copied().eq(word.chars());
            let last = (at + 1..pieces.len().min(at + 4)).find(|last| pieces[*last].end == end)?;
            same.then(|| (last, Piece { start, end, tag: (*tag).to_owned() }))
        });
        if let Some((last, piece)) = known {
            pieces.splice(at..=last, [piece]);
        }
        at += 1;
    }
}

/// Words and numbers of ASCII.
fn runs(text: &Text, start: usize, end: usize) -> Vec<(usize, usize)> {
    let part = |at: usize| {
        let character = text.folded[at];
        let joins = matches!(character, '.' | '-' | '_' | '\'' | ',')
            && at > start
            && at + 1 < end
            && text.folded[at - 1].is_ascii_alphanumeric()
            && text.folded[at + 1].is_ascii_alphanumeric()
            && (text.chars[at] == character && (character != ',' || is_thousand(text, at)));
        character.is_ascii_alphanumeric() || joins
    };
    let mut runs = Vec::new();
    let mut at = start;
    while at < end {
        let from = at;
        while at < end && part(at) {
            at += 1;
        }
        if at > from + 1 {
            runs.push((from, at));
        }
        at = at.max(from + 1);
    }
    runs
}

/// Whether the comma parts thousands, as in 12,800.
fn is_thousand(text: &Text, comma: usize) -> bool {
    let digit = |at: usize| text.folded.get(at).is_some_and(char::is_ascii_digit);
    digit(comma - 1) && (1..=3).all(|step| digit(comma + step)) && !digit(comma + 4)
}

/// Makes `from..to` one piece; what its neighbours lose, they lose.
fn isolate(pieces: &mut Vec<Piece>, text: &Text, from: usize, to: usize) {
    let Some(first) = pieces.iter().position(|piece| piece.end > from) else { return };
    let last = pieces.iter().rposition(|piece| piece.start < to).unwrap_or(first).max(first);
    let whole = first == last && pieces[first].start == from && pieces[first].end == to;
    if whole {
        return;
    }
    let tag =
        if text.folded[from..to].iter().any(|character| character.is_alphabetic()) { "nz" } else { "m" };
    let mut between = vec![Piece { start: from, end: to, tag: tag.to_owned() }];
    if pieces[first].start < from {
        between.insert(0, Piece { end: from, ..pieces[first].clone() });
    }
    if pieces[last].end > to {
        between.push(Piece { start: to, ..pieces[last].clone() });
    }
    pieces.splice(first..=last, between);
}

fn trim(text: &Text, mut piece: Piece) -> Option<Piece> {
    while piece.start < piece.end && text.chars[piece.start].is_whitespace() {
        piece.start += 1;
    }
    while piece.end > piece.start && text.chars[piece.end - 1].is_whitespace() {
        piece.end -= 1;
    }
    (piece.start < piece.end).then_some(piece)
}
