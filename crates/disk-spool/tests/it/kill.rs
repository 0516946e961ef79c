//! A process that appends, reads and removes, killed again and again.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use creel_core::Spool;
use creel_core::port::SpoolError;
use creel_disk_spool::{Cause, DiskSpool, Settings};

use crate::{entries, place};

const PLACE: &str = "CREEL_DISK_SPOOL_KILL_PLACE";
const FIRST: &str = "CREEL_DISK_SPOOL_KILL_FIRST";

/// Little room and small files, so that files are begun and deleted, and the spool is full, all the time.
fn settings() -> Settings {
    let mut settings = Settings::new(400_000);
    settings.segment_bytes = 40_000;
    settings
}

/// What is appended as the entry with a number.
fn payload(number: u64) -> Vec<u8> {
    let length = fastrand::Rng::with_seed(number).usize(8..20_000);
    let mut payload = number.to_le_bytes().to_vec();
    payload.resize(length, number as u8);
    payload
}

/// The number of an entry, which must be as it was appended.
fn number(entry: &[u8]) -> u64 {
    let number = u64::from_le_bytes(*entry.first_chunk().unwrap());
    assert!(entry == payload(number), "entry {number} was changed");
    number
}

/// Not a test of its own: the process that the tests below kill. It says what it is about to do, and what it has done.
#[test]
#[ignore = "runs for ever, for another test to kill"]
fn works_until_it_is_killed() {
    let Some(path) = std::env::var_os(PLACE) else {
        return;
    };
    let mut spool = DiskSpool::open(path, settings()).unwrap();
    let mut next: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mut output = std::io::stdout().lock();
    writeln!(output).unwrap();
    loop {
        // More than are removed, so that the spool is mostly full.
        if fastrand::u8(..) < 150 {
            let entry = payload(next);
            writeln!(output, "appending {next}").unwrap();
            match spool.append(&entry) {
                Ok(_) => writeln!(output, "appended {next}").unwrap(),
                Err(SpoolError::NoRoom(_)) => continue,
                Err(error) => panic!("{error:?}"),
            }
            next += 1;
        } else if let Some((ticket, entry)) = spool.next(None).unwrap() {
            let number = number(&entry);
            writeln!(output, "removing {number}").unwrap();
            spool.remove(ticket).unwrap();
            writeln!(output, "removed {number}").unwrap();
        }
    }
}

/// What the killed processes have said.
#[derive(Default)]
struct Said {
    appending: BTreeSet<u64>,
    appended: BTreeSet<u64>,
    removing: BTreeSet<u64>,
    removed: BTreeSet<u64>,
    /// How many were killed in the middle of writing.
    torn: usize,
}

impl Said {
    fn hear(&mut self, line: &str) {
        // The last line of a killed process may be torn.
        let Some((what, number)) = line
            .strip_suffix('\n')
            .and_then(|line| line.split_once(' '))
        else {
            return;
        };
        let numbers = match what {
            "appending" => &mut self.appending,
            "appended" => &mut self.appended,
            "removing" => &mut self.removing,
            "removed" => &mut self.removed,
            _ => return,
        };
        numbers.extend(number.parse::<u64>());
    }

    /// Runs a process until it has said so many lines, and kills it.
    fn run(&mut self, path: &Path, lines: usize) {
        let first = self.appending.last().map_or(0, |last| last + 1);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::works_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(PLACE, path)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..lines {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it has ended");
            self.hear(&line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        rest.split_inclusive('\n').for_each(|line| self.hear(line));
    }

    /// Compares what is there with what was said.
    fn check(&mut self, path: &Path) {
        let mut spool = DiskSpool::open(path, settings()).unwrap();
        let recovery = spool.recovery();
        assert_eq!(recovery.lost_entries, 0, "{recovery}");
        assert!(recovery.damage_count <= 1, "{recovery}");
        for damage in &recovery.damage {
            assert_eq!(damage.cause, Cause::Torn, "{recovery}");
            self.torn += 1;
        }
        let found: Vec<u64> = entries(&mut spool)
            .iter()
            .map(|(_, entry)| number(entry))
            .collect();
        assert!(
            found.is_sorted_by(|one, other| one < other),
            "twice or out of order: {found:?}"
        );
        let found: BTreeSet<u64> = found.into_iter().collect();
        let lost: Vec<_> = self
            .appended
            .iter()
            .filter(|number| !self.removing.contains(number) && !found.contains(number))
            .collect();
        assert!(lost.is_empty(), "appended and not there: {lost:?}");
        let back: Vec<_> = found.intersection(&self.removed).collect();
        assert!(back.is_empty(), "removed and there again: {back:?}");
        assert!(found.is_subset(&self.appending), "there and never appended");
    }
}

fn kill(times: usize) -> Said {
    let (_directory, path) = place();
    let mut said = Said::default();
    for _ in 0..times {
        said.run(&path, fastrand::usize(1..600));
        said.check(&path);
    }
    said
}

#[test]
fn a_killed_process_leaves_what_it_has_appended_once_and_in_order() {
    let said = kill(6);
    assert!(!said.appended.is_empty());
}

/// For `cargo test -p creel-disk-spool -- --ignored --nocapture two_hundred`.
#[test]
#[ignore = "takes ten seconds, more on a busy machine"]
fn two_hundred_kills_lose_nothing_and_bring_nothing_back() {
    let said = kill(200);
    println!(
        "200 kills, {} of them in the middle of writing: {} entries appended, {} removed; none lost, none twice, none out of order, none back",
        said.torn,
        said.appended.len(),
        said.removed.len()
    );
}
