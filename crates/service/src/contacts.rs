//! Contacts (客户) as agents see and edit them.

use crate::{Error, Result, Staff, conversations, text};
use bus::Bus;
use model::{Contact, ContactId, Permission};
use store::{Store, contacts::ContactEdit};

#[derive(Clone)]
pub struct Contacts {
    store: Store,
    bus: Bus,
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
}

impl Contacts {
    pub fn new(store: Store, bus: Bus) -> Self {
        Self { store, bus }
    }

    /// The gatekeeper: a contact is visible with any of its conversations.
    pub async fn access(&self, staff: &Staff, id: ContactId) -> Result<Contact> {
        staff.require(Permission::ViewContacts)?;
        let conversations = self.store.list_conversations_of(staff.workspace(), id, 200).await?;
        if !staff.scope.all && !conversations.iter().any(|conversation| staff.scope.sees(conversation)) {
            return Err(Error::NotFound);
        }
        self.store.find_contact(staff.workspace(), id).await?.ok_or(Error::NotFound)
    }

    pub async fn edit(&self, staff: &Staff, id: ContactId, edit: Edit) -> Result<Contact> {
        staff.require(Permission::EditContacts)?;
        self.access(staff, id).await?;
        let edit = ContactEdit {
            name: edit.name.map(|name| text::line("name", &name, 200)).transpose()?,
            email: edit.email.map(|email| text::optional_line("email", &email, 200)).transpose()?,
            phone: edit.phone.map(|phone| text::optional_line("phone", &phone, 200)).transpose()?,
            note: edit.note.map(|note| text::paragraph("note", &note, 4_000)).transpose()?,
            ..ContactEdit::default()
        };
        let renamed = edit.name.is_some();
        let contact = self.store.update_contact(staff.workspace(), id, edit).await?.ok_or(Error::NotFound)?;
        if renamed {
            conversations::announce(&self.store, &self.bus, staff.workspace(), id).await?;
        }
        Ok(contact)
    }
}
