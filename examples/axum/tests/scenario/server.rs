//! Over a real socket, on this machine.

use std::time::Duration;
use ticket_desk::app::App;
use ticket_desk::caches::Settings;
use ticket_desk::client::{Client, Request};
use ticket_desk::database::Database;
use ticket_desk::server::Running;

async fn start(latency_ms: u64) -> (App, Running) {
    let app = App::new(Database::with_latency(Duration::from_millis(latency_ms)), Settings::default()).unwrap();
    (app.clone(), Running::start(app).await.unwrap())
}

#[tokio::test]
async fn row_4_10_the_same_over_a_socket() {
    let (app, server) = start(0).await;
    let mut client = Client::connect(server.address).await.unwrap();
    let mut words = Vec::new();
    for request in [
        Request::get("/api/tickets/PROJ-123"),
        Request::get("/api/tickets/PROJ-123"),
        Request::new("PATCH", "/api/tickets/PROJ-123", r#"{"title":"Feed the zebra"}"#),
        Request::get("/api/tickets/PROJ-123"),
    ] {
        let reply = client.send(&request).await.unwrap();
        assert_eq!(reply.status, 200);
        words.push(reply.cache().to_owned());
    }
    assert_eq!(words, ["MISS", "HIT", "", "MISS"]);
    assert_eq!(app.database.calls(), 3);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn row_4_16_callers_on_many_connections_share_one_call() {
    let (app, server) = start(500).await;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let mut client = Client::connect(server.address).await.unwrap();
        callers.spawn(async move { client.send(&Request::get("/api/tickets/PROJ-123")).await.unwrap().status });
    }
    assert!(callers.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(app.database.calls(), 1);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn who_is_in_the_middle_of_a_request_is_answered_before_the_server_stops() {
    let (app, server) = start(100).await;
    let mut client = Client::connect(server.address).await.unwrap();
    let asking = tokio::spawn(async move { client.send(&Request::get("/api/tickets/PROJ-123")).await });
    while app.database.calls() == 0 {
        tokio::task::yield_now().await;
    }
    server.stop().await.unwrap();
    assert_eq!(asking.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn a_warm_cache_outlives_the_server() {
    let path = std::env::temp_dir().join(format!("ticket-desk-{}.snapshot", std::process::id()));
    let (app, server) = start(0).await;
    let mut client = Client::connect(server.address).await.unwrap();
    let paths = ["/api/tickets/PROJ-1", "/api/tickets/PROJ-4711", "/api/search?q=login", "/api/dashboard"];
    for path in paths {
        client.send(&Request::get(path)).await.unwrap();
    }
    server.stop().await.unwrap();
    app.caches.root.save_to(&path).unwrap();

    let (app, server) = start(0).await;
    assert_eq!(app.caches.root.restore_from(&path).unwrap().restored, 4);
    std::fs::remove_file(path).unwrap();
    let mut client = Client::connect(server.address).await.unwrap();
    for path in paths {
        assert_eq!(client.send(&Request::get(path)).await.unwrap().cache(), "HIT", "{path}");
    }
    assert_eq!(app.database.calls(), 0);
    app.caches.search.invalidate_tag("word:login");
    let searched = client.send(&Request::get("/api/search?q=login")).await.unwrap();
    assert_eq!(searched.cache(), "MISS", "tags came back too");
    server.stop().await.unwrap();
}
