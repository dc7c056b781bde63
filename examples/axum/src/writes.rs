//! Which entries a write takes with it.
//!
//! The order matters: the database first, the cache after it. A load that read the old row meanwhile comes too late; the fence keeps
//! what it brings out of the cache.

use crate::caches::Caches;
use crate::ids::TemplateId;
use crate::ticket::{Ticket, words};
use std::collections::BTreeSet;

impl Caches {
    /// A ticket was made (`before` is none), changed, or taken away (`after` is none).
    pub fn ticket_changed(&self, before: Option<&Ticket>, after: Option<&Ticket>) {
        if let Some(ticket) = before.or(after) {
            // Its own entry, and the memory that there was none.
            self.tickets.invalidate(&ticket.id);
            // The lists it is on.
            self.search.invalidate_tag(&format!("ticket:{}", ticket.id));
            if before.is_none() || after.is_none() {
                // The pages of its project move by one. The prefix ends where a part ends: not those of `PROJECT`.
                self.search.invalidate_prefix(("list", &*ticket.id.project));
            }
        }
        // The searches it is on now, or is on no longer.
        let titles = [before, after].map(|ticket| ticket.map_or("", |ticket| &*ticket.title));
        if titles[0] != titles[1] {
            for word in titles.into_iter().flat_map(words).collect::<BTreeSet<_>>() {
                self.search.invalidate_tag(&word_tag(&word));
            }
        }
        // Figures count everything, everybody's and in each user's partition.
        self.dashboard.invalidate_prefix("kpi-");
    }

    /// A template was changed.
    pub fn template_changed(&self, id: TemplateId) {
        self.templates.invalidate(id);
    }
}

/// What searches for this word are invalidated by.
pub(crate) fn word_tag(word: &str) -> String {
    format!("word:{word}")
}
