//! The authorisation matrix of the sockets: every command, said by everybody.

use super::world::{Objects, Who, World};
use crate::support::{
    socket::{STAFF, VISITOR},
    *,
};
use protocol::frame::ClientFrame;

/// A good frame of this kind about a conversation. A new command needs a line here.
fn frame(command: &str, id: &str) -> Value {
    match command {
        "hello" => json!({"type": "hello", "protocol": 1, "credential": "x"}),
        "send" => text_frame(&unique("s"), Some(id), "你好"),
        "receipt" => json!({"type": "receipt", "conversation_id": id, "delivered": 1, "read": 1}),
        "typing" => json!({"type": "typing", "conversation_id": id, "active": true}),
        "watch" => json!({"type": "watch", "conversation_id": id}),
        "unwatch" => json!({"type": "unwatch", "conversation_id": id}),
        "watch_inbox" => json!({"type": "watch_inbox"}),
        "ping" => json!({"type": "ping"}),
        _ => panic!("{command} has no sample"),
    }
}

/// The code of the refusal; none when the command is allowed.
fn expected(command: &str, who: Who) -> Option<&'static str> {
    let is_staff = who.role().is_some();
    let sees = matches!(who, Who::Visitor | Who::Agent | Who::Supervisor | Who::Admin | Who::Owner);
    match command {
        "hello" => Some("unknown_frame"),
        "watch_inbox" if !is_staff => Some("forbidden"),
        // Nothing was watched before.
        "typing" if is_staff => Some("not_watched"),
        "send" | "receipt" | "typing" | "watch" if !sees => Some("not_found"),
        _ => None,
    }
}

async fn connect(world: &World, objects: &Objects, who: Who) -> Option<Socket> {
    Some(match who {
        Who::Anonymous => return None,
        Who::Visitor => objects.visitor.connect().await,
        Who::OtherVisitor => world.other_visitor.connect().await,
        _ => world.staff(who)?.connect().await,
    })
}

#[tokio::test]
async fn every_command_is_answered_as_its_speaker_may() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let all = world.objects(&app).await;
    let mut wrong = Vec::new();
    for command in ClientFrame::COMMANDS {
        for who in Who::ALL {
            let objects = world.fresh(&app, "/api/conversations", &all).await;
            let frame = frame(command, &objects.conversation);
            let Some(mut socket) = connect(&world, &objects, who).await else {
                for path in [STAFF, VISITOR] {
                    let mut socket = Socket::handshake(app.address, path, &[]).await.unwrap();
                    socket.say(frame.clone()).await;
                    let code = socket.until("error").await["code"].clone();
                    let greeted =
                        command == "hello" && (code == "invalid_ticket" || code == "invalid_session");
                    assert!(greeted || code == "hello_expected", "{command}: {code}");
                    socket.closed().await;
                }
                continue;
            };
            let before = app.owner().await.conversation(&objects.conversation).await;
            socket.say(frame).await;
            // What is answered after the disk comes after the second time.
            let mut heard = if command == "ping" { vec![socket.until("pong").await] } else { Vec::new() };
            if command == "send" || command == "receipt" {
                let answer = socket.find("an answer", |frame| {
                    ["error", "sent", "changed"].contains(&frame["type"].as_str().unwrap())
                });
                let changes_nothing = command == "receipt"
                    && matches!(who, Who::Supervisor | Who::Admin | Who::Owner | Who::Agent);
                if !changes_nothing {
                    heard.push(answer.await);
                }
            }
            heard.extend(socket.settled().await);
            let refused =
                heard.iter().find(|frame| frame["type"] == "error").map(|frame| frame["code"].clone());
            let expected = expected(command, who);
            if refused != expected.map(Value::from) {
                wrong.push(format!("{command} by {who:?}: {refused:?}, expected {expected:?}"));
            }
            if expected.is_some() {
                let after = app.owner().await.conversation(&objects.conversation).await;
                assert_eq!(before["version"], after["version"], "{command} by {who:?} changed something");
                let shown =
                    heard.iter().filter(|frame| frame["type"] != "error" && frame["type"] != "presence");
                assert_eq!(shown.count(), 0, "{command} by {who:?} showed something: {heard:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.close().await;
}
