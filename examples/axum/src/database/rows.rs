//! The rows: five projects with a thousand tickets each, sixty templates; the same in each run.

use crate::ids::{TemplateId, TicketId};
use crate::ticket::{Status, Template, Ticket};
use std::collections::BTreeMap;

/// The projects.
pub const PROJECTS: [&str; 5] = ["PROJ", "WEB", "API", "OPS", "DOCS"];
/// How many tickets each of them has at first.
pub const PER_PROJECT: u32 = 1_000;
/// How many templates there are.
pub const TEMPLATES: u32 = 60;

const DEEDS: [&str; 8] = ["Fix", "Test", "Replace", "Document", "Speed up", "Simplify", "Measure", "Remove"];
/// What tickets are about: each title has one of these words.
pub const THINGS: [&str; 24] = [
    "login",
    "invoice",
    "export",
    "search",
    "upload",
    "avatar",
    "calendar",
    "report",
    "cache",
    "queue",
    "webhook",
    "mailer",
    "parser",
    "router",
    "scheduler",
    "backup",
    "printer",
    "checkout",
    "basket",
    "filter",
    "editor",
    "preview",
    "session",
    "audit",
];
const PLACES: [&str; 10] =
    ["mobile", "desktop", "billing", "staging", "onboarding", "legacy", "partner", "admin", "public", "night"];
const PEOPLE: [&str; 6] = ["ada", "bob", "cleo", "dov", "eve", "finn"];

/// The id of a ticket by its popularity, the most popular first: what requests ask for.
pub fn ticket_id(rank: u32) -> TicketId {
    let projects = 5;
    TicketId { project: PROJECTS[(rank % projects) as usize].into(), number: rank / projects % PER_PROJECT + 1 }
}

/// The id of a template by its number.
pub fn template_id(number: u32) -> TemplateId {
    let half = |salt| u128::from(mixed(u64::from(number) << 8 | salt));
    TemplateId(half(1) << 64 | half(2))
}

/// A ticket and the words of its title.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) ticket: Ticket,
    pub(super) words: Vec<Box<str>>,
}

#[derive(Debug)]
pub(super) struct Rows {
    pub(super) tickets: BTreeMap<TicketId, Row>,
    pub(super) templates: BTreeMap<TemplateId, Template>,
}

impl Rows {
    pub(super) fn new() -> Self {
        let mut rows = Self { tickets: BTreeMap::new(), templates: BTreeMap::new() };
        for rank in 0..5 * PER_PROJECT {
            rows.put(ticket(rank));
        }
        rows.templates = (0..TEMPLATES).map(|number| (template_id(number), template(number))).collect();
        rows
    }

    pub(super) fn put(&mut self, ticket: Ticket) {
        self.tickets.insert(ticket.id.clone(), Row::of(ticket));
    }

    pub(super) fn next_number(&self, project: &str) -> u32 {
        let numbers = self.tickets.keys().filter(|id| *id.project == *project).map(|id| id.number);
        numbers.max().unwrap_or(0) + 1
    }
}

fn ticket(rank: u32) -> Ticket {
    let mut chance = mixed(u64::from(rank));
    let mut pick = |from: u32| {
        chance = mixed(chance);
        u32::try_from(chance % u64::from(from)).unwrap_or(0)
    };
    let deed = DEEDS[pick(8) as usize];
    let thing = THINGS[pick(24) as usize];
    let place = PLACES[pick(10) as usize];
    let status = Status::ALL[pick(3) as usize];
    let assignee = PEOPLE[pick(6) as usize].into();
    let (age_days, hours) = (pick(120), f64::from(pick(80)) / 4.0);
    Ticket {
        id: ticket_id(rank),
        title: format!("{deed} the {thing} of the {place} site"),
        status,
        assignee,
        age_days,
        hours,
    }
}

fn template(number: u32) -> Template {
    let thing = THINGS[number as usize % 24];
    let steps = ["plan", "build", "review", "release"].map(|step| format!("{step} the {thing}"));
    Template {
        id: template_id(number),
        name: format!("Work on the {thing}, kind {}", number / 24 + 1),
        steps: steps.into(),
    }
}

/// The finish of splitmix64: numbers in a row become numbers all over the place.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
