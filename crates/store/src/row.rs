//! Reading rows of either database into the model. `Row` is ours, so that types of other
//! crates can be read; `read!` writes both implementations from one body.

/// A model value as a query returns it.
pub struct Row<T>(pub T);

/// `read!(Team, |row| Team { id: TeamId(row.try_get("id")?), … })`; the body may use `?`.
macro_rules! read {
    ($type:ty, |$row:ident| $body:expr) => {
        impl sqlx::FromRow<'_, sqlx::sqlite::SqliteRow> for $crate::row::Row<$type> {
            fn from_row($row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self($body))
            }
        }
        impl sqlx::FromRow<'_, sqlx::postgres::PgRow> for $crate::row::Row<$type> {
            fn from_row($row: &sqlx::postgres::PgRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self($body))
            }
        }
    };
}
pub(crate) use read;

/// A closed set of words or JSON in a text column; an unknown one is a decoding error, not a panic.
pub fn parsed<T>(column: &str, value: Option<T>) -> sqlx::Result<T> {
    value
        .ok_or_else(|| sqlx::Error::ColumnDecode { index: column.to_owned(), source: "unknown value".into() })
}

pub fn json<T: serde::de::DeserializeOwned>(column: &str, text: &str) -> sqlx::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) })
}
