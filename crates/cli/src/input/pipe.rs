//! A stream that may keep its reader waiting for ever: standard input, a named pipe.

use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread;

use creel_core::Context;

/// Chunks that are read ahead.
const CHUNKS_MAX: usize = 4;
const CHUNK_BYTES: usize = 64 << 10;

/// A stream that is read by a thread of its own, so that whoever waits for it can be called away.
///
/// The thread ends with the stream, or with the program: nothing can end a read that nobody answers.
pub(crate) struct Pipe {
    mailbox: Arc<Mailbox>,
    chunk: Vec<u8>,
    read: usize,
}

/// Ends the waiting of a [`Pipe`]: what is read from it then looks like its end.
#[derive(Clone)]
pub(crate) struct CallAway(Waker);

#[derive(Default)]
struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    chunks: Vec<Vec<u8>>,
    end: Option<io::Result<()>>,
    is_called_away: bool,
}

impl Pipe {
    /// Starts to read.
    pub(crate) fn open(stream: impl Read + Send + 'static) -> io::Result<(Self, CallAway)> {
        let mailbox = Arc::new(Mailbox::default());
        let ours = Arc::clone(&mailbox);
        thread::Builder::new()
            .name("creel-input".to_owned())
            .spawn(move || ours.fill(stream))?;
        let call_away = CallAway(Waker::from(Arc::clone(&mailbox)));
        let pipe = Self {
            mailbox,
            chunk: Vec::new(),
            read: 0,
        };
        Ok((pipe, call_away))
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.len() {
            match self.mailbox.take()? {
                Some(chunk) => (self.chunk, self.read) = (chunk, 0),
                None => return Ok(0),
            }
        }
        let count = (&self.chunk[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

impl CallAway {
    /// Does so when the caller of a source asks to stop.
    pub(crate) fn when(&self, context: &Context) {
        context.on_cancel(&self.0);
    }
}

impl Mailbox {
    fn fill(&self, mut stream: impl Read) {
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let end = match stream.read(&mut chunk) {
                Ok(0) => Some(Ok(())),
                Ok(count) => {
                    chunk.truncate(count);
                    None
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Some(Err(error)),
            };
            let mut state = self.lock();
            while state.chunks.len() == CHUNKS_MAX {
                state = self.wait(state);
            }
            let ended = end.is_some();
            match end {
                Some(end) => state.end = Some(end),
                None => state.chunks.push(chunk),
            }
            self.changed.notify_all();
            if ended {
                return;
            }
        }
    }

    /// Waits for a chunk; `None` at the end, or when called away.
    fn take(&self) -> io::Result<Option<Vec<u8>>> {
        let mut state = self.lock();
        loop {
            if state.is_called_away {
                return Ok(None);
            }
            if !state.chunks.is_empty() {
                self.changed.notify_all();
                return Ok(Some(state.chunks.remove(0)));
            }
            if let Some(end) = &mut state.end {
                return std::mem::replace(end, Ok(())).map(|()| None);
            }
            state = self.wait(state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Mailbox {
    fn wake(self: Arc<Self>) {
        self.lock().is_called_away = true;
        self.changed.notify_all();
    }
}
