//! Contacts (客户): whom visitors turn out to be, or a nameless one until then.

use crate::{
    Error, Result, Store, conversations,
    pool::{on, on_tx, on_write},
    row::{Row, json, read},
};
use model::{Contact, ContactId, Locale, Millis, Signed, WorkspaceId, contact::Trail};
use serde::Serialize;
use std::collections::BTreeMap;

const COLUMNS: &str = "id, workspace_id, name, email, phone, note, account, verified, \
    attributes, trail, locale, created_at, seen_at";

read!(Contact, |row| Contact {
    id: ContactId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    name: row.try_get("name")?,
    email: row.try_get("email")?,
    phone: row.try_get("phone")?,
    note: row.try_get("note")?,
    account: row.try_get("account")?,
    verified: row.try_get("verified")?,
    attributes: json("attributes", row.try_get("attributes")?)?,
    trail: json("trail", row.try_get("trail")?)?,
    locale: Locale::from_tag(row.try_get("locale")?),
    created_at: row.try_get("created_at")?,
    seen_at: row.try_get("seen_at")?,
});

/// Somebody of whom nothing is known yet.
#[derive(Clone, Debug)]
pub struct NewContact {
    /// From [`Store::next_id`]: the name may be made from it.
    pub id: ContactId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub locale: Locale,
}

/// What the site has signed about a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    pub account: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

/// Fields that are none stay as they are.
#[derive(Clone, Debug, Default)]
pub struct ContactEdit {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub attributes: Option<BTreeMap<String, String>>,
}

pub(crate) fn to_json(column: &'static str, value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Corrupt(column))
}

impl Store {
    pub async fn insert_contact(&self, new: NewContact, now: Millis) -> Result<Contact> {
        let contact = Contact {
            id: new.id,
            workspace_id: new.workspace_id,
            name: new.name,
            email: String::new(),
            phone: String::new(),
            note: String::new(),
            account: None,
            verified: false,
            attributes: BTreeMap::new(),
            trail: Trail::default(),
            locale: new.locale,
            created_at: now,
            seen_at: now,
        };
        let attributes = to_json("attributes", &contact.attributes)?;
        let trail = to_json("trail", &contact.trail)?;
        on_write!(&self.pool, |db| sqlx::query(
            "insert into contacts (workspace_id, id, name, email, phone, note, account, verified,
                 attributes, trail, locale, created_at, seen_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)"
        )
        .bind(contact.workspace_id.0)
        .bind(contact.id.0)
        .bind(&contact.name)
        .bind(&contact.email)
        .bind(&contact.phone)
        .bind(&contact.note)
        .bind(&contact.account)
        .bind(contact.verified)
        .bind(attributes)
        .bind(trail)
        .bind(contact.locale.code())
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(contact)
    }

