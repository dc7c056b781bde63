//! The application: what handlers share, and the routes.

use crate::caches::{Caches, Settings};
use crate::database::Database;
use crate::handlers::{dashboard, operations, search, templates, tickets};
use axum::Router;
use axum::routing::{get, post};
use fetchwell::Error;
use std::sync::Arc;

/// What handlers share. Clones are handles on the same.
#[derive(Clone, Debug)]
pub struct App {
    /// What answers first.
    pub caches: Arc<Caches>,
    /// What stands behind.
    pub database: Arc<Database>,
}

impl App {
    /// Puts caches before a database.
    pub fn new(database: Database, settings: Settings) -> Result<Self, Error> {
        Ok(Self { caches: Arc::new(Caches::new(settings)?), database: Arc::new(database) })
    }

    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/tickets", get(tickets::list).post(tickets::create))
            .route("/api/tickets/{id}", get(tickets::one).patch(tickets::change).delete(tickets::delete))
            .route("/api/search", get(search::search))
            .route("/api/dashboard", get(dashboard::dashboard))
            .route("/api/templates", get(templates::all))
            .route("/api/templates/{id}", get(templates::one).patch(templates::rename))
            .route("/api/logout", post(operations::logout))
            .route("/api/cache/clear", post(operations::clear))
            .route("/metrics", get(operations::metrics))
            .route("/health", get(operations::health))
            .fallback(operations::nowhere)
            .with_state(self.clone())
    }
}
