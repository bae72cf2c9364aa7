//! Files and bodies that tests send.

use super::world::{Objects, connector_input};
use crate::support::*;
use base64::{Engine, prelude::BASE64_STANDARD};

/// PNG of 600 × 400 pixels, large enough for a thumbnail.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAlgAAAGQAQAAAABaTiM1AAAAhElEQVR42u3MMQEAAAwCIPtHMaUlduyAAKR34nK5XC6Xy+VyuVwul8vlcrlcLpfL5XK5XC6Xy+VyuVwul8vlcrlcLpfL5XK5XC6Xy+VyuVwul8vlcrlcLpfL5XK5XC6Xy+VyuVwul8vlcrlcLpfL5XK5XC6Xy+VyuVwul8vlcrlcrjfXAJbk1mS7wLPnAAAAAElFTkSuQmCC";
/// The head of a PNG that says 50,000 × 50,000 pixels.
const BOMB: &str = "iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQAQAAAABj1ABnAAAAAElEQVQ1rwYeAAAAAElFTkSuQmCC";

pub fn picture() -> Vec<u8> {
    BASE64_STANDARD.decode(PICTURE).unwrap()
}

pub fn bomb() -> Vec<u8> {
    BASE64_STANDARD.decode(BOMB).unwrap()
}

/// The address of a route, with the ids of these objects.
pub fn address(path: &str, objects: &Objects) -> String {
    let id = match path.trim_start_matches("/api/").split('/').next().unwrap() {
        "contacts" => &objects.visitor.contact,
        "files" => &objects.file,
        "agents" => &objects.colleague,
        "teams" => &objects.team,
        "channels" => &objects.channel,
        "me" => &objects.session,
        "benefits" => &objects.benefit,
        "grants" => &objects.grant,
        "knowledge" if path.contains("/regression/") => &objects.regression,
        "knowledge" if path.contains("/sources/") => &objects.source,
        "entries" | "knowledge" => &objects.entry,
        "learning" => &objects.group,
        "llm" => &objects.llm_endpoint,
        "connectors" => &objects.connector,
        "visitor" if path.contains("/articles/") => &objects.article,
        "visitor" if path.contains("/files/") => &objects.file,
        _ => &objects.conversation,
    };
    let path = path.replace("{id}", id).replace("{secret}", &objects.secret);
    // The bot's greeting.
    let path = path.replace("{seq}", "2");
    match path.as_str() {
        "/api/conversations" => path + "?view=all",
        "/api/search" | "/api/visitor/suggestions" => path + "?q=x",
        "/api/knowledge/import" => path + "?name=a.md",
        _ if path.ends_with("/images") => path + "?name=a.png",
        _ if path.ends_with("/uploads") => path + "?name=a.txt",
        _ => path,
    }
}

