//! Why agents were given conversations automatically. Rows are written by the [`crate::Writer`] in the
//! transaction of the notice; here they are read.

use crate::{Error, Result, Store, pool::on, row::json};
use model::{ConversationId, Reasons, Seq, WorkspaceId};

/// A row to be written with its notice.
pub(crate) struct NewReasons {
    pub workspace: WorkspaceId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub reasons: Reasons,
}

impl NewReasons {
    /// As JSON.
    pub fn reasons(&self) -> Result<String> {
        serde_json::to_string(&self.reasons).map_err(|_| Error::Corrupt("reasons"))
    }
}

/// The statement that inserts [`NewReasons`], for both databases.
pub(crate) const INSERT: &str =
    "insert into assignment_reasons (workspace_id, conversation_id, seq, reasons) values ($1, $2, $3, $4)";

impl Store {
    /// Why the agent was chosen whom the notice at `seq` names; none when a person chose.
    pub async fn find_reasons(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<Reasons>> {
        let found: Option<String> = on!(&self.pool, |db| {
            sqlx::query_scalar(
            "select reasons from assignment_reasons where workspace_id = $1 and conversation_id = $2 and seq = $3"
        )
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(seq)
        .fetch_optional(db)
        .await
        })?;
        Ok(found.map(|text| json("reasons", &text)).transpose()?)
    }
}
