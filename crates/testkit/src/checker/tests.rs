//! Histories made by hand: a good one is green, and each way to break the contract is found.

use super::{Invariant, check};
use crate::history::{Observation, Seen};
use model::{ConversationId, Seq};

const CHAT: ConversationId = ConversationId(7);

fn seen(seq: Seq) -> Seen {
    Seen { seq, client_id: Some(format!("id-{seq}")), body: format!("text {seq}") }
}

fn sent(seq: Seq) -> Observation {
    Observation::Sent {
        client: "visitor".into(),
        client_id: format!("id-{seq}"),
        body: format!("text {seq}"),
    }
}

fn acked(seq: Seq) -> Observation {
    Observation::Acked { client: "visitor".into(), conversation: CHAT, client_id: format!("id-{seq}"), seq }
}

fn pushed(seqs: &[Seq]) -> Observation {
    Observation::Pushed {
        client: "agent".into(),
        conversation: CHAT,
        messages: seqs.iter().copied().map(seen).collect(),
    }
}

fn resumed(asked: Option<(&str, Seq)>, epoch: &str, recovered: bool, last: Seq) -> Observation {
    let first = match (recovered, asked) {
        (true, Some((_, after))) => after + 1,
        _ => 1,
    };
    Observation::Resumed {
        client: "agent".into(),
        conversation: CHAT,
        asked: asked.map(|(epoch, after)| (epoch.to_owned(), after)),
        epoch: epoch.into(),
        recovered,
        last_seq: last,
        messages: (first..=last).map(seen).collect(),
    }
}

fn settled() -> Observation {
    Observation::Settled { client: "agent".into(), conversation: CHAT }
}

fn stored(last: Seq) -> Observation {
    Observation::Stored { conversation: CHAT, messages: (1..=last).map(seen).collect() }
}

/// Three messages, one of them while the agent was away.
fn good() -> Vec<Observation> {
    vec![
        resumed(None, "a", false, 0),
        sent(1),
        acked(1),
        pushed(&[1]),
        sent(2),
        acked(2),
        resumed(Some(("a", 1)), "a", true, 2),
        sent(3),
        acked(3),
        pushed(&[3]),
        settled(),
        stored(3),
    ]
}

fn broken(invariants: &[Invariant], change: impl FnOnce(&mut Vec<Observation>)) {
    let mut history = good();
    change(&mut history);
    let violations = check(&history);
    let mut found: Vec<_> = violations.iter().map(|v| v.invariant).collect();
    found.sort();
    found.dedup();
    assert_eq!(found, invariants, "{violations:#?}");
}

fn replace_stored(history: &mut [Observation], change: impl FnOnce(&mut Vec<Seen>)) {
    if let Some(Observation::Stored { messages, .. }) = history.last_mut() {
        change(messages);
    }
}

#[test]
fn a_history_that_keeps_the_contract_is_green() {
    assert_eq!(check(&good()), []);
}

#[test]
fn a_history_that_does_not_say_what_is_stored_is_red() {
    broken(&[Invariant::Durable, Invariant::Ordered, Invariant::NoHole], |history| {
        history.pop();
    });
}

#[test]
fn a_lost_acknowledged_message_is_found() {
    broken(&[Invariant::Durable], |history| {
        // Nobody but the sender knew of it.
        history.retain(|o| !matches!(o, Observation::Pushed { messages, .. } if messages == &[seen(3)]));
        replace_stored(history, |messages| messages.truncate(2));
    });
}

#[test]
fn an_acknowledged_message_that_changed_is_found() {
    broken(&[Invariant::Durable, Invariant::Ordered], |history| {
        replace_stored(history, |messages| messages[1].body = "other".into());
    });
}

#[test]
fn a_message_that_was_shown_but_is_not_stored_is_found() {
    broken(&[Invariant::Ordered, Invariant::NoHole], |history| {
        history.insert(10, pushed(&[4]));
    });
}

