//! The end of a session or of a permission reaches its sockets at once (A35).

use crate::support::{socket::STAFF, *};
use std::time::Instant;

/// How long a revoked socket may still live.
const AT_ONCE: u128 = 2_000;

async fn is_cut(socket: &mut Socket) {
    let started = Instant::now();
    assert_eq!(socket.closed().await.0, 4001);
    assert!(started.elapsed().as_millis() < AT_ONCE);
}

async fn lives(socket: &mut Socket) {
    socket.settled().await;
}

both! {
    async fn log_out_ends_the_session_and_its_sockets(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let elsewhere = Agent::login(app.address, &agent.email).await;
        let (mut here, mut there) = (agent.connect().await, elsewhere.connect().await);
        let unused = agent.ticket().await;
        let answer = agent.request("POST", "/api/logout").send(app.address).await.expect(204);
        assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
        assert!(answer.header("clear-site-data").is_some());
        is_cut(&mut here).await;
        agent.get("/api/me").await.refused(401, "unauthenticated");
        // A ticket that was not used yet dies with its session.
        let mut late = Socket::handshake(app.address, STAFF, &[]).await.unwrap();
        late.hello(&unused).await;
        late.refused("invalid_ticket").await;
        lives(&mut there).await;
        elsewhere.get("/api/me").await.expect(200);
    }

    async fn session_is_ended_from_another_one_and_nobody_elses_can_be(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let stranger = app.agent("乙", "admin").await;
        let other = Agent::login(app.address, &agent.email).await;
        let mut socket = other.connect().await;
        let list = agent.get("/api/me/sessions").await.expect(200).json();
        let sessions = list["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        let theirs = sessions.iter().find(|one| one["current"] == json!(false)).unwrap();
        let path = format!("/api/me/sessions/{}", theirs["id"].as_str().unwrap());
        stranger.delete(&path).await.refused(404, "not_found");
        agent.delete(&path).await.expect(204);
        is_cut(&mut socket).await;
        other.get("/api/me").await.refused(401, "unauthenticated");
        agent.delete(&path).await.refused(404, "not_found");
    }

    async fn new_password_ends_all_other_sessions(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let other = Agent::login(app.address, &agent.email).await;
        let (mut own, mut others) = (agent.connect().await, other.connect().await);
        let change = json!({"current": PASSWORD, "new": "Green-Kettle-3141"});
        agent.put("/api/me/password", &change).await.expect(204);
        is_cut(&mut others).await;
        lives(&mut own).await;
        other.get("/api/me").await.refused(401, "unauthenticated");
        let old = json!({"email": agent.email, "password": PASSWORD});
        Agent::try_login(app.address, &old).await.refused(401, "invalid_credentials");
        let new = json!({"email": agent.email, "password": "Green-Kettle-3141"});
        Agent::try_login(app.address, &new).await.expect(200);
        // Reset by an administrator: all of them.
        let reset = json!({"password": PASSWORD});
        app.owner().await.patch(&format!("/api/agents/{}", agent.id), &reset).await.expect(200);
        is_cut(&mut own).await;
    }

    async fn disabled_agent_is_out_at_once_and_cannot_come_back(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let mut socket = agent.connect().await;
        let path = format!("/api/agents/{}", agent.id);
        app.owner().await.patch(&path, &json!({"active": false})).await.expect(200);
        is_cut(&mut socket).await;
        agent.get("/api/me").await.refused(401, "unauthenticated");
        let login = json!({"email": agent.email, "password": PASSWORD});
        Agent::try_login(app.address, &login).await.refused(401, "invalid_credentials");
        app.owner().await.patch(&path, &json!({"active": true})).await.expect(200);
        Agent::try_login(app.address, &login).await.expect(200);
        agent.get("/api/me").await.refused(401, "unauthenticated");
    }

    async fn role_that_was_taken_away_takes_its_sight_with_it(app: &TestApp) {
        let agent = app.agent("甲", "supervisor").await;
        let team = app.team("售前").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("你好").await;
        let mut desk = agent.at_inbox().await;
        desk.watch(&id).await;
        let path = format!("/api/agents/{}", agent.id);
        // While it is busy: the look at the session must not get lost between frames.
        let mut window = visitor.connect().await;
        window.say_all((0..60).map(|n| text_frame(&format!("c{n}"), None, "忙"))).await;
        let started = Instant::now();
        app.owner().await.patch(&path, &json!({"role": "agent"})).await.expect(200);
        desk.until("resync").await;
        assert!(started.elapsed().as_millis() < AT_ONCE);
        for _ in 0..60 {
            window.until("sent").await;
        }
        desk.settled().await;
        window.tell("late", None, "看不见").await;
        window.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
        window.settled().await;
        assert_eq!(desk.settled().await, Vec::<Value>::new());
        desk.say(json!({"type": "watch", "conversation_id": id})).await;
        desk.refused("not_found").await;
        agent.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        agent.get("/api/channels").await.refused(403, "forbidden");
        // Into the team: it is seen again.
        app.owner().await.patch(&path, &json!({"team_ids": [team]})).await.expect(200);
        desk.until("resync").await;
        desk.watch(&id).await;
        app.settle().await;
    }

    async fn ticket_opens_one_socket_within_thirty_seconds(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let ticket = agent.ticket().await;
        let _socket = Socket::open(app.address, STAFF, &ticket).await;
        let stale = agent.ticket().await;
        app.clock.advance(30 * SECOND);
        for used in [ticket, stale] {
            let mut socket = Socket::handshake(app.address, STAFF, &[]).await.unwrap();
            socket.hello(&used).await;
            socket.refused("invalid_ticket").await;
            assert_eq!(socket.closed().await.0, 4001);
        }
        // Of many who try at once, one.
        let ticket = agent.ticket().await;
        let mut sockets = Vec::new();
        for _ in 0..8 {
            let mut socket = Socket::handshake(app.address, STAFF, &[]).await.unwrap();
            socket.hello(&ticket).await;
            sockets.push(socket);
        }
        let mut welcomed = 0;
        for socket in &mut sockets {
            let first = socket.find("an answer", |_| true).await;
            welcomed += usize::from(first["type"] == "welcome");
        }
        assert_eq!(welcomed, 1);
    }

    async fn session_ends_when_idle_and_after_a_week_in_any_case(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        for _ in 0..13 {
            app.clock.advance(11 * HOUR);
            agent.get("/api/me").await.expect(200);
        }
        let idle = Agent::login(app.address, &agent.email).await;
        app.clock.advance(11 * HOUR);
        agent.get("/api/me").await.expect(200);
        app.clock.advance(2 * HOUR);
        idle.get("/api/me").await.refused(401, "unauthenticated");
        app.clock.advance(12 * HOUR);
        agent.get("/api/me").await.refused(401, "unauthenticated");
    }
}
