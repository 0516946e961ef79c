//! What is done with closed parts: compressed, and removed when they are too many.
//!
//! A part is never gone before its copy is there: the copy is written under a name of its own, made durable, gets the
//! part's name, that name is made durable, and then the part is removed. Whatever a crash leaves of this is told by the
//! names: an unfinished copy is removed, and where part and copy are both there, the copy is whole.

use std::io;

use crate::compression;
use crate::parts::{Part, Parts};
use crate::rotation::Rotation;

/// Does to the parts what they are in need of, and leaves those alone that are not compressed when it is to leave.
///
/// What is too much goes first: to compress it would be in vain, and there may be much to compress.
pub(crate) fn tend(parts: &Parts, rotation: &Rotation, is_leaving: &dyn Fn() -> bool) {
    limit(parts, rotation);
    if !rotation.compress {
        return;
    }
    if let Err(error) = compress_all(parts, is_leaving) {
        let what = "a closed part cannot be compressed; it stays as it is";
        warn(parts, &error, what);
    }
    // Small ones become larger.
    limit(parts, rotation);
}

fn limit(parts: &Parts, rotation: &Rotation) {
    if let Some(most) = rotation.closed_bytes()
        && let Err(error) = remove_beyond(parts, most)
    {
        warn(parts, &error, "old parts cannot be removed");
    }
}

/// Takes away what a crash has left half done.
pub(crate) fn tidy(parts: &Parts) -> io::Result<()> {
    for name in parts.leftovers()? {
        parts.folder().remove(&name)?;
    }
    let list = parts.list()?;
    for pair in list.windows(2) {
        if pair[0].number == pair[1].number {
            // Whoever gave the copy its name may have been killed before that was durable.
            parts.folder().sync()?;
            parts.folder().remove(&parts.plain(pair[0].number))?;
        }
    }
    Ok(())
}

fn compress_all(parts: &Parts, is_leaving: &dyn Fn() -> bool) -> io::Result<()> {
    let mut plain = parts.list()?;
    plain.retain(|part| !part.is_compressed);
    for (count, part) in plain.iter().enumerate() {
        if is_leaving() {
            let file = parts.folder().path_of(parts.live());
            let left = plain.len() - count;
            tracing::info!(file = %file.display(), left, "closed parts are compressed at the next start");
            return Ok(());
        }
        let outcome = compress(parts, part.number);
        if outcome.is_err() {
            // The first error says enough; what is left is taken away at the next start at last.
            let _ = parts.folder().remove(&parts.unfinished(part.number));
        }
        outcome?;
    }
    Ok(())
}

fn compress(parts: &Parts, number: u64) -> io::Result<()> {
    let (plain, unfinished) = (parts.plain(number), parts.unfinished(number));
    let folder = parts.folder();
    let mut part = folder.read(&plain)?;
    let mut copy = folder.create(&unfinished)?;
    compression::compress(&mut *part, &mut *copy)?;
    copy.sync()?;
    copy.release();
    folder.rename(&unfinished, &parts.compressed(number))?;
    folder.sync()?;
    folder.remove(&plain)
}

fn remove_beyond(parts: &Parts, most: u64) -> io::Result<()> {
    let list = parts.list()?;
    let mut bytes: u64 = list.iter().map(|part| part.length).sum();
    for part in &list {
        if bytes <= most {
            return Ok(());
        }
        remove(parts, part)?;
        bytes -= part.length;
    }
    Ok(())
}

fn remove(parts: &Parts, part: &Part) -> io::Result<()> {
    let name = parts.name_of(part);
    tracing::info!(part = %parts.folder().path_of(&name).display(), "the oldest part is removed");
    parts.folder().remove(&name)
}

fn warn(parts: &Parts, error: &io::Error, what: &'static str) {
    let file = parts.folder().path_of(parts.live());
    tracing::warn!(file = %file.display(), %error, "{what}");
}

#[cfg(test)]
#[cfg(feature = "zstd")]
mod tests;
