//! A server that does next to nothing, in a process of its own, so that what is measured is the client's.

use std::collections::VecDeque;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

/// What it answers to everything.
pub(crate) const REPLY: &[u8; 100] = b"HTTP/1.1 200 OK\r\n\
    content-type: application/json\r\n\
    content-length: 29\r\n\r\n\
    {\"label\":\"dog\",\"score\":0.987}";

/// More than the head of any request here.
const BUFFER: usize = 64 << 10;

/// How it answers.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How long each answer takes, in milliseconds.
    #[arg(long)]
    pub(crate) delay_ms: u64,
}

/// A server that runs until this is dropped.
pub(crate) struct Responder {
    process: Child,
    address: SocketAddr,
}

impl Responder {
    /// Starts one; it listens once this returns.
    pub(crate) fn start(delay: Duration) -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(["responder", "--delay-ms", &delay.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started")?;
        let output = process.stdout.take().context("it was given an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse();
        Ok(Self {
            process,
            address: address.context("the server does not say where it is")?,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves in this process until its input ends, as it does when whoever started it is gone.
pub(crate) fn serve(manner: Manner) -> Result<()> {
    thread::spawn(|| {
        // However it ends, it has ended.
        let _ = io::stdin().read(&mut [0]);
        process::exit(0);
    });
    let delay = Duration::from_millis(manner.delay_ms);
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let replies = Arc::new(Replies::default());
    let due = Arc::clone(&replies);
    thread::spawn(move || due.send());
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut output = io::stdout().lock();
        writeln!(output, "{}", listener.local_addr()?)?;
        output.flush()?;
        loop {
            let (connection, _) = listener.accept().await?;
            connection.set_nodelay(true)?;
            let replies = Arc::clone(&replies);
            tokio::spawn(async move {
                // A client that goes away in the middle is none of its concern.
                let _ = answer(Arc::new(connection), delay, &replies).await;
            });
        }
    })
}

/// Answers one request after the other until the client closes the connection.
async fn answer(connection: Arc<TcpStream>, delay: Duration, replies: &Replies) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let length = loop {
            if let Some(length) = length(&buffer[..filled]).filter(|length| *length <= filled) {
                break length;
            }
            connection.readable().await?;
            match connection.try_read(&mut buffer[filled..]) {
                Ok(0) => return Ok(()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        };
        buffer.copy_within(length..filled, 0);
        filled -= length;
        if delay.is_zero() {
            reply(&connection)?;
        } else {
            replies.add(Instant::now() + delay, &connection);
        }
    }
}

/// A connection takes a whole reply: one is out at a time, and it is short.
fn reply(connection: &TcpStream) -> io::Result<()> {
    let sent = connection.try_write(REPLY)?;
    assert_eq!(sent, REPLY.len());
    Ok(())
}

/// The replies that are to go out, in the order of their times: all take equally long.
///
/// A thread of their own sends them, since tokio's timers know whole milliseconds: what is due in one of them would go out as
/// a burst.
#[derive(Default)]
struct Replies {
    due: Mutex<VecDeque<(Instant, Arc<TcpStream>)>>,
    added: Condvar,
}

impl Replies {
    fn add(&self, at: Instant, connection: &Arc<TcpStream>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        due.push_back((at, Arc::clone(connection)));
        if due.len() == 1 {
            self.added.notify_one();
        }
    }

    /// Sends each when its time has come, for ever.
    fn send(&self) {
        loop {
            let due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            let mut due = self
                .added
                .wait_while(due, |due| due.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            let next = due.pop_front();
            drop(due);
            if let Some((at, connection)) = next {
                thread::sleep(at.saturating_duration_since(Instant::now()));
                // As in `serve`.
                let _ = reply(&connection);
            }
        }
    }
}

/// How long the request is that begins here; `None` until its head is there.
fn length(received: &[u8]) -> Option<usize> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(&received[..end]).ok()?;
    let body = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    Some(end + 4 + body.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_with_its_body() {
        assert_eq!(length(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n"), None);
        let whole = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET";
        assert_eq!(length(whole), Some(whole.len() - 3));
        assert_eq!(length(b"GET / HTTP/1.1\r\n\r\n"), Some(18));
    }

    #[test]
    fn the_reply_is_as_long_as_it_says() {
        let text = str::from_utf8(REPLY).expect("a reply is text");
        let (_, body) = text.split_once("\r\n\r\n").expect("a reply has a head");
        assert!(text.contains(&format!("content-length: {}\r\n", body.len())));
    }
}
