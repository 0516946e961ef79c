//! The closed parts of a file: their names, what they take, and reading them again.

mod register;

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;

use crate::folder::Folder;

/// What the name of a compressed part ends with.
const COMPRESSED: &str = ".zst";
/// What the name of a file ends with that is not whole yet.
pub(crate) const UNFINISHED: &str = ".creel-part";
/// Digits of a number, so that names sort as numbers do, and a date is none.
const DIGITS: usize = 6;
/// The last number that has so many.
const NUMBER_MAX: u64 = 10_u64.pow(DIGITS as u32) - 1;

/// The closed parts of a file, which stand beside it.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    folder: Arc<dyn Folder>,
    name: String,
}

/// A closed part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) number: u64,
    pub(crate) is_compressed: bool,
    pub(crate) length: u64,
}

impl Parts {
    pub(crate) fn new(folder: Arc<dyn Folder>, name: &str) -> Self {
        let name = name.to_owned();
        Self { folder, name }
    }

    pub(crate) fn folder(&self) -> &dyn Folder {
        &*self.folder
    }

    /// The file that is written to.
    pub(crate) fn live(&self) -> &str {
        &self.name
    }

    /// What is to stand in place of the file that is written to, until it is whole.
    pub(crate) fn unfinished_live(&self) -> String {
        format!("{}{UNFINISHED}", self.name)
    }

    /// The name of a part that is not compressed.
    pub(crate) fn plain(&self, number: u64) -> String {
        let (stem, extension) = self.split();
        format!("{stem}.{}{extension}", numbered(number))
    }

    pub(crate) fn compressed(&self, number: u64) -> String {
        self.plain(number) + COMPRESSED
    }

    /// The name of a compressed part that is being written.
    pub(crate) fn unfinished(&self, number: u64) -> String {
        self.compressed(number) + UNFINISHED
    }

    pub(crate) fn name_of(&self, part: &Part) -> String {
        if part.is_compressed {
            self.compressed(part.number)
        } else {
            self.plain(part.number)
        }
    }

    /// All that are there, oldest first; one that is there in both forms, twice.
    pub(crate) fn list(&self) -> io::Result<Vec<Part>> {
        let ours = self.given()?;
        let mut parts = self.namesakes()?;
        parts.retain(|part| ours.contains(&part.number));
        Ok(parts)
    }

    /// Those that are called like parts and are none: they are somebody else's.
    pub(crate) fn others(&self) -> io::Result<Vec<Part>> {
        let ours = self.given()?;
        let mut others = self.namesakes()?;
        others.retain(|part| !ours.contains(&part.number));
        Ok(others)
    }

    /// The numbers that parts were given, whether they are still there or not.
    pub(crate) fn given(&self) -> io::Result<BTreeSet<u64>> {
        register::numbers(self.folder(), &self.register())
    }

    /// Gives a number to the part that is to come; durable, but for the name of the list where there was none.
    pub(crate) fn give(&self, number: u64) -> io::Result<()> {
        register::add(self.folder(), &self.register(), number)
    }

    /// The first number behind another one that no file has.
    pub(crate) fn free_behind(&self, number: u64) -> io::Result<u64> {
        let mut free = next(number)?;
        while self.is_taken(&self.plain(free))? || self.is_taken(&self.compressed(free))? {
            free = next(free)?;
        }
        Ok(free)
    }

    /// Forgets the numbers of parts that are gone, where they are many.
    pub(crate) fn forget_gone(&self) -> io::Result<()> {
        register::prune(self.folder(), &self.register(), &self.numbers()?)
    }

    /// The file that lists the parts.
    pub(crate) fn register(&self) -> String {
        format!("{}{}", self.name, register::REGISTER)
    }

    fn is_taken(&self, name: &str) -> io::Result<bool> {
        Ok(if_there(self.folder.read(name))?.is_some())
    }

    /// All that are called like parts.
    fn namesakes(&self) -> io::Result<Vec<Part>> {
        let files = self.folder.files()?.into_iter();
        let mut parts: Vec<Part> = files
            .filter_map(|(name, length)| {
                let is_compressed = name.ends_with(COMPRESSED);
                let plain = name.strip_suffix(COMPRESSED).unwrap_or(&name);
                Some(Part {
                    number: self.number_of(plain)?,
                    is_compressed,
                    length,
                })
            })
            .collect();
        parts.sort();
        Ok(parts)
    }

