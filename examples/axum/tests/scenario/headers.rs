//! What answers say of the cache: rows 4.9 and 4.19.

use crate::support::Desk;
use std::time::Duration;
use ticket_desk::caches::Settings;
use ticket_desk::client::Reply;
use ticket_desk::database::template_id;
use ticket_desk::ticket::{ProjectFigures, Status, most_work_first};

fn told(reply: &Reply) -> (&str, &str) {
    (reply.cache(), reply.header("cache-status"))
}

#[tokio::test]
async fn row_4_9_tickets_and_searches_say_hit_or_miss() {
    let desk = Desk::new();
    for path in ["/api/tickets/PROJ-1", "/api/search?q=login", "/api/tickets?project=WEB", "/api/dashboard"] {
        assert_eq!(desk.get(path).await.cache(), "MISS", "{path}");
        assert_eq!(desk.get(path).await.cache(), "HIT", "{path}");
    }
}

#[tokio::test]
async fn row_4_19_the_standard_field_has_its_own_grammar_and_the_plain_word_a_field_of_its_own() {
    let desk = Desk::new();
    let path = "/api/search?q=login";
    assert_eq!(told(&desk.get(path).await), ("MISS", "fetchwell; fwd=uri-miss; stored; detail=cold"));
    assert_eq!(told(&desk.get(path).await), ("HIT", "fetchwell; hit; ttl=120"));
    desk.clock.advance("500ms");
    assert_eq!(told(&desk.get(path).await), ("HIT", "fetchwell; hit; ttl=119"));
    desk.clock.advance("2m");
    desk.app.database.set_errors_per_thousand(1_000);
    assert_eq!(told(&desk.get(path).await), ("STALE", "fetchwell; fwd=stale; ttl=-1; detail=stale-if-error"));
    let failed = desk.get("/api/tickets/PROJ-1").await;
    assert_eq!((failed.status, told(&failed)), (503, ("MISS", "fetchwell; fwd=uri-miss; detail=cold")));
    desk.app.database.set_errors_per_thousand(0);
    assert_eq!(told(&desk.get(path).await), ("MISS", "fetchwell; fwd=stale; stored; detail=expired"));
    desk.app.caches.search.clear();
    assert_eq!(told(&desk.get(path).await), ("MISS", "fetchwell; fwd=uri-miss; stored; detail=invalidated"));
}

#[tokio::test(start_paused = true)]
async fn an_old_template_answers_at_once_and_is_loaded_anew_meanwhile() {
    let desk = Desk::slow(50);
    let path = format!("/api/templates/{}", template_id(1));
    desk.get(&path).await;
    desk.clock.advance("11m");
    let (stale, calls) = desk.calls(desk.get(&path)).await;
    assert_eq!((told(&stale), stale.took.as_millis()), (("STALE", "fetchwell; hit; ttl=-60"), 0));
    assert_eq!(calls, 0, "it begins when nobody waits any more");
    tokio::time::sleep(Duration::from_millis(51)).await;
    assert_eq!(told(&desk.get(&path).await), ("HIT", "fetchwell; hit; ttl=600"));
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_somebody_elses_load_is_told() {
    let desk = Desk::slow(50);
    let (first, second) = tokio::join!(desk.get("/api/tickets/PROJ-1"), desk.get("/api/tickets/PROJ-1"));
    assert_eq!(told(&first), ("MISS", "fetchwell; fwd=uri-miss; stored; detail=cold"));
    assert_eq!(told(&second), ("COALESCED", "fetchwell; fwd=uri-miss; stored; collapsed; detail=cold"));
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_after_a_failure_is_no_hit_neither_for_who_asked_the_database_nor_for_who_waited() {
    let desk = Desk::slow(50);
    desk.get("/api/search?q=login").await;
    desk.clock.advance("2m");
    desk.app.database.set_errors_per_thousand(1_000);
    let ((first, second), calls) =
        desk.calls(async { tokio::join!(desk.get("/api/search?q=login"), desk.get("/api/search?q=login")) }).await;
    assert_eq!(calls, 1);
    for reply in [first, second] {
        assert_eq!(told(&reply), ("STALE", "fetchwell; fwd=stale; ttl=0; detail=stale-if-error"));
    }
}

#[tokio::test]
async fn a_cache_that_is_switched_off_says_so_and_keeps_nothing() {
    let desk = Desk::with(Settings { enabled: false, ..Settings::default() });
    for _ in 0..3 {
        let (reply, calls) = desk.calls(desk.get("/api/tickets/PROJ-1")).await;
        assert_eq!((told(&reply), calls), (("BYPASS", "fetchwell; fwd=bypass"), 1));
    }
    assert_eq!(desk.app.caches.root.len(), 0);
}

#[test]
fn row_4_19_a_mean_that_is_no_number_has_its_place_and_brings_nothing_down() {
    let project = |name: &str, mean_hours| ProjectFigures { project: name.into(), mean_hours };
    let mut projects =
        [project("A", None), project("B", Some(1.5)), project("C", Some(f64::NAN)), project("D", Some(9.0))];
    most_work_first(&mut projects);
    assert_eq!(projects.map(|project| project.project.to_string()), ["C", "D", "B", "A"]);
}

#[tokio::test]
async fn row_4_19_a_row_without_a_number_still_gives_a_dashboard() {
    let desk = Desk::new();
    let mut ticket = desk.app.database.ticket(&"PROJ-1".parse().unwrap()).await.unwrap().unwrap();
    (ticket.hours, ticket.status, ticket.age_days) = (f64::NAN, Status::Done, 0);
    desk.app.database.plant(ticket);
    let reply = desk.get("/api/dashboard?period=1d").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}
