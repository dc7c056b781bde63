//! A tour in the terminal: real requests over loopback, and what the cache did for each. `cargo xtask demo` runs it.

mod show;

use fetchwell::engine::Timestamp;
use fetchwell::{Clock, Lifetime};
use show::Show;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use ticket_desk::app::App;
use ticket_desk::caches::Settings;
use ticket_desk::client::{Client, Request};
use ticket_desk::database::Database;
use ticket_desk::server::Running;
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(Skipping { started: Instant::now(), skipped: AtomicU64::new(0) });
    let settings = Settings { clock: Some(clock.clone()), ..Settings::default() };
    let app = App::new(Database::with_latency(LATENCY), settings)?;
    let server = Running::start(app.clone()).await?;
    println!("fetchwell in a Rust server: a tour over HTTP\n");
    println!("A ticket desk (axum) listens on http://{}. Behind it a database", server.address);
    println!(
        "that takes {} ms for each answer; between them four typed caches under one budget.\n",
        LATENCY.as_millis()
    );

    let mut show = Show::new(&server, app.clone()).await?;
    first_and_second(&mut show).await?;
    many_at_once(&mut show, &server).await?;
    writes(&mut show).await?;
    database_down(&mut show, &clock).await?;
    one_user_leaves(&mut show).await?;
    operations(&mut show).await?;
    stop(server, &app).await?;
    Ok(())
}

async fn first_and_second(show: &mut Show) -> io::Result<()> {
    show.chapter("1. The first caller waits for the database, the second does not");
    show.get("/api/tickets/PROJ-123").await?;
    show.get("/api/tickets/PROJ-123").await?;
    show.get("/api/search?q=login&limit=5").await?;
    show.get("/api/search?q=LOGIN&limit=5").await?;
    show.get("/api/tickets/PROJ-4711").await?;
    show.get("/api/tickets/PROJ-4711").await?;
    show.remark("That there is no such ticket is remembered too, for five seconds.");
    show.get("/api/search?q=login&limit=lots").await?;
    show.remark("What makes no sense is refused before the cache is asked; the answer names the field.");
    Ok(())
}

async fn many_at_once(show: &mut Show, server: &Running) -> io::Result<()> {
    show.chapter("2. Fifty callers at once, one call to the database");
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(Client::connect(server.address).await?);
    }
    show.at_once(clients, "/api/tickets/WEB-7").await
}

async fn writes(show: &mut Show) -> io::Result<()> {
    show.chapter("3. After a write nobody gets the old ticket");
    show.get("/api/tickets/PROJ-123").await?;
    show.send(Request::new("PATCH", "/api/tickets/PROJ-123", r#"{"status":"done"}"#)).await?;
    show.get("/api/tickets/PROJ-123").await?;
    show.remark("Searches go by what is in them: each carries its words and its tickets as tags.");
    show.get("/api/search?q=zebra&limit=5").await?;
    show.get("/api/search?q=login&limit=5").await?;
    show.send(Request::new("PATCH", "/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#)).await?;
    show.get("/api/search?q=zebra&limit=5").await?;
    show.remark("It was not on that list before, and is now. A search for another word stayed:");
    show.get("/api/search?q=login&limit=5").await?;
    Ok(())
}

async fn database_down(show: &mut Show, clock: &Skipping) -> io::Result<()> {
    show.chapter("4. Two minutes later the database is down");
    clock.skip("2m");
    show.app.database.set_errors_per_thousand(1_000);
    show.get("/api/search?q=login&limit=5").await?;
    show.remark("The list is past its two minutes; for an hour it is still better than nothing (stale_if_error).");
    show.get("/api/tickets/API-99").await?;
    show.remark("A ticket that nobody had asked for: there is nothing to fall back on.");
    show.app.database.set_errors_per_thousand(0);
    show.get("/api/search?q=login&limit=5").await?;
    show.remark("The database is back.");
    Ok(())
}

async fn one_user_leaves(show: &mut Show) -> io::Result<()> {
    show.chapter("5. What is Ada's is Ada's");
    let mine = || Request::get("/api/dashboard?period=7d");
    show.send(mine().from_user("ada")).await?;
    show.send(mine().from_user("ada")).await?;
    show.send(mine().from_user("bob")).await?;
    show.remark("The same key, kpi-7d, in a partition for each. Ada logs out:");
    let left = show.send(Request::new("POST", "/api/logout", "").from_user("ada")).await?;
    show.remark(&left.body);
    show.send(mine().from_user("ada")).await?;
    show.send(mine().from_user("bob")).await?;
    Ok(())
}

async fn operations(show: &mut Show) -> io::Result<()> {
    show.chapter("6. What the caches say of themselves");
    let metrics = show.get("/metrics").await?;
    let told = ["hits_total", "misses_total", "coalesced_total", "stale_hits_total", "entries"];
    for line in metrics.body.lines().filter(|line| line.contains("\"search\"") || line.contains("\"tickets\"")) {
        if told.iter().any(|name| line.starts_with(&format!("qa_pms_cache_{name}{{"))) {
            show.remark(line);
        }
    }
    println!();
    show.get("/health").await?;
    for (name, told) in [("whole", show.app.caches.root.describe()), ("tickets", show.app.caches.tickets.describe())] {
        show.remark(&format!("{name}: {told}"));
    }
    Ok(())
}

async fn stop(server: Running, app: &App) -> io::Result<()> {
    println!("\n── 7. Stop {}\n", "─".repeat(79));
    let mut client = Client::connect(server.address).await?;
    let calls = app.database.calls();
    let last = tokio::spawn(async move { client.send(&Request::get("/api/tickets/OPS-500")).await });
    // In the middle of the last request, that is: when the database was asked and has not answered.
    while app.database.calls() == calls && !last.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let start = Instant::now();
    server.stop().await?;
    let last = last.await.map_err(io::Error::other)??;
    println!("  told to stop while a request was in flight; it was answered: {} {}", last.status, last.cache());
    println!("  stopped after {:.0} ms\n", start.elapsed().as_secs_f64() * 1e3);
    println!("Next: examples/axum/README.md, `cargo run -p ticket-desk` to try it by hand,");
    println!("`cargo run --release -p ticket-desk --bin load` for the figures under load.");
    Ok(())
}

/// The host's time, of which some can be skipped: two minutes pass at once, and loads still take as long as they take.
struct Skipping {
    started: Instant,
    skipped: AtomicU64,
}

impl Skipping {
    fn skip(&self, time: &str) {
        let time = Lifetime::from(time).span().and_then(fetchwell::engine::Span::as_ms);
        self.skipped.fetch_add(time.unwrap_or(0), Relaxed);
    }
}

impl Clock for Skipping {
    fn now(&self) -> Timestamp {
        let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // Any day will do.
        Timestamp(1_790_000_000_000 + passed + self.skipped.load(Relaxed))
    }
}