#[test]
fn a_message_that_is_stored_twice_is_found() {
    broken(&[Invariant::Once, Invariant::NoHole], |history| {
        replace_stored(history, |messages| messages.push(Seen { seq: 4, ..seen(3) }));
    });
    broken(&[Invariant::Once, Invariant::NoHole], |history| {
        // The same text under a second id: the client made a new id for a resend.
        let client_id = Some("other".into());
        let copy = Seen { seq: 4, client_id, ..seen(3) };
        replace_stored(history, |messages| messages.push(copy));
    });
}

#[test]
fn an_acknowledgement_that_moves_is_found() {
    broken(&[Invariant::Durable, Invariant::Once], |history| {
        let mut moved = acked(3);
        if let Observation::Acked { seq, .. } = &mut moved {
            *seq = 2;
        }
        history.insert(10, moved);
    });
}

#[test]
fn a_gap_in_the_numbers_is_found() {
    broken(&[Invariant::Durable, Invariant::Ordered, Invariant::NoHole], |history| {
        replace_stored(history, |messages| {
            messages.remove(1);
        });
    });
}

#[test]
fn two_observers_who_see_different_messages_at_one_position_are_found() {
    broken(&[Invariant::Ordered], |history| {
        let other = Seen { body: "other".into(), ..seen(2) };
        history.insert(
            7,
            Observation::Pushed { client: "visitor".into(), conversation: CHAT, messages: vec![other] },
        );
    });
}

#[test]
fn a_push_with_a_hole_inside_is_found() {
    broken(&[Invariant::Ordered, Invariant::NoHole], |history| {
        history[9] = pushed(&[1, 3]);
        history[6] = pushed(&[1]);
    });
}

#[test]
fn a_resume_that_leaves_something_out_is_found() {
    broken(&[Invariant::WholeResume], |history| {
        if let Observation::Resumed { messages, .. } = &mut history[6] {
            messages.clear();
        }
    });
}

#[test]
fn a_snapshot_that_does_not_reach_the_end_is_found() {
    broken(&[Invariant::WholeResume], |history| {
        history[6] = resumed(None, "a", false, 2);
        if let Observation::Resumed { messages, .. } = &mut history[6] {
            messages.pop();
        }
    });
}

#[test]
fn a_resume_across_epochs_is_found() {
    broken(&[Invariant::WholeResume], |history| {
        history[6] = resumed(Some(("a", 1)), "b", true, 2);
    });
}

#[test]
fn a_conversation_that_shrinks_within_an_epoch_is_found() {
    broken(&[Invariant::WholeResume], |history| {
        history.insert(10, resumed(None, "a", false, 2));
        history.insert(11, pushed(&[3]));
    });
}

#[test]
fn a_connected_client_that_misses_the_end_is_found() {
    broken(&[Invariant::NoHole], |history| {
        history.remove(9);
    });
}

#[test]
fn a_hole_that_a_later_resume_fills_is_green() {
    let mut history = good();
    history.remove(9);
    history.insert(9, resumed(Some(("a", 2)), "a", true, 3));
    assert_eq!(check(&history), []);
}

/// The backup ends at 2; message 3 is gone and its place is taken.
fn restored(resume: Observation) -> Vec<Observation> {
    let mut history = good();
    history.truncate(10);
    let fourth = Seen { seq: 3, ..seen(4) };
    let mut ack = acked(4);
    if let Observation::Acked { seq, .. } = &mut ack {
        *seq = 3;
    }
    history.extend([
        Observation::Restored { conversation: CHAT, last_seq: 2 },
        resume,
        sent(4),
        ack,
        Observation::Pushed { client: "agent".into(), conversation: CHAT, messages: vec![fourth.clone()] },
        settled(),
        Observation::Stored { conversation: CHAT, messages: vec![seen(1), seen(2), fourth] },
    ]);
    history
}

#[test]
fn after_a_restore_a_snapshot_in_a_new_epoch_is_green() {
    assert_eq!(check(&restored(resumed(Some(("a", 3)), "b", false, 2))), []);
}

#[test]
fn after_a_restore_a_resume_in_the_old_epoch_is_found() {
    let violations = check(&restored(resumed(Some(("a", 3)), "a", true, 2)));
    assert!(violations.iter().any(|v| v.invariant == Invariant::WholeResume));
}
