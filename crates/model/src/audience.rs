//! Whom an answer is for (受众), and which of an entry's answers fits a visitor.

use crate::{AnswerImage, ChannelId, EntryContent, LinkCard, Shown, rules::Held};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Each is a part of the one before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    #[default]
    Everybody,
    /// The site signed who the visitor is.
    SignedIn,
    /// Signed in, and marked by the site as one.
    Vip,
}

impl Audience {
    pub const ALL: [Self; 3] = [Self::Everybody, Self::SignedIn, Self::Vip];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::SignedIn => "signed_in",
            Self::Vip => "vip",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.code() == code)
    }
}

/// By what a site marks its VIPs: one of these values of an attribute that it signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VipMark {
    /// At most 50 characters.
    pub attribute: String,
    /// 20 at most of 100 characters; without any there are no VIPs.
    pub values: Vec<String>,
}

impl Default for VipMark {
    fn default() -> Self {
        Self { attribute: "level".into(), values: vec!["vip".into()] }
    }
}

/// The narrowest audience that a visitor belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub audience: Audience,
    /// What makes them a VIP.
    pub why: Option<Held>,
}

/// Another answer of an entry: for a channel, for an audience, or for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// None: on every channel.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    #[serde(default)]
    pub audience: Audience,
    pub answer: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<AnswerImage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<LinkCard>,
}

/// The answer that fits a visitor best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FittingAnswer<'a> {
    pub text: &'a str,
    pub images: &'a [AnswerImage],
    pub cards: &'a [LinkCard],
    pub channel_id: Option<ChannelId>,
    pub audience: Audience,
}

/// Which answer of an entry was said, and to whom: a part of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedVariant {
    /// The channel that it was written for; missing: for every one.
    pub channel_id: Option<ChannelId>,
    /// Whom it was written for.
    pub audience: Audience,
    /// What the visitor was.
    pub visitor: Audience,
    /// What made them a VIP.
    pub why: Option<Held>,
}

impl FittingAnswer<'_> {
    pub fn shown(&self) -> Shown {
        Shown { images: self.images.to_vec(), cards: self.cards.to_vec() }
    }
}

impl EntryContent {
    /// Of what a visitor on a channel may be told the answer for the narrowest audience, and of
    /// several the channel's own. None: for this visitor the entry is not there.
    pub fn answer_for(&self, channel: ChannelId, visitor: Audience) -> Option<FittingAnswer<'_>> {
        let others = self.answers.iter().map(|one| FittingAnswer {
            text: &one.answer,
            images: &one.images,
            cards: &one.cards,
            channel_id: one.channel_id,
            audience: one.audience,
        });
        std::iter::once(self.common_answer())
            .chain(others)
            .filter(|one| one.audience <= visitor && one.channel_id.is_none_or(|own| own == channel))
            .max_by_key(|one| (one.audience, one.channel_id))
    }

    /// What is said where nothing else fits better.
    pub fn common_answer(&self) -> FittingAnswer<'_> {
        FittingAnswer {
            text: &self.answer,
            images: &self.images,
            cards: &self.cards,
            channel_id: None,
            audience: self.audience,
        }
    }

    /// The same for everybody on every channel.
    pub fn has_one_answer(&self) -> bool {
        self.answers.is_empty() && self.audience == Audience::Everybody
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(audience: Audience, answers: &[(Option<i64>, Audience, &str)]) -> EntryContent {
        let answers = answers.iter().map(|(channel, audience, answer)| Variant {
            channel_id: channel.map(ChannelId),
            audience: *audience,
            answer: (*answer).to_owned(),
            images: Vec::new(),
            cards: Vec::new(),
        });
        EntryContent {
            answer: "七天".into(),
            audience,
            answers: answers.collect(),
            ..EntryContent::default()
        }
    }

    #[test]
    fn audience_reads_what_it_writes() {
        for audience in Audience::ALL {
            assert_eq!(Audience::from_code(audience.code()), Some(audience));
        }
        assert_eq!(Audience::from_code("staff"), None);
    }

    #[test]
    fn narrowest_audience_comes_before_the_channel() {
        use Audience::{Everybody, SignedIn, Vip};
        let content = content(
            Everybody,
            &[(Some(7), Everybody, "七日内"), (None, Vip, "三十天"), (Some(7), SignedIn, "十五天")],
        );
        let said = |channel, visitor| content.answer_for(ChannelId(channel), visitor).unwrap().text;
        assert_eq!([Everybody, SignedIn, Vip].map(|who| said(7, who)), ["七日内", "十五天", "三十天"]);
        assert_eq!([Everybody, SignedIn, Vip].map(|who| said(8, who)), ["七天", "七天", "三十天"]);
    }

    #[test]
    fn without_an_answer_that_fits_there_is_none() {
        let vips = content(Audience::Vip, &[(Some(7), Audience::SignedIn, "十五天")]);
        let said =
            |channel, visitor| vips.answer_for(ChannelId(channel), visitor).map(|fitting| fitting.text);
        assert_eq!(said(7, Audience::Everybody), None);
        assert_eq!(said(7, Audience::SignedIn), Some("十五天"));
        assert_eq!(said(8, Audience::SignedIn), None);
        assert_eq!(said(8, Audience::Vip), Some("七天"));
        assert!(!vips.has_one_answer() && content(Audience::Everybody, &[]).has_one_answer());
    }
}
