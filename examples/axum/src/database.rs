//! The slow database behind the cache: rows in memory, with a latency and an error rate that can be turned.

mod rows;

use crate::ids::{TemplateId, TicketId};
use crate::ticket::{Dashboard, ProjectFigures, Status, Template, Ticket, most_work_first, words};
use rows::{Row, Rows};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

pub use rows::{PER_PROJECT, PROJECTS, TEMPLATES, THINGS, template_id, ticket_id};

/// The database did not answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DatabaseDown;

impl fmt::Display for DatabaseDown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the database does not answer")
    }
}

impl std::error::Error for DatabaseDown {}

/// What a PATCH changes in a ticket.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// The new title.
    pub title: Option<String>,
    /// The new status.
    pub status: Option<Status>,
    /// The new assignee.
    pub assignee: Option<String>,
}

/// The database: the same rows in each run.
#[derive(Debug)]
pub struct Database {
    rows: RwLock<Rows>,
    calls: AtomicU64,
    latency_us: AtomicU64,
    errors_per_thousand: AtomicU64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            rows: RwLock::new(Rows::new()),
            calls: AtomicU64::new(0),
            latency_us: AtomicU64::new(0),
            errors_per_thousand: AtomicU64::new(0),
        }
    }
}

impl Database {
    /// A database whose answers take this long.
    pub fn with_latency(latency: Duration) -> Self {
        let database = Self::default();
        database.set_latency(latency);
        database
    }

