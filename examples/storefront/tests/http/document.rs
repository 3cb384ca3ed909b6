use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex},
};

use hyper::{
    Method, Uri,
    body::Bytes,
    header::{CONTENT_TYPE, ETAG, LOCATION},
};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::client::Answer;

/// The document of the shop, and what was made of its schemas so far.
pub(crate) struct Document {
    pub(crate) json: Value,
    /// The schemas with names, closed: a member that they do not have is noticed.
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A request and its answer.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) sent: &'a Bytes,
    pub(crate) answer: &'a Answer,
}

impl Document {
    pub(crate) fn of_the_shop() -> &'static Self {
        static DOCUMENT: LazyLock<Document> =
            LazyLock::new(|| Document::new(storefront::openapi::document().unwrap()));
        &DOCUMENT
    }

    pub(crate) fn new(json: Value) -> Self {
        let mut components = json["components"].clone();
        components["schemas"].as_object_mut().unwrap().values_mut().for_each(close_inside);
        Self { json, components, validators: Mutex::default() }
    }

    /// Every route: its method, its path and what is said of it.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Method, &str, &Value)> {
        self.json["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
            let method = |name: &str| Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
            item.as_object().unwrap().iter().map(move |(name, said)| (method(name), path.as_str(), said))
        })
    }

    /// Where the answer is not as the document says; where the shop took the request, the request too.
    pub(crate) fn violations(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let Exchange { method, uri, answer, .. } = exchange;
        let Some(operation) = self.operation(method, uri.path()) else {
            let nowhere = [json!("no_such_route"), json!("method_not_allowed")];
            let known = nowhere.contains(&answer.body["code"]);
            return if known { Vec::new() } else { vec!["the route is not described".into()] };
        };
        let response = &operation["responses"][answer.status.to_string()];
        if response.is_null() {
            return vec![format!("the status {} is not described", answer.status)];
        }
        let mut found = self.of_answer(answer, response);
        if (200..300).contains(&answer.status) {
            found.extend(self.of_request(exchange, operation));
        }
        found
    }

    fn of_answer(&self, answer: &Answer, response: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for header in [ETAG, LOCATION] {
            let described = response["headers"].as_object().into_iter().flatten();
            let described = described.into_iter().any(|(name, _)| name.eq_ignore_ascii_case(header.as_str()));
            if described != answer.headers.contains_key(&header) {
                found.push(format!("{header} is described: {described}, and there is: {}", !described));
            }
        }
        match answer.headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap()) {
            Some(kind) if response["content"][kind].is_null() => {
                found.push(format!("{kind} is not described"))
            }
            Some(kind) => found.extend(self.misfits(&response["content"][kind]["schema"], &answer.body)),
            None if response["content"].is_null() => {}
            None => found.push("there is no content".into()),
        }
        found
    }

    fn of_request(&self, exchange: &Exchange<'_>, operation: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        let described: BTreeSet<&str> = query.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        for pair in exchange.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !described.contains(name) {
                found.push(format!("the query's `{name}` is not described"));
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_null() {
            let body = serde_json::from_slice(exchange.sent).unwrap();
            found.extend(self.misfits(schema, &body));
        }
        found
    }

    /// Where a value is not as the schema says.
    fn misfits(&self, schema: &Value, value: &Value) -> Vec<String> {
        let validator = self.validator(schema);
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// Made once for each schema that a route names.
    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let made = validators.entry(schema.to_string()).or_insert_with(|| {
            let mut whole = schema.clone();
            close(&mut whole);
            whole["components"] = self.components.clone();
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            Arc::new(options.build(&whole).unwrap())
        });
        Arc::clone(made)
    }

    /// What is said of the route at this path: a path without a placeholder goes before one that has it.
    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template.zip(path).all(|(wanted, part)| wanted == part || wanted.starts_with('{'))
        };
        let mut fitting: Vec<_> =
            self.operations().filter(|(known, template, _)| known == method && fits(template)).collect();
        fitting.sort_by_key(|(_, template, _)| template.matches('{').count());
        fitting.first().map(|(_, _, said)| *said)
    }
}

/// A value that stands here has no members but those that the schema knows.
fn close(schema: &mut Value) {
    close_inside(schema);
    let Some(schema) = schema.as_object_mut() else { return };
    let says_something = ["type", "$ref", "oneOf", "allOf"].iter().any(|word| schema.contains_key(*word));
    if says_something {
        schema.insert("unevaluatedProperties".into(), json!(false));
    }
}

/// Closes the schemas of all values inside the value. The parts that a schema is put together from stay open: each
/// knows only its own members.
fn close_inside(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    members.map(Map::values_mut).into_iter().flatten().for_each(close);
    for word in ["items", "additionalProperties"] {
        schema.get_mut(word).into_iter().for_each(close);
    }
    for word in ["prefixItems", "oneOf", "allOf"] {
        let parts = schema.get_mut(word).and_then(Value::as_array_mut).into_iter().flatten();
        parts.for_each(if word == "prefixItems" { close } else { close_inside });
    }
}
