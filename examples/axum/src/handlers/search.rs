//! Searches by words of the title.

use super::Answer;
use crate::app::App;
use crate::input::Fields;
use crate::problem::Problem;
use crate::ticket::words;
use crate::writes::word_tag;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use fetchwell::Load;
use std::collections::BTreeMap;

/// `GET /api/search?q=login&limit=10`
pub(crate) async fn search(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    let mut fields = Fields::of_query(query);
    let text = fields.needed_text("q", 100)?;
    let limit = fields.number("limit", 1..=100)?.unwrap_or(20);
    fields.end()?;
    let words = words(&text);
    if words.is_empty() {
        return Err(Problem::in_field("q", "must have a letter or a digit"));
    }
    // `Login!` and `login` are the same search: one key for both.
    let plain = words.join(" ");
    let database = app.database.clone();
    let load = move |load: Load<_>| async move {
        // What has one of these words may be on this list tomorrow, though it is not on it today.
        load.add_tags(words.iter().map(|word| word_tag(word)));
        database.search(&words, limit).await
    };
    let answered = app.caches.ask(&app.caches.search, (&*plain, limit).into(), load).await;
    Ok(answered.respond(|tickets| Json(tickets).into_response()))
}
