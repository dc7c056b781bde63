//! For those who run the server: metrics, health, clearing, log-out.

use super::{Answer, user};
use crate::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::IntoResponse;
use fetchwell::{Description, MetricNames};
use serde_json::json;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`: what Prometheus reads. It is read from the caches when it is asked for, so there is nothing to refresh.
pub(crate) async fn metrics(State(app): State<App>) -> Answer {
    let names = MetricNames { prefix: "qa_pms_", label: "cache_type" };
    let text = app.caches.root.metrics_as(names).map_err(|_| Problem::ours())?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// `GET /health`: the same for people.
pub(crate) async fn health(State(app): State<App>) -> Answer {
    let caches = &app.caches;
    let whole = caches.root.stats();
    let told = |Description { rating, text }: Description| json!({ "rating": rating.word(), "text": text });
    Ok(Json(json!({
        "status": "up",
        "cache": {
            "enabled": caches.enabled,
            "entries": whole.entries,
            "bytes": whole.bytes,
            "whole": told(caches.root.describe()),
            "tickets": told(caches.tickets.describe()),
            "search": told(caches.search.describe()),
            "dashboard": told(caches.dashboard.describe()),
            "templates": told(caches.templates.describe()),
        },
    }))
    .into_response())
}

/// `POST /api/cache/clear`: everything, in all caches; statistics stay.
pub(crate) async fn clear(State(app): State<App>) -> Answer {
    Ok(Json(json!({ "cleared": app.caches.root.clear() })).into_response())
}

/// `POST /api/logout` with `X-User`: nothing that was theirs stays behind, whatever key it is under.
pub(crate) async fn logout(State(app): State<App>, headers: HeaderMap) -> Answer {
    let user = user(&headers)?.ok_or_else(|| Problem::in_field("X-User", "is missing"))?;
    Ok(Json(json!({ "dropped": app.caches.root.drop_partition(user) })).into_response())
}

/// No route leads there.
pub(crate) async fn nowhere(uri: Uri) -> Problem {
    Problem::unknown(format_args!("page {}", uri.path()))
}
