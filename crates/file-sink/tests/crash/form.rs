//! Each form in which records are written, and reading them back.

use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use creel_core::port::SinkError;
use creel_core::{BoxError, Context, Sink};
use creel_file_sink::{JsonLines, Leaf, Picture, RecordFiles, Rotation, TextLines};
use serde::{Deserialize, Serialize};

/// Lines of JSON; the same in compressed parts; the rows of a table in parts; documents; and pictures with documents, in parts.
pub(crate) const FORMS: [&str; 5] = ["lines", "parts", "table", "files", "frames"];

const HEADER: &str = "number,text";

/// Records in one form.
pub(crate) struct Form {
    sink: Box<dyn Sink<Record>>,
    /// How many are there.
    pub(crate) count: u64,
    /// What was cut off of the last one, in bytes or records.
    pub(crate) torn: u64,
}

/// A record, whose content its number tells.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    number: u64,
    text: String,
    #[serde(skip)]
    picture: Vec<u8>,
}

impl Record {
    fn new(number: u64) -> Self {
        let length = (number * 37 % 301) as usize;
        let picture_length = (number * 131 % 6_007) as usize;
        Self {
            number,
            text: "x".repeat(length),
            picture: vec![number as u8; picture_length],
        }
    }

    fn row(&self) -> String {
        format!("{},{}", self.number, self.text)
    }
}

impl Form {
    /// Opens a form in a folder, and checks that what is there is a beginning of all records.
    pub(crate) fn open(name: &str, folder: &Path) -> Result<Self> {
        let context = || format!("{name} cannot be opened");
        match name {
            "lines" => Self::lines(&folder.join("lines.jsonl"), Rotation::default()),
            "parts" => Self::lines(&folder.join("parts.jsonl"), rotation(20 << 10, true)),
            "table" => Self::table(&folder.join("table.csv")),
            "files" => Self::files(&folder.join("files"), Rotation::default(), document),
            _ => Self::files(&folder.join("frames"), rotation(100 << 10, false), frame),
        }
        .with_context(context)
    }

    pub(crate) fn write(&mut self) -> Result<(), SinkError> {
        self.sink.write(&Record::new(self.count), &Context::new())?;
        self.count += 1;
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), SinkError> {
        self.sink.flush()
    }

    fn lines(path: &Path, rotation: Rotation) -> Result<Self> {
        let mut lines = JsonLines::reopen(path)?;
        lines.rotate(rotation)?;
        let mut numbers = Beginning::default();
        lines.each_found(|record: Record| {
            numbers.add(record.number, record == plain(record.number))
        })?;
        Ok(Self {
            count: numbers.end()?,
            torn: lines.torn_bytes(),
            sink: Box::new(lines),
        })
    }

    fn table(path: &Path) -> Result<Self> {
        let mut lines = TextLines::reopen(path)?;
        lines.rotate(rotation(20 << 10, true))?;
        lines.set_head(HEADER);
        let mut numbers = Beginning::default();
        lines.each_found(|line| {
            if line != HEADER {
                let number = line.split(',').next().and_then(|text| text.parse().ok());
                let number = number.unwrap_or(u64::MAX);
                numbers.add(number, Record::new(number).row() == line);
            }
        })?;
        Ok(Self {
            count: numbers.end()?,
            torn: lines.torn_bytes(),
            sink: Box::new(Rows(lines)),
        })
    }

    fn files(
        path: &Path,
        rotation: Rotation,
        compose: fn(&Record) -> Result<Leaf<'_>, BoxError>,
    ) -> Result<Self> {
        let mut files = RecordFiles::open(path, compose)?;
        files.rotate(rotation)?;
        let mut numbers = Beginning::default();
        files.each_found(|record: Record| {
            numbers.add(record.number, record == plain(record.number))
        })?;
        let count = numbers.end()?;
        check_files(path, count, compose)?;
        Ok(Self {
            count,
            torn: files.torn_records(),
            sink: Box::new(files),
        })
    }
}

/// The rows of a table, as a sink of records.
struct Rows(TextLines);

impl Sink<Record> for Rows {
    fn write(&mut self, record: &Record, context: &Context) -> Result<(), SinkError> {
        self.0.write(&record.row(), context)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.0.flush()
    }
}

/// Records that are all records up to some number.
#[derive(Default)]
struct Beginning {
    count: u64,
    wrong: Option<u64>,
}

impl Beginning {
    fn add(&mut self, number: u64, is_whole: bool) {
        if !is_whole || number != self.count {
            self.wrong.get_or_insert(self.count);
        }
        self.count += 1;
    }

    fn end(self) -> Result<u64> {
        ensure!(
            self.wrong.is_none(),
            "record {} is not what was written",
            self.wrong.unwrap_or_default()
        );
        Ok(self.count)
    }
}

/// A record as it is read from its document.
fn plain(number: u64) -> Record {
    Record {
        picture: Vec::new(),
        ..Record::new(number.min(u64::MAX / 1_000))
    }
}

fn rotation(size: u64, compress: bool) -> Rotation {
    Rotation {
        size: NonZeroU64::new(size),
        compress,
        ..Rotation::default()
    }
}

fn document(record: &Record) -> Result<Leaf<'_>, BoxError> {
    Ok(Leaf {
        name: format!("{:09}", record.number),
        document: serde_json::to_vec(record)?,
        picture: None,
    })
}

/// Two of three records have a picture.
fn frame(record: &Record) -> Result<Leaf<'_>, BoxError> {
    Ok(Leaf {
        picture: (!record.number.is_multiple_of(3)).then_some(Picture {
            extension: "jpg",
            bytes: &record.picture,
        }),
        ..document(record)?
    })
}

/// Checks that there are the files of so many records, whole, and no others.
fn check_files(
    path: &Path,
    count: u64,
    compose: fn(&Record) -> Result<Leaf<'_>, BoxError>,
) -> Result<()> {
    let mut files = Vec::new();
    list(path, &mut files)?;
    let mut expected = 0;
    for file in &files {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let number: Option<u64> = stem.and_then(|stem| stem.parse().ok());
        let number = number.with_context(|| format!("{} is left over", file.display()))?;
        let record = Record::new(number);
        let leaf = compose(&record).map_err(|error| anyhow::anyhow!(error))?;
        let is_picture = file.extension().is_some_and(|extension| extension == "jpg");
        let whole = match leaf.picture {
            Some(picture) if is_picture => picture.bytes,
            _ => &*leaf.document,
        };
        ensure!(
            fs::read(file)? == whole && number < count,
            "{} is not what was written",
            file.display()
        );
        expected += u64::from(!is_picture);
    }
    ensure!(
        expected == count,
        "there are {expected} documents of {count}"
    );
    Ok(())
}

/// The files in a folder and in the folders in it, but for the lock and for what marks folders.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if !path.ends_with(".creel-lock") && !path.ends_with(".creel-folder") {
            files.push(path);
        }
    }
    Ok(())
}
