//! The terminal, taken and given back.

use std::io::{self, Stderr};
use std::panic;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};

use crate::screen::Screen;

/// Whose the terminal of this program is: there is one.
static HOLD: Hold = Hold::new();

/// Whether the terminal is taken; locked by whoever draws on it, takes it or gives it back.
struct Hold(Mutex<bool>);

/// The terminal, until this is dropped.
pub(super) struct Taken {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    screen: Screen,
}

impl Taken {
    /// Takes the terminal; what is said meanwhile waits in the screen.
    pub(super) fn take(screen: &Screen) -> io::Result<Self> {
        enable_raw_mode()?;
        HOLD.take();
        screen.hold();
        let taken = execute!(io::stderr(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stderr())));
        match taken {
            Ok(terminal) => {
                tell_panics(screen);
                Ok(Self {
                    terminal,
                    screen: screen.clone(),
                })
            }
            Err(error) => {
                leave(screen);
                Err(error)
            }
        }
    }

    /// Draws on it, unless it was given back meanwhile: whoever ends the program does not wait for the view.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let drawn = HOLD.while_taken(|| self.terminal.draw(draw).map(|_| ()));
        drawn.unwrap_or(Ok(()))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        leave(&self.screen);
    }
}

impl Hold {
    const fn new() -> Self {
        Self(Mutex::new(false))
    }

    fn take(&self) {
        *self.lock() = true;
    }

    /// Draws, as long as it is taken; nobody gives it back meanwhile.
    fn while_taken<T>(&self, draw: impl FnOnce() -> T) -> Option<T> {
        let is_taken = self.lock();
        is_taken.then(draw)
    }

    /// Gives it back, once what is drawn at this moment is; nothing is drawn from then on, and whoever does the same
    /// at the same time comes back when it is done.
    fn give_back(&self, leave: impl FnOnce()) {
        let mut is_taken = self.lock();
        if std::mem::take(&mut *is_taken) {
            leave();
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // Of a draw that panicked the terminal is still to be given back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the terminal back, if it is taken, and says what waited; for whoever ends the program too.
pub(crate) fn leave(screen: &Screen) {
    HOLD.give_back(|| {
        // A terminal that is gone has nothing that could be mended.
        let _ = disable_raw_mode();
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        screen.release();
    });
}

/// Lets panics be told like all else, as long as the terminal is taken: most are caught, and harm a single frame.
fn tell_panics(screen: &Screen) {
    let screen = screen.clone();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        // What is drawn may be what panics: the hold is not to be asked here.
        if !screen.keep(&panicked.to_string()) {
            usual(panicked);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_the_terminal_back_while_it_is_drawn_on() {
        let hold = Hold::new();
        hold.take();
        let is_waited_for = hold.while_taken(|| hold.0.try_lock().is_err());
        assert_eq!(is_waited_for, Some(true));
    }

    #[test]
    fn nothing_is_drawn_once_the_terminal_is_given_back_which_is_done_once() {
        let hold = Hold::new();
        assert_eq!(hold.while_taken(|| ()), None, "before it is taken");
        hold.take();
        assert_eq!(hold.while_taken(|| ()), Some(()));
        let mut left = 0;
        hold.give_back(|| left += 1);
        hold.give_back(|| left += 1);
        assert_eq!(left, 1);
        assert_eq!(hold.while_taken(|| ()), None);
    }

    #[test]
    fn the_terminal_is_given_back_although_a_draw_panicked() {
        let hold = Hold::new();
        hold.take();
        let draw = || hold.while_taken(|| panic!("in a draw"));
        panic::catch_unwind(panic::AssertUnwindSafe(draw)).unwrap_err();
        let mut is_left = false;
        hold.give_back(|| is_left = true);
        assert!(is_left);
    }
}
