//! Parameters of the path and the query. Invariant: refused with the same codes as bodies;
//! a path that cannot be understood names something that does not exist.

use super::{ApiError, body};
use axum::{
    extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match AxumPath::from_request_parts(parts, state).await {
            Ok(AxumPath(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::not_found()),
        }
    }
}

/// Give `T` `deny_unknown_fields`, so that a mistyped filter is not silently no filter.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        AxumQuery::try_from_uri(&parts.uri).map(|AxumQuery(value)| Self(value)).map_err(|error| {
            let text = error.body_text();
            let complaint = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            // "limit: invalid digit" names the field first; the other complaints quote it.
            match complaint.split_once(": ") {
                Some((field, complaint)) if !field.contains(' ') => body::explain(complaint, field),
                _ => body::explain(complaint, "."),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::Request, routing::get};
    use model::ConversationId;
    use protocol::ErrorCode;
    use serde::Deserialize;
    use tower::ServiceExt as _;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        view: String,
        limit: Option<u32>,
        before: Option<i64>,
    }

    fn filter(query: &str) -> Result<Filter, ApiError> {
        let (mut parts, ()) = Request::get(format!("/?{query}")).body(()).unwrap().into_parts();
        let found = Query::from_request_parts(&mut parts, &());
        futures_util::FutureExt::now_or_never(found).unwrap().map(|Query(filter)| filter)
    }

    fn refusal(query: &str) -> (ErrorCode, Option<String>) {
        let error = filter(query).unwrap_err();
        (error.code, error.field)
    }

    #[test]
    fn query_is_read() {
        let filter = filter("view=%E6%88%91%E7%9A%84&limit=5").unwrap();
        assert_eq!((filter.view.as_str(), filter.limit, filter.before), ("我的", Some(5), None));
    }

    #[test]
    fn wrong_query_names_its_field() {
        let about = |code, field: &str| (code, Some(field.to_owned()));
        assert_eq!(refusal("view=a&limit=x"), about(ErrorCode::InvalidField, "limit"));
        assert_eq!(refusal("view=a&limit=-1"), about(ErrorCode::InvalidField, "limit"));
        assert_eq!(refusal("limit=1"), about(ErrorCode::InvalidField, "view"));
        assert_eq!(refusal("view=a&view=b"), about(ErrorCode::InvalidField, "view"));
        assert_eq!(refusal("view=a&is_admin=1"), about(ErrorCode::UnknownField, "is_admin"));
    }

    #[tokio::test]
    async fn path_that_is_no_id_does_not_exist() {
        let app =
            Router::new().route("/{id}", get(|Path(id): Path<ConversationId>| async move { id.to_string() }));
        for (path, status) in [("/12", 200), ("/x", 404), ("/9223372036854775808", 404), ("/%ff", 404)] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
    }
}
