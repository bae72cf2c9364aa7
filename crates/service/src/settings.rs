//! What holds for the whole workspace.

use crate::{Result, Staff};
use model::{Permission, WorkspaceId, WorkspaceSettings};
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
        Ok(self.store.update_workspace_settings(staff.workspace(), settings).await?)
    }
}
