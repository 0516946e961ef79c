//! The scripted server.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use super::connection::Connection;
use super::message::written;
use super::{Received, Reply};

/// An HTTP/1.1 server on a free port of this machine that follows a script.
///
/// Each connection has a thread of its own, so that one that hangs holds up no other. Dropping the server closes
/// all connections and joins its threads.
pub struct ScriptedServer {
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl ScriptedServer {
    /// Starts a server that gives these replies, one per request in the order of their arrival, and dies at the
    /// request after the last.
    pub fn start(replies: impl IntoIterator<Item = Reply, IntoIter: Send + 'static>) -> Self {
        let mut replies = replies.into_iter();
        Self::answering(move |_| replies.next().unwrap_or(Reply::Die))
    }

    /// Starts a server that asks `script` for each reply, one request at a time.
    pub fn answering(script: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of this machine");
        Self::listening(listener, script)
    }

    /// The same at an address of this machine, where another one has died.
    ///
    /// # Panics
    /// When something else listens there.
    pub fn answering_at(
        address: SocketAddr,
        script: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("nobody listens there");
        Self::listening(listener, script)
    }

    fn listening(
        listener: TcpListener,
        script: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("a bound port has an address");
        let shared = Arc::new(Shared {
            address,
            script: Mutex::new(Box::new(script)),
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(listener)
        });
        Self {
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Where it listens, as a URL without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Every request so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().received.clone()
    }

    /// How many connections were opened so far.
    pub fn connection_count(&self) -> usize {
        self.shared.lock().connection_count
    }

    /// Blocks until `count` requests have arrived.
    pub fn wait_for_requests(&self, count: usize) {
        drop(
            self.shared
                .wait_until(|state| state.received.len() >= count),
        );
    }

    /// Blocks until `count` connections were opened.
    pub fn wait_for_connections(&self, count: usize) {
        drop(
            self.shared
                .wait_until(|state| state.connection_count >= count),
        );
    }

    /// Stops listening and closes every connection, as if the process had been killed.
    pub fn die(&self) {
        self.shared.die();
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.shared.die();
        if let Some(acceptor) = self.acceptor.take() {
            let ended = acceptor.join();
            // A second panic would hide the first.
            assert!(
                ended.is_ok() || thread::panicking(),
                "a thread of the scripted server panicked"
            );
        }
    }
}

type Script = dyn FnMut(&Received) -> Reply + Send;

struct Shared {
    address: SocketAddr,
    script: Mutex<Box<Script>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    connection_count: usize,
    /// The open connections by number, to be closed from outside.
    open: Vec<(usize, TcpStream)>,
    is_dying: bool,
    has_stopped_listening: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("a thread of the scripted server panicked")
    }

    fn wait_until(&self, is_so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.changed
            .wait_while(self.lock(), |state| !is_so(state))
            .expect("a thread of the scripted server panicked")
    }

    /// Takes connections until the server dies, then waits for their threads.
    fn accept(self: &Arc<Self>, listener: TcpListener) {
        let mut connections = Vec::new();
        for stream in listener.incoming() {
            let mut state = self.lock();
            if state.is_dying {
                break;
            }
            let stream = stream.expect("a connection to this machine");
            let number = state.connection_count;
            state.connection_count += 1;
            let handle = stream.try_clone().expect("a socket can be cloned");
            state.open.push((number, handle));
            drop(state);
            self.changed.notify_all();
            connections.push(thread::spawn({
                let shared = Arc::clone(self);
                move || shared.serve(stream, number)
            }));
        }
        drop(listener);
        self.lock().has_stopped_listening = true;
        self.changed.notify_all();
        for connection in connections {
            connection
                .join()
                .expect("a connection of the scripted server panicked");
        }
    }

    fn serve(&self, stream: TcpStream, number: usize) {
        let mut connection = Connection::new(stream, number);
        while let Some(request) = connection.request() {
            let reply = self.reply_to(request);
            match reply {
                Reply::Answer {
                    status,
                    headers,
                    body,
                } => connection.send(&written(status, &headers, &body)),
                Reply::AnswerThenClose {
                    status,
                    headers,
                    body,
                } => {
                    connection.send(&written(status, &headers, &body));
                    break;
                }
                Reply::Bytes(bytes) => {
                    connection.send(&bytes);
                    break;
                }
                Reply::Stall(bytes) => {
                    connection.send(&bytes);
                    connection.wait_for_end();
                    break;
                }
                Reply::Close => break,
                Reply::Hang => {
                    connection.wait_for_end();
                    break;
                }
                Reply::Die => {
                    self.die();
                    break;
                }
            }
        }
        let mut state = self.lock();
        // The clone would keep the connection open.
        state.open.retain(|(open, _)| *open != number);
    }

    fn reply_to(&self, request: Received) -> Reply {
        let mut script = self.script.lock().expect("the script panicked");
        let mut state = self.lock();
        state.received.push(request.clone());
        self.changed.notify_all();
        drop(state);
        script(&request)
    }

    /// Nobody can connect once this returns.
    fn die(&self) {
        let mut state = self.lock();
        if !state.is_dying {
            state.is_dying = true;
            // The acceptor looks at the state for each connection: this one wakes it.
            let _ = TcpStream::connect(self.address);
        }
        drop(state);
        let state = self.wait_until(|state| state.has_stopped_listening);
        for (_, stream) in &state.open {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
