//! What the cache is for, under traffic: rows 4.12, 4.13, 4.14 and 4.16. Time is simulated; `bin/load` measures.

use crate::support::{Desk, scaled};
use fetchwell::Size;
use std::time::Duration;
use ticket_desk::caches::Settings;
use ticket_desk::database::ticket_id;
use ticket_desk::workload::Workload;

/// The mean of 100 requests after 10 warm-ups, a tenth of them for tickets that nobody asked for before.
async fn mean_after_warm_up(desk: &Desk) -> Duration {
    let mut sum = Duration::ZERO;
    for number in 0..110 {
        let rank = if number % 10 == 9 { 1_000 + number } else { number % 10 };
        let took = desk.get(&format!("/api/tickets/{}", ticket_id(rank))).await.took;
        if number >= 10 {
            sum += took;
        }
    }
    sum / 100
}

#[tokio::test(start_paused = true)]
async fn row_4_12_after_ten_warm_ups_a_hundred_requests_take_a_tenth_of_what_they_took() {
    let desk = Desk::slow(20);
    let with = mean_after_warm_up(&desk).await;
    let off = Desk::with(Settings { enabled: false, ..Settings::default() });
    off.app.database.set_latency(Duration::from_millis(20));
    let without = mean_after_warm_up(&off).await;
    assert_eq!((with.as_millis(), without.as_millis()), (2, 20), "aims: under 10 ms, and down by more than 30 %");
}

#[tokio::test]
async fn row_4_13_more_than_seven_of_ten_requests_hit_after_a_warm_up() {
    let desk = Desk::new();
    let mut workload = Workload::new(1);
    for request in workload.by_ref().take(10_000) {
        desk.send(request).await;
    }
    desk.app.caches.root.reset_stats();
    for request in workload.take(scaled(50_000)) {
        desk.send(request).await;
    }
    for cache in [desk.app.caches.root.stats(), desk.app.caches.tickets.stats()] {
        assert!(cache.hit_rate() > 0.7, "{}", cache.hit_rate());
    }
}

#[tokio::test]
async fn row_4_14_memory_is_bounded_at_every_step_of_a_soak() {
    const BUDGET: u64 = 128 * 1_024;
    let desk = Desk::with(Settings { max_bytes: Size::from(BUDGET), ..Settings::default() });
    let caches = &desk.app.caches;
    let mut most = 0;
    for (step, request) in Workload::new(2).take(scaled(200_000)).enumerate() {
        desk.clock.advance("10ms");
        desk.send(request).await;
        let (bytes, entries) = (caches.root.bytes(), caches.root.len());
        assert!(bytes <= BUDGET && entries <= 1_650, "{bytes} bytes, {entries} entries at step {step}");
        most = most.max(bytes);
    }
    assert!(most > BUDGET * 9 / 10, "it was full: {most}");
    assert!(caches.root.stats().evictions() > 1_000);
}

#[tokio::test(start_paused = true)]
async fn row_4_16_a_stampede_is_one_call() {
    let desk = Desk::slow(50);
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let desk = desk.clone();
            tokio::spawn(async move { desk.get("/api/tickets/PROJ-1").await })
        })
        .collect();
    let mut words = Vec::new();
    for caller in callers {
        words.push(caller.await.unwrap().cache().to_owned());
    }
    assert_eq!(desk.app.database.calls(), 1);
    assert_eq!(words.iter().filter(|word| *word == "MISS").count(), 1);
    assert_eq!(words.iter().filter(|word| *word == "COALESCED").count(), 199);
}

#[tokio::test]
async fn row_4_16_popular_tickets_are_there_before_the_first_request() {
    let desk = Desk::new();
    assert_eq!(desk.app.caches.warm(&desk.app.database, 100).await.unwrap(), 100);
    assert_eq!(desk.app.database.calls(), 1);
    for rank in 0..100 {
        assert_eq!(desk.get(&format!("/api/tickets/{}", ticket_id(rank))).await.cache(), "HIT");
    }
}

#[tokio::test(start_paused = true)]
async fn row_4_16_figures_that_are_asked_for_are_loaded_anew_before_they_expire() {
    let desk = Desk::slow(0);
    // A load that seems long is repeated early: this one took four seconds of the cache's own time.
    desk.app.database.set_latency(Duration::from_secs(1));
    let slow = tokio::spawn({
        let desk = desk.clone();
        async move { desk.get("/api/dashboard").await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    desk.clock.advance("4s");
    assert_eq!(slow.await.unwrap().cache(), "MISS");
    desk.app.database.set_latency(Duration::ZERO);
    for _ in 0..300 {
        desk.clock.advance("100ms");
        assert_eq!(desk.get("/api/dashboard").await.cache(), "HIT", "nobody waits");
        // What is loaded on the side gets its turn.
        tokio::task::yield_now().await;
    }
    assert!(desk.app.database.calls() > 1);
}
