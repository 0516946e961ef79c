//! Random histories of records, flushes, rotations and crashes, against a list of what was written.

use std::io::Write;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use crate::RecordFile;
use crate::Rotation;
use crate::keeper::Keeper;
use crate::memory::Memory;
use crate::parts::Parts;
use crate::record_file::Opened;
use crate::tail::Form;
use crate::turning::Turning;

const HEAD: &str = "\"head\"\n";

/// What is done with a file.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Writes a record with so many letters.
    Write(usize),
    Flush,
    /// Opens it again.
    Reopen,
    /// Goes on for so many changes of the disk, and is killed in the middle of the last.
    Kill(usize),
    /// The same, and the machine loses its power.
    PowerLoss(usize, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..60_usize).prop_map(Step::Write),
        2 => Just(Step::Flush),
        1 => Just(Step::Reopen),
        1 => (1..60_usize).prop_map(Step::Kill),
        1 => ((1..60_usize), any::<u64>()).prop_map(|(after, seed)| Step::PowerLoss(after, seed)),
    ];
    prop::collection::vec(step, 1..120)
}

fn rotations() -> impl Strategy<Value = Rotation> {
    let size = prop::option::of((1..400_u64).prop_map(|size| NonZeroU64::new(size).unwrap()));
    (size, any::<bool>()).prop_map(|(size, compress)| Rotation {
        size,
        compress: compress && cfg!(feature = "zstd"),
        ..Rotation::default()
    })
}

/// A file on a disk, and what must be in it.
struct Story {
    disk: Memory,
    rotation: Rotation,
    form: Form,
    file: RecordFile,
    /// What was written, in order; the last may not have been taken.
    written: Vec<String>,
    /// How many of them were taken.
    taken: usize,
    /// How many of them are durable.
    durable: usize,
    count: usize,
}

impl Story {
    fn begin(rotation: Rotation, form: Form) -> Self {
        let disk = Memory::default();
        let (file, found) = open(&disk, rotation, form).unwrap();
        assert_eq!(found, [""; 0]);
        Self {
            disk,
            rotation,
            form,
            file,
            written: Vec::new(),
            taken: 0,
            durable: 0,
            count: 0,
        }
    }

    fn tell(&mut self, step: Step) {
        match step {
            Step::Write(letters) => {
                self.written.truncate(self.taken);
                let record = format!("\"{} {}\"", self.count, "x".repeat(letters));
                self.count += 1;
                let line = record.clone() + "\n";
                self.written.push(record);
                if self.file.write_all(line.as_bytes()).is_ok() {
                    self.taken = self.written.len();
                }
            }
            Step::Flush => {
                if self.file.flush().is_ok() {
                    self.durable = self.taken;
                }
            }
            Step::Reopen => self.reopen(self.taken, self.disk.after_kill()),
            Step::Kill(after) | Step::PowerLoss(after, _) => self.disk.crash_after(after),
        }
    }

    /// Opens what is left on a disk: a beginning of what was written, with so many records at least.
    fn reopen(&mut self, least: usize, disk: Memory) {
        let (file, found) = open(&disk, self.rotation, self.form).unwrap();
        let rows: Vec<_> = found
            .into_iter()
            .filter(|line| line != HEAD.trim())
            .collect();
        assert!(rows.len() >= least, "{} of {least}: {rows:?}", rows.len());
        assert_eq!(
            rows,
            self.written[..rows.len()],
            "no beginning of what was written"
        );
        self.written = rows;
        self.taken = self.written.len();
        self.durable = self.taken;
        self.file = file;
        self.disk = disk;
        let names = self.disk.names();
        let is_odd = |name: &&String| name.ends_with(crate::parts::UNFINISHED);
        assert_eq!(names.iter().find(is_odd), None, "something is left over");
    }
}

fn open(
    disk: &Memory,
    rotation: Rotation,
    form: Form,
) -> Result<(RecordFile, Vec<String>), crate::OpenError> {
    let parts = Parts::new(Arc::new(disk.clone()), "results.jsonl");
    let opened = RecordFile::append_in(parts.clone(), form)?;
    let Opened {
        mut file, found, ..
    } = opened;
    file.set_head(HEAD.as_bytes());
    let inline = |tend| Ok(Keeper::inline(tend));
    file.turn(Turning::begin_with(&parts, rotation, inline)?);
    let mut lines = Vec::new();
    let shown = found.unwrap().each(|line| {
        lines.push(String::from_utf8(line.trim_ascii().to_vec()).unwrap());
        Ok(())
    });
    shown.unwrap();
    Ok((file, lines))
}

