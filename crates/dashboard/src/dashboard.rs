//! A page that is served until it is dropped.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::runtime;
use tokio::sync::oneshot;

use crate::easel::Easel;
use crate::feed::Feed;
use crate::http::{self, Access};
use crate::journal::Journal;
use crate::server;
use crate::view::View;
use crate::{Settings, StartError};

/// How much the page gives way to whatever else wants the processor.
#[cfg(target_os = "linux")]
const NICE: i32 = 19;

/// A page that is served until this is dropped.
///
/// Dropping it tells the pages that the run is over, after a last look at it, and blocks for a moment until they have heard.
#[derive(Debug)]
pub struct Dashboard {
    local_addr: SocketAddr,
    /// With the token, where that is the page's own.
    url: String,
    journal: Journal,
    easels: Vec<Easel>,
    /// There until it was told to stop.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Dashboard {
    /// Serves a page from a thread of its own; it can be opened once this returns.
    ///
    /// `look` says where the run stands. It is called on that thread, twenty times a second at most, however many look, and
    /// should not take long.
    ///
    /// # Errors
    /// See [`StartError`]; a port that is taken is told with its address.
    pub fn start(
        settings: Settings,
        look: impl FnMut() -> View + Send + 'static,
    ) -> Result<Self, StartError> {
        let address = settings.listen;
        if settings.token.is_none() && !address.ip().is_loopback() {
            return Err(StartError::NoToken { address });
        }
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("creel-page-work")
            .max_blocking_threads(2)
            .build()
            .map_err(StartError::Thread)?;
        let listener = server::listen(address, &runtime)?;
        let local_addr = listener
            .local_addr()
            .map_err(|source| StartError::Listen { address, source })?;
        let start = Instant::now();
        let journal = Journal::new(start);
        let pages = Arc::new(AtomicUsize::new(0));
        let easels: Vec<Easel> = settings
            .sources
            .iter()
            .map(|_| Easel::new(start, settings.picture_interval, Arc::clone(&pages)))
            .collect();
        let feed = Feed::new(
            Box::new(look),
            journal.clone(),
            easels.clone(),
            pages,
            settings.picture_interval,
        );
        let access = Access::new(local_addr, settings.token.clone());
        let url = url(local_addr, &access);
        let router = http::router(feed.clone(), access, settings.pages);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("creel-page".to_owned())
            .spawn(move || {
                give_way();
                runtime.block_on(server::serve(listener, router, feed, settings, stopped));
                // Encoders may still be at work, for nobody.
                runtime.shutdown_background();
            })
            .map_err(StartError::Thread)?;
        tracing::info!(address = %local_addr, "serving the page");
        Ok(Self {
            local_addr,
            url,
            journal,
            easels,
            running: Some(Running { stop, thread }),
        })
    }

    /// The address that it listens on, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address for a browser, with the token in it where there is one: for the eyes of whoever may look.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the lives of items are written.
    pub fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// Where the pictures of the source with this number stand, counted as in [`Settings::sources`].
    pub fn easel(&self, source: usize) -> Option<Easel> {
        self.easels.get(source).cloned()
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else {
            return;
        };
        // The receiver is gone only if the thread has ended already.
        _ = stop.send(());
        if thread.join().is_err() {
            tracing::error!("the page's thread panicked");
        }
    }
}

fn url(address: SocketAddr, access: &Access) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        ip => outward(ip),
    };
    let host = SocketAddr::new(ip, address.port());
    match access.token() {
        Some(token) => format!("http://{host}/?token={}", token.reveal()),
        None => format!("http://{host}/"),
    }
}

/// The address by which others reach this machine, most likely.
fn outward(unspecified: IpAddr) -> IpAddr {
    // Addresses for documentation: nothing is sent there, the system only says from where it would be.
    let (any, elsewhere, local) = match unspecified {
        IpAddr::V4(_) => ("0.0.0.0:0", "192.0.2.1:9", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        IpAddr::V6(_) => ("[::]:0", "[2001:db8::1]:9", IpAddr::V6(Ipv6Addr::LOCALHOST)),
    };
    let found = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(elsewhere)?;
        socket.local_addr()
    });
    found.map_or(local, |address| address.ip())
}

/// Whoever looks must not slow down what is looked at.
fn give_way() {
    // On Linux that is a property of the thread, and threads that it starts have it too.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the page's thread keeps its priority");
    }
}
