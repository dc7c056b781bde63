//! What users of a ticket desk ask for: mostly the same few things. The same sequence for the same seed.

use crate::client::Request;
use crate::database::{PER_PROJECT, PROJECTS, TEMPLATES, THINGS, template_id, ticket_id};

/// Requests without end: two of a hundred write.
#[derive(Clone, Debug)]
pub struct Workload {
    state: u64,
}

impl Workload {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn below(&mut self, end: u32) -> u32 {
        let share = self.share() * f64::from(end);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number is below it")]
        let number = share as u32;
        number.min(end - 1)
    }

    /// A rank by popularity: the chance of rank r is about 1 / r.
    fn popular(&mut self, end: u32) -> u32 {
        let rank = f64::from(end).powf(self.share());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the end")]
        let rank = rank as u32;
        rank.clamp(1, end) - 1
    }

    fn share(&mut self) -> f64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.state >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    fn thing(&mut self) -> &'static str {
        THINGS[self.popular(24) as usize]
    }
}

impl Iterator for Workload {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let tickets = 5 * PER_PROJECT;
        Some(match self.below(100) {
            0 => {
                let status = ["open", "in-progress", "done"][self.below(3) as usize];
                let path = format!("/api/tickets/{}", ticket_id(self.popular(tickets)));
                Request::new("PATCH", path, format!("{{\"status\":\"{status}\"}}"))
            }
            1 => {
                let (id, thing, number) = (ticket_id(self.popular(tickets)), self.thing(), self.below(1_000));
                Request::new(
                    "PATCH",
                    format!("/api/tickets/{id}"),
                    format!("{{\"title\":\"Look at the {thing} {number}\"}}"),
                )
            }
            2..83 => Request::get(format!("/api/tickets/{}", ticket_id(self.popular(tickets)))),
            83..91 => {
                let (thing, limit) = (self.thing(), [10, 20][self.below(2) as usize]);
                Request::get(format!("/api/search?q={thing}&limit={limit}"))
            }
            91..94 => {
                let (project, page) = (PROJECTS[self.popular(5) as usize], self.popular(10) + 1);
                Request::get(format!("/api/tickets?project={project}&page={page}"))
            }
            94..97 => {
                Request::get(format!("/api/dashboard?period={}", ["1d", "7d", "30d", "90d"][self.below(4) as usize]))
            }
            _ => Request::get(format!("/api/templates/{}", template_id(self.popular(TEMPLATES)))),
        })
    }
}
