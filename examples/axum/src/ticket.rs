//! What is cached: tickets, templates, figures for the dashboard.

use crate::ids::{TemplateId, TicketId};
use serde::{Deserialize, Serialize};

/// Where a ticket stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nobody works on it.
    Open,
    /// Somebody does.
    InProgress,
    /// It is finished.
    Done,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::InProgress, Self::Done];

    /// As it stands in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in-progress",
            Self::Done => "done",
        }
    }
}

/// A ticket.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// Such as `PROJ-123`.
    pub id: TicketId,
    /// What it is about; searches look here.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// Who works on it.
    pub assignee: String,
    /// How many days ago it was made.
    pub age_days: u32,
    /// How much work went into it.
    pub hours: f64,
}

impl Ticket {
    /// What it takes up in memory: itself, and the texts it points to.
    pub fn weight(&self) -> u64 {
        (size_of::<Self>() + self.id.project.len() + self.title.len() + self.assignee.len()) as u64
    }
}

/// The words of a text as searches compare them.
pub fn words(text: &str) -> Vec<Box<str>> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().into()).collect()
}

/// A workflow template.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// A UUID.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// What is done, one after the other.
    pub steps: Vec<String>,
}

impl Template {
    /// What it takes up in memory.
    pub fn weight(&self) -> u64 {
        let steps: usize = self.steps.iter().map(|step| size_of::<String>() + step.len()).sum();
        (size_of::<Self>() + self.name.len() + steps) as u64
    }
}

/// The figures of one period.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dashboard {
    /// The length of the period in days.
    pub days: u32,
    /// Whose tickets were counted, if not everybody's.
    pub of: Option<String>,
    /// How many tickets are open, in progress and done.
    pub by_status: [u32; 3],
    /// The projects, the one with the most work per finished ticket first.
    pub projects: Vec<ProjectFigures>,
}

impl Dashboard {
    /// What it takes up in memory.
    pub fn weight(&self) -> u64 {
        let projects: usize =
            self.projects.iter().map(|project| size_of::<ProjectFigures>() + project.project.len()).sum();
        (size_of::<Self>() + self.of.as_ref().map_or(0, String::len) + projects) as u64
    }
}

/// The figures of one project.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProjectFigures {
    /// The project.
    pub project: Box<str>,
    /// Hours of work in a finished ticket, on average; none where none is finished.
    pub mean_hours: Option<f64>,
}

/// Sorts by the mean, largest first, projects without one last. A mean that is no number has a place too: a sort by
/// `partial_cmp().unwrap()` would take the server down with it.
pub fn most_work_first(projects: &mut [ProjectFigures]) {
    let mean = |project: &ProjectFigures| project.mean_hours.unwrap_or(f64::NEG_INFINITY);
    projects.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
}
