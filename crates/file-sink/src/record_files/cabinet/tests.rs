use std::num::NonZeroU64;

use proptest::prelude::*;

use super::*;
use crate::memory::Memory;
use crate::record_files::Picture;

/// What is done with a folder.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Writes a record, with a picture of so many bytes or without one.
    Write(Option<usize>),
    /// Writes the last one again, with another picture; not where it might be in another folder.
    Again(usize),
    Flush,
    /// Goes on for so many changes of the disk, and is killed in the middle of the last.
    Kill(usize),
    /// The same, and the machine loses its power.
    PowerLoss(usize, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::option::of(0..200_usize).prop_map(Step::Write),
        1 => (0..200_usize).prop_map(Step::Again),
        3 => Just(Step::Flush),
        1 => (1..60_usize).prop_map(Step::Kill),
        2 => ((1..60_usize), any::<u64>()).prop_map(|(after, seed)| Step::PowerLoss(after, seed)),
    ];
    prop::collection::vec(step, 1..100)
}

/// A folder on a disk, and what must be in it.
struct Story {
    disk: Memory,
    rotation: Rotation,
    cabinet: Cabinet,
    /// How many records were taken.
    taken: usize,
    /// How many of them are durable.
    durable: usize,
}

impl Story {
    fn begin(rotation: Rotation) -> Self {
        let disk = Memory::default();
        Self {
            cabinet: open(&disk, rotation),
            disk,
            rotation,
            taken: 0,
            durable: 0,
        }
    }

    fn tell(&mut self, step: Step) {
        match step {
            Step::Write(letters) => {
                if write(&mut self.cabinet, self.taken, letters).is_ok() {
                    self.taken += 1;
                }
            }
            Step::Again(letters) => {
                if let Some(last) = self.taken.checked_sub(1)
                    && !self.rotation.is_asked_for()
                {
                    let _ = write(&mut self.cabinet, last, Some(letters));
                }
            }
            Step::Flush => {
                if self.cabinet.flush().is_ok() {
                    self.durable = self.taken;
                }
            }
            Step::Kill(after) | Step::PowerLoss(after, _) => self.disk.crash_after(after),
        }
    }

    fn reopen(&mut self, disk: Memory) {
        self.cabinet = open(&disk, self.rotation);
        self.disk = disk;
        let found = whole_records(&self.disk, &mut self.cabinet);
        assert!(
            (self.durable..=self.taken + 1).contains(&found),
            "{found} of {} durable, {} written",
            self.durable,
            self.taken
        );
        self.taken = found;
        self.durable = found;
    }
}

fn open(disk: &Memory, rotation: Rotation) -> Cabinet {
    let mut cabinet = Cabinet::open(Arc::new(disk.clone())).unwrap();
    if rotation.is_asked_for() {
        cabinet
            .rotate(rotation, |tend| Ok(Keeper::inline(tend)))
            .unwrap();
    }
    cabinet
}

fn write(cabinet: &mut Cabinet, number: usize, letters: Option<usize>) -> Result<(), Fault> {
    let bytes = vec![b'x'; letters.unwrap_or(0)];
    cabinet.write(&Leaf {
        name: format!("{number:04}"),
        document: format!("{{\"number\":{number},\"letters\":{}}}", bytes.len()).into_bytes(),
        picture: letters.map(|_| Picture {
            extension: "jpg",
            bytes: &bytes,
        }),
    })
}

/// How many records are there, each whole and none missing in between.
fn whole_records(disk: &Memory, cabinet: &mut Cabinet) -> usize {
    let mut names = disk.names();
    names.retain(|name| name != LOCK && !name.ends_with(drawers::MARKER));
    assert!(
        names
            .iter()
            .all(|name| !name.contains(crate::parts::UNFINISHED)),
        "something is left over: {names:?}"
    );
    let mut documents = Vec::new();
    cabinet
        .each(|document| {
            documents.push(serde_json::from_slice::<serde_json::Value>(document)?);
            Ok(())
        })
        .unwrap();
    let keys = cabinet.keys().unwrap();
    for (number, document) in documents.iter().enumerate() {
        let name = format!("{number:04}");
        assert_eq!(document["number"], number, "{names:?}");
        assert_eq!(keys[number], name);
        let picture = names
            .iter()
            .find(|file| file.ends_with(&format!("{name}.jpg")));
        let length = picture.map_or(0, |file| disk.content(file).unwrap().len());
        assert_eq!(document["letters"], length, "{name}");
    }
    for name in names.iter().filter_map(|file| file.strip_suffix(".jpg")) {
        assert!(
            names.contains(&format!("{name}.json")),
            "{name} has no answer"
        );
    }
    documents.len()
}

fn run(steps: &[Step], rotation: Rotation) {
    let mut story = Story::begin(rotation);
    let mut power = None;
    for step in steps {
        match step {
            Step::Kill(_) => power = None,
            Step::PowerLoss(_, seed) => power = Some(*seed),
            _ => {}
        }
        story.tell(*step);
        if story.disk.has_crashed() {
            let disk = match power {
                None => story.disk.after_kill(),
                Some(seed) => story.disk.after_power_loss(seed),
            };
            story.reopen(disk);
        }
    }
    if story.cabinet.flush().is_ok() {
        story.durable = story.taken;
    }
    let disk = story.disk.after_power_loss(0);
    story.reopen(disk);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_found_is_whole_and_a_beginning_of_what_was_written(
        steps in steps(),
        size in prop::option::of(1..2_000_u64),
    ) {
        let size = size.and_then(NonZeroU64::new);
        run(&steps, Rotation { size, ..Rotation::default() });
    }
}

