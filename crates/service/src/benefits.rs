//! Benefits (安抚补偿) for customers who were let down: what agents may give, approval, the record.
//!
//! Invariants: limits and codes are settled in one transaction ([`Store::ask_grant`]); whoever asks
//! never approves; a grant is never deleted; the visitor is told by a job of the same transaction.

use crate::{Clock, Error, Result, Staff, conversations::Conversations, text};
use bot::{Visitor, template};
use model::{
    AgentId, BenefitId, Content, ConversationId, GivenBenefit, GrantId, Locale, Permission, Status,
    WorkspaceId,
    benefit::{Benefit, BenefitContent, Grant, GrantLimits, GrantState, Source},
};
use store::{
    Store,
    benefits::{Got, MOST_CODES, NewGrant},
};

/// The most codes of one upload.
const UPLOAD: usize = 10_000;
const PAGE: i64 = 50;
const BENEFITS: usize = 50;

/// What the benefit's source says when something is to be given. A connector to another system
/// stands behind this.
trait Issuer {
    /// The code that the agent typed in, as far as it is wanted.
    fn typed(&self, code: Option<&str>) -> Result<Option<String>>;
}

/// The next of an uploaded list, taken in the transaction of the grant.
struct FromList;

/// Somebody books it elsewhere.
struct ByHand;

impl Issuer for FromList {
    fn typed(&self, code: Option<&str>) -> Result<Option<String>> {
        if code.is_some_and(|code| !code.trim().is_empty()) { Err(Error::Field("code")) } else { Ok(None) }
    }
}

impl Issuer for ByHand {
    fn typed(&self, code: Option<&str>) -> Result<Option<String>> {
        let code = text::optional_line("code", code.unwrap_or_default(), 60)?;
        Ok((!code.is_empty()).then_some(code))
    }
}

const fn issuer(source: Source) -> &'static dyn Issuer {
    match source {
        Source::Codes => &FromList,
        Source::Manual => &ByHand,
    }
}

/// What an agent asks for.
#[derive(Clone, Debug)]
pub struct Asking {
    pub benefit: BenefitId,
    pub reason: String,
    pub code: Option<String>,
}

/// The grants of a conversation, and what its contact may still get today.
#[derive(Clone, Debug)]
pub struct Granted {
    pub grants: Vec<Grant>,
    pub got: Got,
    pub limits: GrantLimits,
}

#[derive(Clone)]
pub struct Benefits {
    store: Store,
    clock: Clock,
    conversations: Conversations,
}

impl Benefits {
    pub fn new(store: Store, clock: Clock, conversations: Conversations) -> Self {
        Self { store, clock, conversations }
    }

    pub async fn list(&self, staff: &Staff) -> Result<Vec<Benefit>> {
        staff.require(Permission::GrantBenefits)?;
        Ok(self.store.list_benefits(staff.workspace()).await?)
    }

    pub async fn add(&self, staff: &Staff, content: BenefitContent) -> Result<Benefit> {
        staff.require(Permission::ManageWorkspace)?;
        let content = checked(content)?;
        let workspace = staff.workspace();
        if self.store.list_benefits(workspace).await?.len() >= BENEFITS {
            return Err(Error::Field("name"));
        }
        let id = self.store.insert_benefit(workspace, &content, self.clock.now()).await?;
        self.find(workspace, id).await
    }

    pub async fn edit(&self, staff: &Staff, id: BenefitId, content: BenefitContent) -> Result<Benefit> {
        staff.require(Permission::ManageWorkspace)?;
        if !self.store.update_benefit(staff.workspace(), id, &checked(content)?).await? {
            return Err(Error::NotFound);
        }
        self.find(staff.workspace(), id).await
    }

    /// Adds codes, one a line; how many were new comes with the benefit.
    pub async fn add_codes(&self, staff: &Staff, id: BenefitId, codes: &[String]) -> Result<(Benefit, u64)> {
        staff.require(Permission::ManageWorkspace)?;
        let benefit = self.find(staff.workspace(), id).await?;
        if benefit.content.source != Source::Codes || codes.is_empty() || codes.len() > UPLOAD {
            return Err(Error::Field("codes"));
        }
        if benefit.codes_left + codes.len() as i64 > MOST_CODES {
            return Err(Error::Field("codes"));
        }
        let codes: Vec<String> =
            codes.iter().map(|code| text::line("codes", code, 60)).collect::<Result<_>>()?;
        let added = self.store.add_benefit_codes(staff.workspace(), id, &codes, self.clock.now()).await?;
        Ok((self.find(staff.workspace(), id).await?, added))
    }

    async fn find(&self, workspace: WorkspaceId, id: BenefitId) -> Result<Benefit> {
        self.store.find_benefit(workspace, id).await?.ok_or(Error::NotFound)
    }

    pub async fn of_conversation(&self, staff: &Staff, id: ConversationId) -> Result<Granted> {
        staff.require(Permission::GrantBenefits)?;
        let conversation = self.conversations.access(staff, id).await?;
        let workspace = staff.workspace();
        Ok(Granted {
            grants: self.store.list_grants_of(workspace, id).await?,
            got: self.store.grants_got(workspace, conversation.contact_id, self.clock.now()).await?,
            limits: self.store.workspace_settings(workspace).await?.grants,
        })
    }

