//! A machine that loses its power while it writes, and one whose file systems are full.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::family::Family;
use crate::machine::{ENDING, Machine};
use crate::output;
use crate::workspace::spell;

/// Bytes of the disk that records are written to.
const DISK: u64 = 256 << 20;
/// Bytes of the one that is full soon.
const SMALL: u64 = 1 << 20;
/// The disk is begun anew after so many cuts, so that looking at it takes no longer and longer.
const CUTS_EACH: u32 = 10;
/// Lines that are seen at most before the power is cut.
const LINES: u64 = 100;

/// Ends the machine hard while it writes, again and again; the next start looks at what is there.
pub(super) fn cut(machine: &Machine, folder: &Path, cuts: u32, seed: u64) -> Result<bool> {
    let mut random = fastrand::Rng::with_seed(seed);
    let disk = folder.join("disk.ext4");
    let mut durable: BTreeMap<String, u64> = BTreeMap::new();
    let mut most: BTreeMap<String, u64> = BTreeMap::new();
    // One start more, to see what the last cut has left.
    for cut in 0..=cuts {
        if cut % CUTS_EACH == 0 && cut < cuts {
            format(&disk, DISK, &[])?;
            durable.clear();
        }
        let job: Vec<String> = durable
            .iter()
            .map(|(form, count)| format!("{form}={count}"))
            .collect();
        let lines = if cut == cuts { 5 } else { random.u64(5..LINES) };
        let seen = boot(machine, &disk, &job.join(","), lines)?;
        if let Some(broken) = seen.broken {
            println!("BROKEN  cut {cut}: {broken}");
            return Ok(false);
        }
        for (form, count) in &seen.durable {
            most.insert(
                form.clone(),
                (*count).max(most.get(form).copied().unwrap_or(0)),
            );
        }
        println!("        cut {cut}: {}", told(&seen.found));
        durable = seen.durable;
    }
    println!(
        "ok      power: {cuts} cuts, up to {}, whole and all that was flushed after each",
        told(&most)
    );
    Ok(true)
}

/// Has the machine fill a file system on a disk, and one in memory.
pub(super) fn full(machine: &Machine, folder: &Path) -> Result<bool> {
    let disk = folder.join("small.ext4");
    // So small a disk has no room for a journal.
    format(&disk, SMALL, &["-O", "^has_journal"])?;
    let mut command = machine.command("job=fill");
    attach(&mut command, &disk);
    let mut held = 0;
    let mut ended = false;
    output::follow(command, |line| {
        held += u32::from(line.starts_with("ok "));
        ended |= line.trim_end() == format!("{ENDING}0");
    })?;
    Ok(ended && held > 0)
}

/// What a machine said before its end.
#[derive(Default)]
struct Seen {
    /// How many records of each form it has found.
    found: BTreeMap<String, u64>,
    /// How many were durable when it was ended.
    durable: BTreeMap<String, u64>,
    broken: Option<String>,
}

/// Boots the machine and ends it once it has said that something was flushed so often.
fn boot(machine: &Machine, disk: &Path, job: &str, lines: u64) -> Result<Seen> {
    let mut command = machine.command(&format!("job={job}"));
    attach(&mut command, disk);
    let (output, input) = std::io::pipe()?;
    command
        .stdout(input.try_clone()?)
        .stderr(input)
        .stdin(Stdio::null());
    let mut family = Family::start(&mut command)?;
    drop(command);
    let mut seen = Seen::default();
    let mut flushed = 0;
    for line in BufReader::new(output).lines() {
        let line = line?;
        let line = line.trim();
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next().map(str::parse)) {
            (Some("found"), Some(form), Some(Ok(count))) => {
                seen.found.insert(form.to_owned(), count);
                seen.durable.insert(form.to_owned(), count);
            }
            (Some("flushed"), Some(form), Some(Ok(count))) => {
                seen.durable.insert(form.to_owned(), count);
                flushed += 1;
                if flushed == lines {
                    family.crash()?;
                }
            }
            // The last line may have been said in part.
            _ if flushed >= lines => {}
            _ if line.starts_with("BROKEN") || line.starts_with(ENDING) => {
                seen.broken.get_or_insert_with(|| line.to_owned());
            }
            _ => println!("        {line}"),
        }
    }
    ensure!(
        flushed >= lines || seen.broken.is_some(),
        "the machine ended before it was ended"
    );
    Ok(seen)
}

fn attach(command: &mut Command, disk: &Path) {
    // What the guest has written reaches the file; what is in its memory is lost with it.
    let drive = format!("if=virtio,format=raw,cache=unsafe,file={}", disk.display());
    command.args(["-drive", &drive]);
}

/// Makes a file with an empty file system.
fn format(disk: &PathBuf, bytes: u64, options: &[&str]) -> Result<()> {
    File::create(disk)
        .and_then(|file| file.set_len(bytes))
        .with_context(|| format!("cannot write {}", disk.display()))?;
    let mut command = Command::new("mke2fs");
    command
        .args(["-q", "-F", "-t", "ext4"])
        .args(options)
        .arg(disk);
    let made = command.output();
    let made = made.with_context(|| format!("cannot start `{}`", spell(&command)))?;
    ensure!(
        made.status.success(),
        "mke2fs says: {}",
        String::from_utf8_lossy(&made.stderr).trim()
    );
    Ok(())
}

fn told(counts: &BTreeMap<String, u64>) -> String {
    let counts: Vec<String> = counts
        .iter()
        .map(|(form, count)| format!("{form} {count}"))
        .collect();
    counts.join(", ")
}
