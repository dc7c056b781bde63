//! Workflow templates.

use super::{Answer, to_the_end};
use crate::app::App;
use crate::caches::UNKNOWN_TTL;
use crate::ids::TemplateId;
use crate::input::{Fields, id};
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use fetchwell::Load;

/// `GET /api/templates`: ids and names. Few ask for it: it is not cached.
pub(crate) async fn all(State(app): State<App>) -> Answer {
    let templates = app.database.templates().await?;
    let shown = templates.iter().map(|(id, name)| serde_json::json!({ "id": id, "name": name }));
    Ok(Json(shown.collect::<Vec<_>>()).into_response())
}

/// `GET /api/templates/123e4567-e89b-12d3-a456-426614174000`
pub(crate) async fn one(State(app): State<App>, Path(template): Path<String>) -> Answer {
    let template: TemplateId = id(&template)?;
    let database = app.database.clone();
    let load = move |load: Load<_>| async move {
        let found = database.template(template).await?;
        if found.is_none() {
            load.set_ttl(UNKNOWN_TTL);
        }
        Ok(found)
    };
    let answered = app.caches.ask(&app.caches.templates, template.into(), load).await;
    Ok(answered.respond(|found| match found {
        Some(template) => Json(template).into_response(),
        None => Problem::unknown(format_args!("template {template}")).into_response(),
    }))
}

/// `PATCH /api/templates/123e4567-e89b-12d3-a456-426614174000 {"name": "…"}`
pub(crate) async fn rename(State(app): State<App>, Path(template): Path<String>, body: Bytes) -> Answer {
    let template: TemplateId = id(&template)?;
    let mut fields = Fields::of_json(&body)?;
    let name = fields.needed_text("name", 100)?;
    fields.end()?;
    let renamed = to_the_end(async move {
        let renamed = app.database.rename_template(template, name).await?;
        app.caches.template_changed(template);
        renamed.ok_or_else(|| Problem::unknown(format_args!("template {template}")))
    });
    Ok(Json(renamed.await?).into_response())
}
