use std::collections::VecDeque;
use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_testkit::{Watched, contract};
use proptest::prelude::*;

use super::*;
use crate::JsonLines;

/// A disk in memory that fails as its plan says; without a plan it works.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Watched<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    bytes: Vec<u8>,
    durable: usize,
    room: Option<usize>,
    writes: VecDeque<Step>,
    cuts: VecDeque<Step>,
    syncs: VecDeque<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes so many bytes at most.
    Take(usize),
    Fail(io::ErrorKind),
}

impl Medium for Disk {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.read(|disk| disk.bytes.len() as u64))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.change(|disk| {
            let planned = match disk.writes.pop_front() {
                Some(Step::Fail(kind)) => return Err(kind.into()),
                Some(Step::Take(most)) => most,
                None => usize::MAX,
            };
            let room = disk.room.map_or(usize::MAX, |room| room - disk.bytes.len());
            let taken = bytes.len().min(planned).min(room);
            if taken == 0 && planned > 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.bytes.extend(&bytes[..taken]);
            Ok(taken)
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.change(|disk| match disk.cuts.pop_front() {
            Some(Step::Fail(kind)) => Err(kind.into()),
            _ => {
                disk.bytes.truncate(length.try_into().unwrap());
                Ok(())
            }
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.change(|disk| match disk.syncs.pop_front() {
            Some(Step::Fail(kind)) => Err(kind.into()),
            _ => {
                disk.durable = disk.bytes.len();
                Ok(())
            }
        })
    }

    fn release(&mut self) {}
}

impl Disk {
    fn sink(&self) -> JsonLines {
        let file = RecordFile {
            medium: Box::new(self.clone()),
            state: State::Whole(0),
            place: None,
            head: Vec::new(),
            turning: None,
            is_held: false,
        };
        JsonLines::stream(file, "results.jsonl")
    }

    fn plan(&self, plan: impl FnOnce(&mut Platter)) {
        self.0.change(plan);
    }

    fn text(&self) -> String {
        self.0
            .read(|disk| String::from_utf8(disk.bytes.clone()).unwrap())
    }

    fn numbers(&self) -> Vec<usize> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "torn: {text:?}");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn write(sink: &mut JsonLines, number: usize) -> Result<(), SinkError> {
    sink.write(&number, &Context::new())
}

fn flush(sink: &mut JsonLines) -> Result<(), SinkError> {
    Sink::<usize>::flush(sink)
}

#[test]
fn a_full_disk_keeps_the_contract() {
    contract::sink_out_of_room(
        || {
            let disk = Disk::default();
            disk.plan(|disk| disk.room = Some(100));
            let (seen, roomier) = (disk.clone(), disk.clone());
            let make_room =
                move || roomier.plan(|disk| disk.room = disk.room.map(|room| room + 33));
            (
                disk.sink(),
                move || seen.numbers(),
                Box::new(make_room) as Box<dyn FnMut()>,
            )
        },
        |number| number + 1_000,
    );
}

#[test]
fn a_record_that_is_taken_piece_by_piece_is_written_whole() {
    let disk = Disk::default();
    disk.plan(|disk| {
        disk.writes = [
            Step::Take(1),
            Step::Fail(io::ErrorKind::Interrupted),
            Step::Take(2),
        ]
        .into();
    });
    write(&mut disk.sink(), 123_456).unwrap();
    assert_eq!(disk.text(), "123456\n");
}

#[test]
fn a_quota_leaves_no_part_of_a_record() {
    let disk = Disk::default();
    let mut sink = disk.sink();
    write(&mut sink, 1).unwrap();
    disk.plan(|disk| {
        disk.writes = [Step::Take(3), Step::Fail(io::ErrorKind::QuotaExceeded)].into();
    });
    let error = write(&mut sink, 123_456).unwrap_err();
    assert!(matches!(error, SinkError::NoRoom(_)), "{error:?}");
    assert_eq!(disk.text(), "1\n");
    write(&mut sink, 2).unwrap();
    assert_eq!(disk.text(), "1\n2\n");
}

#[test]
fn a_writer_that_takes_nothing_is_an_error_and_no_endless_loop() {
    let disk = Disk::default();
    disk.plan(|disk| disk.writes = [Step::Take(2), Step::Take(0)].into());
    let error = write(&mut disk.sink(), 123_456).unwrap_err();
    assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
    assert_eq!(disk.text(), "");
}

#[test]
fn a_cut_that_fails_is_made_up_for_before_the_next_record() {
    let disk = Disk::default();
    let mut sink = disk.sink();
    disk.plan(|disk| {
        disk.writes = [Step::Take(3), Step::Fail(io::ErrorKind::StorageFull)].into();
        disk.cuts = [
            Step::Fail(io::ErrorKind::Other),
            Step::Fail(io::ErrorKind::Other),
        ]
        .into();
    });
    write(&mut sink, 123_456).unwrap_err();
    assert_eq!(disk.text(), "123", "the first cut has failed");
    write(&mut sink, 2).unwrap_err();
    assert_eq!(disk.text(), "123", "the second cut has failed");
    write(&mut sink, 3).unwrap();
    assert_eq!(disk.text(), "3\n");
}

#[test]
fn a_flush_makes_up_for_a_cut_before_it_makes_anything_durable() {
    let disk = Disk::default();
    let mut sink = disk.sink();
    disk.plan(|disk| {
        disk.writes = [Step::Take(3), Step::Fail(io::ErrorKind::StorageFull)].into();
        disk.cuts = [Step::Fail(io::ErrorKind::Other)].into();
    });
    write(&mut sink, 123_456).unwrap_err();
    flush(&mut sink).unwrap();
    assert_eq!(disk.text(), "");
}

#[test]
fn a_flush_waits_for_the_disk() {
    let disk = Disk::default();
    let mut sink = disk.sink();
    write(&mut sink, 1).unwrap();
    assert_eq!(disk.0.read(|disk| disk.durable), 0);
    flush(&mut sink).unwrap();
    assert_eq!(disk.0.read(|disk| disk.durable), 2);
}

#[test]
fn a_sink_whose_flush_failed_takes_nothing_more() {
    let disk = Disk::default();
    let mut sink = disk.sink();
    write(&mut sink, 1).unwrap();
    // Out of room only at the flush, as on file systems that allocate late: the records are lost all the same.
    disk.plan(|disk| disk.syncs = [Step::Fail(io::ErrorKind::StorageFull)].into());
    for outcome in [flush(&mut sink), flush(&mut sink), write(&mut sink, 2)] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
        contract::error(&error);
    }
    assert_eq!(disk.text(), "1\n");
}

#[test]
fn a_dropped_file_can_be_opened_while_a_copy_of_its_handle_lives() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("results.jsonl");
    let file = std::fs::File::create(&path).unwrap();
    file.lock().unwrap();
    let copy = file.try_clone().unwrap();
    let file = RecordFile::regular(Box::new(file), parts_of(&path).unwrap(), 0);
    assert!(matches!(
        RecordFile::create(&path),
        Err(OpenError::InUse { .. })
    ));
    drop(file);
    RecordFile::create(&path).unwrap();
    drop(copy);
}