#[test]
fn a_crash_at_any_change_of_the_disk_leaves_whole_records() {
    let rotation = Rotation {
        size: NonZeroU64::new(300),
        ..Rotation::default()
    };
    for after in 1..200 {
        for crash in [Step::Kill(after), Step::PowerLoss(after, after as u64)] {
            let mut steps = vec![crash];
            for number in 0..20 {
                steps.push(Step::Write((number % 2 == 0).then_some(number * 5)));
                if number % 3 == 0 {
                    steps.push(Step::Flush);
                }
            }
            run(&steps, rotation);
        }
    }
}

#[test]
fn a_full_disk_leaves_nothing_of_a_record() {
    for room in 1..400 {
        let disk = Memory::default();
        disk.set_room(Some(room));
        let mut cabinet = open(&disk, Rotation::default());
        let mut taken = 0;
        while write(&mut cabinet, taken, Some(taken * 3)).is_ok() {
            taken += 1;
        }
        disk.set_room(None);
        write(&mut cabinet, taken, Some(taken * 3)).unwrap();
        cabinet.flush().unwrap();
        assert_eq!(
            whole_records(&disk, &mut cabinet),
            taken + 1,
            "{room} bytes"
        );
    }
}

#[test]
fn a_flush_that_had_no_room_for_a_name_is_made_up_for_by_the_next() {
    for refused in [
        "0000.jpg",
        "0000.json",
        "0001.jpg",
        "0001.json",
        "0002.json",
    ] {
        let disk = Memory::default();
        let mut cabinet = open(&disk, Rotation::default());
        for (number, letters) in [Some(3), Some(5), None].into_iter().enumerate() {
            write(&mut cabinet, number, letters).unwrap();
        }
        disk.refuse(Some(refused));
        for _ in 0..2 {
            let fault = cabinet.flush().unwrap_err();
            assert!(
                matches!(fault, Fault::NoRoom { .. }),
                "{refused}: {fault:?}"
            );
        }
        disk.refuse(None);
        cabinet.flush().unwrap();
        let disk = disk.after_power_loss(0);
        let mut cabinet = open(&disk, Rotation::default());
        assert_eq!(cabinet.torn(), 0, "{refused}");
        assert_eq!(whole_records(&disk, &mut cabinet), 3, "{refused}");
    }
}

#[test]
fn nothing_is_left_of_a_record_that_got_no_name_at_once() {
    for refused in ["0001.jpg", "0001.json"] {
        let disk = Memory::default();
        let mut cabinet = open(&disk, Rotation::default());
        cabinet.name_at_once();
        write(&mut cabinet, 0, Some(3)).unwrap();
        disk.refuse(Some(refused));
        let fault = write(&mut cabinet, 1, Some(5)).unwrap_err();
        assert!(
            matches!(fault, Fault::NoRoom { .. }),
            "{refused}: {fault:?}"
        );
        assert_eq!(whole_records(&disk, &mut cabinet), 1, "{refused}");
        disk.refuse(None);
        write(&mut cabinet, 1, Some(5)).unwrap();
        cabinet.flush().unwrap();
    }
}

#[test]
fn records_that_are_named_at_once_are_durable_at_a_flush_and_the_disk_is_asked_for_nothing_before()
{
    let records = WAITING_MAX + 50;
    let disk = Memory::default();
    let mut cabinet = open(&disk, Rotation::default());
    cabinet.name_at_once();
    for number in 0..records {
        write(&mut cabinet, number, Some(1)).unwrap();
    }
    let documents = |seed| {
        let names = disk.after_power_loss(seed).names();
        names.iter().filter(|name| name.ends_with(".json")).count()
    };
    let lost = (0..64).filter(|seed| documents(*seed) < WAITING_MAX);
    assert!(lost.count() > 16, "nothing was made durable");
    cabinet.flush().unwrap();
    for seed in 0..16 {
        let disk = disk.after_power_loss(seed);
        assert_eq!(
            whole_records(&disk, &mut open(&disk, Rotation::default())),
            records
        );
    }
}

#[test]
fn a_document_that_gets_its_name_at_the_next_start_is_durable_then() {
    let disk = Memory::default();
    let mut cabinet = open(&disk, Rotation::default());
    write(&mut cabinet, 0, Some(3)).unwrap();
    cabinet.flush().unwrap();
    // Beside the picture of the record that it replaces.
    let document = serde_json::json!({"number": 0, "letters": 3, "again": "x".repeat(200)});
    let again = Leaf {
        name: "0000".to_owned(),
        document: document.to_string().into_bytes(),
        picture: None,
    };
    cabinet.write(&again).unwrap();
    let disk = disk.after_kill();
    drop(open(&disk, Rotation::default()));
    for seed in 0..16 {
        let disk = disk.after_power_loss(seed);
        assert_eq!(
            whole_records(&disk, &mut open(&disk, Rotation::default())),
            1
        );
    }
}

mod limits;
mod unsynced;