    pub async fn find_contact(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Contact>> {
        let sql = format!("select {COLUMNS} from contacts where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Contact>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(contact)| contact))
    }

    /// Whom the site knows by this account.
    pub async fn find_contact_by_account(
        &self,
        workspace: WorkspaceId,
        account: &str,
    ) -> Result<Option<Contact>> {
        let sql = format!("select {COLUMNS} from contacts where workspace_id = $1 and account = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Contact>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(account)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(contact)| contact))
    }

    /// A new name also stands in the contact's conversations. None when there is no such
    /// contact.
    pub async fn update_contact(
        &self,
        workspace: WorkspaceId,
        id: ContactId,
        edit: ContactEdit,
    ) -> Result<Option<Contact>> {
        let attributes = edit.attributes.map(|map| to_json("attributes", &map)).transpose()?;
        let sql = format!(
            "update contacts set name = coalesce($3, name), email = coalesce($4, email),
                 phone = coalesce($5, phone), note = coalesce($6, note),
                 attributes = coalesce($7, attributes)
             where workspace_id = $1 and id = $2 returning {COLUMNS}"
        );
        let mut tx = self.pool.begin().await?;
        let row = on_tx!(&mut tx, |db| sqlx::query_as::<_, Row<Contact>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .bind(&edit.name)
            .bind(&edit.email)
            .bind(&edit.phone)
            .bind(&edit.note)
            .bind(attributes)
            .fetch_optional(db)
            .await)?;
        let Some(Row(contact)) = row else { return Ok(None) };
        if edit.name.is_some() {
            rename_conversations(&mut tx, &contact).await?;
        }
        tx.commit().await?;
        Ok(Some(contact))
    }

    /// The site vouches that the contact is this account. What it did not sign stays only
    /// if it was signed before: hints never pass as verified. [`Error::Taken`] when another
    /// contact has the account, [`Error::NotFound`] when this one has another account or
    /// does not exist.
    pub async fn claim_contact(
        &self,
        workspace: WorkspaceId,
        id: ContactId,
        claim: Claim,
    ) -> Result<Contact> {
        let mut tx = self.pool.begin().await?;
        let sql = format!(
            "select {COLUMNS} from contacts
             where workspace_id = $1 and id = $2 and (account is null or account = $3){}",
            tx.word("", " for update")
        );
        let row = on_tx!(&mut tx, |db| sqlx::query_as::<_, Row<Contact>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .bind(&claim.account)
            .fetch_optional(db)
            .await)?;
        let Row(mut contact) = row.ok_or(Error::NotFound)?;
        let signed = to_json("signed", &signed_now(&mut tx, &contact, &claim).await?)?;
        if !contact.verified {
            contact.name = claim.account.clone();
            contact.email.clear();
            contact.phone.clear();
            contact.attributes.clear();
        }
        contact.name = claim.name.unwrap_or(contact.name);
        contact.email = claim.email.unwrap_or(contact.email);
        contact.phone = claim.phone.unwrap_or(contact.phone);
        contact.attributes.extend(claim.attributes);
        contact.account = Some(claim.account);
        contact.verified = true;
        let attributes = to_json("attributes", &contact.attributes)?;
        on_tx!(&mut tx, |db| sqlx::query(
            "update contacts set account = $3, verified = $4, name = $5, email = $6, phone = $7,
                 attributes = $8, signed = $9
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(&contact.account)
        .bind(contact.verified)
        .bind(&contact.name)
        .bind(&contact.email)
        .bind(&contact.phone)
        .bind(attributes)
        .bind(signed)
        .execute(db)
        .await
        .map(|_| ()))?;
        rename_conversations(&mut tx, &contact).await?;
        tx.commit().await?;
        Ok(contact)
    }

    /// Who a contact is as far as a site has signed it; none for a visitor who may be anybody. Of somebody who
    /// was last here before version 24 of the schema only the account is known to be signed.
    pub async fn find_signed(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Signed>> {
        let row: Option<(Option<String>, Option<String>)> = on!(&self.pool, |db| sqlx::query_as(
            "select account, signed from contacts where workspace_id = $1 and id = $2 and verified"
        )
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
        let Some((Some(account), signed)) = row else { return Ok(None) };
        let signed: Signed = match signed {
            Some(text) => serde_json::from_str(&text).map_err(|_| Error::Corrupt("signed"))?,
            None => Signed::default(),
        };
        Ok(Some(Signed { id: account, ..signed }))
    }

    /// Notes where the visitor is now.
    pub async fn touch_contact(
        &self,
        workspace: WorkspaceId,
        id: ContactId,
        trail: &Trail,
        locale: Locale,
        now: Millis,
    ) -> Result<()> {
        let trail = to_json("trail", trail)?;
        on_write!(&self.pool, |db| sqlx::query(
            "update contacts set trail = $3, locale = $4, seen_at = $5
             where workspace_id = $1 and id = $2 and seen_at <= $5"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(trail)
        .bind(locale.code())
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }
}

/// What is signed of a contact with this claim: what a claim leaves out stays as an earlier one said.
async fn signed_now(tx: &mut crate::Tx, contact: &Contact, claim: &Claim) -> Result<Signed> {
    let known: Option<String> = on_tx!(tx, |db| sqlx::query_scalar(
        "select signed from contacts where workspace_id = $1 and id = $2"
    )
    .bind(contact.workspace_id.0)
    .bind(contact.id.0)
    .fetch_one(db)
    .await)?;
    let known: Signed = match known {
        Some(text) => serde_json::from_str(&text).map_err(|_| Error::Corrupt("signed"))?,
        None => Signed::default(),
    };
    Ok(Signed {
        id: claim.account.clone(),
        name: claim.name.clone().or(known.name),
        email: claim.email.clone().or(known.email),
        phone: claim.phone.clone().or(known.phone),
    })
}

async fn rename_conversations(tx: &mut crate::Tx, contact: &Contact) -> Result<()> {
    let held = conversations::lock_where(tx, contact.workspace_id, "contact_id", contact.id.0).await?;
    if held.is_empty() {
        return Ok(());
    }
    on_tx!(tx, |db| sqlx::query(
        "update conversations set contact_name = $3, version = version + 1
         where workspace_id = $1 and contact_id = $2 and contact_name <> $3"
    )
    .bind(contact.workspace_id.0)
    .bind(contact.id.0)
    .bind(&contact.name)
    .execute(db)
    .await
    .map(|_| ()))?;
    Ok(())
}
