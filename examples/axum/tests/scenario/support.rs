//! A desk without a socket: requests go straight to the router.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request as HttpRequest;
use fetchwell::ManualClock;
use std::sync::Arc;
use std::time::Duration;
use ticket_desk::app::App;
use ticket_desk::caches::Settings;
use ticket_desk::client::{Reply, Request};
use ticket_desk::database::Database;
use tokio::time::Instant;
use tower::ServiceExt as _;

#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    router: Router,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let clock = ManualClock::new();
        let settings = Settings { clock: Some(Arc::new(clock.clone())), ..settings };
        let app = App::new(Database::default(), settings).unwrap();
        Self { router: app.router(), app, clock }
    }

    /// A desk whose database takes a while, of simulated time.
    pub(crate) fn slow(latency_ms: u64) -> Self {
        let desk = Self::new();
        desk.app.database.set_latency(Duration::from_millis(latency_ms));
        desk
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &str) -> Reply {
        self.send(Request::new("PATCH", path, body)).await
    }

    pub(crate) async fn send(&self, request: Request) -> Reply {
        let start = Instant::now();
        let Request { method, path, body, user } = request;
        let mut builder = HttpRequest::builder().method(method).uri(path);
        if let Some(user) = user {
            builder = builder.header("x-user", user);
        }
        let response = self.router.clone().oneshot(builder.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8(bytes.to_vec()).unwrap(),
            took: start.elapsed(),
        }
    }

    /// How many calls to the database this takes.
    pub(crate) async fn calls<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.app.database.calls();
        let outcome = work.await;
        (outcome, self.app.database.calls() - before)
    }
}

/// A tenth of the work where somebody is in a hurry: `cargo xtask check` is.
pub(crate) fn scaled(work: usize) -> usize {
    if std::env::var("FETCHWELL_TEST").is_ok_and(|size| size == "quick") { work / 10 } else { work }
}

/// The body of a reply as JSON.
pub(crate) fn json(reply: &Reply) -> serde_json::Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error} in {}", reply.body))
}
