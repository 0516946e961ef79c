//! Who looks after closed parts: a thread that compresses and removes, so that the writer does not wait for it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

/// What is done when it is roused; it may ask whether the keeper is being dropped, and be brief then.
pub(crate) type Tend = Box<dyn FnMut(&dyn Fn() -> bool) + Send>;

/// Looks after closed parts each time it is roused, on a thread of its own; when it is dropped, it waits for what it is
/// doing.
pub(crate) struct Keeper {
    bell: Option<SyncSender<()>>,
    /// Whether it is being dropped; it orders nothing else.
    is_leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// In place of a thread, where every step is to come at its time.
    #[cfg(test)]
    inline: Option<Tend>,
}

impl Keeper {
    /// Starts the thread, roused once.
    pub(crate) fn start(mut tend: Tend) -> io::Result<Self> {
        let (bell, rung) = mpsc::sync_channel(1);
        let is_leaving = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&is_leaving);
        let thread = thread::Builder::new()
            .name("creel-parts".to_owned())
            .spawn(move || {
                for () in rung {
                    tend(&|| asked.load(Ordering::Relaxed));
                }
            })?;
        let mut keeper = Self {
            bell: Some(bell),
            is_leaving,
            thread: Some(thread),
            #[cfg(test)]
            inline: None,
        };
        keeper.rouse();
        Ok(keeper)
    }

    /// Does what is to be done as soon as it is roused, and is roused once.
    #[cfg(test)]
    pub(crate) fn inline(tend: Tend) -> Self {
        let mut keeper = Self {
            bell: None,
            is_leaving: Arc::default(),
            thread: None,
            inline: Some(tend),
        };
        keeper.rouse();
        keeper
    }

    /// There is something to do; never blocks.
    pub(crate) fn rouse(&mut self) {
        #[cfg(test)]
        if let Some(tend) = &mut self.inline {
            tend(&|| false);
        }
        if let Some(bell) = &self.bell {
            // If it was roused and has not looked yet, it will see this as well.
            let _ = bell.try_send(());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.is_leaving.store(true, Ordering::Relaxed);
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that looks after closed parts panicked");
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keeper_that_is_dropped_is_told_in_the_middle_of_its_work() {
        let (begin, began) = mpsc::sync_channel(0);
        let keeper = Keeper::start(Box::new(move |is_leaving| {
            while !is_leaving() {
                begin.send(()).unwrap();
            }
        }));
        began.recv().unwrap();
        let dropped = thread::spawn(move || drop(keeper));
        for () in began {}
        dropped.join().unwrap();
    }
}
