//! A server that does next to nothing, in a process of its own, so that what is measured is the client's.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::{runtime, time};

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
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut output = io::stdout().lock();
        writeln!(output, "{}", listener.local_addr()?)?;
        output.flush()?;
        loop {
            let (connection, _) = listener.accept().await?;
            connection.set_nodelay(true)?;
            tokio::spawn(async move {
                // A client that goes away in the middle is none of its concern.
                let _ = answer(connection, delay).await;
            });
        }
    })
}

/// Answers one request after the other until the client closes the connection.
async fn answer(mut connection: TcpStream, delay: Duration) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let length = loop {
            if let Some(length) = length(&buffer[..filled]).filter(|length| *length <= filled) {
                break length;
            }
            match connection.read(&mut buffer[filled..]).await? {
                0 => return Ok(()),
                count => filled += count,
            }
        };
        buffer.copy_within(length..filled, 0);
        filled -= length;
        if !delay.is_zero() {
            time::sleep(delay).await;
        }
        connection.write_all(REPLY).await?;
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
