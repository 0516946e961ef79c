//! Connections: few, patient but not endlessly so, and each with small requests.

mod patient;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};
use tokio::time;

use crate::feed::Feed;
use crate::{Settings, StartError};

use patient::Patient;

/// The line and the headers of a request.
const HEADERS_BYTES: usize = 16 << 10;

/// What the system keeps of what was written and not read; a reader that is slower is found out.
const UNREAD_BYTES: u32 = 128 << 10;

/// How many connections wait to be taken.
const BACKLOG: u32 = 128;

/// How long pages have to hear that the run is over.
const GRACE: Duration = Duration::from_millis(500);

/// Listening failed for a moment, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens at an address.
pub(crate) fn listen(address: SocketAddr, runtime: &Runtime) -> Result<TcpListener, StartError> {
    // The listener registers with the runtime that is entered here.
    let _entered = runtime.enter();
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A page that was just closed does not keep the next one from its port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        // Connections inherit it.
        socket.set_send_buffer_size(UNREAD_BYTES)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse { address },
        _ => StartError::Listen { address, source },
    })
}

/// Serves until it is told to stop, or whoever could tell it is gone.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    feed: Feed,
    settings: Settings,
    stopped: oneshot::Receiver<()>,
) {
    let feeding = tokio::spawn({
        let feed = feed.clone();
        async move { feed.run().await }
    });
    let room = Arc::new(Semaphore::new(settings.connections));
    let accepting = tokio::spawn(accept(
        listener,
        router,
        Arc::clone(&room),
        settings.patience,
    ));
    _ = stopped.await;
    feed.end();
    accepting.abort();
    let heard = async {
        _ = feeding.await;
        while feed.pages() > 0 {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    _ = time::timeout(GRACE, heard).await;
}

async fn accept(listener: TcpListener, router: Router, room: Arc<Semaphore>, patience: Duration) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "a connection was not taken");
                time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            tracing::debug!("a connection too many is closed");
            continue;
        };
        let router = router.clone();
        tokio::spawn(async move {
            let _place = place;
            connection(stream, router, patience).await;
        });
    }
}

async fn connection(stream: TcpStream, router: Router, patience: Duration) {
    // Events are small and written at once: nothing is gained by waiting for more.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let stream = TokioIo::new(Patient::new(stream, patience));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEADERS_BYTES)
        .serve_connection(stream, TowerToHyperService::new(router));
    if let Err(error) = served.await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection ended"
        );
    }
}
