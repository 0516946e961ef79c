//! Times what a spool does with frames of 100 KB: `append_times [never|every|each] [FRAMES] [DIRECTORY]`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use creel_core::Spool;
use creel_disk_spool::{DiskSpool, Durability, Settings};

const FRAME_BYTES: usize = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let durability = match arguments.next().as_deref() {
        None | Some("never") => Durability::Never,
        Some("every") => Durability::Every(Duration::from_millis(100)),
        Some("each") => Durability::EachAppend,
        Some(other) => return Err(format!("{other} is none of never, every, each").into()),
    };
    let frames: usize = arguments.next().map_or(Ok(200), |frames| frames.parse())?;
    let directory = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let path = directory.join(format!("creel-append-times-{}.spool", std::process::id()));

    let mut settings = Settings::new(1 << 40);
    settings.segment_bytes = 16 << 20;
    settings.durability = durability;
    let mut spool = DiskSpool::open(&path, settings)?;
    let frame: Vec<u8> = (0..FRAME_BYTES).map(|index| (index * 31) as u8).collect();
    let appends = time(frames, || spool.append(&frame).map(drop))?;
    let memory = resident_mb();
    drop(spool);

    let began = Instant::now();
    let mut spool = DiskSpool::open(&path, settings)?;
    let opening = began.elapsed();
    let reads = time(frames, || {
        let (ticket, _) = spool.next(None)?.expect("each frame is there");
        spool.remove(ticket)
    })?;
    println!("{durability:?}, {frames} frames of {FRAME_BYTES} bytes");
    println!("append           {appends}");
    println!("read and remove  {reads}");
    println!("open             {opening:.1?}");
    if let Some(memory) = memory {
        println!("resident memory  {memory:.1} MB with all frames in the spool");
    }
    drop(spool);
    std::fs::remove_dir_all(path)?;
    Ok(())
}

/// Does something so many times, and sums up how long it took each time.
fn time<E>(times: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<String, E> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        work()?;
        took.push(began.elapsed());
    }
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    Ok(format!(
        "p50 {:.1?}  p99 {:.1?}  max {:.1?}",
        at(0.5),
        at(0.99),
        at(1.0)
    ))
}

/// The memory of this process, where the system says.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