    /// The numbers of those that are there, in order.
    pub(crate) fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers: Vec<u64> = self.list()?.iter().map(|part| part.number).collect();
        numbers.dedup();
        Ok(numbers)
    }

    /// The names of what a compression has left that did not come to its end.
    pub(crate) fn leftovers(&self) -> io::Result<Vec<String>> {
        let files = self.folder.files()?.into_iter().map(|(name, _)| name);
        Ok(files
            .filter(|name| {
                let part = name.strip_suffix(UNFINISHED);
                let part = part.and_then(|name| name.strip_suffix(COMPRESSED));
                part.is_some_and(|name| self.number_of(name).is_some())
            })
            .collect())
    }

    /// Opens a part in whichever form it is there, which may change meanwhile; none if it was removed.
    pub(crate) fn open(&self, number: u64) -> io::Result<Option<Box<dyn BufRead>>> {
        let plain = |folder: &dyn Folder| {
            let file = folder.read(&self.plain(number))?;
            Ok(Box::new(BufReader::with_capacity(64 << 10, file)) as Box<dyn BufRead>)
        };
        let found = if_there(plain(self.folder()))?;
        if found.is_some() {
            return Ok(found);
        }
        // It is removed under the one name after it got the other.
        let file = if_there(self.folder.read(&self.compressed(number)))?;
        file.map(crate::compression::decompress).transpose()
    }

    /// The number of a part of this name.
    fn number_of(&self, name: &str) -> Option<u64> {
        let (stem, extension) = self.split();
        let rest = name.strip_prefix(stem)?.strip_prefix('.')?;
        number(rest.strip_suffix(extension)?)
    }

    /// The name in front of its extension, and the extension with its point.
    fn split(&self) -> (&str, &str) {
        match self.name.rfind('.') {
            Some(point) if point > 0 => self.name.split_at(point),
            _ => (&self.name, ""),
        }
    }
}

/// A number as it stands in names.
pub(crate) fn numbered(number: u64) -> String {
    format!("{number:0DIGITS$}")
}

/// Reads such a number.
pub(crate) fn number(text: &str) -> Option<u64> {
    let is_number = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The number behind another one.
pub(crate) fn next(number: u64) -> io::Result<u64> {
    if number >= NUMBER_MAX {
        let why = format!(
            "{NUMBER_MAX} is the last number that there is: move those with numbers elsewhere, then start again"
        );
        return Err(io::Error::other(why));
    }
    Ok(number + 1)
}

fn if_there<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        outcome => outcome.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    #[test]
    fn a_file_with_a_date_is_no_part() {
        let disk = Memory::default();
        for middle in ["20260101", "0000001", "00001", "00000x", "000007"] {
            disk.open(&format!("results.{middle}.jsonl")).unwrap();
            disk.open(&format!("results.{middle}.jsonl.zst")).unwrap();
            let leftover = format!("results.{middle}.jsonl.zst{UNFINISHED}");
            disk.open(&leftover).unwrap();
        }
        let parts = Parts::new(Arc::new(disk), "results.jsonl");
        parts.give(7).unwrap();
        assert_eq!(parts.numbers().unwrap(), [7]);
        assert_eq!(parts.leftovers().unwrap(), [parts.unfinished(7)]);
    }

    #[test]
    fn a_file_that_is_called_like_a_part_and_is_not_on_the_list_is_none() {
        let disk = Memory::default();
        for middle in ["000002", "000003", "202601"] {
            disk.open(&format!("results.{middle}.jsonl")).unwrap();
        }
        disk.open("results.000004.jsonl.zst").unwrap();
        let parts = Parts::new(Arc::new(disk), "results.jsonl");
        for number in [1, 3] {
            parts.give(number).unwrap();
        }
        assert_eq!(parts.numbers().unwrap(), [3]);
        let others = parts.others().unwrap().into_iter();
        let others: Vec<u64> = others.map(|part| part.number).collect();
        assert_eq!(others, [2, 4, 202_601]);
        assert_eq!(parts.free_behind(0).unwrap(), 1);
        assert_eq!(parts.free_behind(1).unwrap(), 5, "others keep their names");
    }

    #[test]
    fn numbers_end_with_the_last_that_can_be_read() {
        assert_eq!(number(&numbered(next(999_998).unwrap())), Some(NUMBER_MAX));
        let error = next(NUMBER_MAX).unwrap_err();
        assert!(error.to_string().contains("move"), "{error}");
    }
}
