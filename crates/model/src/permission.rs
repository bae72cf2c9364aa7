//! What a principal may do, by role. Deny by default: a permission that a role's list
//! does not name is refused.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A permission, coded `<module>.<object>.<action>`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name),+ }
        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// The stable code shown in the API and in documents.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

permissions! {
    /// Own profile, password, second factor, sessions, presence.
    ManageSelf = "account.self.manage",
    /// Conversations inside one's own scope (mine, my teams, the open queue).
    ViewConversations = "inbox.conversation.view",
    /// Conversations of everybody.
    ViewAllConversations = "inbox.conversation.view_all",
    Reply = "inbox.conversation.reply",
    /// Take a conversation from the queue.
    Accept = "inbox.conversation.accept",
    /// Give a conversation to another agent or team.
    Assign = "inbox.conversation.assign",
    Resolve = "inbox.conversation.resolve",
    ViewContacts = "inbox.contact.view",
    EditContacts = "inbox.contact.edit",
    /// Give benefits within the limits, or ask for approval.
    GrantBenefits = "care.grant.give",
    /// Approve what others ask for, and read the record of all grants.
    ApproveGrants = "care.grant.approve",
    ViewColleagues = "team.agent.view",
    ManageAgents = "team.agent.manage",
    ManageTeams = "team.team.manage",
    ViewChannels = "admin.channel.view",
    ManageChannels = "admin.channel.manage",
    ManageWorkspace = "admin.workspace.manage",
    ViewKnowledge = "knowledge.entry.view",
    /// Write, import and submit entries.
    EditKnowledge = "knowledge.entry.edit",
    /// Decide what visitors are answered: publish, archive, restore.
    PublishKnowledge = "knowledge.entry.publish",
}

/// A preset of permissions.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Supervisor,
    Agent,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Supervisor, Self::Agent];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        const AGENT: &[P] = &[
            P::ManageSelf,
            P::ViewConversations,
            P::Reply,
            P::Accept,
            P::Assign,
            P::Resolve,
            P::ViewContacts,
            P::EditContacts,
            P::GrantBenefits,
            P::ViewColleagues,
            P::ViewKnowledge,
        ];
        const SUPERVISOR: &[P] = &[
            P::ManageSelf,
            P::ViewConversations,
            P::ViewAllConversations,
            P::Reply,
            P::Accept,
            P::Assign,
            P::Resolve,
            P::ViewContacts,
            P::EditContacts,
            P::GrantBenefits,
            P::ApproveGrants,
            P::ViewColleagues,
            P::ManageTeams,
            P::ViewChannels,
            P::ViewKnowledge,
            P::EditKnowledge,
        ];
        match self {
            Self::Owner | Self::Admin => P::ALL,
            Self::Supervisor => SUPERVISOR,
            Self::Agent => AGENT,
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Only an owner may appoint or change owners; administrators manage everybody else.
    pub fn may_manage(self, other: Self) -> bool {
        self.may(Permission::ManageAgents) && (self == Self::Owner || other != Self::Owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Permission::ALL.iter().map(|p| p.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Permission::ALL.len());
    }

    #[test]
    fn agent_does_not_see_everything_or_administer() {
        assert!(!Role::Agent.may(Permission::ViewAllConversations));
        assert!(!Role::Agent.may(Permission::ManageAgents));
        assert!(!Role::Agent.may(Permission::EditKnowledge));
        assert!(!Role::Supervisor.may(Permission::ManageChannels));
        assert!(!Role::Supervisor.may(Permission::PublishKnowledge));
    }

    #[test]
    fn admin_cannot_manage_owner() {
        assert!(!Role::Admin.may_manage(Role::Owner));
        assert!(Role::Owner.may_manage(Role::Owner));
        assert!(!Role::Supervisor.may_manage(Role::Agent));
    }
}
