//! The page of a watch, open a hundred times.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use crate::deadline;

/// Whoever hears nothing for so long gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pages that are open, each of which does what a browser does with one: it reads each event and asks for each picture
/// that one tells of.
pub(super) struct Pages(Vec<JoinHandle<Result<Shown>>>);

/// What one page was shown.
#[derive(Default)]
struct Shown {
    events: u64,
    pictures: u64,
    has_ended: bool,
}

/// What a page is told, as far as it is looked at.
#[derive(Deserialize)]
struct State {
    #[serde(default)]
    easels: Vec<Standing>,
}

#[derive(Deserialize)]
struct Standing {
    shown: Option<String>,
}

/// An address for a page, that nobody has taken.
pub(super) fn address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?)
}

impl Pages {
    /// Opens so many, as soon as there is a page.
    pub(super) fn open(address: SocketAddr, count: usize) -> Result<Self> {
        let is_there = deadline::within(PATIENCE, || Ok(TcpStream::connect(address).ok()))?;
        is_there.context("the watch shows no page")?;
        // A thread begins as nice as the one that starts it.
        let opener = thread::spawn(move || {
            give_way()?;
            let pages = (0..count).map(|_| thread::spawn(move || look(address)));
            Ok(Self(pages.collect()))
        });
        opener
            .join()
            .map_err(|_| anyhow!("no pages could be opened"))?
    }

    /// Waits until each has been told of the end of the run; how many events and pictures a page was shown, at least.
    pub(super) fn close(self) -> Result<(u64, u64)> {
        let mut least = (u64::MAX, u64::MAX);
        for page in self.0 {
            let shown = page.join().map_err(|_| anyhow!("a page panicked"))??;
            ensure!(shown.has_ended, "a page was not told of the end");
            least = (least.0.min(shown.events), least.1.min(shown.pictures));
        }
        Ok(least)
    }
}

/// Lets this thread have only what the others leave of the processor: people look on from elsewhere, and what a hundred
/// browsers cost is nothing that the watch takes.
fn give_way() -> Result<()> {
    let this = fs::read_link("/proc/thread-self").context("this needs Linux")?;
    let thread = this.file_name().context("a thread has a number")?;
    let status = Command::new("renice")
        .args(["-n", "19", "-p"])
        .arg(thread)
        .stdout(Stdio::null())
        .status()
        .context("cannot start `renice`")?;
    ensure!(status.success(), "renice ended with {status}");
    Ok(())
}

/// Reads a page until its run has ended.
fn look(address: SocketAddr) -> Result<Shown> {
    let mut seen: Vec<Option<String>> = Vec::new();
    let mut shown = Shown::default();
    for line in get(address, "/events")?.lines() {
        let line = line.context("the events of a page have stopped")?;
        if line == "event: end" {
            shown.has_ended = true;
            break;
        }
        let Some(told) = line.strip_prefix("data: ") else {
            continue;
        };
        let Ok(State { easels }) = serde_json::from_str(told) else {
            continue;
        };
        shown.events += 1;
        seen.resize(easels.len(), None);
        for (number, (easel, seen)) in easels.into_iter().zip(&mut seen).enumerate() {
            if easel.shown.is_some() && easel.shown != *seen {
                *seen = easel.shown;
                // The last one may be asked for when the page is gone already.
                let picture = picture(address, number).unwrap_or_default();
                shown.pictures += u64::from(picture.starts_with(b"HTTP/1.1 200"));
            }
        }
    }
    Ok(shown)
}

fn picture(address: SocketAddr, number: usize) -> Result<Vec<u8>> {
    let mut picture = Vec::new();
    get(address, &format!("/sources/{number}/shot"))?.read_to_end(&mut picture)?;
    Ok(picture)
}

fn get(address: SocketAddr, path: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    Ok(BufReader::new(stream))
}
