//! The server. `ticket-desk --help` says what it can be told.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use ticket_desk::app::App;
use ticket_desk::caches::Caches;
use ticket_desk::database::Database;
use ticket_desk::options::{HELP, Options};
use ticket_desk::server::{interrupted, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => run(options).await,
        Ok(None) => {
            println!("{HELP}");
            Ok(())
        }
        Err(wrong) => Err(wrong),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("ticket-desk: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), String> {
    let Options { port, settings, latency, errors_per_thousand, warm, snapshot } = options;
    let database = Database::with_latency(latency);
    database.set_errors_per_thousand(errors_per_thousand);
    let app = App::new(database, settings).map_err(|error| error.to_string())?;
    if let Some(path) = snapshot.clone() {
        restore(Arc::clone(&app.caches), path).await;
    }
    if warm > 0 {
        match app.caches.warm(&app.database, warm).await {
            Ok(many) => println!("{many} popular tickets loaded beforehand"),
            // A cold start is slow, and no reason not to start.
            Err(error) => eprintln!("nothing was loaded beforehand: {error}"),
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("--port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    // From here on the kernel takes connections for us: whoever reads this line can send a request.
    println!("http://{address}");
    serve(listener, &app, interrupted()).await.map_err(|error| error.to_string())?;
    println!("stopped; {}", app.caches.root.describe());
    match snapshot {
        Some(path) => save(app.caches, &path).await,
        None => Ok(()),
    }
}

/// A snapshot that cannot be read is told and forgotten: the caches fill by themselves.
async fn restore(caches: Arc<Caches>, path: PathBuf) {
    let shown = path.display().to_string();
    let restored = tokio::task::spawn_blocking(move || caches.root.restore_from(path)).await;
    match restored {
        Ok(Ok(restored)) => println!("{} entries restored from {shown}", restored.restored),
        Ok(Err(error)) => eprintln!("nothing restored: {error}"),
        Err(error) => eprintln!("nothing restored: {error}"),
    }
}

async fn save(caches: Arc<Caches>, path: &Path) -> Result<(), String> {
    let (shown, file) = (path.display().to_string(), path.to_path_buf());
    let saved = tokio::task::spawn_blocking(move || caches.root.save_to(file)).await;
    saved.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    println!("caches saved to {shown}");
    Ok(())
}
