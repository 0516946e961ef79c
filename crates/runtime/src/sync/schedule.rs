//! Shuttle's, for many schedules of a whole pool. To it everything is sequentially consistent: it finds lost wake-ups
//! and deadlocks, never a missing order.

pub(crate) use shuttle::sync::atomic;
/// Those of reference counts.
pub(crate) use shuttle::sync::atomic as counts;
pub(crate) use shuttle::sync::{Condvar, MutexGuard};
pub(crate) use shuttle::thread::yield_now;
pub(crate) use shuttle::thread_local;

pub(crate) use once_cell::sync::OnceCell;

pub(super) use shuttle::sync::Mutex as Lock;

pub(crate) use super::cell::UnsafeCell;

pub(crate) mod thread {
    pub(crate) use shuttle::thread::{Thread, ThreadId, current, park};

    use std::io;
    use std::time::Instant;

    use shuttle::rand::Rng;

    /// Parks this thread until somebody unparks it, or the schedule says that the deadline has passed: then false.
    pub(crate) fn park_until(_deadline: Instant) -> bool {
        if shuttle::rand::thread_rng().gen_bool(0.5) {
            shuttle::thread::yield_now();
            return false;
        }
        park();
        true
    }

    /// A thread with the name that was asked for, and the stack that Shuttle gives it.
    pub struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self(shuttle::thread::Builder::new())
        }

        pub(crate) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        pub(crate) fn stack_size(self, _stack_size: usize) -> Self {
            self
        }

        pub(crate) fn spawn(self, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle> {
            self.0.spawn(body).map(JoinHandle)
        }
    }

    /// A thread that can be joined.
    pub struct JoinHandle<T = ()>(shuttle::thread::JoinHandle<T>);

    impl<T> JoinHandle<T> {
        /// Nobody can tell: it is joined at the end.
        pub(crate) fn is_finished(&self) -> bool {
            false
        }

        pub(crate) fn thread(&self) -> &Thread {
            self.0.thread()
        }

        pub(crate) fn join(self) -> shuttle::thread::Result<T> {
            self.0.join()
        }
    }
}
