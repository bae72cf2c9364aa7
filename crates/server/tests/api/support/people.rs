//! The people of a test: an agent's browser and a visitor's, with what they carry.

use super::{
    http::{Answer, Request},
    socket::{STAFF, Socket, VISITOR},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

pub const PASSWORD: &str = "Blue-Kettle-2718";

/// A request as a page of ours sends it.
pub fn from_own_page(address: SocketAddr, method: &str, path: &str) -> Request {
    Request::new(method, path)
        .header("origin", &format!("http://{address}"))
        .header("sec-fetch-site", "same-origin")
}

/// A logged-in browser.
#[derive(Clone, Debug)]
pub struct Agent {
    pub address: SocketAddr,
    pub cookie: String,
    pub csrf: String,
    pub id: String,
    pub email: String,
}

/// Whoever can ask over HTTP.
macro_rules! asks {
    ($who:ident) => {
        #[expect(clippy::allow_attributes, reason = "see below")]
        #[allow(dead_code, reason = "the two kinds of people have the same methods")]
        impl $who {
            pub async fn get(&self, path: &str) -> Answer {
                self.request("GET", path).send(self.address).await
            }

            pub async fn post(&self, path: &str, body: &Value) -> Answer {
                self.request("POST", path).json(body).send(self.address).await
            }

            pub async fn put(&self, path: &str, body: &Value) -> Answer {
                self.request("PUT", path).json(body).send(self.address).await
            }

            pub async fn patch(&self, path: &str, body: &Value) -> Answer {
                self.request("PATCH", path).json(body).send(self.address).await
            }

            pub async fn delete(&self, path: &str) -> Answer {
                self.request("DELETE", path).send(self.address).await
            }
        }
    };
}
asks!(Agent);
asks!(Visitor);

impl Agent {
    pub async fn try_login(address: SocketAddr, body: &Value) -> Answer {
        from_own_page(address, "POST", "/api/login").json(body).send(address).await
    }

    pub async fn login(address: SocketAddr, email: &str) -> Self {
        let body = json!({"email": email, "password": PASSWORD});
        Self::of(address, &Self::try_login(address, &body).await.expect(200))
    }

    /// From the answer to a login.
    pub fn of(address: SocketAddr, answer: &Answer) -> Self {
        let me = answer.json();
        let text = |name: &str| me[name].as_str().unwrap().to_owned();
        Self {
            address,
            cookie: answer.cookie().unwrap(),
            csrf: text("csrf_token"),
            id: text("id"),
            email: text("email"),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = from_own_page(self.address, method, path).header("cookie", &self.cookie);
        if method == "GET" { request } else { request.header("x-csrf-token", &self.csrf) }
    }

    pub async fn ticket(&self) -> String {
        let ticket = self.request("POST", "/api/socket-ticket").send(self.address).await.expect(200).json();
        ticket["ticket"].as_str().unwrap().to_owned()
    }

    pub async fn connect(&self) -> Socket {
        Socket::open(self.address, STAFF, &self.ticket().await).await
    }

    /// Connected, and following the lists.
    pub async fn at_inbox(&self) -> Socket {
        let mut socket = self.connect().await;
        socket.say(json!({"type": "watch_inbox"})).await;
        socket.settled().await;
        socket
    }

    pub async fn presence(&self, presence: &str) {
        self.put("/api/me/presence", &json!({"presence": presence})).await.expect(204);
    }

    /// Does something with a conversation.
    pub async fn act(&self, conversation: &str, action: &str) -> Value {
        let path = format!("/api/conversations/{conversation}/{action}");
        self.request("POST", &path).send(self.address).await.expect(200).json()
    }

    pub async fn say(&self, conversation: &str, client_id: &str, text: &str) -> Answer {
        let body = json!({"client_id": client_id, "content": {"type": "text", "text": text}});
        self.post(&format!("/api/conversations/{conversation}/messages"), &body).await
    }

    pub async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("/api/conversations/{id}")).await.expect(200).json()["conversation"].clone()
    }
}

/// A visitor's browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub address: SocketAddr,
    pub token: String,
    pub contact: String,
    /// The answer to the session's start.
    pub session: Value,
}

impl Visitor {
    pub async fn try_start(address: SocketAddr, body: &Value) -> Answer {
        from_own_page(address, "POST", "/api/visitor/session").json(body).send(address).await
    }

    pub async fn start(address: SocketAddr, body: &Value) -> Self {
        let session = Self::try_start(address, body).await.expect(200).json();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        Self { address, token: text("token"), contact: text("contact_id"), session }
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        from_own_page(self.address, method, path).header("authorization", &format!("Bearer {}", self.token))
    }

    pub async fn connect(&self) -> Socket {
        Socket::open(self.address, VISITOR, &self.token).await
    }

    /// Says something over HTTP; the receipt.
    pub async fn say(&self, client_id: &str, text: &str) -> Value {
        let body = json!({"client_id": client_id, "content": {"type": "text", "text": text}});
        self.post("/api/visitor/messages", &body).await.expect(201).json()
    }

    /// Says something, and which conversation took it.
    pub async fn opens(&self, text: &str) -> String {
        self.say(&super::unique("c"), text).await["conversation_id"].as_str().unwrap().to_owned()
    }

    pub async fn upload(&self, name: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let path = format!("/api/visitor/uploads?name={name}");
        self.request("POST", &path).bytes(kind, bytes).send(self.address).await
    }
}
