//! What an agent can look up beside a conversation, with what the visitor said already filled in.

use super::{
    Answered, Connectors, Values,
    asking::Ask,
    values::{self, fits, is_date},
};
use crate::{Error, Result, Staff};
use language::entities::{Entity, Kind, calendar::Date};
use model::{
    Connector, ConnectorContent, ConnectorId, Content, Conversation, ConversationId, LookupBy, Millis,
    Permission, Sender,
    connector::{ConnectorParameter, ParameterKind},
};

/// How much of the conversation is read for suggestions.
const READ: i64 = 30;
const DAY: Millis = 24 * 60 * 60 * 1_000;

/// A connector that an agent may use.
#[derive(Clone, Debug)]
pub struct Offer {
    pub connector: Connector,
    /// False where it asks about the visitor, and no site has signed who that is.
    pub is_available: bool,
    pub suggested: Values,
}

impl Connectors {
    pub async fn offered(&self, staff: &Staff, id: ConversationId) -> Result<Vec<Offer>> {
        let conversation = self.access(staff, id).await?;
        let all = self.store.list_connectors(staff.workspace()).await?;
        let all: Vec<Connector> = all.into_iter().filter(is_for_agents).collect();
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let signed = self.store.find_signed(staff.workspace(), conversation.contact_id).await?;
        let said = self.said_by_visitor(&conversation).await?;
        let today = Date::from_days(self.clock.now().div_euclid(DAY));
        let offers = tokio::task::spawn_blocking(move || {
            let found = recognised(&said, today)?;
            let offer = |connector: Connector| Offer {
                is_available: values::of_visitor(&connector.content, signed.as_ref()).is_ok(),
                suggested: suggested(&connector.content, &said, &found),
                connector,
            };
            Ok(all.into_iter().map(offer).collect())
        });
        offers.await.map_err(Error::internal)?
    }

    /// Asks for an agent, about the visitor of the conversation.
    pub async fn look_up(
        &self,
        staff: &Staff,
        id: ConversationId,
        connector: ConnectorId,
        given: &Values,
    ) -> Result<Answered> {
        let conversation = self.access(staff, id).await?;
        let connector = self.known(staff.workspace(), connector).await?;
        if !is_for_agents(&connector) {
            return Err(Error::NotFound);
        }
        let mut values = values::checked(&connector.content, given)?;
        let signed = self.store.find_signed(staff.workspace(), conversation.contact_id).await?;
        values.extend(values::of_visitor(&connector.content, signed.as_ref())?);
        let by = LookupBy::Agent(staff.id());
        let ask = Ask { connector: &connector, values: &values, by, conversation: Some(id), until: None };
        let answered = self.ask(ask).await?;
        if answered.outcome.is_answer() { Ok(answered) } else { Err(Error::Lookup(answered.outcome)) }
    }

    /// Whoever may see the conversation and answer in it.
    async fn access(&self, staff: &Staff, id: ConversationId) -> Result<Conversation> {
        staff.require(Permission::Reply)?;
        self.conversations.access(staff, id).await
    }

    /// Newest first.
    async fn said_by_visitor(&self, conversation: &Conversation) -> Result<Vec<String>> {
        let (workspace, end) = (conversation.workspace_id, conversation.last_seq + 1);
        let messages = self.store.list_messages_before(workspace, conversation.id, end, READ).await?;
        let said = messages.into_iter().rev().filter_map(|message| match (message.sender, message.content) {
            (Sender::Visitor(_), Content::Text { text }) => Some(text.to_string()),
            _ => None,
        });
        Ok(said.collect())
    }
}

fn is_for_agents(connector: &Connector) -> bool {
    connector.content.is_enabled && connector.content.for_agents
}

/// What is named in texts, those of the first text first.
fn recognised(texts: &[String], today: Option<Date>) -> Result<Vec<Entity>> {
    let mut found = Vec::new();
    for text in texts {
        found.extend(language::analyse(text, today).map_err(Error::internal)?.entities);
    }
    Ok(found)
}

