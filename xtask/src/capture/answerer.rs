//! A model server that takes a set time for each picture, and tells which one it was.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::pictures::Pictures;

/// A server on a port of this machine; it ends when this is dropped.
pub(super) struct Answerer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    pictures: Arc<Pictures>,
    service: Duration,
    unknown: AtomicU64,
    /// From the request's last byte to the reply's, in microseconds.
    took: Mutex<Vec<u64>>,
    is_over: AtomicBool,
}

impl Answerer {
    pub(super) fn start(pictures: Arc<Pictures>, service: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        let shared = Arc::new(Shared {
            pictures,
            service,
            unknown: AtomicU64::new(0),
            took: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let address = listener.local_addr()?;
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if shared.is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    // A connection that breaks is the client's concern.
                    thread::spawn(move || shared.serve(stream));
                }
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/ask", self.address)
    }

    /// Pictures that were none of those sent, whole and untouched.
    pub(super) fn unknown(&self) -> u64 {
        self.shared.unknown.load(Ordering::Relaxed)
    }

    /// Half of the requests, and all but one in a hundred, took at most so many milliseconds here.
    pub(super) fn took_ms(&self) -> (f64, f64) {
        let mut took = self.shared.lock().clone();
        took.sort_unstable();
        let at = |part: f64| {
            let rank = (part * took.len() as f64).ceil() as usize;
            let micros = took.get(rank.saturating_sub(1)).copied();
            micros.unwrap_or_default() as f64 / 1e3
        };
        (at(0.5), at(0.99))
    }
}

impl Drop for Answerer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Its thread waits for a connection, and looks up then.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u64>> {
        self.took.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(picture) = body(&mut reader)? {
            let began = Instant::now();
            thread::sleep(self.service);
            let number = self.pictures.number_of(&picture);
            if number.is_none() && !picture.is_empty() {
                self.unknown.fetch_add(1, Ordering::Relaxed);
            }
            let told = number.map_or_else(|| "null".to_owned(), |number| number.to_string());
            let reply = format!("{{\"picture\": {told}}}");
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                reply.len()
            );
            stream.write_all(&[head.as_bytes(), reply.as_bytes()].concat())?;
            self.lock().push(began.elapsed().as_micros() as u64);
        }
        Ok(())
    }
}

/// Blocks until the next request is there, and gives its body; `None` at the end of the connection.
fn body(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut length = 0;
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    loop {
        line.clear();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(body))
}
