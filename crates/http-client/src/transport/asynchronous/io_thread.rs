//! The thread that waits for sockets and times where nobody else does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder, JoinHandle};

use super::reactor::Reactor;

/// A thread that stands in for a reactor's watchers; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct IoThread {
    reactor: Arc<Reactor>,
    /// Orders nothing else.
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl IoThread {
    pub(super) fn start() -> io::Result<Self> {
        let reactor = Arc::new(Reactor::new()?);
        let is_over = Arc::new(AtomicBool::new(false));
        let (its_reactor, ends) = (Arc::clone(&reactor), Arc::clone(&is_over));
        let thread = Builder::new().name("creel-io".to_owned()).spawn(move || {
            its_reactor.stand_in(&|| ends.load(Ordering::Relaxed));
        })?;
        Ok(Self {
            reactor,
            is_over,
            thread: Some(thread),
        })
    }

    pub(super) fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }
}

impl Drop for IoThread {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else {
            return;
        };
        thread.thread().unpark();
        self.reactor.rouse();
        // A call that is let go of there may be the last to keep the wire.
        if thread.thread().id() != thread::current().id() {
            // A panic of it was told on standard error.
            let _ = thread.join();
        }
    }
}
