//! What holds for the whole workspace.

use crate::{Error, Result, Staff, text};
use model::{Permission, VipMark, WorkspaceId, WorkspaceSettings, benefit::GrantLimits};
use store::Store;

/// Characters of the attribute that marks VIPs, and of a value; how many values there are.
const VIP_ATTRIBUTE: usize = 50;
const VIP_VALUE: usize = 100;
const VIP_VALUES: usize = 20;

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
        let VipMark { attribute, values } = &settings.vip;
        let line = |field, text: &str, most| match text::line(field, text, most) {
            Ok(line) if line == text => Ok(()),
            _ => Err(Error::Field(field)),
        };
        line("vip.attribute", attribute, VIP_ATTRIBUTE)?;
        values.iter().try_for_each(|value| line("vip.values", value, VIP_VALUE))?;
        if values.len() > VIP_VALUES {
            return Err(Error::Field("vip.values"));
        }
        Ok(self.store.update_workspace_settings(staff.workspace(), settings).await?)
    }
}
