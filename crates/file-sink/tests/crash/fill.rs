//! Fills a file system to the brim.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use creel_core::port::SinkError;

use crate::form::{FORMS, Form};

/// How often a full file system is written to once more.
const VAIN: u32 = 100;
/// Files that are removed to make room: a disk may have none left for names before it has none for bytes.
const BALLAST: u32 = 32;
/// Bytes of each.
const BALLAST_BYTES: usize = 4 << 10;

/// For each form: writes until there is no room, writes on in vain, makes room, writes on, and looks at what is there.
pub(crate) fn run(folder: &Path) -> Result<()> {
    for name in FORMS {
        fill(name, folder).with_context(|| name.to_owned())?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // What the file system made itself stays.
            if path.ends_with("lost+found") {
                continue;
            }
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

fn fill(name: &str, folder: &Path) -> Result<()> {
    let ballast = |number| folder.join(format!("ballast-{number}"));
    for number in 0..BALLAST {
        fs::write(ballast(number), vec![1; BALLAST_BYTES])?;
    }
    let mut form = Form::open(name, folder)?;
    let (mut refused, mut flushes_refused) = (0, 0);
    while refused < VAIN {
        match form.write() {
            Ok(()) => {}
            Err(SinkError::NoRoom(_)) => refused += 1,
            Err(error) => bail!("a full disk is told as {error:?}"),
        }
        if form.count % 20 == 0 || refused > 0 {
            match form.flush() {
                Ok(()) => {}
                Err(SinkError::NoRoom(_)) => flushes_refused += 1,
                Err(error) => bail!("a flush on a full disk is told as {error:?}"),
            }
        }
    }
    let full = form.count;
    for number in 0..BALLAST {
        fs::remove_file(ballast(number))?;
    }
    for _ in 0..10 {
        form.write()?;
    }
    form.flush()?;
    let written = form.count;
    drop(form);
    let found = Form::open(name, folder)?;
    ensure!(
        found.count == written && found.torn == 0,
        "{} records are there of {written}, {} torn",
        found.count,
        found.torn
    );
    println!(
        "ok      {name}: full with {full} records, {refused} writes and {flushes_refused} flushes refused, {written} there once there was room, none torn"
    );
    Ok(())
}
