//! Cameras that send JPEG pictures over HTTP at their own rate, whoever looks.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::pictures::Pictures;

/// Cameras on one port, of which each connection is one; they end when this is dropped.
pub(super) struct Streams {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    pictures: Arc<Pictures>,
    interval: Duration,
    /// How many pictures each camera sends.
    frames: u64,
    sent: AtomicU64,
    is_over: AtomicBool,
}

impl Streams {
    pub(super) fn start(
        pictures: Arc<Pictures>,
        frames_per_second: u32,
        frames: u64,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        let shared = Arc::new(Shared {
            pictures,
            interval: Duration::from_secs(1) / frames_per_second,
            frames,
            sent: AtomicU64::new(0),
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
                    // Whoever has gone wants no more pictures.
                    thread::spawn(move || shared.send(stream));
                }
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn url(&self, camera: usize) -> String {
        format!("http://{}/camera-{camera}.mjpg", self.address)
    }

    /// Pictures that were sent.
    pub(super) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Its thread waits for a connection, and looks up then.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn send(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        stream.set_nodelay(true)?;
        stream.write_all(
            b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n",
        )?;
        let mut due = Instant::now();
        for frame in 0..self.frames {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            due += self.interval;
            let picture = self.pictures.at(frame);
            let head = format!(
                "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
                picture.len()
            );
            let part = [head.as_bytes(), &picture, b"\r\n"].concat();
            stream.write_all(&part)?;
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        stream.write_all(b"--frame--\r\n")
    }
}
