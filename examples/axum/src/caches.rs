//! Four typed caches as namespaces of one root, under one budget.

use crate::database::{Database, DatabaseDown};
use crate::ticket::{Dashboard, Template, Ticket};
use fetchwell::{Cache, Clock, Error, Json, Shared, Size, Tokio};
use std::sync::Arc;

/// What can be set from outside.
#[derive(Clone)]
pub struct Settings {
    /// `false` lets every request through to the database.
    pub enabled: bool,
    /// The budget of all four caches together.
    pub max_bytes: Size,
    /// The clock, where it is not the host's.
    pub clock: Option<Arc<dyn Clock>>,
    /// Write every event of the caches to standard error.
    pub trace: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { enabled: true, max_bytes: "16mb".into(), clock: None, trace: false }
    }
}

/// The caches of the desk. Values are shared, not cloned: an answer is written from the one copy that is held.
#[derive(Debug)]
pub struct Caches {
    /// The whole: its budget, its metrics, its snapshot.
    pub root: Cache<(), Shared>,
    /// Tickets by id, `PROJ-123`. `None` remembers, for a moment, that there is no such ticket.
    pub tickets: Cache<Option<Ticket>, Shared>,
    /// Lists of tickets: searches under `query:limit`, pages of a project under `list:project:page`.
    pub search: Cache<Vec<Ticket>, Shared>,
    /// Figures by period, `kpi-7d`: everybody's, and in a partition for each user their own.
    pub dashboard: Cache<Dashboard, Shared>,
    /// Workflow templates by UUID.
    pub templates: Cache<Option<Template>, Shared>,
    pub(crate) enabled: bool,
}

/// How long it is remembered that there is no such ticket or template.
pub const UNKNOWN_TTL: &str = "5s";

impl Caches {
    /// Sets them up, or tells which setting is wrong.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let Settings { enabled, max_bytes, clock, trace } = settings;
        let mut root = Cache::<()>::builder()
            .shared()
            .name("desk")
            .enabled(enabled)
            .max_bytes(max_bytes)
            // Bounds of namespaces are shares of the root's: it has room for all of them.
            .max_entries(1_000 + 500 + 50 + 100)
            // Namespaces take over what they do not say themselves.
            .stale_if_error("1h")
            .timeout("2s")
            .runtime(Tokio);
        if let Some(clock) = clock {
            root = root.clock(clock);
        }
        let root = root.build()?;
        let tickets = root
            .namespace::<Option<Ticket>>("tickets")
            .ttl("5m")
            .tti("1m")
            .max_entries(1_000)
            .weigher(|_, ticket| ticket.as_ref().map_or(0, Ticket::weight))
            .codec(Json)
            .build()?;
        let search = root
            .namespace::<Vec<Ticket>>("search")
            .ttl("2m")
            .max_entries(500)
            .weigher(|_, tickets| tickets.iter().map(Ticket::weight).sum())
            // A list goes when one of its tickets changes.
            .tagger(|_, tickets| tickets.iter().map(|ticket| format!("ticket:{}", ticket.id)).collect())
            .codec(Json)
            .build()?;
        let dashboard = root
            .namespace::<Dashboard>("dashboard")
            .ttl("30s")
            // Everybody looks at it: the last one before it expires has it loaded anew, and nobody waits.
            .refresh_ahead(1.0)
            .max_entries(50)
            .weigher(|_, dashboard| dashboard.weight())
            .codec(Json)
            .build()?;
        let templates = root
            .namespace::<Option<Template>>("templates")
            .ttl("10m")
            // They hardly ever change: an old one is fine while it is loaded anew.
            .swr("1h")
            .max_entries(100)
            .weigher(|_, template| template.as_ref().map_or(0, Template::weight))
            .codec(Json)
            .build()?;
        if trace {
            root.on(|event| eprintln!("{:<10} {:?}", event.namespace, event.what)).forever();
        }
        Ok(Self { root, tickets, search, dashboard, templates, enabled })
    }

    /// Loads the tickets that are most often asked for, so that the first callers after a start need not wait. Tells how many.
    pub async fn warm(&self, database: &Database, many: u32) -> Result<usize, DatabaseDown> {
        let tickets = database.popular(many).await?;
        let missing = tickets.into_iter().filter(|ticket| !self.tickets.contains(&ticket.id));
        Ok(self.tickets.insert_many(missing.map(|ticket| (ticket.id.to_string(), Some(ticket)))))
    }
}
