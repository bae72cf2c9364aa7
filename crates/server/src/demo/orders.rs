//! The order system of the demo shop: made-up orders, and the connector that asks for them at this very server.
//! Invariant: only the demo serves them, and only the demo's way out leads to this server.

use model::{
    Connector, ConnectorContent, Locale, Millis, WorkspaceId,
    connector::{ConnectorField, ConnectorParameter, FieldKind, ParameterKind},
};
use serde::Serialize;
use service::{Result, Services, Staff, connectors::ConnectorDraft};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use store::Store;

const PATH: &str = "/demo/orders/{order}";
const DAY: Millis = 24 * 60 * 60 * 1_000;
const LONGEST: usize = 24;
/// Digits that make a text an order number.
const DIGITS: usize = 6;

/// In words of the shop, and how many days ago such an order was placed.
const STATES: [(&str, Millis); 5] = [
    ("待发货 · Being packed", 1),
    ("运输中 · On its way", 2),
    ("派送中 · Out for delivery", 3),
    ("已签收 · Delivered", 6),
    ("退款处理中 · Refund under way", 9),
];
/// Of the orders that the demo's conversations are about: damaged on arrival, and sent back.
const TOLD: [(&str, usize); 2] = [("CH6071180072", 3), ("CH6071120233", 4)];

#[derive(Debug, PartialEq, Serialize)]
pub struct Order {
    pub number: String,
    pub state: &'static str,
    pub goods: String,
    pub total: f64,
    pub placed: String,
    /// None: not sent yet.
    pub parcel: Option<String>,
}

/// The order of a number, always the same one but for its day; what is no number has none.
pub fn find(number: &str, now: Millis) -> serde_json::Result<Option<Order>> {
    let number = number.to_ascii_uppercase();
    let digits: Vec<usize> = number.bytes().filter(u8::is_ascii_digit).map(|b| (b - b'0').into()).collect();
    let is_number = number.len() <= LONGEST && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_number || digits.len() < DIGITS {
        return Ok(None);
    }
    let products = super::products()?;
    let seed = digits.iter().fold(7, |seed, digit| (seed * 31 + digit) % 9_973);
    let told = TOLD.iter().find(|(known, _)| *known == number).map(|(_, state)| *state);
    let (state, days) = STATES[told.unwrap_or(seed % STATES.len())];
    let Some(product) = products.get(seed % products.len().max(1)) else { return Ok(None) };
    let pieces = 1 + seed % 3;
    let name = |locale| product.name.get(&locale).map_or("", String::as_str);
    let placed = jiff::Timestamp::from_millisecond(now - days * DAY).unwrap_or_default();
    Ok(Some(Order {
        state,
        goods: format!("{} · {} × {pieces}", name(Locale::ZhCn), name(Locale::En)),
        total: (product.price_fen * pieces as i64) as f64 / 100.0,
        placed: placed.strftime("%Y-%m-%d").to_string(),
        parcel: (days > 1).then(|| format!("SZ{:010}", seed * 100_003)),
        number,
    }))
}

/// Where this server reaches itself.
pub fn server(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn url(server: SocketAddr) -> String {
    format!("http://{server}{PATH}")
}

/// For agents, and for the bot where it has a language model.
pub async fn connect(services: &Services, staff: &Staff, server: SocketAddr) -> Result<()> {
    let parameter = ConnectorParameter {
        name: "order".to_owned(),
        label: "订单号 · Order number".to_owned(),
        kind: ParameterKind::Text,
        choices: None,
        required: true,
        example: TOLD[0].0.to_owned(),
    };
    let field = |label: &str, path: &str, kind| ConnectorField {
        label: label.to_owned(),
        path: path.to_owned(),
        kind,
    };
    let content = ConnectorContent {
        about: "订单到哪一步了、买了什么、运单号。Where an order is, what was bought, and its parcel."
            .to_owned(),
        url: url(server),
        parameters: vec![parameter],
        fields: vec![
            field("订单号 · Order number", "/number", FieldKind::Text),
            field("状态 · State", "/state", FieldKind::Text),
            field("商品 · Goods", "/goods", FieldKind::Text),
            field("金额 · Total", "/total", FieldKind::Money),
            field("下单日期 · Placed", "/placed", FieldKind::Date),
            field("运单号 · Parcel", "/parcel", FieldKind::Text),
        ],
        timeout_ms: 3_000,
        for_agents: true,
        for_bot: true,
        is_enabled: true,
        ..ConnectorContent::default()
    };
    let draft = ConnectorDraft { name: "订单 · Orders".to_owned(), content, secret: None };
    services.connectors.add(staff, draft).await.map(drop)
}

/// The demo may listen elsewhere than when its connector was made.
pub async fn follow(store: &Store, workspace: WorkspaceId, server: SocketAddr) -> store::Result<()> {
    for connector in store.list_connectors(workspace).await? {
        let url = url(server);
        let is_ours = connector.content.url.starts_with("http://") && connector.content.url.ends_with(PATH);
        // A secret stays with the server that it was entered for.
        if is_ours && connector.content.url != url && connector.sealed_secret.is_none() {
            let content = ConnectorContent { url, ..connector.content };
            store.update_connector(&Connector { content, ..connector }).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn order(number: &str) -> Option<Order> {
        find(number, NOW).unwrap()
    }

    #[test]
    fn a_number_has_the_same_order_however_it_is_written() {
        let one = order("CH6071180072").unwrap();
        assert_eq!(Some(&one), order("ch6071180072").as_ref());
        assert_eq!((one.state, one.placed.as_str()), ("已签收 · Delivered", "2027-01-09"));
        assert!(one.total > 0.0 && one.parcel.is_some() && one.goods.contains(" × "));
        assert_eq!(order("CH6071120233").unwrap().state, "退款处理中 · Refund under way");
    }

    #[test]
    fn other_numbers_have_orders_in_every_state_and_no_number_has_none() {
        let states: std::collections::BTreeSet<_> =
            (0..100).filter_map(|n| Some(order(&format!("2026113000{n:04}"))?.state)).collect();
        assert_eq!(states.len(), STATES.len());
        for number in ["", "12345", "abc", "<123456>", "1234567890123456789012345", "订单123456"] {
            assert_eq!(order(number), None, "{number}");
        }
    }

    #[test]
    fn a_server_that_listens_everywhere_reaches_itself_on_this_machine() {
        for (listen, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.7:8080", "10.0.0.7:8080")]
        {
            assert_eq!(server(listen.parse().unwrap()).to_string(), reached);
        }
    }
}
