//! What holds for the whole workspace.

use crate::{Error, Result, Staff};
use model::{Permission, WorkspaceId, WorkspaceSettings, benefit::GrantLimits};
use store::Store;

#[derive(Clone)]
pub struct Settings {
    store: Store,
}

impl Settings {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    pub async fn of(&self, workspace: WorkspaceId) -> Result<WorkspaceSettings> {
        Ok(self.store.workspace_settings(workspace).await?)
    }

    pub async fn save(&self, staff: &Staff, settings: &WorkspaceSettings) -> Result<()> {
        staff.require(Permission::ManageWorkspace)?;
        let GrantLimits { count, worth, approval_from } = settings.grants;
        if !GrantLimits::COUNT.contains(&count) {
            return Err(Error::Field("grants.count"));
        }
        for (field, value) in [("grants.worth", worth), ("grants.approval_from", approval_from)] {
            if !GrantLimits::WORTH.contains(&value) {
                return Err(Error::Field(field));
            }
        }
        Ok(self.store.update_workspace_settings(staff.workspace(), settings).await?)
    }
}
