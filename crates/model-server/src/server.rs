//! A server with threads of its own.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use creel_runtime::BuildError;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;
use tokio::time;

use crate::models::TrainError;
use crate::{Catalogue, Inference, Settings, Stats};

/// A model server that runs until it is stopped or dropped.
///
/// One thread does the input and output of all connections; the models run on a pool of their own. Nothing
/// here needs an async runtime in the caller.
///
/// ```
/// use creel_model_server::{ModelServer, Settings};
///
/// let server = ModelServer::start(Settings::default())?;
/// let answer = ureq::get(format!("{}/v2/health/ready", server.url())).call()?.body_mut().read_to_string()?;
/// assert_eq!(answer, r#"{"ready":true}"#);
/// server.stop();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ModelServer {
    local_addr: SocketAddr,
    inference: Inference,
    /// There until the server was told to stop.
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Why a server could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken.
    #[error(
        "another program listens on {address} already: stop it, or choose another port, 0 for any free one"
    )]
    AddressInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A built-in model could not be trained.
    #[error("the models cannot be loaded")]
    Models(#[from] TrainError),
    /// The settings do not make a pool.
    #[error("the models' pool cannot be built")]
    Pool(#[from] BuildError),
    /// The thread for input and output could not be set up.
    #[error("the server's thread cannot be started")]
    Thread(#[source] io::Error),
}

impl ModelServer {
    /// Starts a server with the built-in models; it takes requests once this returns.
    ///
    /// # Errors
    /// See [`StartError`]; a port that is taken is told with its address.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        Self::start_with(Catalogue::built_in()?, settings)
    }

    /// Starts a server with these models; it takes requests once this returns.
    ///
    /// # Errors
    /// See [`StartError`]; a port that is taken is told with its address.
    pub fn start_with(catalogue: Catalogue, settings: Settings) -> Result<Self, StartError> {
        let grace = settings.grace;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let listener = listen(settings.listen, &runtime)?;
        let local_addr = listener.local_addr().map_err(|source| StartError::Listen {
            address: settings.listen,
            source,
        })?;
        let inference = Inference::new(catalogue, settings)?;
        let router = inference.router();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("creel-serve".to_owned())
            .spawn(move || runtime.block_on(serve(listener, router, stopped, grace)))
            .map_err(StartError::Thread)?;
        tracing::info!(address = %local_addr, "serving models");
        Ok(Self {
            local_addr,
            inference,
            running: Some(Running { stop, thread }),
        })
    }

    /// Takes no more requests, finishes those in flight, and ends; blocks until then.
    ///
    /// Connections that are still busy after [`Settings::grace`] are cut off, and a model that runs is waited
    /// for in any case.
    pub fn stop(mut self) {
        self.finish();
    }

    /// The address that the server listens on, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address for a client on this machine, such as `http://127.0.0.1:8000`.
    pub fn url(&self) -> String {
        let ip = match self.local_addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, self.local_addr.port()))
    }

    /// What became of the requests for inference so far.
    pub fn stats(&self) -> Stats {
        self.inference.stats()
    }

    fn finish(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else {
            return;
        };
        // The receiver is gone only if the thread has ended already.
        _ = stop.send(());
        if thread.join().is_err() {
            tracing::error!("the server's thread panicked");
        }
        self.inference.finish();
        tracing::info!(address = %self.local_addr, "stopped serving models");
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.finish();
    }
}

fn listen(address: SocketAddr, runtime: &Runtime) -> Result<TcpListener, StartError> {
    // The listener registers with the runtime that is entered here.
    let _entered = runtime.enter();
    std::net::TcpListener::bind(address)
        .and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        })
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::AddressInUse { address },
            _ => StartError::Listen { address, source },
        })
}

async fn serve(
    listener: TcpListener,
    router: Router,
    stopped: oneshot::Receiver<()>,
    grace: Duration,
) {
    let (close, closed) = oneshot::channel::<()>();
    let listener = listener.tap_io(|connection| {
        // Answers are small and written at once: nothing is gained by waiting for more.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let serving = axum::serve(listener, router).with_graceful_shutdown(async {
        _ = closed.await;
    });
    let serving = tokio::spawn(async move { serving.await });
    // A sender that was dropped stops the server as well.
    _ = stopped.await;
    _ = close.send(());
    if time::timeout(grace, serving).await.is_err() {
        tracing::warn!(
            ?grace,
            "connections were still busy after the grace and are cut off"
        );
    }
}
