//! Nobody gets what was before a write: rows 4.6, 4.10 and 4.15.

use crate::support::{Desk, json, scaled};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use ticket_desk::client::Request;
use ticket_desk::ids::TicketId;

#[tokio::test(start_paused = true)]
async fn row_4_10_the_second_fetch_is_a_hit_and_faster_and_after_a_patch_the_next_one_is_a_miss() {
    let desk = Desk::slow(50);
    let (first, calls) = desk.calls(desk.get("/api/tickets/PROJ-123")).await;
    assert_eq!((first.cache(), calls, first.took.as_millis()), ("MISS", 1, 50));
    let (second, calls) = desk.calls(desk.get("/api/tickets/PROJ-123")).await;
    assert_eq!((second.cache(), calls, second.took.as_millis()), ("HIT", 0, 0));
    assert_eq!(first.body, second.body);

    let patched = desk.patch("/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#).await;
    assert_eq!(patched.status, 200);
    let third = desk.get("/api/tickets/PROJ-123").await;
    assert_eq!((third.cache(), &third.body), ("MISS", &patched.body));
    assert_eq!(json(&third)["title"], "Feed the zebra");
}

#[tokio::test]
async fn row_4_6_each_write_takes_its_key_and_clear_takes_everything() {
    let desk = Desk::new();
    let made = desk.send(Request::new("POST", "/api/tickets", r#"{"project":"PROJ","title":"New"}"#)).await;
    assert_eq!((made.status, made.header("location")), (201, "/api/tickets/PROJ-1001"));
    for (method, body, status, after) in [("PATCH", r#"{"status":"done"}"#, 200, 200), ("DELETE", "", 204, 404)] {
        desk.get("/api/tickets/PROJ-1001").await;
        assert_eq!(desk.get("/api/tickets/PROJ-1001").await.cache(), "HIT");
        assert_eq!(desk.send(Request::new(method, "/api/tickets/PROJ-1001", body)).await.status, status);
        let reply = desk.get("/api/tickets/PROJ-1001").await;
        assert_eq!((reply.cache(), reply.status), ("MISS", after), "{method}");
    }
    for path in ["/api/tickets/WEB-1", "/api/search?q=login", "/api/dashboard", "/api/tickets?project=WEB"] {
        desk.get(path).await;
        assert_eq!(desk.get(path).await.cache(), "HIT");
    }
    assert_eq!(json(&desk.send(Request::new("POST", "/api/cache/clear", "")).await)["cleared"], 5);
    assert_eq!(desk.app.caches.root.len(), 0);
    assert_eq!(desk.get("/api/tickets/WEB-1").await.cache(), "MISS");
}

#[tokio::test]
async fn that_there_is_no_such_ticket_is_remembered_until_somebody_makes_it_or_five_seconds() {
    let desk = Desk::new();
    assert_eq!(desk.get("/api/tickets/PROJ-1001").await.status, 404);
    let again = desk.get("/api/tickets/PROJ-1001").await;
    assert_eq!((again.status, again.cache()), (404, "HIT"));
    desk.send(Request::new("POST", "/api/tickets", r#"{"project":"PROJ","title":"New"}"#)).await;
    assert_eq!(desk.get("/api/tickets/PROJ-1001").await.status, 200);

    desk.get("/api/tickets/PROJ-2000").await;
    desk.clock.advance("5s");
    assert_eq!(desk.get("/api/tickets/PROJ-2000").await.cache(), "MISS");
}

#[tokio::test]
async fn row_4_15_searches_follow_words_that_come_and_go_and_no_other_search_is_touched() {
    let desk = Desk::new();
    for query in ["zebra", "login", "invoice"] {
        desk.get(&format!("/api/search?q={query}")).await;
    }
    desk.patch("/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#).await;
    let zebra = desk.get("/api/search?q=zebra").await;
    assert_eq!((zebra.cache(), &json(&zebra)[0]["id"]), ("MISS", &"PROJ-123".into()), "it was not on this list before");
    desk.patch("/api/tickets/PROJ-123", r#"{"title":"Feed the lion"}"#).await;
    let zebra = desk.get("/api/search?q=zebra").await;
    assert_eq!((zebra.cache(), &*zebra.body), ("MISS", "[]"));
    desk.get("/api/search?q=lion").await;
    desk.patch("/api/tickets/PROJ-123", r#"{"status":"in-progress"}"#).await;
    let lion = desk.get("/api/search?q=lion").await;
    assert_eq!(
        (lion.cache(), &json(&lion)[0]["status"]),
        ("MISS", &"in-progress".into()),
        "lists show more than titles"
    );
    let before = desk.app.database.calls();
    desk.get("/api/search?q=zebra").await;
    assert_eq!(desk.app.database.calls(), before);
}

#[tokio::test]
async fn row_4_15_the_pages_of_a_project_move_with_its_tickets_and_those_of_others_stay() {
    let desk = Desk::new();
    let pages = ["/api/tickets?project=WEB&page=1", "/api/tickets?project=WEB&page=50", "/api/tickets?project=OPS"];
    for page in pages {
        desk.get(page).await;
    }
    desk.send(Request::new("POST", "/api/tickets", r#"{"project":"WEB","title":"New"}"#)).await;
    for (page, cache) in pages.into_iter().zip(["MISS", "MISS", "HIT"]) {
        assert_eq!(desk.get(page).await.cache(), cache, "{page}");
    }
    desk.send(Request::new("DELETE", "/api/tickets/WEB-1", "")).await;
    let first = desk.get(pages[0]).await;
    assert_eq!((first.cache(), &json(&first)[0]["id"]), ("MISS", &"WEB-2".into()));
}

#[tokio::test]
async fn row_4_15_figures_are_new_after_a_write_for_everybody_and_for_each_user() {
    let desk = Desk::new();
    let asks = |user| Request { user, ..Request::get("/api/dashboard?period=90d") };
    for user in [None, Some("ada"), Some("bob")] {
        desk.send(asks(user)).await;
        assert_eq!(desk.send(asks(user)).await.cache(), "HIT");
    }
    desk.patch("/api/tickets/PROJ-123", r#"{"assignee":"ada"}"#).await;
    for user in [None, Some("ada"), Some("bob")] {
        assert_eq!(desk.send(asks(user)).await.cache(), "MISS", "{user:?}");
    }
}

#[tokio::test]
async fn what_is_a_users_goes_when_they_leave_and_nobody_else_loses_anything() {
    let desk = Desk::new();
    let mine = |user| Request::get("/api/dashboard").from_user(user);
    let ada = desk.send(mine("ada")).await;
    assert_eq!(json(&ada)["of"], "ada");
    assert_eq!(json(&desk.send(mine("bob")).await)["of"], "bob");
    let left = desk.send(Request::new("POST", "/api/logout", "").from_user("ada")).await;
    assert_eq!(json(&left)["dropped"], 1);
    assert_eq!(desk.send(mine("ada")).await.cache(), "MISS");
    assert_eq!(desk.send(mine("bob")).await.cache(), "HIT");
}

#[tokio::test(start_paused = true)]
async fn row_4_15_a_load_that_a_write_overtook_leaves_nothing_behind() {
    let desk = Desk::slow(100);
    // It reads the old row now, and brings it in a hundred milliseconds.
    let slow = tokio::spawn({
        let desk = desk.clone();
        async move { desk.get("/api/tickets/PROJ-123").await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    desk.app.database.set_latency(Duration::from_millis(10));
    let patched = desk.patch("/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#).await;
    // Who asks after the write joins nobody who asked before it.
    let after = desk.get("/api/tickets/PROJ-123").await;
    assert_eq!((after.cache(), &after.body), ("MISS", &patched.body));
    let slow = slow.await.unwrap();
    assert_ne!(slow.body, patched.body, "who asked before the write may get what was then");
    assert_eq!(slow.cache(), "MISS");
    let last = desk.get("/api/tickets/PROJ-123").await;
    assert_eq!((last.cache(), &last.body), ("HIT", &patched.body));
}

#[tokio::test(start_paused = true)]
async fn row_4_15_a_write_whose_caller_hangs_up_still_invalidates() {
    let desk = Desk::slow(100);
    desk.get("/api/tickets/PROJ-123").await;
    let write = desk.patch("/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#);
    // The row is changed after fifty milliseconds, the answer would be there after a hundred.
    assert!(tokio::time::timeout(Duration::from_millis(75), write).await.is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let reply = desk.get("/api/tickets/PROJ-123").await;
    assert_eq!((reply.cache(), &json(&reply)["title"]), ("MISS", &"Feed the zebra".into()));
}

/// Readers and writers on two threads: what a reader gets is never older than the last write that had been answered when it asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_4_15_no_reader_gets_less_than_the_last_answered_write() {
    const TICKETS: u32 = 8;
    let desk = Desk::new();
    desk.app.database.set_latency(Duration::from_micros(200));
    let answered: Arc<Vec<AtomicU64>> = Arc::new((0..TICKETS).map(|_| AtomicU64::new(0)).collect());
    let mut tasks = tokio::task::JoinSet::new();
    let rounds = scaled(400) as u64;
    for number in 0..TICKETS {
        let (desk, answered) = (desk.clone(), Arc::clone(&answered));
        let mut ticket = desk.app.database.ticket(&id(number)).await.unwrap().unwrap();
        ticket.title = "version 0".into();
        desk.app.database.plant(ticket);
        tasks.spawn(async move {
            for version in 1..=rounds {
                let path = format!("/api/tickets/{}", id(number));
                let reply = desk.patch(&path, &format!(r#"{{"title":"version {version}"}}"#)).await;
                assert_eq!(reply.status, 200);
                answered[number as usize].store(version, SeqCst);
            }
        });
    }
    for reader in 0..8_u32 {
        let (desk, answered) = (desk.clone(), Arc::clone(&answered));
        tasks.spawn(async move {
            for round in 0..2 * u32::try_from(rounds).unwrap() {
                let number = (reader + round) % TICKETS;
                let least = answered[number as usize].load(SeqCst);
                let reply = desk.get(&format!("/api/tickets/{}", id(number))).await;
                let title = json(&reply)["title"].as_str().unwrap().to_owned();
                let version: u64 = title.trim_start_matches("version ").parse().unwrap();
                assert!(version >= least, "version {version} after {least} was answered ({})", reply.cache());
            }
        });
    }
    tasks.join_all().await;
}

fn id(number: u32) -> TicketId {
    TicketId { project: "PROJ".into(), number: number + 1 }
}
