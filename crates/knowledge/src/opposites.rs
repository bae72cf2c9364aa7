//! Opposites: can and cannot, raise and lower, open and close. Two texts may have nearly all
//! characters in common and want contrary things; these signs tell them apart.

use crate::text::normalise;

/// Pairs of word lists; a text leans to one side, the other, or neither.
const AXES: [(&[&str], &[&str]); 12] = [
    (
        &[
            "开通", "开启", "打开", "启用", "激活", "恢复", "解冻", "activat", "enable", "turn on",
            "unblock", "reopen",
        ],
        &[
            "关闭",
            "关掉",
            "停用",
            "注销",
            "取消",
            "冻结",
            "销户",
            "deactivat",
            "disable",
            "turn off",
            "cancel",
            "block",
        ],
    ),
    (
        &["提高", "提升", "增加", "上调", "调高", "涨", "加大", "increase", "raise", "higher", "more "],
        &["降低", "减少", "下调", "调低", "降", "跌", "缩小", "decrease", "lower", "reduce", "less "],
    ),
    (
        &["转入", "转进", "存入", "充值", "存钱", "deposit", "top up", "top-up"],
        &["转出", "取出", "提现", "取现", "取钱", "withdraw", "cash out"],
    ),
    (
        &["绑定", "添加", "新增", "加上", "add ", "link ", "bind"],
        &["解绑", "删除", "移除", "去掉", "解除", "remove", "delete", "unlink"],
    ),
    (&["登录", "登陆", "log in", "login", "sign in"], &["退出", "登出", "log out", "logout", "sign out"]),
    (&["买", "购", "buy", "purchase"], &["卖", "出售", "sell"]),
    (
        &["提前", "早", "before", "earl"],
        &["推迟", "延期", "延后", "逾期", "晚", "after", "late", "delay", "postpone"],
    ),
    (
        &["多收", "多扣", "重复", "扣了两", "twice", "double", "duplicate", "too much"],
        &["少收", "少扣", "漏", "missing", "too little"],
    ),
    (
        &["国内", "本地", "domestic", "local"],
        &["国外", "境外", "海外", "国际", "abroad", "international", "overseas", "foreign"],
    ),
    (
        &["成功", "已经到", "收到了", "succeeded", "received"],
        &["失败", "没到", "没收到", "未收到", "不成功", "fail", "declined", "not received", "not arrived"],
    ),
    (&["以前", "之前", "旧", "老的", "old "], &["现在", "新的", "换新", "new "]),
    (
        &["线上", "网上", "网银", "app", "online"],
        &["线下", "柜台", "门店", "网点", "in person", "branch", "in store"],
    ),
];

/// A not A, and words that only look like a denial.
const NOT_DENIALS: [&str; 26] = [
    "能不能",
    "可不可以",
    "可以不可以",
    "是不是",
    "有没有",
    "要不要",
    "会不会",
    "行不行",
    "好不好",
    "对不对",
    "用不用",
    "该不该",
    "给不给",
    "支不支持",
    "需不需要",
    "不好意思",
    "不错",
    "不仅",
    "不但",
    "不管",
    "不小心",
    "没关系",
    "对不起",
    "差不多",
    "不客气",
    "not only",
];
const DENIALS: [&str; 22] = [
    "不",
    "没",
    "无法",
    "未",
    "别",
    "勿",
    "失败",
    "拒绝",
    "cannot",
    "cant ",
    "can't",
    "can not",
    "unable",
    "not ",
    "n't",
    "no longer",
    "never",
    "without",
    "isnt",
    "didnt",
    "doesnt",
    "wont",
];

/// Where a text leans on each axis: -1, 0 or 1. The last is denial: 1 when something is denied.
pub type Leaning = [i8; AXES.len() + 1];

/// Of a normalised text.
pub fn leaning(text: &str) -> Leaning {
    let mut leaning = [0; AXES.len() + 1];
    for (side, (left, right)) in leaning.iter_mut().zip(AXES) {
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        *side = i8::from(has(left)) - i8::from(has(right));
    }
    let mut rest = std::borrow::Cow::Borrowed(text);
    for pattern in NOT_DENIALS {
        if rest.contains(pattern) {
            rest = rest.replace(pattern, " ").into();
        }
    }
    // 可以吗不 at the end asks, it does not deny.
    let rest =
        rest.trim_end_matches(['?', '？', '。', '!', ' ', '啊', '呢', '呀']).trim_end_matches(['不', '没']);
    leaning[AXES.len()] = i8::from(DENIALS.iter().any(|word| rest.contains(word)));
    leaning
}

/// How all phrasings of an entry lean, from -1 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Stance([f32; AXES.len() + 1]);

impl Stance {
    pub fn of(phrasings: &[Leaning]) -> Self {
        let count = phrasings.len().max(1) as f32;
        let mut stance = [0.0; AXES.len() + 1];
        for leaning in phrasings {
            for (sum, side) in stance.iter_mut().zip(leaning) {
                *sum += f32::from(*side) / count;
            }
        }
        Self(stance)
    }

    /// How much a question goes against the entry, and how much with it, on the axes of words; and
    /// how far they differ in denying.
    pub fn compare(&self, question: &Leaning) -> [f32; 3] {
        let (mut against, mut with) = (0.0, 0.0);
        for (own, side) in self.0.iter().zip(question).take(AXES.len()) {
            let product = own * f32::from(*side);
            against += (-product).max(0.0);
            with += product.max(0.0);
        }
        [against, with, (self.0[AXES.len()] - f32::from(question[AXES.len()])).abs()]
    }
}

/// Whether of two statements about the same one says the contrary of the other, or denies what the
/// other does not deny.
pub fn contrary(one: &str, other: &str) -> bool {
    let (one, other) = (leaning(&normalise(one)), leaning(&normalise(other)));
    let denies = |leaning: &Leaning| leaning[AXES.len()];
    one.iter().zip(&other).any(|(a, b)| a * b < 0) || denies(&one) != denies(&other)
}

#[cfg(test)]
mod tests {
    use super::{Stance, contrary, leaning};

    #[test]
    fn opposite_wishes_stand_against_each_other() {
        for (a, b) in [
            ("怎么开通免密支付", "怎么关闭免密支付"),
            ("提高额度", "降低额度"),
            ("turn on alerts", "turn off alerts"),
        ] {
            let stance = Stance::of(&[leaning(a)]);
            assert!(stance.compare(&leaning(b))[0] > 0.9, "{a} {b}");
            assert!(stance.compare(&leaning(a))[0] < 0.1, "{a}");
        }
    }

    #[test]
    fn what_is_denied_or_turned_round_is_contrary() {
        for (a, b) in [
            ("支持七天无理由退货", "不支持七天无理由退货"),
            ("提高额度", "降低额度"),
            ("It can be returned", "It cannot be returned"),
        ] {
            assert!(contrary(a, b) && contrary(b, a), "{a} {b}");
        }
        assert!(!contrary("七天内可以退货", "七天之内可退"));
    }

    #[test]
    fn a_question_with_both_sides_named_denies_nothing() {
        let denial = |text: &str| *leaning(text).last().unwrap();
        for text in ["能不能提前还款", "有没有优惠", "可以退货不？", "不好意思问一下"]
        {
            assert_eq!(denial(text), 0, "{text}");
        }
        for text in ["不能提前还款", "没有优惠", "i cannot log in", "it's not working"] {
            assert_eq!(denial(text), 1, "{text}");
        }
    }
}
