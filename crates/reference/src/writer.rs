//! The writer thread: owns the database, the rooms and their numbering. A batch is whatever queued
//! while the last one was being synced; nothing waits on purpose.

use crate::{
    connection::Frames,
    database::{Database, Row},
};
use serde::Serialize;
use std::{collections::HashMap, sync::mpsc, thread};
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub type Writer = mpsc::Sender<Job>;

pub enum Job {
    Open { id: u64, sender: UnboundedSender<Frames> },
    Join { id: u64, room: Box<str> },
    Append { id: u64, client_id: Box<str>, text: Box<str> },
    Close { id: u64 },
}

/// Bounds the time until the first of a batch is acknowledged.
const MAX_BATCH: usize = 1_024;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    Joined { seq: i64 },
    Ack { client_id: &'a str, seq: i64 },
    Message { seq: i64, text: &'a str },
}

struct Room {
    name: Box<str>,
    last_seq: i64,
    members: Vec<u64>,
}

struct Connection {
    sender: UnboundedSender<Frames>,
    room: Option<usize>,
    pending: Frames,
}

struct State {
    database: Database,
    rooms: Vec<Room>,
    by_name: HashMap<Box<str>, usize>,
    connections: HashMap<u64, Connection>,
    /// Connections with pending frames.
    touched: Vec<u64>,
}

/// Starts the thread; it ends when all senders are gone or the database fails, and then closes
/// every connection without another acknowledgement.
pub fn start(database: Database) -> anyhow::Result<Writer> {
    let mut state = State {
        database,
        rooms: Vec::new(),
        by_name: HashMap::new(),
        connections: HashMap::new(),
        touched: Vec::new(),
    };
    for (name, last_seq) in state.database.rooms()? {
        let room = state.room(name.into());
        state.rooms[room].last_seq = last_seq;
    }
    let (sender, queue) = mpsc::channel();
    thread::Builder::new().name("writer".into()).spawn(move || {
        if let Err(error) = state.run(&queue) {
            eprintln!("reference: {error}");
        }
    })?;
    Ok(sender)
}

impl State {
    fn run(mut self, queue: &mpsc::Receiver<Job>) -> anyhow::Result<()> {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        while let Ok(first) = queue.recv() {
            self.take(first, &mut batch)?;
            while batch.len() < MAX_BATCH
                && let Ok(next) = queue.try_recv()
            {
                self.take(next, &mut batch)?;
            }
            self.commit(&mut batch)?;
        }
        Ok(())
    }

    fn take(&mut self, job: Job, batch: &mut Vec<(u64, Box<str>, Box<str>)>) -> anyhow::Result<()> {
        match job {
            Job::Append { id, client_id, text } => batch.push((id, client_id, text)),
            Job::Open { id, sender } => {
                let connection = Connection { sender, room: None, pending: Vec::new() };
                self.connections.insert(id, connection);
            }
            Job::Join { id, room } => {
                let room = self.room(room);
                self.rooms[room].members.push(id);
                let seq = self.rooms[room].last_seq;
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.room = Some(room);
                }
                self.queue(id, encode(&Event::Joined { seq })?);
                self.deliver();
            }
            Job::Close { id } => {
                if let Some(Connection { room: Some(room), .. }) = self.connections.remove(&id) {
                    self.rooms[room].members.retain(|member| *member != id);
                }
            }
        }
        Ok(())
    }

    fn room(&mut self, name: Box<str>) -> usize {
        *self.by_name.entry(name).or_insert_with_key(|name| {
            self.rooms.push(Room { name: name.clone(), last_seq: 0, members: Vec::new() });
            self.rooms.len() - 1
        })
    }

    /// All of the batch is on disk before any of it is acknowledged.
    fn commit(&mut self, batch: &mut Vec<(u64, Box<str>, Box<str>)>) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut stored = Vec::with_capacity(batch.len());
        for (id, client_id, text) in batch.drain(..) {
            let Some(room) = self.connections.get(&id).and_then(|c| c.room) else {
                continue;
            };
            self.rooms[room].last_seq += 1;
            let seq = self.rooms[room].last_seq;
            stored.push((id, room, seq, client_id, text));
        }
        let rooms = &self.rooms;
        self.database.store(stored.iter().map(|(_, room, seq, client_id, text)| Row {
            room: &rooms[*room].name,
            seq: *seq,
            client_id,
            text,
        }))?;
        for (id, room, seq, client_id, text) in stored {
            let client_id = &client_id;
            self.queue(id, encode(&Event::Ack { client_id, seq })?);
            let message = encode(&Event::Message { seq, text: &text })?;
            for member in 0..self.rooms[room].members.len() {
                let member = self.rooms[room].members[member];
                if member != id {
                    self.queue(member, message.clone());
                }
            }
        }
        self.deliver();
        Ok(())
    }

    fn queue(&mut self, id: u64, frame: Utf8Bytes) {
        if let Some(connection) = self.connections.get_mut(&id) {
            if connection.pending.is_empty() {
                self.touched.push(id);
            }
            connection.pending.push(frame);
        }
    }

    /// Wakes each touched connection once.
    fn deliver(&mut self) {
        for id in self.touched.drain(..) {
            if let Some(connection) = self.connections.get_mut(&id) {
                let frames = std::mem::take(&mut connection.pending);
                // A connection that just closed says so in the queue.
                drop(connection.sender.send(frames));
            }
        }
    }
}

fn encode(event: &Event) -> anyhow::Result<Utf8Bytes> {
    Ok(serde_json::to_string(event)?.into())
}
