//! Tickets: one, a page of them, and the writes.

use super::{Answer, to_the_end};
use crate::app::App;
use crate::caches::UNKNOWN_TTL;
use crate::database::{Change, PROJECTS};
use crate::ids::{TicketId, is_project};
use crate::input::{Fields, id};
use crate::problem::Problem;
use crate::ticket::Status;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use fetchwell::{Key, Load};
use std::collections::BTreeMap;

const STATUSES: [(&str, Status); 3] = [
    (Status::Open.word(), Status::Open),
    (Status::InProgress.word(), Status::InProgress),
    (Status::Done.word(), Status::Done),
];
const LONGEST_TITLE: usize = 200;
const LONGEST_NAME: usize = 40;
const PER_PAGE: u32 = 20;

/// `GET /api/tickets/PROJ-123`
pub(crate) async fn one(State(app): State<App>, Path(ticket): Path<String>) -> Answer {
    let ticket: TicketId = id(&ticket)?;
    let (database, wanted) = (app.database.clone(), ticket.clone());
    let load = move |load: Load<_>| async move {
        let found = database.ticket(&wanted).await?;
        if found.is_none() {
            // Remembered, so that asking for what is not there cannot be used to reach the database; briefly, so that nobody can
            // fill the cache with it for long.
            load.set_ttl(UNKNOWN_TTL);
        }
        Ok(found)
    };
    let answered = app.caches.ask(&app.caches.tickets, Key::from(&ticket), load).await;
    Ok(answered.respond(|found| match found {
        Some(ticket) => Json(ticket).into_response(),
        None => Problem::unknown(format_args!("ticket {ticket}")).into_response(),
    }))
}

/// `GET /api/tickets?project=PROJ&page=1`
pub(crate) async fn list(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    let mut fields = Fields::of_query(query);
    let project = fields.text("project", 10)?.unwrap_or_else(|| PROJECTS[0].into());
    let page = fields.number("page", 1..=10_000)?.unwrap_or(1);
    fields.end()?;
    let project = named(project)?;
    let (database, of) = (app.database.clone(), project.clone());
    let load = move |_: Load<_>| async move { database.list(&of, page, PER_PAGE).await };
    let answered = app.caches.ask(&app.caches.search, ("list", &*project, page).into(), load).await;
    Ok(answered.respond(|tickets| Json(tickets).into_response()))
}

/// `POST /api/tickets {"project": "PROJ", "title": "…", "assignee": "ada"}`
pub(crate) async fn create(State(app): State<App>, body: Bytes) -> Answer {
    let mut fields = Fields::of_json(&body)?;
    let project = fields.needed_text("project", 10)?;
    let title = fields.needed_text("title", LONGEST_TITLE)?;
    let assignee = fields.text("assignee", LONGEST_NAME)?.unwrap_or_else(|| "nobody".into());
    fields.end()?;
    let project = named(project)?;
    let ticket = to_the_end(async move {
        let ticket = app.database.create(&project, title, assignee).await?;
        app.caches.ticket_changed(None, Some(&ticket));
        Ok(ticket)
    })
    .await?;
    let place = format!("/api/tickets/{}", ticket.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(ticket)).into_response())
}

/// `PATCH /api/tickets/PROJ-123 {"status": "done"}`
pub(crate) async fn change(State(app): State<App>, Path(ticket): Path<String>, body: Bytes) -> Answer {
    let ticket: TicketId = id(&ticket)?;
    let mut fields = Fields::of_json(&body)?;
    let change = Change {
        title: fields.text("title", LONGEST_TITLE)?,
        status: fields.one_of("status", &STATUSES)?,
        assignee: fields.text("assignee", LONGEST_NAME)?,
    };
    fields.end()?;
    if change == Change::default() {
        return Err(Problem::in_field("body", "must have a title, a status or an assignee"));
    }
    let changed = to_the_end(async move {
        let Some((before, after)) = app.database.change(&ticket, change).await? else {
            return Err(Problem::unknown(format_args!("ticket {ticket}")));
        };
        app.caches.ticket_changed(Some(&before), Some(&after));
        Ok(after)
    });
    Ok(Json(changed.await?).into_response())
}

/// `DELETE /api/tickets/PROJ-123`
pub(crate) async fn delete(State(app): State<App>, Path(ticket): Path<String>) -> Answer {
    let ticket: TicketId = id(&ticket)?;
    let deleted = to_the_end(async move {
        let Some(before) = app.database.delete(&ticket).await? else {
            return Err(Problem::unknown(format_args!("ticket {ticket}")));
        };
        app.caches.ticket_changed(Some(&before), None);
        Ok(())
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A project's name; any other text would only make keys.
fn named(project: String) -> Result<String, Problem> {
    if is_project(&project) {
        Ok(project)
    } else {
        Err(Problem::in_field("project", "must be 2 to 10 capital letters"))
    }
}
