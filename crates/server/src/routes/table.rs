//! A row of the route table, and the router that is made from all rows.

use super::{cors, guard};
use crate::app::AppState;
use axum::{
    Router,
    handler::Handler,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodFilter, MethodRouter, on},
};
use model::Permission;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody. Reviewed one by one.
    Public,
    /// A logged-in agent with the permission.
    Staff(Permission),
    /// The holder of a visitor token.
    Visitor,
}

/// What a body or an answer is.
pub struct Shape {
    pub schema: RefOr<Schema>,
    /// Everything that it refers to.
    pub parts: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        parts.push((T::name().into_owned(), T::schema()));
        let reference = utoipa::openapi::Ref::from_schema_name(T::name());
        Self { schema: RefOr::Ref(reference), parts }
    }
}

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
    /// Parameters of the query and what they mean.
    pub query: &'static [(&'static str, &'static str)],
    pub body: Option<Shape>,
    /// The request body is a file.
    pub takes_file: bool,
    /// Status and body of the good answer.
    pub answer: (u16, Option<Shape>),
    /// An event of the good answer, for whoever accepts `text/event-stream`.
    pub events: Option<Shape>,
    /// What the good answer is when it is not JSON.
    pub media_type: Option<&'static str>,
    /// Status and meaning of a JSON answer that is neither the good one nor a problem.
    pub other: Option<(u16, &'static str)>,
    handler: MethodRouter<AppState>,
}

impl Route {
    pub fn new<H, T>(
        method: Method,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            method,
            path,
            access,
            summary,
            query: &[],
            body: None,
            takes_file: false,
            answer: (204, None),
            events: None,
            media_type: None,
            other: None,
            handler: on(filter, handler),
        }
    }

    pub fn get<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, access, summary, handler)
    }

    pub fn post<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, access, summary, handler)
    }

    pub fn put<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PUT, path, access, summary, handler)
    }

    pub fn patch<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PATCH, path, access, summary, handler)
    }

    pub fn delete<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::DELETE, path, access, summary, handler)
    }

    #[must_use]
    pub const fn query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    #[must_use]
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(Shape::of::<T>());
        self
    }

    #[must_use]
    pub const fn takes_file(mut self) -> Self {
        self.takes_file = true;
        self
    }

    #[must_use]
    pub fn returns<T: ToSchema>(mut self) -> Self {
        self.answer = (200, Some(Shape::of::<T>()));
        self
    }

    #[must_use]
    pub fn creates<T: ToSchema>(mut self) -> Self {
        self.answer = (201, Some(Shape::of::<T>()));
        self
    }

    /// The good answer can also come as events.
    #[must_use]
    pub fn or_events<T: ToSchema>(mut self) -> Self {
        self.events = Some(Shape::of::<T>());
        self
    }

    /// Also answers JSON with this status.
    #[must_use]
    pub const fn or(mut self, status: u16, meaning: &'static str) -> Self {
        self.other = Some((status, meaning));
        self
    }

    /// The good answer is not JSON, or JSON without a type of its own.
    #[must_use]
    pub fn returns_media(mut self, media_type: &'static str) -> Self {
        self.media_type = Some(media_type);
        self.answer = (200, None);
        self
    }
}

/// The API, each route behind the guard of its row.
pub fn router(app: &AppState) -> Router<AppState> {
    super::all().into_iter().fold(Router::new(), |router, route| {
        let guarded = match route.access {
            Access::Public => route.handler,
            Access::Staff(permission) => {
                route.handler.layer(from_fn_with_state((app.clone(), permission), guard::staff))
            }
            Access::Visitor => route.handler.layer(from_fn_with_state(app.clone(), guard::visitor)),
        };
        // Outside of the guard: a browser asks without the visitor's token.
        let guarded = if route.path.starts_with("/api/visitor/") {
            guarded.layer(from_fn_with_state(app.clone(), cors::visitor_api))
        } else {
            guarded
        };
        router.route(route.path, guarded)
    })
}