fn suggested(content: &ConnectorContent, said: &[String], found: &[Entity]) -> Values {
    let value = |parameter: &ConnectorParameter| {
        let value = match parameter.kind {
            ParameterKind::Choice => chosen(parameter, said),
            ParameterKind::Date => {
                let days = found.iter().filter(|entity| entity.kind == Kind::Time);
                days.filter_map(|entity| entity.value.get(..10)).find(|day| is_date(day)).map(str::to_owned)
            }
            ParameterKind::Text | ParameterKind::Integer | ParameterKind::Number => {
                let wanted = wanted(parameter);
                let of_kind = found.iter().filter(|entity| wanted.contains(&entity.kind)).map(written);
                of_kind.into_iter().find(|value| fits(parameter, value))
            }
        };
        Some((parameter.name.clone(), value?))
    };
    content.parameters.iter().filter_map(value).collect()
}

/// The first choice that the visitor named.
fn chosen(parameter: &ConnectorParameter, said: &[String]) -> Option<String> {
    let named = |text: &String| {
        let text = text.to_lowercase();
        parameter.choices.iter().flatten().find(|choice| text.contains(&choice.to_lowercase()))
    };
    said.iter().find_map(named).cloned()
}

/// As business systems write it: a number of this country without its prefix.
fn written(entity: &Entity) -> String {
    match entity.kind {
        Kind::Phone => entity
            .value
            .strip_prefix("+86")
            .unwrap_or(&entity.value)
            .trim_start_matches(['-', ' '])
            .to_owned(),
        _ => entity.value.clone(),
    }
}

/// What a parameter is about, by its names; where they say nothing, by its example.
fn wanted(parameter: &ConnectorParameter) -> Vec<Kind> {
    const NAMED: [(Kind, &[&str]); 4] = [
        (Kind::TrackingNumber, &["track", "parcel", "shipment", "运单", "快递", "物流", "包裹"]),
        (Kind::Phone, &["phone", "mobile", "手机", "电话"]),
        (Kind::Email, &["mail", "邮箱", "邮件"]),
        (Kind::OrderNumber, &["order", "订单", "单号", "交易号"]),
    ];
    let names = format!("{} {}", parameter.name, parameter.label).to_lowercase();
    let named = NAMED.iter().filter(|(_, words)| words.iter().any(|word| names.contains(word)));
    if let Some((kind, _)) = named.into_iter().next() {
        return vec![*kind];
    }
    let example = language::analyse(&parameter.example, None).map(|analysis| analysis.entities);
    example.into_iter().flatten().map(|entity| entity.kind).take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, label: &str, kind: ParameterKind) -> ConnectorParameter {
        let choices = (kind == ParameterKind::Choice).then(|| vec!["退货".to_owned(), "换货".to_owned()]);
        ConnectorParameter {
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            choices,
            required: true,
            example: String::new(),
        }
    }

    #[test]
    fn what_the_visitor_named_is_suggested_where_it_belongs() {
        let content = ConnectorContent {
            parameters: vec![
                parameter("no", "订单号", ParameterKind::Text),
                parameter("mobile", "Phone", ParameterKind::Text),
                parameter("day", "下单日期", ParameterKind::Date),
                parameter("what", "类型", ParameterKind::Choice),
                parameter("colour", "颜色", ParameterKind::Text),
            ],
            ..ConnectorContent::default()
        };
        let said =
            ["我要换货，昨天买的，手机 138 1234 5678", "订单号 20261129001234", "订单号 20250101000000"];
        let said = said.map(str::to_owned).to_vec();
        let found = recognised(&said, Date::new(2026, 11, 30)).unwrap();
        let expected =
            [("day", "2026-11-29"), ("mobile", "13812345678"), ("no", "20261129001234"), ("what", "换货")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(suggested(&content, &said, &found), Values::from(expected));
        assert!(suggested(&content, &[], &[]).is_empty());
    }
}
