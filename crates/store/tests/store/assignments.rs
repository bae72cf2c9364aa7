//! Why an agent was chosen is written with the notice that says so, or not at all.

use crate::fixture::*;
use model::{Action, AgentId, Content, Notice, Reasons, Role, Skip, Skipped};

fn reasons(senior: bool) -> Reasons {
    let skipped = vec![Skipped { agent_id: AgentId(7), reason: Skip::Full, load: 10 }];
    Reasons { team_id: None, load: 2, capacity: 10, senior, skipped, left_out: 0 }
}

both! {
    async fn reasons_are_kept_with_their_notice_and_in_their_workspace(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let opened = talk.say(&talk.contact().await, "在吗").await.conversation;
        let action = Action::Assign { agent, by: None, reasons: Some(Box::new(reasons(true))) };
        let assigned = talk.act(&opened, action.clone()).await;
        let notice = &assigned.messages[0];
        assert_eq!(notice.content, Content::Notice(Notice::Assigned { agent_id: agent, by: None, senior: true }));
        let find = async |workspace, seq| store.find_reasons(workspace, opened.id, seq).await.unwrap();
        assert_eq!(find(talk.workspace, notice.seq).await, Some(reasons(true)));
        assert_eq!(find(talk.workspace, 1).await, None);
        assert_eq!(find(workspace(store).await, notice.seq).await, None);
        // Somebody has it already: nothing is kept.
        assert!(talk.try_act(&opened, action).await.is_err());
        assert_eq!(find(talk.workspace, notice.seq + 1).await, None);
    }

    async fn who_is_chosen_by_hand_has_no_reasons(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let opened = talk.say(&talk.contact().await, "在吗").await.conversation;
        let seq = talk.act(&opened, Action::Accept { agent }).await.messages[0].seq;
        assert_eq!(store.find_reasons(talk.workspace, opened.id, seq).await.unwrap(), None);
    }
}
