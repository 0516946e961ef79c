//! The thread that moves the bytes.

use std::convert::Infallible;
use std::io;
use std::thread::{self, Builder, JoinHandle};

use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

/// A thread with the sockets and timers of a wire; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct IoThread {
    handle: Handle,
    /// Dropping it is the word to end.
    keep: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl IoThread {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Whoever has bytes to move goes first: the next wait then tells of several sockets at once.
            .on_thread_park(thread::yield_now)
            .build()?;
        let handle = runtime.handle().clone();
        let (keep, ended) = oneshot::channel::<Infallible>();
        let thread = Builder::new().name("creel-io".to_owned()).spawn(move || {
            // It comes to its end only by the sender's.
            let _ = runtime.block_on(ended);
            // A name that is still being looked up has a thread of its own, which may take its time.
            runtime.shutdown_background();
        })?;
        Ok(Self {
            handle,
            keep: Some(keep),
            thread: Some(thread),
        })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for IoThread {
    fn drop(&mut self) {
        self.keep = None;
        if let Some(thread) = self.thread.take() {
            // A panic of it was told on standard error.
            let _ = thread.join();
        }
    }
}
