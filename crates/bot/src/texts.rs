//! What the bot says by itself, in both languages. Answers come from the knowledge base.

use crate::words::{has_han, has_words};
use model::Locale;

/// The language of what was written; of words in neither script the visitor's own.
pub fn language_of(text: &str, fallback: Locale) -> Locale {
    if has_han(text) {
        Locale::ZhCn
    } else if has_words(text) && text.chars().any(|c| c.is_ascii_alphabetic()) {
        Locale::En
    } else {
        fallback
    }
}

macro_rules! texts {
    ($($name:ident $zh:literal $en:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Text { $($name),+ }

        impl Text {
            pub const fn in_language(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$name, Locale::ZhCn) => $zh, (Self::$name, Locale::En) => $en),+
                }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

texts! {
    Greeting
        "您好，我是 AI 助手。请直接说您的问题；需要真人时，随时可以说“转人工”。"
        "Hello, I am an AI assistant. Just ask your question; whenever you want a person, say “talk to a person”.";
    Thanks "不客气！还有别的问题请随时告诉我。" "You are welcome! Is there anything else?";
    Bye "好的，感谢您的咨询，再见！" "Thank you for writing to us. Good-bye!";
    Acknowledged "好的，还有别的问题请随时告诉我。" "All right. Let me know if there is anything else.";
    Robot
        "是的，我是 AI 助手，不是真人，回答来自我们的知识库。需要真人时请说“转人工”。"
        "Yes, I am an AI assistant, not a person; my answers come from our knowledge base. To reach a person, say “talk to a person”.";
    Insult
        "很抱歉没能让您满意。请告诉我具体问题，或者说“转人工”，由同事为您处理。"
        "I am sorry that I could not help. Tell me what is wrong, or say “talk to a person” and a colleague will take over.";
    File
        "抱歉，我还看不懂图片和文件。请用文字描述您的问题，或者说“转人工”，由同事查看。"
        "I am sorry, I cannot read pictures and files yet. Please describe your question in words, or say “talk to a person”.";
    Wordless
        "抱歉，我没有看懂。请用文字描述您的问题，或者说“转人工”。"
        "I am sorry, I did not understand. Please describe your question in words, or say “talk to a person”.";
    Missed
        "抱歉，这个问题我还没有把握回答。请换一种说法再问一次，或者说“转人工”。"
        "I am sorry, I am not sure about that. Please ask it in other words, or say “talk to a person”.";
    Repeated
        "上面的回答没有解决您的问题吗？请补充一些细节，或者说“转人工”。"
        "Did the answer above not help? Please add some detail, or say “talk to a person”.";
    Clarify "请问您想问的是哪一个？" "Which of these do you mean?";
    Soothing
        "非常抱歉给您带来了不好的体验，您的问题我们很重视。"
        "I am truly sorry about this experience. We take it seriously.";
    Offer
        "需要为您转接人工客服吗？回复“好的”就为您转接，也可以继续描述您的问题。"
        "Shall I pass you on to a person? Say “yes” and I will, or go on describing your question.";
    HandOff "好的，正在为您转接人工客服，请稍候。" "I am passing you on to a person. Just a moment, please.";
    HandOffUnknown
        "这个问题我没有把握回答，正在为您转接人工客服，请稍候。"
        "I am not sure about that, so I am passing you on to a person. Just a moment, please.";
    LeftMessage
        "现在没有客服在线。您的问题已作为留言保存，客服上线后会在这里回复您。"
        "Nobody is online right now. Your question is kept as a message, and we will reply here as soon as we are back.";
}

/// Before an answer when several questions were asked.
pub fn about(question: &str, locale: Locale) -> String {
    match locale {
        Locale::ZhCn => format!("关于“{question}”："),
        Locale::En => format!("About “{question}”:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        for text in Text::ALL {
            assert!(has_han(text.in_language(Locale::ZhCn)), "{text:?}");
            assert!(!has_han(text.in_language(Locale::En)), "{text:?}");
        }
    }

    #[test]
    fn the_language_is_that_of_the_words() {
        assert_eq!(language_of("iPhone 能用吗", Locale::En), Locale::ZhCn);
        assert_eq!(language_of("refund?", Locale::ZhCn), Locale::En);
        assert_eq!(language_of("😀 123", Locale::En), Locale::En);
    }
}
