//! The terminal, taken and given back.

use std::io::{self, Stderr};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};

use crate::screen::Screen;

/// Whether the terminal is taken; whoever turns it to false gives it back. Orders nothing else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, until this is dropped.
pub(super) struct Taken {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    screen: Screen,
}

impl Taken {
    /// Takes the terminal; what is said meanwhile waits in the screen.
    pub(super) fn take(screen: &Screen) -> io::Result<Self> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::Relaxed);
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

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        leave(&self.screen);
    }
}

/// Gives the terminal back, if it is taken, and says what waited; for whoever ends the program too.
pub(crate) fn leave(screen: &Screen) {
    if TAKEN.swap(false, Ordering::Relaxed) {
        // A terminal that is gone has nothing that could be mended.
        let _ = disable_raw_mode();
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        screen.release();
    }
}

/// Lets panics be told like all else, as long as the terminal is taken: most are caught, and harm a single frame.
fn tell_panics(screen: &Screen) {
    let screen = screen.clone();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if TAKEN.load(Ordering::Relaxed) {
            screen.keep(&panicked.to_string());
        } else {
            usual(panicked);
        }
    }));
}
