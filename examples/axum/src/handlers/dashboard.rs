//! The figures: everybody's, or those of the user who asks.

use super::{Answer, user};
use crate::app::App;
use crate::input::Fields;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use fetchwell::Load;
use std::collections::BTreeMap;

const PERIODS: [(&str, u32); 4] = [("1d", 1), ("7d", 7), ("30d", 30), ("90d", 90)];

/// `GET /api/dashboard?period=7d`, with `X-User` only what is theirs.
pub(crate) async fn dashboard(
    State(app): State<App>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let mut fields = Fields::of_query(query);
    let days = fields.one_of("period", &PERIODS)?.unwrap_or(7);
    fields.end()?;
    let of = user(&headers)?.map(String::from);
    // The same key for everybody. Whose it is stands in no key text: it is the partition.
    let cache = match &of {
        Some(user) => app.caches.dashboard.partition(user),
        None => app.caches.dashboard.clone(),
    };
    let database = app.database.clone();
    let load = move |_: Load<_>| async move { database.dashboard(days, of.as_deref()).await };
    let answered = app.caches.ask(&cache, format!("kpi-{days}d").into(), load).await;
    Ok(answered.respond(|dashboard| Json(dashboard).into_response()))
}
