//! Ctrl-C, and the other polite ways to ask a program to end.

use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use creel_pipeline::{RunHandle, Stopping};

use crate::ending;
use crate::screen::Screen;

/// Ctrl-C, and the other polite ways to ask a program to end: SIGTERM and SIGHUP.
///
/// The first asks whatever is in charge to end in order, the second to end at once, the third ends the process.
/// While nothing is in charge there is nothing to finish, and the first ends the process.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    raised: Condvar,
    screen: Screen,
}

struct State {
    count: u32,
    in_charge: InCharge,
}

/// Who is told of an interrupt.
enum InCharge {
    Nobody,
    Run(RunHandle),
    /// Whoever waits in [`Interrupt::wait`].
    Waiting,
}

impl Interrupt {
    /// Catches interrupts from here on.
    pub(crate) fn catch(screen: &Screen) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                count: 0,
                in_charge: InCharge::Nobody,
            }),
            raised: Condvar::new(),
            screen: screen.clone(),
        });
        let interrupt = Self(Arc::clone(&shared));
        ctrlc::set_handler(move || shared.raise()).context("cannot catch interrupts")?;
        Ok(interrupt)
    }

    /// Puts a run in charge.
    pub(crate) fn stops(&self, run: RunHandle) {
        self.0.lock().in_charge = InCharge::Run(run);
    }

    /// Interrupts, as Ctrl-C does.
    #[cfg(feature = "view")]
    pub(crate) fn raise(&self) {
        self.0.raise();
    }

    /// Blocks until the first interrupt.
    pub(crate) fn wait(&self) {
        let mut state = self.0.lock();
        state.in_charge = InCharge::Waiting;
        while state.count == 0 {
            state = self
                .0
                .raised
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn raise(&self) {
        let mut state = self.lock();
        state.count += 1;
        match &state.in_charge {
            InCharge::Waiting if state.count == 1 => self.raised.notify_all(),
            InCharge::Run(run) if state.count <= 2 => match run.stop() {
                Stopping::AtOnce => self.screen.say("stopping at once"),
                _ => self
                    .screen
                    .say("interrupted: finishing what is in flight (once more stops at once)"),
            },
            _ => {
                #[cfg(feature = "view")]
                crate::view::leave(&self.screen);
                process::exit(ending::INTERRUPTED.into())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
