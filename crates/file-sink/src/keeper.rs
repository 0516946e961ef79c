//! Who looks after closed parts: a thread that compresses and removes, so that the writer does not wait for it.

use std::fmt;
use std::io;
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

/// Looks after closed parts each time it is roused, on a thread of its own; when it is dropped, it finishes what it was
/// roused for.
pub(crate) struct Keeper {
    bell: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// In place of a thread, where every step is to come at its time.
    #[cfg(test)]
    inline: Option<Box<dyn FnMut() + Send>>,
}

impl Keeper {
    /// Starts the thread, roused once.
    pub(crate) fn start(mut tend: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (bell, rung) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("creel-parts".to_owned())
            .spawn(move || {
                for () in rung {
                    tend();
                }
            })?;
        let mut keeper = Self {
            bell: Some(bell),
            thread: Some(thread),
            #[cfg(test)]
            inline: None,
        };
        keeper.rouse();
        Ok(keeper)
    }

    /// Does what is to be done as soon as it is roused, and is roused once.
    #[cfg(test)]
    pub(crate) fn inline(tend: impl FnMut() + Send + 'static) -> Self {
        let mut keeper = Self {
            bell: None,
            thread: None,
            inline: Some(Box::new(tend)),
        };
        keeper.rouse();
        keeper
    }

    /// There is something to do; never blocks.
    pub(crate) fn rouse(&mut self) {
        #[cfg(test)]
        if let Some(tend) = &mut self.inline {
            tend();
        }
        if let Some(bell) = &self.bell {
            // If it was roused and has not looked yet, it will see this as well.
            let _ = bell.try_send(());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
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
