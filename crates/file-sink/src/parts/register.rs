//! The list of the closed parts of a file, in a file beside them: what somebody else has called like a part is none.
//!
//! A number is on the list, durably, before a file gets its name, so that whatever is a part is on it. A number whose file is
//! not there, because the process went down in between or the part was removed, means nothing.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::{number, numbered};
use crate::folder::Folder;

/// What its name ends with, behind the name of the file.
pub(super) const REGISTER: &str = ".parts";

/// What stands in it.
#[derive(Debug, Default)]
struct Content {
    numbers: BTreeSet<u64>,
    /// Its bytes up to the end of the last whole line; none where there is no list.
    length: Option<u64>,
}

/// The numbers on the list.
pub(super) fn numbers(folder: &dyn Folder, name: &str) -> io::Result<BTreeSet<u64>> {
    Ok(read(folder, name)?.numbers)
}

/// Puts a number on the list; its line is durable then, and the name of the list is if there was one.
pub(super) fn add(folder: &dyn Folder, name: &str, number: u64) -> io::Result<()> {
    let length = read(folder, name)?.length.unwrap_or(0);
    let mut list = folder.open(name)?;
    // A full disk may have taken a part of an earlier line.
    let outcome = cut(&mut *list, length).and_then(|()| {
        list.write_all(line(number).as_bytes())?;
        list.sync()
    });
    if outcome.is_err() {
        // Half a line is cut off by the next one at last.
        let _ = cut(&mut *list, length);
    }
    list.release();
    outcome
}

/// Takes those off the list that are not in use, but for the last, so that no number is given twice.
pub(super) fn prune(folder: &dyn Folder, name: &str, in_use: &[u64]) -> io::Result<()> {
    let unfinished = format!("{name}{}", super::UNFINISHED);
    match folder.remove(&unfinished) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        removed => removed?,
    }
    let mut numbers = numbers(folder, name)?;
    let count = numbers.len();
    let Some(last) = numbers.last().copied() else {
        return Ok(());
    };
    numbers.retain(|number| *number == last || in_use.contains(number));
    if numbers.len() * 2 > count {
        return Ok(());
    }
    let mut list = folder.create(&unfinished)?;
    let lines: String = numbers.iter().copied().map(line).collect();
    list.write_all(lines.as_bytes())?;
    list.sync()?;
    list.release();
    folder.rename(&unfinished, name)?;
    folder.sync()
}

fn read(folder: &dyn Folder, name: &str) -> io::Result<Content> {
    let mut bytes = Vec::new();
    match folder.read(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
        list => list?.read_to_end(&mut bytes)?,
    };
    let length = bytes.iter().rposition(|byte| *byte == b'\n');
    let length = length.map_or(0, |end| end + 1);
    let text = String::from_utf8_lossy(&bytes[..length]);
    Ok(Content {
        numbers: text
            .lines()
            .filter_map(|line| number(line.trim()))
            .collect(),
        length: Some(length as u64),
    })
}

fn line(number: u64) -> String {
    numbered(number) + "\n"
}

fn cut(list: &mut dyn crate::folder::Medium, length: u64) -> io::Result<()> {
    if list.length()? > length {
        list.cut(length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    const NAME: &str = "results.jsonl.parts";

    #[test]
    fn half_a_line_is_on_no_list_and_in_the_way_of_none() {
        for room in 0..40 {
            let disk = Memory::default();
            add(&disk, NAME, 1).unwrap();
            disk.set_room(Some(room));
            let is_added = add(&disk, NAME, 2).is_ok() && add(&disk, NAME, 3).is_ok();
            disk.set_room(None);
            add(&disk, NAME, 4).unwrap();
            let found = numbers(&disk, NAME).unwrap();
            assert!(
                found.contains(&1) && found.contains(&4),
                "{room}: {found:?}"
            );
            assert!(!is_added || found.len() == 4, "{room}: {found:?}");
        }
        let disk = Memory::default();
        disk.open(NAME).unwrap().write_all(b"000001\n00").unwrap();
        add(&disk, NAME, 2).unwrap();
        assert_eq!(disk.content(NAME).unwrap(), b"000001\n000002\n");
    }

    #[test]
    fn a_list_of_parts_that_are_gone_becomes_short_and_no_number_comes_again() {
        let disk = Memory::default();
        for number in 1..=20 {
            add(&disk, NAME, number).unwrap();
        }
        prune(&disk, NAME, &(5..=20).collect::<Vec<_>>()).unwrap();
        assert_eq!(
            numbers(&disk, NAME).unwrap().len(),
            20,
            "it is not worth it"
        );
        prune(&disk, NAME, &[3]).unwrap();
        assert_eq!(numbers(&disk, NAME).unwrap(), [3, 20].into());
        prune(&disk, NAME, &[]).unwrap();
        assert_eq!(numbers(&disk, NAME).unwrap(), [20].into());
        let disk = Memory::default();
        prune(&disk, NAME, &[]).unwrap();
        assert_eq!(
            disk.names(),
            [""; 0],
            "where there are none there is no list"
        );
    }
}
