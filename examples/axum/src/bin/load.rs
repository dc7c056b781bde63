//! A load test over loopback, with the cache and without it. It prints figures and judges nothing: how fast a machine is is no
//! property of the code.

use fetchwell::Key;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use ticket_desk::app::App;
use ticket_desk::caches::{Caches, Settings};
use ticket_desk::client::{Client, Request};
use ticket_desk::database::{Database, ticket_id};
use ticket_desk::options::number;
use ticket_desk::server::Running;
use ticket_desk::workload::Workload;
use tokio::task::JoinSet;
use tokio::time::Instant;

const HELP: &str = "\
load: sends the same requests to the ticket desk with the cache and without it

  --requests N      how many (default: 20000)
  --connections N   over how many connections (default: 16)
  --latency MS      how long the database takes (default: 5)";

/// So many requests come first and are not counted: a cache is judged when it is warm.
const WARM_UP: usize = 5_000;

struct Plan {
    requests: usize,
    connections: usize,
    latency: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let plan = match plan(std::env::args().skip(1)) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("load: {wrong}\n\n{HELP}");
            return ExitCode::FAILURE;
        }
    };
    match run(&plan).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Option<Plan>, String> {
    let mut plan = Plan { requests: 20_000, connections: 16, latency: Duration::from_millis(5) };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match &*argument {
            "-h" | "--help" => return Ok(None),
            "--requests" => plan.requests = number(&argument, &value()?)?,
            "--connections" => plan.connections = number(&argument, &value()?)?,
            "--latency" => plan.latency = Duration::from_millis(number(&argument, &value()?)?),
            _ => return Err(format!("{argument} is no option")),
        }
    }
    match plan {
        Plan { requests: 0, .. } => Err("--requests must be 1 or more".into()),
        Plan { connections: 0, .. } => Err("--connections must be 1 or more".into()),
        plan => Ok(Some(plan)),
    }
}

async fn run(plan: &Plan) -> io::Result<()> {
    let Plan { requests, connections, latency } = plan;
    println!(
        "{requests} requests over {connections} connections: tickets, searches, lists, figures by popularity, 2 % writes;"
    );
    println!("the database takes {} ms; {WARM_UP} more come first and are not counted\n", latency.as_millis());
    let without = storm(plan, false).await?;
    let with = storm(plan, true).await?;
    println!("  {:<24}{:>14}{:>14}{:>12}", "", "with cache", "without", "");
    let times = |label: &str, with: Duration, without: Duration| {
        println!(
            "  {label:<24}{:>14}{:>14}{:>10.1} ×",
            ms(with),
            ms(without),
            without.as_secs_f64() / with.as_secs_f64()
        );
    };
    times("p50", with.quantile(0.5), without.quantile(0.5));
    times("p99", with.quantile(0.99), without.quantile(0.99));
    times("mean", mean(&with.times), mean(&without.times));
    let (fast, slow) = (with.per_second(), without.per_second());
    println!("  {:<24}{fast:>14.0}{slow:>14.0}{:>10.1} ×", "requests/s", fast / slow);
    let (few, many) = (with.calls, without.calls);
    println!("  {:<24}{few:>14}{many:>14}{:>10.1} ×", "database calls", precise(many) / precise(few));
    for (name, rate) in
        ["hit rate", "  tickets", "  searches and lists", "  dashboard", "  templates"].iter().zip(with.hit_rates)
    {
        println!("  {name:<24}{:>12.1} %{:>14}", 100.0 * rate, "·");
    }
    println!("  {:<24}{:>14}{:>14}", "answers that were none", with.failed, without.failed);
    println!("  {:<24}{:>11.1} kB{:>14}\n", "held in the end", precise(with.bytes) / 1e3, "·");
    row_4_12().await
}

/// What one run brought.
struct Storm {
    /// Sorted.
    times: Vec<Duration>,
    took: Duration,
    calls: u64,
    failed: usize,
    /// Of the whole, then of each cache.
    hit_rates: [f64; 5],
    bytes: u64,
}

impl Storm {
    fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the length"
        )]
        let at = (share * self.times.len() as f64) as usize;
        self.times.get(at).copied().unwrap_or_default()
    }

    fn per_second(&self) -> f64 {
        precise(self.times.len() as u64) / self.took.as_secs_f64()
    }
}