fn run(steps: &[Step], rotation: Rotation, form: Form) {
    let mut story = Story::begin(rotation, form);
    let mut power = None;
    for step in steps {
        match step {
            Step::Kill(_) => power = None,
            Step::PowerLoss(_, seed) => power = Some(*seed),
            _ => {}
        }
        story.tell(*step);
        if !story.disk.has_crashed() {
            continue;
        }
        match power {
            None => story.reopen(story.taken, story.disk.after_kill()),
            Some(seed) => story.reopen(
                story.durable,
                story.disk.after_power_loss_without_journal(seed),
            ),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_found_is_a_beginning_of_what_was_written(
        steps in steps(),
        rotation in rotations(),
        is_json in any::<bool>(),
    ) {
        let form = if is_json { Form::JsonLines } else { Form::Text };
        run(&steps, rotation, form);
    }
}

#[test]
fn a_crash_at_any_change_of_the_disk_leaves_a_beginning() {
    let rotation = Rotation {
        size: NonZeroU64::new(70),
        compress: cfg!(feature = "zstd"),
        ..Rotation::default()
    };
    for after in 1..80 {
        let losses = (0..8).map(|seed| Step::PowerLoss(after, seed));
        for crash in losses.chain([Step::Kill(after)]) {
            let mut steps = vec![crash];
            for number in 0..20 {
                steps.push(Step::Write(number));
                if number % 3 == 0 {
                    steps.push(Step::Flush);
                }
            }
            run(&steps, rotation, Form::JsonLines);
        }
    }
}

#[test]
fn a_limit_holds_all_that_is_there_and_the_oldest_goes_first() {
    let rotation = Rotation {
        keep: NonZeroU64::new(1_000),
        compress: cfg!(feature = "zstd"),
        ..Rotation::default()
    };
    let disk = Memory::default();
    let (mut file, _) = open(&disk, rotation, Form::JsonLines).unwrap();
    for number in 0..500 {
        writeln!(file, "{number}").unwrap();
        let list = disk
            .content("results.jsonl.parts")
            .map_or(0, |list| list.len());
        let bytes = disk.bytes() - list as u64;
        assert!(bytes <= 1_000, "{bytes} bytes");
    }
    drop(file);
    let (_file, found) = open(&disk, rotation, Form::JsonLines).unwrap();
    let mut numbers: Vec<usize> = found.iter().filter_map(|line| line.parse().ok()).collect();
    assert!(numbers.len() > 20, "{numbers:?}");
    assert_eq!(numbers.pop(), Some(499));
    for pair in numbers.windows(2) {
        assert_eq!(pair[0] + 1, pair[1], "a gap");
    }
}

#[test]
fn a_full_disk_tears_no_record_and_hinders_no_rotation_once_there_is_room() {
    let rotation = Rotation {
        size: NonZeroU64::new(50),
        compress: cfg!(feature = "zstd"),
        ..Rotation::default()
    };
    for room in 1..300 {
        let disk = Memory::default();
        disk.set_room(Some(room));
        let (mut file, _) = open(&disk, rotation, Form::JsonLines).unwrap();
        let mut taken = Vec::new();
        for number in 0..40 {
            if number == 35 {
                disk.set_room(None);
            }
            if file.write_all(format!("{number}\n").as_bytes()).is_ok() {
                taken.push(number.to_string());
            }
        }
        drop(file);
        let (_file, found) = open(&disk, rotation, Form::JsonLines).unwrap();
        let rows: Vec<_> = found
            .into_iter()
            .filter(|line| line != HEAD.trim())
            .collect();
        assert_eq!(rows, taken, "with {room} bytes");
    }
}

#[test]
fn what_a_killed_compression_has_left_is_taken_away_though_nothing_is_compressed_any_more() {
    let rotation = Rotation {
        size: NonZeroU64::new(20),
        ..Rotation::default()
    };
    let disk = Memory::default();
    let (mut file, _) = open(&disk, rotation, Form::JsonLines).unwrap();
    for number in 0..20 {
        writeln!(file, "{number}").unwrap();
    }
    drop(file);
    let parts = Parts::new(Arc::new(disk.clone()), "results.jsonl");
    let numbers = parts.numbers().unwrap();
    let copies = [parts.unfinished(1), parts.compressed(2)];
    for copy in &copies {
        parts
            .folder()
            .create(copy)
            .unwrap()
            .write_all(b"x")
            .unwrap();
    }
    let inline = |tend| Ok(Keeper::inline(tend));
    drop(Turning::begin_with(&parts, rotation, inline).unwrap());
    let names = disk.names();
    assert!(!names.contains(&copies[0]), "it is unfinished: {names:?}");
    assert!(names.contains(&copies[1]), "it has its name: {names:?}");
    assert!(
        !names.contains(&parts.plain(2)),
        "its copy is there: {names:?}"
    );
    assert_eq!(parts.numbers().unwrap(), numbers);
}

#[test]
fn behind_the_last_number_no_file_is_closed_and_its_records_stay() {
    let rotation = Rotation {
        size: NonZeroU64::new(20),
        ..Rotation::default()
    };
    let disk = Memory::default();
    let parts = Parts::new(Arc::new(disk.clone()), "results.jsonl");
    parts.folder().open(&parts.plain(999_998)).unwrap();
    parts.give(999_998).unwrap();
    let (mut file, _) = open(&disk, rotation, Form::JsonLines).unwrap();
    let mut taken = Vec::new();
    let error = loop {
        match writeln!(file, "{}", taken.len()) {
            Ok(()) => taken.push(taken.len().to_string()),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("999999"), "{error}");
    file.flush().unwrap();
    drop(file);
    let (_file, mut found) = open(&disk, rotation, Form::JsonLines).unwrap();
    found.retain(|line| line != HEAD.trim());
    assert_eq!(found, taken);
    assert_eq!(parts.numbers().unwrap(), [999_998, 999_999]);
}

#[test]
fn a_file_is_closed_once_its_first_record_is_old_restarts_or_not() {
    let every = |every| Rotation {
        every: Some(every),
        ..Rotation::default()
    };
    let hour = Duration::from_secs(3_600);
    let disk = Memory::default();
    let parts = Parts::new(Arc::new(disk.clone()), "results.jsonl");
    for (age, closed) in [(Duration::ZERO, 0), (hour / 2, 0), (hour, 1)] {
        disk.set_age(age);
        let (mut file, _) = open(&disk, every(hour), Form::JsonLines).unwrap();
        file.write_all(b"1\n").unwrap();
        drop(file);
        assert_eq!(parts.numbers().unwrap().len(), closed, "{age:?}");
    }
    disk.set_age(Duration::ZERO);
    let (mut file, _) = open(&disk, every(Duration::ZERO), Form::JsonLines).unwrap();
    for _ in 0..3 {
        file.write_all(b"1\n").unwrap();
    }
    assert_eq!(parts.numbers().unwrap().len(), 4, "each in its own");
}
