//! Requests as lines of a table: what was asked, what came, what the cache did, how long it took.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;
use ticket_desk::app::App;
use ticket_desk::client::{Client, Reply, Request};
use ticket_desk::server::Running;
use tokio::task::JoinSet;

pub(crate) struct Show {
    client: Client,
    pub(crate) app: App,
}

impl Show {
    pub(crate) async fn new(server: &Running, app: App) -> io::Result<Self> {
        Ok(Self { client: Client::connect(server.address).await?, app })
    }

    #[expect(clippy::unused_self, reason = "reads as a part of the show")]
    pub(crate) fn chapter(&self, title: &str) {
        println!("\n── {title} {}\n", "─".repeat(86_usize.saturating_sub(title.chars().count())));
        println!("  {:<7}{:<36}{:<8}{:<16}{:>10}  {:>8}", "", "", "status", "X-Cache-Status", "time", "database");
    }

    #[expect(clippy::unused_self, reason = "reads as a part of the show")]
    pub(crate) fn remark(&self, text: &str) {
        println!("         {text}");
    }

    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send(Request::get(path)).await
    }

    pub(crate) async fn send(&mut self, request: Request) -> io::Result<Reply> {
        let before = self.app.database.calls();
        let reply = self.client.send(&request).await?;
        let calls = self.app.database.calls() - before;
        let Request { method, path, user, .. } = request;
        let path = user.map_or(path.clone(), |user| format!("{path} ({user})"));
        let cache = if reply.cache().is_empty() { "·" } else { reply.cache() };
        line(method, &path, &reply.status.to_string(), cache, &ms(reply.took), &calls.to_string());
        Ok(reply)
    }

    /// The same request on all of these connections at the same time.
    pub(crate) async fn at_once(&mut self, clients: Vec<Client>, path: &str) -> io::Result<()> {
        let (before, many) = (self.app.database.calls(), clients.len());
        let mut callers = JoinSet::new();
        for mut client in clients {
            let request = Request::get(path);
            callers.spawn(async move { client.send(&request).await });
        }
        let mut outcomes: BTreeMap<(u16, String), (u32, Duration)> = BTreeMap::new();
        for reply in callers.join_all().await {
            let reply = reply?;
            let outcome = outcomes.entry((reply.status, reply.cache().to_owned())).or_default();
            *outcome = (outcome.0 + 1, outcome.1.max(reply.took));
        }
        let calls = self.app.database.calls() - before;
        line("GET", &format!("{path}, {many} times"), "", "", "", "");
        for ((status, cache), (count, slowest)) in outcomes {
            println!("  {:<7}{:<36}{status:<8}{cache:<16}{:>10}", "", format!("{count} of them"), ms(slowest));
        }
        line("", "all of them together", "", "", "", &calls.to_string());
        Ok(())
    }
}

fn line(method: &str, path: &str, status: &str, cache: &str, took: &str, calls: &str) {
    let line = format!("  {method:<7}{path:<36}{status:<8}{cache:<16}{took:>10}  {calls:>8}");
    println!("{}", line.trim_end());
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
