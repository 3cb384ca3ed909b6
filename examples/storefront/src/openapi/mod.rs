//! The document of the shop in OpenAPI 3.1: what the routes say of themselves, and what follows for each from what it
//! takes.

mod words;

use commerce_kit::gateway::Sort;
use serde_json::Value;
use utoipa::{
    OpenApi as _,
    openapi::{
        Components, OpenApi, Paths, RefOr,
        path::{Operation, Parameter, ParameterIn},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::{problem, routes};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Harbour & Pine",
        description = "A reference shop on commerce-kit. Whatever cannot be done is a problem (RFC 9457)."
    ),
    tags(
        (name = "catalogue", description = "What is for sale"),
        (name = "carts", description = "What a buyer has picked"),
        (name = "checkouts", description = "Buying"),
        (name = "orders", description = "What was bought"),
        (name = "admin", description = "What only the shop's people see and do"),
        (name = "demo", description = "The buyer's bank, played"),
        (name = "health", description = "For whoever watches over the process"),
    ),
    components(schemas(problem::Details, Sort))
)]
struct Head;

/// The document of every route.
///
/// # Errors
/// When it cannot be written as JSON, which would be a fault of a schema.
pub fn document() -> serde_json::Result<Value> {
    let mut document = serde_json::to_value(described())?;
    words::without_code(&mut document);
    Ok(document)
}

fn described() -> OpenApi {
    let mut document = Head::openapi();
    document.merge(routes::routes().into_openapi());
    for operation in operations(&mut document.paths) {
        complete(operation);
    }
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_with(Components::new).add_security_scheme("admin", token);
    document
}

/// Adds the problems that a route may answer with because of what it takes.
fn complete(operation: &mut Operation) {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let conditional = parameters.iter().any(is_header);
    let mut problems = problem::of_anything();
    if !parameters.is_empty() {
        problems.extend(problem::of_parameters());
    }
    if conditional {
        problems.extend(problem::of_condition());
    }
    if operation.request_body.is_some() {
        problems.extend(problem::of_body());
    }
    if operation.security.is_some() {
        problems.extend(problem::of_caller());
    }
    for (status, response) in problems {
        operation.responses.responses.entry(status).or_insert(response);
    }
}

fn is_header(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Header)
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = &mut Operation> {
    paths.paths.values_mut().flat_map(|item| {
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        methods.into_iter().flatten()
    })
}
