//! What waits for sockets and times, on whichever thread keeps watch.
//!
//! One thread at a time has the *place*: it waits for all sockets and times at once, and wakes the calls that can go on. The
//! wire's own thread takes it where nobody else does. A thread pool that has the reactor as its
//! [lookout](creel_core::port::Lookout) has an idle worker take it: then what comes in is found by the thread that goes on
//! with it.

mod relief;
mod sleep;
mod source;
mod stream;
mod timers;

use std::fmt;
use std::io;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use creel_core::port::{Lookout, Watch, Watcher};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;

use relief::{Memory, Relief};
pub(super) use sleep::{Sleep, timeout};
use source::Source;
pub(super) use stream::Stream;
use timers::Timers;

/// So many sockets are told of at once.
const EVENTS_AT_ONCE: usize = 256;
/// What stands for no socket, but for a call to [`Reactor::rouse`].
const ROUSED: Token = Token(usize::MAX);
/// Until whoever stands in tries again to wait, where the system does not let it.
const FAILURE_PAUSE: Duration = Duration::from_millis(100);

/// The sockets and timers of a wire.
pub(crate) struct Reactor {
    place: Mutex<Place>,
    registry: Registry,
    rouser: mio::Waker,
    sources: Mutex<Slab<Arc<Source>>>,
    timers: Timers,
    relief: Relief,
}

/// What whoever keeps watch has alone.
struct Place {
    poll: Poll,
    events: Events,
    /// Whom to wake; kept, so that it need not be allocated.
    ready: Vec<Waker>,
}

impl Reactor {
    pub(super) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        Ok(Self {
            rouser: mio::Waker::new(&registry, ROUSED)?,
            registry,
            place: Mutex::new(Place {
                poll,
                events: Events::with_capacity(EVENTS_AT_ONCE),
                ready: Vec::new(),
            }),
            sources: Mutex::default(),
            timers: Timers::default(),
            relief: Relief::default(),
        })
    }

    /// Keeps watch for one time.
    ///
    /// # Errors
    /// When the system does not let it wait. Whose time has come is woken all the same.
    fn turn(
        &self,
        place: &mut Place,
        until: Option<Instant>,
        watcher: &mut dyn Watcher,
    ) -> io::Result<()> {
        if !watcher.stays() {
            return Ok(());
        }
        let waited = self.wait(place, until);
        if !place.ready.is_empty() {
            watcher.found();
            // The place is kept meanwhile, so that who else would watch sleeps and does not come in between.
            place.ready.drain(..).for_each(wake);
        }
        waited.inspect_err(|error| {
            tracing::error!(%error, "the system does not let anybody wait for sockets");
        })
    }

    fn take_place(&self) -> Option<MutexGuard<'_, Place>> {
        match self.place.try_lock() {
            Ok(place) => Some(place),
            // Nothing in it is left half done.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Keeps watch where nobody else does, until that is over; for one thread, which whoever ends it
    /// unparks before it [rouses](Self::rouse).
    pub(super) fn stand_in(&self, is_over: &dyn Fn() -> bool) {
        self.relief.attend();
        let mut memory = Memory::default();
        while !is_over() {
            self.relief.rest(&mut memory, is_over);
            match self.take_place() {
                Some(mut place) => {
                    let turn = self.turn(&mut place, None, &mut StandIn(is_over));
                    drop(place);
                    if turn.is_err() {
                        thread::park_timeout(FAILURE_PAUSE);
                    }
                }
                // Somebody has just come.
                None => thread::yield_now(),
            }
        }
    }

    /// Waits, and gathers whom to wake.
    fn wait(&self, place: &mut Place, until: Option<Instant>) -> io::Result<()> {
        let Place {
            poll,
            events,
            ready,
        } = place;
        let until = self.timers.wait_until(until);
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let polled = poll.poll(events, timeout);
        self.timers.due(ready);
        let sources = self.sources();
        for event in &*events {
            // One that was closed meanwhile is none any more.
            if let Some(source) = sources.get(event.token().0) {
                source.happened(event.into(), ready);
            }
        }
        match polled {
            // A signal came.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            polled => polled,
        }
    }

    /// Has whoever keeps watch look again.
    pub(super) fn rouse(&self) {
        if let Err(error) = self.rouser.wake() {
            tracing::error!(%error, "the thread that waits for sockets cannot be reached");
        }
    }

    fn register(&self, socket: &mut mio::net::TcpStream) -> io::Result<(usize, Arc<Source>)> {
        let source = Arc::new(Source::default());
        let number = self.sources().insert(Arc::clone(&source));
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.registry.register(socket, Token(number), both) {
            self.sources().remove(number);
            return Err(error);
        }
        Ok((number, source))
    }

    fn deregister(&self, number: usize, socket: &mut mio::net::TcpStream) {
        // One that the system does not know any more need not be taken out.
        let _ = self.registry.deregister(socket);
        // The stream has it as well: whoever waited for it is let go of with that, without the lock.
        self.sources().remove(number);
    }

    fn sources(&self) -> MutexGuard<'_, Slab<Arc<Source>>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookout for Reactor {
    fn watch(&self, until: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        let Some(mut place) = self.take_place() else {
            self.relief.want();
            return Watch::Taken;
        };
        let shift = self.relief.begin();
        let turn = self.turn(&mut place, until, watcher);
        drop(shift);
        // Who cannot wait here does not try it again at once.
        turn.map_or(Watch::Taken, |()| Watch::Kept)
    }

    fn rouse(&self) {
        self.rouse();
    }
}

/// Wakes somebody whose waker is foreign code: a panic of it is told of, and harms neither this thread nor the others.
fn wake(waker: Waker) {
    let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| waker.wake())) else {
        return;
    };
    // So are whoever listens to the report, and what the panic left.
    let told = panic::catch_unwind(AssertUnwindSafe(|| {
        tracing::error!("a waker panicked; whoever relied on it may wait for ever");
        drop(payload);
    }));
    if let Err(payload) = told {
        // It could go on like this for ever.
        mem::forget(payload);
    }
}

/// The thread that keeps watch where nobody else does.
struct StandIn<'a>(&'a dyn Fn() -> bool);

impl Watcher for StandIn<'_> {
    fn stays(&self) -> bool {
        !(self.0)()
    }

    fn found(&mut self) {}
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
