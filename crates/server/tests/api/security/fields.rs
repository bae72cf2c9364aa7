//! The bodies that routes take, field by field, as `openapi.json` describes them.

use super::{
    samples::{address, body},
    world::{Objects, World},
};
use crate::support::*;
use server::routes::{self, Access, Route};

/// A field of a body: its path, and whether null may stand there.
pub struct Field {
    pub path: Vec<String>,
    pub nullable: bool,
    pub is_list: bool,
}

/// The string fields of a schema, also those that may be left out.
fn string_fields(api: &Value, schema: &Value, path: &[String], found: &mut Vec<Field>, nullable: bool) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return string_fields(api, &api["components"]["schemas"][name], path, found, nullable);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let nullable = nullable || kinds.contains(&"null");
    if kinds.contains(&"string") {
        found.push(Field { path: path.to_vec(), nullable, is_list: false });
    }
    if kinds.contains(&"array") && schema["items"]["type"] == "string" {
        found.push(Field { path: path.to_vec(), nullable, is_list: true });
    }
    for variants in ["oneOf", "anyOf", "allOf"] {
        let variants = schema[variants].as_array().map(Vec::as_slice).unwrap_or_default();
        let nullable = variants.iter().any(|variant| variant["type"] == "null");
        for variant in variants {
            string_fields(api, variant, path, found, nullable);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        string_fields(api, property, &path, found, false);
    }
}

pub fn set(body: &mut Value, path: &[String], value: Value) {
    let (last, parents) = path.split_last().unwrap();
    let mut place = body;
    for parent in parents {
        if place[parent].is_null() {
            place[parent] = json!({});
        }
        place = &mut place[parent];
    }
    place[last] = value;
}

pub struct Stage {
    pub app: TestApp,
    pub world: World,
    pub objects: Objects,
    pub api: Value,
}

impl Stage {
    pub async fn new(backend: Backend) -> Option<Self> {
        let app = TestApp::new(backend).await?;
        let world = World::new(&app).await;
        let objects = world.objects(&app).await;
        let api = serde_json::from_str(&server::openapi_json()).unwrap();
        Some(Self { app, world, objects, api })
    }

    pub fn request(&self, route: &Route) -> Request {
        let path = address(route.path, &self.objects);
        match route.access {
            Access::Staff(_) => self.world.owner.request(route.method.as_str(), &path),
            Access::Visitor => self.objects.visitor.request(route.method.as_str(), &path),
            Access::Public => from_own_page(self.app.address, route.method.as_str(), &path),
        }
    }

    pub fn sample(&self, route: &Route) -> Value {
        body(route.method.as_str(), route.path, &self.objects)
    }

    pub fn fields(&self, route: &Route) -> Vec<Field> {
        let mut found = Vec::new();
        let schema = serde_json::to_value(&route.body.as_ref().unwrap().schema).unwrap();
        string_fields(&self.api, &schema, &[], &mut found, false);
        found
    }
}

/// Routes with a JSON body. Set-up is closed by now and says nothing about bodies any more.
pub fn with_bodies() -> impl Iterator<Item = Route> {
    routes::all().into_iter().filter(|route| route.body.is_some() && route.path != "/api/setup")
}
