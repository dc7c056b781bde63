//! What goes wrong is said plainly, in JSON, with the field's name.

use crate::support::{Desk, json};
use ticket_desk::client::Request;

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_name_of_the_field_and_changes_nothing() {
    let desk = Desk::new();
    for (method, path, body, field) in [
        ("GET", "/api/tickets/7", "", "id"),
        ("GET", "/api/tickets/PROJ-007", "", "id"),
        ("GET", "/api/tickets?project=proj", "", "project"),
        ("GET", "/api/tickets?page=0", "", "page"),
        ("GET", "/api/tickets?pages=1", "", "pages"),
        ("GET", "/api/search", "", "q"),
        ("GET", "/api/search?q=%20", "", "q"),
        ("GET", "/api/search?q=!!!", "", "q"),
        ("GET", "/api/search?q=login&limit=NaN", "", "limit"),
        ("GET", "/api/search?q=login&limit=101", "", "limit"),
        ("GET", "/api/dashboard?period=forever", "", "period"),
        ("GET", "/api/templates/7", "", "id"),
        ("POST", "/api/tickets", "", "body"),
        ("POST", "/api/tickets", "[]", "body"),
        ("POST", "/api/tickets", r#"{"project":"PROJ"}"#, "title"),
        ("POST", "/api/tickets", r#"{"project":"P","title":"x"}"#, "project"),
        ("PATCH", "/api/tickets/PROJ-1", r#"{"title":7}"#, "title"),
        ("PATCH", "/api/tickets/PROJ-1", r#"{"status":"finished"}"#, "status"),
        ("PATCH", "/api/tickets/PROJ-1", r#"{"titel":"x"}"#, "titel"),
        ("PATCH", "/api/tickets/PROJ-1", "{}", "body"),
        ("POST", "/api/logout", "", "X-User"),
    ] {
        let reply = desk.send(Request::new(method, path, body)).await;
        assert_eq!(reply.status, 400, "{method} {path} {body}");
        assert_eq!(json(&reply)["field"], field, "{method} {path} {body}");
        assert!(json(&reply)["error"].as_str().unwrap().starts_with(field), "{}", reply.body);
    }
    assert_eq!((desk.app.database.calls(), desk.app.caches.root.len()), (0, 0));
    let nobody = Request::get("/api/dashboard").from_user("ada; drop");
    assert_eq!(json(&desk.send(nobody).await)["field"], "X-User");
}

#[tokio::test]
async fn what_is_not_there_is_404_and_says_what() {
    let desk = Desk::new();
    for (path, what) in [
        ("/api/tickets/PROJ-4711", "there is no ticket PROJ-4711"),
        (
            "/api/templates/123e4567-e89b-12d3-a456-426614174000",
            "there is no template 123e4567-e89b-12d3-a456-426614174000",
        ),
        ("/api/unicorns", "there is no page /api/unicorns"),
    ] {
        let reply = desk.get(path).await;
        assert_eq!((reply.status, &json(&reply)["error"]), (404, &what.into()));
    }
    for method in ["PATCH", "DELETE"] {
        let reply = desk.send(Request::new(method, "/api/tickets/PROJ-4711", r#"{"title":"x"}"#)).await;
        assert_eq!(reply.status, 404, "{method}");
    }
}

#[tokio::test]
async fn a_database_that_is_down_is_503_unless_there_is_an_old_answer() {
    let desk = Desk::new();
    desk.get("/api/search?q=login").await;
    desk.app.database.set_errors_per_thousand(1_000);
    assert_eq!(desk.get("/api/search?q=login").await.cache(), "HIT", "nobody notices");
    desk.clock.advance("2m");
    let old = desk.get("/api/search?q=login").await;
    assert_eq!((old.status, old.cache()), (200, "STALE"));
    desk.clock.advance("1h");
    for path in ["/api/search?q=login", "/api/tickets/PROJ-1", "/api/templates"] {
        let reply = desk.get(path).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"), "{path}");
        assert_eq!(json(&reply)["error"], "the database does not answer");
    }
    assert_eq!(desk.patch("/api/tickets/PROJ-1", r#"{"title":"x"}"#).await.status, 503);
    desk.app.database.set_errors_per_thousand(0);
    assert_eq!(desk.get("/api/tickets/PROJ-1").await.status, 200, "a failure is not kept");
}

#[tokio::test]
async fn a_database_that_fails_now_and_then_fails_as_often_as_it_was_told() {
    let desk = Desk::new();
    desk.app.database.set_errors_per_thousand(250);
    let mut failed = 0;
    for rank in 0..1_000 {
        failed += u32::from(desk.app.database.ticket(&ticket_desk::database::ticket_id(rank)).await.is_err());
    }
    assert_eq!(failed, 250);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_hangs_is_given_up_after_two_seconds() {
    let desk = Desk::slow(60_000);
    let reply = desk.get("/api/tickets/PROJ-1").await;
    assert_eq!((reply.status, reply.took.as_secs()), (503, 2));
}