async fn storm(plan: &Plan, enabled: bool) -> io::Result<Storm> {
    let app = app(plan.latency, enabled)?;
    let server = Running::start(app.clone()).await?;
    let mut workload = Workload::new(1);
    let warm_up = workload.by_ref().take(WARM_UP).collect();
    send(&server, plan.connections, warm_up).await?;
    app.caches.root.reset_stats();
    let calls = app.database.calls();
    let start = Instant::now();
    let replies = send(&server, plan.connections, workload.take(plan.requests).collect()).await?;
    let took = start.elapsed();
    let calls = app.database.calls() - calls;
    server.stop().await?;
    let mut times: Vec<Duration> = replies.iter().map(|(time, _)| *time).collect();
    times.sort_unstable();
    let failed = replies.iter().filter(|(_, status)| *status != 200).count();
    let Caches { root, tickets, search, dashboard, templates, .. } = &*app.caches;
    let stats = [root.stats(), tickets.stats(), search.stats(), dashboard.stats(), templates.stats()];
    Ok(Storm { times, took, calls, failed, hit_rates: stats.map(|stats| stats.hit_rate()), bytes: root.bytes() })
}

/// Sends all of these, each connection the next one that is left; how long each took and its status.
async fn send(server: &Running, connections: usize, requests: Arc<[Request]>) -> io::Result<Vec<(Duration, u16)>> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(server.address).await?);
    }
    let mut callers = JoinSet::new();
    for mut client in clients {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        callers.spawn(async move {
            let mut replies = Vec::new();
            while let Some(request) = requests.get(next.fetch_add(1, Relaxed)) {
                let reply = client.send(request).await?;
                replies.push((reply.took, reply.status));
            }
            io::Result::Ok(replies)
        });
    }
    Ok(callers.join_all().await.into_iter().collect::<io::Result<Vec<_>>>()?.concat())
}

/// "10 warm-ups, then 100 requests: mean under 10 ms; cache overhead under 1 ms; response time down by more than 30 %."
async fn row_4_12() -> io::Result<()> {
    let latency = Duration::from_millis(20);
    println!(
        "10 warm-ups, then 100 requests for ten tickets, one after the other; the database takes {} ms",
        latency.as_millis()
    );
    let with = mean(&walk(latency, true).await?);
    let without = mean(&walk(latency, false).await?);
    let down = 100.0 * (1.0 - with.as_secs_f64() / without.as_secs_f64());
    println!("  {:<38}{:>12}   (aim: under 10 ms)", "mean, with cache", ms(with));
    println!("  {:<38}{:>12}", "mean, without", ms(without));
    println!("  {:<38}{down:>10.1} %   (aim: down by more than 30 %)", "response time down by");
    let (asking, hitting, missing) = prices().await?;
    println!("  {:<38}{:>9.1} µs", "a hit, without HTTP", hitting);
    println!("  {:<38}{:>9.1} µs   (aim: under 1 ms)", "what the cache adds to a miss", missing - asking);
    Ok(())
}

/// What it costs, in microseconds and on average, to ask a database that takes no time, to hit, and to miss.
async fn prices() -> io::Result<(f64, f64, f64)> {
    const TIMES: u32 = 5_000;
    let app = app(Duration::ZERO, true)?;
    let price = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
    let start = Instant::now();
    for rank in 0..TIMES {
        app.database.ticket(&ticket_id(rank)).await.map_err(io::Error::other)?;
    }
    let asking = price(start);
    let start = Instant::now();
    for rank in 0..TIMES {
        through_the_cache(&app, rank).await?;
    }
    let missing = price(start);
    let start = Instant::now();
    for _ in 0..TIMES {
        through_the_cache(&app, TIMES - 1).await?;
    }
    Ok((asking, price(start), missing))
}

async fn through_the_cache(app: &App, rank: u32) -> io::Result<()> {
    let id = ticket_id(rank);
    let (database, wanted) = (Arc::clone(&app.database), id.clone());
    let load = move |_| async move { database.ticket(&wanted).await };
    let answered = app.caches.ask(&app.caches.tickets, Key::from(&id), load).await;
    answered.value.map(drop).map_err(io::Error::other)
}

/// How long 100 requests for ten tickets take, one after the other, after 10 that are not counted.
async fn walk(latency: Duration, enabled: bool) -> io::Result<Vec<Duration>> {
    let server = Running::start(app(latency, enabled)?).await?;
    let mut client = Client::connect(server.address).await?;
    let mut times = Vec::new();
    for number in 0..110 {
        let request = Request::get(format!("/api/tickets/{}", ticket_id(number % 10)));
        times.push(client.send(&request).await?.took);
    }
    drop(client);
    server.stop().await?;
    Ok(times.split_off(10))
}

fn app(latency: Duration, enabled: bool) -> io::Result<App> {
    App::new(Database::with_latency(latency), Settings { enabled, ..Settings::default() }).map_err(io::Error::other)
}

fn mean(times: &[Duration]) -> Duration {
    let all: Duration = times.iter().sum();
    all / u32::try_from(times.len()).unwrap_or(u32::MAX).max(1)
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "for show")]
fn precise(number: u64) -> f64 {
    number as f64
}
