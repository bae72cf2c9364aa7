//! `openapi.json` from the route table.

use super::table::{Access, Route, Shape};
use protocol::{
    Problem,
    frame::{AgentFrame, ClientFrame, VisitorFrame},
};
use utoipa::{
    ToSchema,
    openapi::{
        ComponentsBuilder, Content, HttpMethod, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref,
        RefOr, Required, ResponseBuilder, Schema,
        path::{OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{AdditionalProperties, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

/// The whole HTTP API and the socket frames, as OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    let routes = super::all();
    let mut components = ComponentsBuilder::new()
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("sid"))))
        .security_scheme("visitor", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    for shape in routes.iter().filter_map(|route| route.body.as_ref()) {
        let mut parts = shape.parts.clone();
        for (_, schema) in &mut parts {
            close(schema);
        }
        schemas.extend(parts);
    }
    for shape in routes.iter().flat_map(|route| route.answer.1.iter().chain(&route.events)) {
        schemas.extend(shape.parts.iter().cloned());
    }
    add::<Problem>(&mut schemas);
    add::<ClientFrame>(&mut schemas);
    // One generic type, two shapes.
    add_as::<AgentFrame>("ServerFrame_Agent", &mut schemas);
    add_as::<VisitorFrame>("ServerFrame_Visitor", &mut schemas);
    schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
    schemas.dedup_by(|(a, _), (b, _)| a == b);
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    let paths = routes.iter().fold(PathsBuilder::new(), |paths, route| {
        let item = PathItem::new(method(route), operation(route).build());
        paths.path(route.path, item)
    });
    let mut info = Info::new("OctIM", env!("CARGO_PKG_VERSION"));
    info.description =
        Some("Website customer service. docs/client-protocol.md explains sockets and sessions.".to_owned());
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components.build())).build()
}

fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    add_as::<T>(&T::name(), schemas);
}

fn add_as<T: ToSchema>(name: &str, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((name.to_owned(), T::schema()));
}

fn method(route: &Route) -> HttpMethod {
    match route.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .summary(Some(route.summary))
        .operation_id(Some(operation_id(route)))
        .tag(route.path.trim_start_matches("/api/").split('/').next().unwrap_or_default());
    operation = match route.access {
        Access::Public => operation,
        Access::Staff(permission) => operation
            .description(Some(format!("Permission: `{}`.", permission.code())))
            .security(SecurityRequirement::new("session", Vec::<String>::new())),
        Access::Visitor => operation.security(SecurityRequirement::new("visitor", Vec::<String>::new())),
    };
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(parameter(route, name, ParameterIn::Path, None));
    }
    for (name, meaning) in route.query {
        operation = operation.parameter(parameter(route, name, ParameterIn::Query, Some(meaning)));
    }
    if let Some(shape) = &route.body {
        let content = Content::new(Some(shape.schema.clone()));
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if route.takes_file {
        let content = Content::new(Some(anything()));
        let body = RequestBodyBuilder::new()
            .content("application/octet-stream", content)
            .required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if let Some((status, meaning)) = route.other {
        let response = ResponseBuilder::new().description(meaning);
        let json = response.content("application/json", Content::new(Some(anything())));
        operation = operation.response(status.to_string(), json.build());
    }
    operation.response(route.answer.0.to_string(), answer(route)).response("default", problem())
}

fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches('/').replace(['/', '-', '.'], "_").replace(['{', '}'], "");
    format!("{}_{path}", route.method.as_str().to_lowercase())
}

fn parameter(route: &Route, name: &str, place: ParameterIn, meaning: Option<&str>) -> ParameterBuilder {
    let in_path = place == ParameterIn::Path;
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if in_path { Required::True } else { Required::False })
        .description(meaning)
        .schema(Some(RefOr::T(Schema::Object(kind(name, route.path, in_path).build()))))
}

/// A name means the same on every route, but that messages are paged by their seq.
fn kind(name: &str, path: &str, in_path: bool) -> ObjectBuilder {
    let object = ObjectBuilder::new();
    let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let integer = || {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).format(Some(format))
    };
    match name {
        "seq" | "after" | "limit" => integer(),
        "before" if path.ends_with("/messages") => integer(),
        "zone" => integer().minimum(Some(-24 * 60)).maximum(Some(24 * 60)),
        "apply" | "publish" | "published" => object.schema_type(SchemaType::Type(Type::Boolean)),
        "view" => text().enum_values(Some(["queue", "mine", "team", "all", "resolved"])),
        "order" => text().enum_values(Some(["time", "upset"])),
        "mood" => text().enum_values(Some(model::MoodKind::MARKED.map(model::MoodKind::code))),
        "status" => text().enum_values(Some(["draft", "review", "published", "archived"])),
        "state" if path.starts_with("/api/learning/") => {
            text().enum_values(Some(["open", "ignored", "taken"]))
        }
        "state" if path.starts_with("/api/grants") => {
            text().enum_values(Some(model::benefit::GrantState::ALL.map(model::benefit::GrantState::code)))
        }
        "state" => text().enum_values(Some(["expired", "stale"])),
        "audience" => text().enum_values(Some(model::Audience::ALL.map(model::Audience::code))),
        "format" => text().enum_values(Some(["csv", "jsonl"])),
        _ if in_path || name.ends_with("_id") || name == "except" => text().pattern(Some("^[0-9]{1,19}$")),
        _ => text(),
    }
}

/// Bytes, or JSON that is described elsewhere.
fn anything() -> RefOr<Schema> {
    RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(SchemaType::AnyValue).build()))
}

/// What requests are made of has no fields that are not known here. Serde refuses them in the
/// variants of an enum too, which the derived schema does not say.
fn close(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(choice)) = schema else { return };
    for item in &mut choice.items {
        if let RefOr::T(Schema::Object(variant)) = item {
            variant.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn answer(route: &Route) -> utoipa::openapi::Response {
    let response = ResponseBuilder::new().description(if route.answer.1.is_some() {
        "Done"
    } else {
        "Done, nothing to say"
    });
    match (&route.answer.1, route.media_type) {
        (Some(Shape { schema, .. }), _) => {
            let response = response.content("application/json", Content::new(Some(schema.clone())));
            let Some(event) = &route.events else { return response.build() };
            response.content("text/event-stream", Content::new(Some(event.schema.clone()))).build()
        }
        (None, Some(media_type)) => response.content(media_type, Content::new(Some(anything()))).build(),
        (None, None) => response.build(),
    }
}

fn problem() -> utoipa::openapi::Response {
    let schema = RefOr::Ref(Ref::from_schema_name(Problem::name()));
    ResponseBuilder::new()
        .description("What went wrong, with a stable code")
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
