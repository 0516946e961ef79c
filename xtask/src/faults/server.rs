//! A server that follows a script.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::exchange::{Asked, Connection, Inference, about, ask_for_pause};
use super::script::{Deed, Fault, Script};

/// Between two looks at what the script wants.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A server on a port of this machine, in threads of this process, which ends when this is dropped.
pub(super) struct Server {
    shared: Arc<Shared>,
    life: Option<thread::JoinHandle<()>>,
}

/// What it has seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When each good answer was sent, counted from the first request.
    pub(super) answers: Vec<Duration>,
    /// Inferences that came in, and their rows.
    pub(super) requests: u64,
    pub(super) rows: u64,
    /// Connections that were opened.
    pub(super) connections: u64,
}

struct Shared {
    script: Script,
    address: SocketAddr,
    state: Mutex<State>,
    /// A place has become free.
    freed: Condvar,
}

#[derive(Default)]
struct State {
    /// When the first inference came.
    began: Option<Instant>,
    seen: Seen,
    busy: usize,
    /// An inference to mix up with another.
    other: Option<Inference>,
    open: Vec<TcpStream>,
    is_over: bool,
}

impl Server {
    pub(super) fn start(script: Script) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        let shared = Arc::new(Shared {
            script,
            address: listener.local_addr()?,
            state: Mutex::default(),
            freed: Condvar::new(),
        });
        let life = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                if let Err(error) = shared.live(listener) {
                    println!("the server has ended: {error}");
                }
            }
        });
        Ok(Self {
            shared,
            life: Some(life),
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    pub(super) fn seen(&self) -> Seen {
        self.shared.lock().seen.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        if let Some(life) = self.life.take() {
            // A panic of it was told on standard error.
            let _ = life.join();
        }
        self.shared.close_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the first inference; none has come at zero.
    fn at(state: &State) -> Duration {
        state.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// Takes connections, except while it is dead.
    fn live(self: &Arc<Self>, listener: TcpListener) -> io::Result<()> {
        let mut listener = Some(listener);
        loop {
            let (at, is_over) = {
                let state = self.lock();
                (Self::at(&state), state.is_over)
            };
            if is_over {
                return Ok(());
            }
            let is_dead = self.script.fault == Fault::Dead && self.script.falters(at);
            match &listener {
                Some(_) if is_dead => {
                    listener = None;
                    self.close_all();
                }
                None if !is_dead => listener = Some(TcpListener::bind(self.address)?),
                None => thread::sleep(LOOK_EVERY),
                Some(open) => {
                    open.set_nonblocking(true)?;
                    match open.accept() {
                        Ok((stream, _)) => self.take(stream)?,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            thread::sleep(LOOK_EVERY);
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    fn take(self: &Arc<Self>, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        let mut state = self.lock();
        state.seen.connections += 1;
        state.open.push(stream.try_clone()?);
        drop(state);
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let handle = stream.try_clone();
            // A connection that breaks is the client's concern.
            let _ = shared.serve(stream);
            if let Ok(handle) = handle {
                // The clone that is kept would hold it open.
                let _ = handle.shutdown(Shutdown::Both);
            }
        });
        Ok(())
    }

    fn close_all(&self) {
        for stream in self.lock().open.drain(..) {
            // One that is closed already needs no more.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut connection = Connection::new(stream);
        let mut limit = None;
        while let Some(asked) = connection.request(limit)? {
            if let Fault::Impatient(patience) = self.script.fault {
                limit = Some(patience);
            }
            let inference = match asked {
                Asked::About => {
                    connection.send(&about())?;
                    continue;
                }
                Asked::Inference(inference) => inference,
            };
            let deed = self.receive(&inference);
            match deed {
                Deed::Answer => {}
                Deed::AskForPause(pause) => {
                    connection.send(&ask_for_pause(pause))?;
                    continue;
                }
                Deed::Hang => {
                    connection.wait_for_end();
                    return Ok(());
                }
                Deed::Cut => {
                    let answer = inference.answer();
                    return connection.send(&answer[..answer.len() - 7]);
                }
                Deed::Mix => {
                    let other = self.lock().other.clone();
                    connection.send(&other.as_ref().unwrap_or(&inference).answer())?;
                    continue;
                }
                Deed::Miscount => {
                    connection.send(&inference.without_a_row().answer())?;
                    continue;
                }
            }
            self.work();
            connection.send(&inference.answer())?;
            let mut state = self.lock();
            let at = Self::at(&state);
            state.seen.answers.push(at);
            state.other = Some(*inference);
        }
        Ok(())
    }

    /// Counts an inference, and asks the script what becomes of it.
    fn receive(&self, inference: &Inference) -> Deed {
        let mut state = self.lock();
        state.began.get_or_insert_with(Instant::now);
        state.seen.requests += 1;
        state.seen.rows += inference.rows();
        self.script.deed(state.seen.requests, Self::at(&state))
    }

    /// Waits for a place, and works.
    fn work(&self) {
        let mut state = self.lock();
        while state.busy >= self.script.slots(Self::at(&state)) {
            // The number of places changes by itself.
            let waited = self.freed.wait_timeout(state, LOOK_EVERY);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy += 1;
        let service = self.script.service(state.busy);
        drop(state);
        thread::sleep(service);
        self.lock().busy -= 1;
        self.freed.notify_one();
    }
}
