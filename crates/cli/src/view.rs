//! A run in the whole terminal: how its cameras are, where its frames are, what came of the last of them.
//!
//! It draws on standard error, on the terminal's other screen, and leaves the terminal as it was: at its end, when the
//! program is told to end at once, and when something panics. Whatever is said meanwhile stands in the view, and on the
//! terminal once the view is gone.

mod draw;
mod glimpses;
mod picture;
mod terminal;

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use creel_pipeline::{ResilientHandle, RunHandle};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::advice::Circumstances;
use crate::interrupt::Interrupt;
use crate::screen::Screen;

pub(crate) use glimpses::Glimpses;
pub(crate) use terminal::leave;

use picture::Observer;
use terminal::Taken;

/// How often it is drawn.
const REFRESH: Duration = Duration::from_millis(250);

/// What a view shows.
pub(crate) struct Shown {
    /// What is done, in a line.
    pub(crate) title: String,
    pub(crate) run: RunHandle,
    pub(crate) service: ResilientHandle,
    pub(crate) circumstances: Circumstances,
    pub(crate) glimpses: Glimpses,
    /// Where is said what the view shows as the log.
    pub(crate) screen: Screen,
}

/// A run in the whole terminal, until this is dropped.
pub(crate) struct View {
    /// Dropping it is the word to end.
    keep: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl View {
    /// Takes the terminal and shows the run; keys that interrupt are told to `interrupt`.
    ///
    /// # Errors
    /// When the terminal cannot be taken; it is as it was then.
    pub(crate) fn show(shown: Shown, interrupt: Interrupt) -> io::Result<Self> {
        let taken = Taken::take(&shown.screen)?;
        let (keep, ended) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("creel-view".to_owned())
            .spawn(move || watch(taken, shown, &interrupt, &ended))?;
        Ok(Self {
            keep: Some(keep),
            thread: Some(thread),
        })
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.keep = None;
        if let Some(thread) = self.thread.take() {
            // A view that broke has given the terminal back, and its panic was told.
            let _ = thread.join();
        }
    }
}

fn watch(mut taken: Taken, shown: Shown, interrupt: &Interrupt, ended: &Receiver<Infallible>) {
    let mut observer = Observer::new(shown);
    while ended.try_recv() == Err(TryRecvError::Empty) {
        let picture = observer.look();
        let drawn = taken.draw(|frame| draw::draw(frame, &picture));
        if let Err(error) = drawn.and_then(|()| listen(interrupt)) {
            tracing::warn!(%error, "the terminal is gone, and with it the view");
            return;
        }
    }
}

/// Waits for what is typed, or for the time to draw again.
fn listen(interrupt: &Interrupt) -> io::Result<()> {
    if event::poll(REFRESH)?
        && let Event::Key(key) = event::read()?
        && is_interrupt(key)
    {
        interrupt.raise();
    }
    Ok(())
}

/// Whether a key asks the program to end: the terminal does not make a signal of it while it is the view's.
fn is_interrupt(key: KeyEvent) -> bool {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    let asks = match key.code {
        KeyCode::Char('c' | '\\') => is_control,
        KeyCode::Char('q') => !is_control,
        _ => false,
    };
    asks && key.kind == KeyEventKind::Press
}
