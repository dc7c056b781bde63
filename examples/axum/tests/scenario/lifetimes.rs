//! How long things live, under which keys, and how many of them: rows 4.1 to 4.5 and 4.11.

use crate::support::Desk;
use fetchwell::engine::Freshness;
use fetchwell::{Policy, Size};
use ticket_desk::caches::Settings;
use ticket_desk::database::{template_id, ticket_id};

#[tokio::test]
async fn row_4_1_a_ticket_lives_five_minutes_under_its_id_and_one_that_nobody_asks_for_a_minute() {
    let desk = Desk::new();
    desk.get("/api/tickets/PROJ-123").await;
    assert_eq!(desk.app.caches.tickets.keys(""), ["PROJ-123".into()]);
    for _ in 0..5 {
        desk.clock.advance("59s");
        assert_eq!(desk.get("/api/tickets/PROJ-123").await.cache(), "HIT");
    }
    desk.clock.advance("4999ms");
    assert!(desk.app.caches.tickets.get("PROJ-123").is_some(), "4:59.999");
    desk.clock.advance("1ms");
    assert!(desk.app.caches.tickets.get("PROJ-123").is_none(), "5:00.000");

    desk.get("/api/tickets/PROJ-7").await;
    desk.clock.advance("59999ms");
    assert!(desk.app.caches.tickets.contains("PROJ-7"));
    desk.clock.advance("1ms");
    assert!(desk.app.caches.tickets.entry("PROJ-7").is_none(), "idle is gone, not stale");
}

#[tokio::test]
async fn row_4_1_there_are_never_more_than_a_thousand_tickets() {
    let desk = Desk::new();
    for rank in 0..1_500 {
        desk.get(&format!("/api/tickets/{}", ticket_id(rank))).await;
        assert!(desk.app.caches.tickets.len() <= 1_000);
    }
    assert_eq!(desk.app.caches.tickets.len(), 1_000);
    assert_eq!(desk.app.caches.tickets.stats().evictions(), 500);
}

#[tokio::test]
async fn row_4_2_a_search_lives_two_minutes_under_its_query_and_limit_and_there_are_five_hundred() {
    let desk = Desk::new();
    desk.get("/api/search?q=login&limit=10").await;
    assert_eq!(desk.app.caches.search.keys(""), ["login:10".into()]);
    assert_eq!(desk.get("/api/search?q=%20Login!&limit=10").await.cache(), "HIT", "spelt otherwise, the same search");
    assert_eq!(desk.get("/api/search?q=login&limit=20").await.cache(), "MISS");
    desk.clock.advance("119999ms");
    assert!(desk.app.caches.search.get("login:10").is_some());
    desk.clock.advance("1ms");
    assert!(desk.app.caches.search.get("login:10").is_none());
    assert_eq!(
        desk.app.caches.search.entry("login:10").unwrap().state,
        Freshness::Stale,
        "for when the database is down"
    );
    for number in 0..600 {
        desk.get(&format!("/api/search?q=word{number}")).await;
    }
    assert_eq!(desk.app.caches.search.len(), 500);
}

#[tokio::test]
async fn row_4_3_the_dashboard_lives_thirty_seconds_under_its_period() {
    let desk = Desk::new();
    desk.get("/api/dashboard?period=7d").await;
    assert_eq!(desk.app.caches.dashboard.keys("kpi-"), ["kpi-7d".into()]);
    desk.clock.advance("29999ms");
    assert!(desk.app.caches.dashboard.get("kpi-7d").is_some());
    desk.clock.advance("1ms");
    assert!(desk.app.caches.dashboard.get("kpi-7d").is_none());
    for number in 0..60 {
        let user = desk.app.caches.dashboard.partition(&format!("user{number}"));
        let found = desk.app.database.dashboard(7, None).await.unwrap();
        user.insert("kpi-7d", found);
    }
    assert_eq!(desk.app.caches.dashboard.len(), 50, "fifty, however many users");
}

#[tokio::test]
async fn row_4_4_a_template_lives_ten_minutes_under_its_uuid_and_there_are_a_hundred() {
    let desk = Desk::new();
    let id = template_id(7);
    let path = format!("/api/templates/{id}");
    desk.get(&path).await;
    assert_eq!(desk.app.caches.templates.keys(""), [id.to_string().into()]);
    desk.clock.advance("599999ms");
    assert!(desk.app.caches.templates.get(id).is_some(), "a key of a type of one's own");
    assert_eq!(desk.get(&path.to_uppercase().replace("/API/TEMPLATES", "/api/templates")).await.cache(), "HIT");
    desk.clock.advance("1ms");
    assert!(desk.app.caches.templates.get(id).is_none());
    for number in 0..150_u128 {
        desk.app.caches.templates.insert(ticket_desk::ids::TemplateId(number), None);
    }
    assert_eq!(desk.app.caches.templates.len(), 100);
}

#[tokio::test]
async fn row_4_5_caches_of_four_types_share_one_budget() {
    const BUDGET: u64 = 60_000;
    let desk = Desk::with(Settings { max_bytes: Size::from(BUDGET), ..Settings::default() });
    let caches = &desk.app.caches;
    for number in 0..400 {
        desk.get(&format!("/api/tickets/{}", ticket_id(number))).await;
        desk.get(&format!("/api/search?q=login&limit={}", number % 100 + 1)).await;
        desk.get(&format!("/api/templates/{}", template_id(number % 60))).await;
        desk.get("/api/dashboard?period=30d").await;
        let parts = [caches.tickets.bytes(), caches.search.bytes(), caches.dashboard.bytes(), caches.templates.bytes()];
        assert_eq!(caches.root.bytes(), parts.iter().sum::<u64>());
        assert!(caches.root.bytes() <= BUDGET);
    }
    assert!(caches.root.stats().evictions() > 0, "it was too small for all that");
}

#[test]
fn row_4_11_what_lives_100_ms_is_gone_after_150() {
    let desk = Desk::new();
    let brief = desk.app.caches.tickets.with(&Policy::new().ttl("100ms").stale_if_error("0s")).unwrap();
    brief.insert("PROJ-123", None);
    desk.clock.advance("50ms");
    assert!(brief.get("PROJ-123").is_some());
    desk.clock.advance("100ms");
    assert!(brief.get("PROJ-123").is_none());
    assert!(brief.get_stale("PROJ-123").is_none());
}
