//! On a port, until it is told to stop.

use crate::app::App;
use axum::serve::ListenerExt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Requests in flight get this long when the server is to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` ends, then answers what is in flight, and no longer than [`GRACE`].
pub async fn serve(
    listener: TcpListener,
    app: &App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (told, heard) = oneshot::channel::<()>();
    let stop = async move {
        stop.await;
        // Whoever heard of it may be gone: then there is nothing to tell.
        let _ = told.send(());
    };
    // Answers are small: they go at once, not when the last one was acknowledged.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, app.router()).with_graceful_shutdown(stop);
    let patience = async {
        let _ = heard.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = serving => done,
        () = patience => Ok(()),
    }
}

/// A server that runs beside you, on a port of its own.
#[derive(Debug)]
pub struct Running {
    /// Where it is reached.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Starts it on a free port of this machine.
    pub async fn start(app: App) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            serve(listener, &app, stopped).await
        });
        Ok(Self { address, stop, task })
    }

    /// Stops it, and ends when it has stopped.
    pub async fn stop(self) -> io::Result<()> {
        // A server that has ended by itself cannot be told.
        let _ = self.stop.send(());
        self.task.await.map_err(io::Error::other)?
    }
}

/// Ends on Ctrl-C, and where there is such a thing on SIGTERM.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
