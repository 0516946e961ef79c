//! A wait for a device that the caller can end.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use creel_core::Context;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, read, write};
use rustix::time::Timespec;

/// Rings when the caller asks to stop, and is heard by whoever waits for a device.
pub(super) struct Bell {
    rope: Arc<Rope>,
    waker: Waker,
}

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let rope = Arc::new(Rope(eventfd(0, flags)?));
        Ok(Self {
            waker: Waker::from(Arc::clone(&rope)),
            rope,
        })
    }

    /// Blocks until a device has something, `limit` is over, or `context` is cancelled; true if the device has something,
    /// which includes that something is wrong with it.
    pub(super) fn wait(
        &self,
        device: impl AsFd,
        limit: Duration,
        context: &Context,
    ) -> io::Result<bool> {
        context.on_cancel(&self.waker);
        // An earlier caller may have rung it.
        let _ = read(&self.rope.0, &mut [0; 8]);
        if context.is_cancelled() {
            return Ok(false);
        }
        let mut both = [
            PollFd::new(&device, PollFlags::IN),
            PollFd::new(&self.rope.0, PollFlags::IN),
        ];
        let limit = Timespec::try_from(limit).unwrap_or(LONGEST);
        match poll(&mut both, Some(&limit)) {
            Ok(_) => Ok(!both[0].revents().is_empty()),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell").finish_non_exhaustive()
    }
}

const LONGEST: Timespec = Timespec {
    tv_sec: 3600,
    tv_nsec: 0,
};

/// What rings it, from whichever thread.
struct Rope(OwnedFd);

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        // It fails only where it rings already.
        let _ = write(&self.0, &1u64.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;
    use std::time::Duration;

    use creel_core::Context;
    use creel_testkit::ManualSignal;

    use super::Bell;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_device_that_has_something_ends_the_wait() {
        let (device, mut other_end) = std::io::pipe().unwrap();
        let bell = Bell::new().unwrap();
        let waits = || bell.wait(&device, Duration::ZERO, &Context::new()).unwrap();
        assert!(!waits());
        other_end.write_all(b"x").unwrap();
        assert!(waits());
        drop(other_end);
        assert!(bell.wait(&device, LONG, &Context::new()).unwrap());
    }

    #[test]
    fn whoever_asks_to_stop_ends_the_wait_and_no_later_one() {
        let (device, _other_end) = std::io::pipe().unwrap();
        let bell = Bell::new().unwrap();
        for _ in 0..2 {
            let signal = ManualSignal::new();
            let context = signal.context();
            thread::scope(|scope| {
                let waits = scope.spawn(|| bell.wait(&device, LONG, &context).unwrap());
                signal.wait_until_looked_at();
                signal.cancel();
                assert!(!waits.join().unwrap());
            });
            assert!(!bell.wait(&device, LONG, &context).unwrap());
        }
    }
}
