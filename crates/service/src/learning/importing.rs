//! An import that is published at once is tried out on the regression set first, like any publishing.

use super::Learning;
use crate::{
    Result, Staff,
    knowledge::import::{Plan, Reading},
};
use bytes::Bytes;
use model::{EntryId, Permission};

impl Learning {
    /// Takes every row that can be taken. Published rows that make the regression set worse are refused with
    /// [`crate::Error::RegressionWorse`], all of them, unless that is confirmed.
    pub async fn import(
        &self,
        staff: &Staff,
        file: Bytes,
        reading: Reading,
        publish: bool,
        confirmed: bool,
    ) -> Result<Plan> {
        if publish && !confirmed {
            staff.require(Permission::PublishKnowledge)?;
            let plan = self.knowledge.preview(staff, file.clone(), reading.clone()).await?;
            let changes: Vec<_> = plan
                .changes()
                .into_iter()
                .zip(1..)
                .map(|(row, number)| {
                    // A new entry has no id yet; any that no other has will do.
                    let id = row.known.map_or(EntryId(-number), |(id, _)| id);
                    (id, Some(row.content))
                })
                .collect();
            self.refuse_worse(staff, &changes, false).await?;
        }
        self.knowledge.import(staff, file, reading, publish).await
    }
}