/// A body that the route takes. A new route needs a line here, or its tests fail.
pub fn body(method: &str, path: &str, objects: &Objects) -> Value {
    let text = json!({"type": "text", "text": "你好"});
    match (method, path) {
        ("POST", "/api/login") => json!({"email": "nobody@shop.example", "password": PASSWORD}),
        ("POST", "/api/setup") => json!({
            "workspace": "店", "owner_name": "林山", "owner_email": "o@shop.example",
            "owner_password": PASSWORD, "channel_name": "官网",
        }),
        ("PATCH", "/api/me") => json!({"theme": "dark"}),
        ("PUT", "/api/me/password") => json!({"current": "Wrong-Kettle-1", "new": PASSWORD}),
        ("PUT", "/api/me/presence") => json!({"presence": "busy"}),
        ("POST", "/api/me/totp/confirm") => json!({"code": "000000"}),
        ("DELETE", "/api/me/totp") => json!({"password": PASSWORD}),
        ("POST", "/api/conversations/{id}/messages") => json!({"client_id": unique("s"), "content": text}),
        ("POST", "/api/conversations/{id}/receipt" | "/api/visitor/conversations/{id}/receipt") => {
            json!({"delivered": 1, "read": 1})
        }
        ("POST", "/api/conversations/{id}/assign") => json!({"team_id": objects.team}),
        ("PATCH", "/api/contacts/{id}") => json!({"note": "老客户"}),
        ("POST", "/api/agents") => json!({
            "email": format!("{}@shop.example", unique("new")), "name": "新人", "role": "agent",
            "password": PASSWORD, "team_ids": [objects.team],
        }),
        ("PATCH", "/api/agents/{id}") => json!({"name": "改名"}),
        ("POST" | "PUT", "/api/teams" | "/api/teams/{id}") => {
            json!({"name": unique("组"), "member_ids": [objects.colleague]})
        }
        ("POST" | "PUT", "/api/channels" | "/api/channels/{id}") => json!({
            "name": unique("站"), "team_id": objects.team, "allowed_origins": ["https://shop.example"],
        }),
        ("POST", "/api/channels/{id}/secrets") => json!({}),
        ("POST", "/api/knowledge/entries") => json!({"content": {
            "question": unique("怎么退货"), "answer": "七天内", "answers": [{"channel_id": objects.channel, "answer": "看这里"}],
        }}),
        ("PUT", "/api/knowledge/entries/{id}") => {
            json!({"version": 1, "content": {"question": unique("怎么退货"), "answer": "七天内"}})
        }
        ("POST", "/api/knowledge/entries/{id}/rollback") => json!({"version": 1, "to": 1}),
        ("POST", "/api/knowledge/entries/{id}/dismiss") => {
            json!({"version": 1, "other_id": objects.other_entry, "other_version": 1})
        }
        ("POST", "/api/knowledge/contraries") => json!({"questions": ["怎么退货"], "answer": "七天内"}),
        ("POST", path) if path.starts_with("/api/knowledge/entries/{id}/") => json!({"version": 1}),
        ("POST", "/api/knowledge/regression") => {
            json!({"text": unique("怎么退货"), "entry_id": objects.entry})
        }
        ("POST", "/api/knowledge/sources") => json!({"url": "http://127.0.0.2:9/help", "scope": "page"}),
        ("PUT", "/api/knowledge/sources/{id}") => json!({"category": "帮助", "every_days": 7}),
        ("POST", "/api/knowledge/sources/{id}/read") => json!({}),
        ("POST", "/api/knowledge/sources/{id}/take") => json!({"publish": false}),
        ("POST", "/api/knowledge/check") => json!({"ids": [objects.entry]}),
        ("POST", "/api/learning/groups/{id}/entry") => json!({"content": {"question": unique("能开发票吗")}}),
        ("POST", "/api/learning/groups/{id}/phrasings") => {
            json!({"entry_id": objects.entry, "phrasings": [unique("能开发票吗")]})
        }
        ("POST", "/api/knowledge/bulk") => json!({"ids": [objects.entry], "add_tags": ["新"]}),
        ("POST" | "PUT", "/api/llm/endpoints" | "/api/llm/endpoints/{id}") => {
            json!({"name": unique("模型"), "base_url": "http://127.0.0.2:9/v1", "key": "sk-sample-1"})
        }
        ("POST", "/api/llm/endpoints/{id}/trial") => json!({"model": "small"}),
        ("PUT", "/api/llm/settings") => json!({
            "enabled": false, "answers_when_sure": false, "day_tokens": 100_000, "visitor_tokens": 10_000,
            "tasks": [{"task": "answer", "endpoint_id": objects.llm_endpoint, "model": "small", "timeout_s": 5}],
        }),
        ("POST" | "PUT", "/api/connectors" | "/api/connectors/{id}") => connector_input(&unique("订单")),
        ("POST", "/api/connectors/{id}/trial") => json!({"values": {"order": "A1"}}),
        ("POST", "/api/conversations/{id}/lookups") => {
            json!({"connector_id": objects.connector, "values": {"order": "A1"}})
        }
        ("POST", "/api/conversations/{id}/copilot/rewrite") => json!({"text": "等一下", "style": "formal"}),
        ("POST", "/api/conversations/{id}/copilot/translation") => json!({"text": "等一下", "to": "en"}),
        ("POST", "/api/language/analyse") => json!({"text": "怎么退货"}),
        ("POST", "/api/channels/{id}/bot/try") => json!({"bot": {"enabled": true}, "text": "退款多久到账"}),
        ("PUT", "/api/workspace/settings") => {
            let vip = json!({"attribute": "level", "values": ["vip"]});
            json!({"moods": true, "upset_first": false, "help": "off", "grants": {"count": 1, "worth": 100, "approval_from": 50}, "vip": vip})
        }
        ("POST" | "PUT", "/api/benefits" | "/api/benefits/{id}") => {
            json!({"name": unique("券"), "kind": "coupon", "worth": 60, "source": "codes", "enabled": true})
        }
        ("POST", "/api/benefits/{id}/codes") => json!({"codes": [unique("code")]}),
        ("POST", "/api/conversations/{id}/grants") => {
            json!({"benefit_id": objects.benefit, "reason": "久等"})
        }
        ("POST", "/api/grants/{id}/decide") => json!({"approved": true}),
        ("POST", "/api/visitor/session") => json!({"channel": "k".repeat(20)}),
        ("POST", "/api/visitor/messages") => {
            json!({"client_id": unique("s"), "conversation_id": objects.conversation, "content": text})
        }
        ("PUT", "/api/conversations/{id}/messages/{seq}/verdict") => json!({"right": true}),
        ("PUT", "/api/visitor/conversations/{id}/messages/{seq}/feedback") => json!({"helpful": true}),
        ("PUT", "/api/visitor/conversations/{id}/rating") => json!({"stars": 5}),
        _ => panic!("{method} {path} has a body and no sample"),
    }
}