#[test]
fn an_opened_file_knows_where_its_records_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("results.jsonl");
    for (found, end) in [("", 0), ("{}\n", 3), ("{}\n{}", 6), ("{}\n{", 3)] {
        std::fs::write(&path, found).unwrap();
        let opened = RecordFile::append(&path, crate::tail::Form::JsonLines).unwrap();
        assert!(
            matches!(opened.file.state, State::Whole(length) if length == end),
            "{found:?} {:?}",
            opened.file.state
        );
        assert_eq!(path.metadata().unwrap().len(), end);
    }
}

#[test]
fn a_torn_write_is_cut_from_a_real_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("results.jsonl");
    std::fs::write(&path, "1\n123").unwrap();
    let parts = parts_of(&path).unwrap();
    let medium = parts.folder().open("results.jsonl").unwrap();
    let mut file = RecordFile::regular(medium, parts, 2);
    file.state = State::Torn(2);
    file.write_all(b"2\n").unwrap();
    file.flush().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n");
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..9_usize).prop_map(Step::Take),
        prop::sample::select(vec![
            io::ErrorKind::StorageFull,
            io::ErrorKind::Interrupted,
            io::ErrorKind::TimedOut,
        ])
        .prop_map(Step::Fail),
    ]
}

proptest! {
    #[test]
    fn whatever_fails_the_file_is_the_records_that_were_taken(
        numbers in prop::collection::vec(0..1_000_000_usize, 0..20),
        writes in prop::collection::vec(steps(), 0..40),
        cuts in prop::collection::vec(steps(), 0..5),
    ) {
        let disk = Disk::default();
        disk.plan(|disk| {
            disk.writes = writes.into();
            disk.cuts = cuts.into();
        });
        let mut sink = disk.sink();
        let mut taken = Vec::new();
        for number in numbers {
            if write(&mut sink, number).is_ok() {
                taken.push(number);
            }
        }
        disk.plan(|disk| disk.cuts.clear());
        flush(&mut sink).unwrap();
        prop_assert_eq!(disk.numbers(), taken);
    }
}

mod histories;