    /// Gives it at once, or lets it wait for approval.
    pub async fn grant(&self, staff: &Staff, id: ConversationId, asking: Asking) -> Result<Grant> {
        staff.require(Permission::GrantBenefits)?;
        let conversation = self.conversations.access(staff, id).await?;
        if conversation.status != Status::Open {
            return Err(Error::GrantNotOpen);
        }
        let workspace = staff.workspace();
        let benefit = self.store.find_benefit(workspace, asking.benefit).await?;
        let benefit = benefit.filter(|one| one.content.is_enabled).ok_or(Error::Field("benefit_id"))?;
        let new = NewGrant {
            conversation: id,
            contact: conversation.contact_id,
            benefit: benefit.id,
            reason: text::paragraph("reason", &asking.reason, 500)?,
            code: issuer(benefit.content.source).typed(asking.code.as_deref())?,
            by: staff.id(),
        };
        let limits = self.store.workspace_settings(workspace).await?.grants;
        let grant = self.store.ask_grant(workspace, new, &limits, self.clock.now()).await?;
        self.conversations.jobs().notify_one();
        Ok(grant)
    }

    /// Somebody else than who asked says yes or no.
    pub async fn decide(&self, staff: &Staff, id: GrantId, approved: bool) -> Result<Grant> {
        staff.require(Permission::ApproveGrants)?;
        let workspace = staff.workspace();
        let grant = self.store.find_grant(workspace, id).await?.ok_or(Error::NotFound)?;
        if grant.asked_by == staff.id() {
            return Err(Error::GrantOwn);
        }
        let decided = self.store.decide_grant(workspace, id, staff.id(), approved, self.clock.now()).await?;
        self.conversations.jobs().notify_one();
        Ok(decided)
    }

    /// The record, newest first.
    pub async fn record(
        &self,
        staff: &Staff,
        state: Option<GrantState>,
        before: Option<GrantId>,
    ) -> Result<(Vec<Grant>, Option<GrantId>)> {
        staff.require(Permission::ApproveGrants)?;
        let grants = self.store.list_grants(staff.workspace(), state, before, PAGE).await?;
        let next = grants.last().filter(|_| grants.len() as i64 == PAGE).map(|last| last.id);
        Ok((grants, next))
    }

    /// Tells the visitor now, where that could not be done before.
    pub async fn tell_again(&self, staff: &Staff, id: GrantId) -> Result<Grant> {
        staff.require(Permission::GrantBenefits)?;
        let workspace = staff.workspace();
        let grant = self.store.find_grant(workspace, id).await?.ok_or(Error::NotFound)?;
        let conversation = self.conversations.access(staff, grant.conversation_id).await?;
        if conversation.status != Status::Open || grant.state != GrantState::Granted {
            return Err(Error::GrantNotOpen);
        }
        self.tell(workspace, id).await?;
        self.store.find_grant(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// The job: harmless to repeat. A conversation that no agent has any more is left alone; the
    /// grant then says that the visitor was not told.
    pub(crate) async fn tell(&self, workspace: WorkspaceId, id: GrantId) -> Result<()> {
        let Some(grant) = self.store.find_grant(workspace, id).await? else { return Ok(()) };
        if grant.state != GrantState::Granted || grant.told_at.is_some() {
            return Ok(());
        }
        let Some(conversation) = self.store.find_conversation(workspace, grant.conversation_id).await? else {
            return Ok(());
        };
        if conversation.status != Status::Open {
            return Ok(());
        }
        let contact = self.store.find_contact(workspace, grant.contact_id).await?.ok_or(Error::NotFound)?;
        let benefit = self.store.find_benefit(workspace, grant.benefit_id).await?;
        let phrase = benefit.map(|benefit| benefit.content.message).unwrap_or_default();
        let locale = contact.locale;
        let visitor =
            Visitor { name: contact.name, verified: contact.verified, attributes: contact.attributes };
        let words = phrase.in_language(locale).map(|own| template::expand(own, &visitor));
        let content = Content::Benefit(given(&grant, words, locale));
        let by: AgentId = grant.asked_by;
        match self.conversations.say_for(&conversation, by, &format!("grant-{id}"), content).await {
            Ok(()) => Ok(self.store.note_grant_told(workspace, id, self.clock.now()).await?),
            Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What the visitor reads.
fn given(grant: &Grant, words: Option<String>, locale: Locale) -> GivenBenefit {
    let name = &grant.name;
    let words = words.unwrap_or_else(|| match locale {
        Locale::ZhCn => "非常抱歉给您带来不便，这是我们的一点心意，请收下：".to_owned(),
        Locale::En => "We are sorry for the trouble. Please accept this from us:".to_owned(),
    });
    let text = match (&grant.code, locale) {
        (Some(code), Locale::ZhCn) => format!("{words}\n🎁 {name}\n兑换码：{code}"),
        (Some(code), Locale::En) => format!("{words}\n🎁 {name}\nCode: {code}"),
        (None, _) => format!("{words}\n🎁 {name}"),
    };
    let (kind, worth, code) = (grant.kind, grant.worth, grant.code.clone());
    GivenBenefit { text, words, name: name.clone(), kind, worth, code }
}

fn checked(content: BenefitContent) -> Result<BenefitContent> {
    if !(1..=*GrantLimits::WORTH.end()).contains(&content.worth) {
        return Err(Error::Field("worth"));
    }
    for (field, words) in [("message.zh", &content.message.zh), ("message.en", &content.message.en)] {
        if words.chars().count() > 500 || !template::is_valid(words) {
            return Err(Error::Field(field));
        }
    }
    Ok(BenefitContent { name: text::line("name", &content.name, 60)?, ..content })
}
