//! What went wrong, as JSON: `{"error": "…", "field": "…"}`.

use crate::database::DatabaseDown;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fetchwell::LoadError;
use serde_json::json;
use std::fmt::Display;

/// An answer that is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    field: Option<String>,
    error: String,
}

impl Problem {
    /// What came in is wrong, and here.
    pub(crate) fn in_field(field: &str, why: impl Display) -> Self {
        Self { status: StatusCode::BAD_REQUEST, field: Some(field.into()), error: format!("{field} {why}") }
    }

    /// There is no such thing.
    pub(crate) fn unknown(what: impl Display) -> Self {
        Self { status: StatusCode::NOT_FOUND, field: None, error: format!("there is no {what}") }
    }

    /// It is our fault; what exactly is no concern of the caller's.
    pub(crate) fn ours() -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, field: None, error: "something went wrong here".into() }
    }
}

impl From<DatabaseDown> for Problem {
    fn from(error: DatabaseDown) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, field: None, error: error.to_string() }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error.downcast_ref::<DatabaseDown>() {
            Some(down) => (*down).into(),
            None => Self { status: StatusCode::SERVICE_UNAVAILABLE, field: None, error: error.to_string() },
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, field, error } = self;
        let body = match field {
            Some(field) => json!({ "error": error, "field": field }),
            None => json!({ "error": error }),
        };
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