    /// How long answers take from now on.
    pub fn set_latency(&self, latency: Duration) {
        self.latency_us.store(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    /// How many of a thousand calls fail from now on; 1 000 is all of them. Which ones does not depend on chance.
    pub fn set_errors_per_thousand(&self, errors: u64) {
        self.errors_per_thousand.store(errors.min(1_000), Relaxed);
    }

    /// How often it was asked for anything so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// One ticket.
    pub async fn ticket(&self, id: &TicketId) -> Result<Option<Ticket>, DatabaseDown> {
        self.read(|rows| rows.tickets.get(id).map(|row| row.ticket.clone())).await
    }

    /// A page of a project's tickets, or of everybody's.
    pub async fn list(&self, project: &str, page: u32, per_page: u32) -> Result<Vec<Ticket>, DatabaseDown> {
        let (skip, take) = ((page.saturating_sub(1) as usize).saturating_mul(per_page as usize), per_page as usize);
        self.read(|rows| {
            let tickets = rows.tickets.values().filter(|row| *row.ticket.id.project == *project);
            tickets.skip(skip).take(take).map(|row| row.ticket.clone()).collect()
        })
        .await
    }

    /// The first tickets whose titles have all of these words.
    pub async fn search(&self, words: &[Box<str>], limit: u32) -> Result<Vec<Ticket>, DatabaseDown> {
        self.read(|rows| {
            let found = rows.tickets.values().filter(|row| words.iter().all(|word| row.words.contains(word)));
            found.take(limit as usize).map(|row| row.ticket.clone()).collect()
        })
        .await
    }

    /// The figures of the last days, of everybody or of one user.
    pub async fn dashboard(&self, days: u32, of: Option<&str>) -> Result<Dashboard, DatabaseDown> {
        self.read(|rows| figures(rows, days, of)).await
    }

    /// One template.
    pub async fn template(&self, id: TemplateId) -> Result<Option<Template>, DatabaseDown> {
        self.read(|rows| rows.templates.get(&id).cloned()).await
    }

    /// The ids and names of all templates.
    pub async fn templates(&self) -> Result<Vec<(TemplateId, String)>, DatabaseDown> {
        self.read(|rows| rows.templates.values().map(|template| (template.id, template.name.clone())).collect()).await
    }

    /// The tickets that are most often asked for.
    pub async fn popular(&self, many: u32) -> Result<Vec<Ticket>, DatabaseDown> {
        self.read(|rows| {
            let tickets = (0..many).filter_map(|rank| rows.tickets.get(&ticket_id(rank)));
            tickets.map(|row| row.ticket.clone()).collect()
        })
        .await
    }

    /// Makes a ticket.
    pub async fn create(&self, project: &str, title: String, assignee: String) -> Result<Ticket, DatabaseDown> {
        self.write(|rows| {
            let id = TicketId { project: project.into(), number: rows.next_number(project) };
            let ticket = Ticket { id, title, status: Status::Open, assignee, age_days: 0, hours: 0.0 };
            rows.put(ticket.clone());
            ticket
        })
        .await
    }

    /// Changes a ticket: as it was and as it is, if there is one.
    pub async fn change(&self, id: &TicketId, change: Change) -> Result<Option<(Ticket, Ticket)>, DatabaseDown> {
        self.write(|rows| {
            let before = rows.tickets.get(id)?.ticket.clone();
            let Change { title, status, assignee } = change;
            let mut after = before.clone();
            after.title = title.unwrap_or(after.title);
            after.status = status.unwrap_or(after.status);
            after.assignee = assignee.unwrap_or(after.assignee);
            rows.put(after.clone());
            Some((before, after))
        })
        .await
    }

    /// Takes a ticket away: as it was, if there was one.
    pub async fn delete(&self, id: &TicketId) -> Result<Option<Ticket>, DatabaseDown> {
        self.write(|rows| rows.tickets.remove(id).map(|row| row.ticket)).await
    }

    /// Renames a template, if there is one.
    pub async fn rename_template(&self, id: TemplateId, name: String) -> Result<Option<Template>, DatabaseDown> {
        self.write(|rows| {
            let template = rows.templates.get_mut(&id)?;
            template.name = name;
            Some(template.clone())
        })
        .await
    }

    /// Puts a row there past everything, at once. For tests.
    pub fn plant(&self, ticket: Ticket) {
        self.rows.write().unwrap_or_else(PoisonError::into_inner).put(ticket);
    }

    fn rows(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks first and travels then: what arrives may be old already, as with any database that is somewhere else.
    async fn read<T>(&self, look: impl FnOnce(&Rows) -> T) -> Result<T, DatabaseDown> {
        let found = (!self.refuses()).then(|| look(&self.rows()));
        self.travel(1).await;
        found.ok_or(DatabaseDown)
    }

    /// Half the way there, half the way back.
    async fn write<T>(&self, change: impl FnOnce(&mut Rows) -> T) -> Result<T, DatabaseDown> {
        let refuses = self.refuses();
        self.travel(2).await;
        if refuses {
            return Err(DatabaseDown);
        }
        let changed = change(&mut self.rows.write().unwrap_or_else(PoisonError::into_inner));
        self.travel(2).await;
        Ok(changed)
    }

    async fn travel(&self, part: u64) {
        let time = self.latency_us.load(Relaxed) / part;
        if time > 0 {
            tokio::time::sleep(Duration::from_micros(time)).await;
        }
    }

    /// Counts the call, and says whether it is one of those that fail: they are spread evenly.
    fn refuses(&self) -> bool {
        let call = self.calls.fetch_add(1, Relaxed);
        let failed = |calls: u64| calls.saturating_mul(self.errors_per_thousand.load(Relaxed)) / 1_000;
        failed(call + 1) > failed(call)
    }
}

fn figures(rows: &Rows, days: u32, of: Option<&str>) -> Dashboard {
    let counts = |row: &&Row| row.ticket.age_days < days && of.is_none_or(|user| row.ticket.assignee == user);
    let mut by_status = [0; 3];
    let mut work: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for Row { ticket, .. } in rows.tickets.values().filter(counts) {
        by_status[ticket.status as usize] += 1;
        let (hours, finished) = work.entry(&ticket.id.project).or_default();
        if ticket.status == Status::Done {
            *hours += ticket.hours;
            *finished += 1.0;
        }
    }
    let mean = |hours, finished| (finished > 0.0).then(|| hours / finished);
    let figures = |(project, (hours, finished)): (&str, _)| ProjectFigures {
        project: project.into(),
        mean_hours: mean(hours, finished),
    };
    let mut projects: Vec<ProjectFigures> = work.into_iter().map(figures).collect();
    most_work_first(&mut projects);
    Dashboard { days, of: of.map(Into::into), by_status, projects }
}

impl Row {
    fn of(ticket: Ticket) -> Self {
        Self { words: words(&ticket.title), ticket }
    }
}
