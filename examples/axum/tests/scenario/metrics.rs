//! What is counted, and where it is read: rows 4.7, 4.8, 4.17 and 4.18.

use crate::support::{Desk, json};
use fetchwell::engine::MissReason;
use fetchwell::{Event, What};
use openmetrics_parser::openmetrics::parse_openmetrics;
use std::sync::{Arc, Mutex};
use ticket_desk::database::ticket_id;

#[tokio::test]
async fn row_4_7_metrics_bear_the_applications_prefix_and_are_labelled_by_cache() {
    let desk = Desk::new();
    for path in ["/api/tickets/PROJ-1", "/api/tickets/PROJ-1", "/api/search?q=login"] {
        desk.get(path).await;
    }
    for rank in 0..1_200 {
        desk.get(&format!("/api/tickets/{}", ticket_id(rank))).await;
    }
    let text = desk.get("/metrics").await.body;
    let stats = desk.app.caches.tickets.stats();
    for line in [
        "# TYPE qa_pms_cache_hits counter".into(),
        "# TYPE qa_pms_cache_entries gauge".into(),
        format!("qa_pms_cache_hits_total{{cache_type=\"tickets\"}} {}", stats.hits),
        format!("qa_pms_cache_misses_total{{cache_type=\"tickets\"}} {}", stats.misses),
        "qa_pms_cache_misses_total{cache_type=\"search\"} 1".into(),
        "qa_pms_cache_entries{cache_type=\"tickets\"} 1000".into(),
        format!("qa_pms_cache_evictions_total{{cache_type=\"tickets\"}} {}", stats.evictions()),
    ] {
        assert!(text.lines().any(|each| each == line), "{line}\n{text}");
    }
    assert!(stats.evictions() >= 200, "row 4.18: evictions are counted");
    for cache in ["desk", "tickets", "search", "dashboard", "templates"] {
        assert!(text.contains(&format!("cache_type=\"{cache}\"")), "{cache}");
    }
    parse_openmetrics(&text).unwrap();
}

#[tokio::test]
async fn row_4_8_metrics_are_read_when_they_are_asked_for_and_never_old() {
    let desk = Desk::new();
    let hits = |text: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix("qa_pms_cache_hits_total{cache_type=\"tickets\"} ").map(String::from))
    };
    desk.get("/api/tickets/PROJ-1").await;
    for expected in 1..5 {
        desk.get("/api/tickets/PROJ-1").await;
        let page = desk.get("/metrics").await;
        assert_eq!(page.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert_eq!(hits(&page.body), Some(expected.to_string()));
    }
    desk.patch("/api/tickets/PROJ-1", r#"{"status":"done"}"#).await;
    assert!(desk.get("/metrics").await.body.contains("qa_pms_cache_entries{cache_type=\"tickets\"} 0\n"));
}

#[tokio::test]
async fn row_4_18_hits_misses_and_evictions_can_be_asked_for() {
    let desk = Desk::new();
    for _ in 0..3 {
        desk.get("/api/tickets/PROJ-1").await;
    }
    desk.patch("/api/tickets/PROJ-1", r#"{"status":"done"}"#).await;
    desk.get("/api/tickets/PROJ-1").await;
    let stats = desk.app.caches.tickets.stats();
    assert_eq!((stats.hits, stats.misses, stats.evictions(), stats.invalidations), (2, 2, 0, 1));
    assert_eq!((stats.misses_by(MissReason::Cold), stats.misses_by(MissReason::Invalidated)), (1, 1));
    let health = json(&desk.get("/health").await);
    assert_eq!(health["cache"]["tickets"]["rating"], "fair");
    assert!(health["cache"]["tickets"]["text"].as_str().unwrap().starts_with("fair: 50.0 % of 4 requests"), "{health}");
}

#[tokio::test]
async fn row_4_17_each_hit_and_each_miss_can_be_traced() {
    let desk = Desk::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let listening = desk.app.caches.root.on({
        let log = Arc::clone(&log);
        move |Event { namespace, what }| match what {
            What::Hit { key, .. } => log.lock().unwrap().push(format!("{namespace} {key} hit")),
            What::Miss { key, reason } => log.lock().unwrap().push(format!("{namespace} {key} {}", reason.word())),
            _ => {}
        }
    });
    for path in ["/api/tickets/PROJ-1", "/api/tickets/PROJ-1", "/api/search?q=login&limit=5"] {
        desk.get(path).await;
    }
    drop(listening);
    desk.get("/api/tickets/PROJ-1").await;
    assert_eq!(*log.lock().unwrap(), ["tickets PROJ-1 cold", "tickets PROJ-1 hit", "search login:5 cold"]);
}
