//! The routes, one file for each kind of thing.

pub(crate) mod dashboard;
pub(crate) mod operations;
pub(crate) mod search;
pub(crate) mod templates;
pub(crate) mod tickets;

use crate::problem::Problem;
use axum::http::HeaderMap;
use axum::response::Response;

/// What a handler answers.
type Answer = Result<Response, Problem>;

/// Who asks. A real server would look at a session; what matters here is that the cache is told.
fn user(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(user) = headers.get("x-user") else { return Ok(None) };
    let wrong = || Problem::in_field("X-User", "must be 1 to 40 letters or digits");
    let user = user.to_str().map_err(|_| wrong())?;
    let is_name = (1..=40).contains(&user.len()) && user.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { Ok(Some(user)) } else { Err(wrong()) }
}

/// Runs a write to its end, even when its caller hangs up in the middle: axum drops the handler then, and a row that is changed
/// without its invalidation would leave the old one in the cache.
async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(write).await.unwrap_or_else(|_| Err(Problem::ours()))
}
