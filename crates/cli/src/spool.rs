//! Frames that wait on disk: how they are written down, and which of them have a record already.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use bytes::Bytes;
use creel_core::BoxError;
use creel_pipeline::Codec;
use creel_protocols::{Image, Payload};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::input::{Content, Item};
use crate::record::{CapturedAt, Key};
use crate::run_id::RunId;

/// What stands before the picture of a frame on disk, as JSON behind its length.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    run: RunId,
    camera: Arc<str>,
    frame: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    captured_at: Option<CapturedAt>,
    media_type: String,
}

/// Why a frame cannot be written down or read.
#[derive(Debug, Error)]
enum FrameError {
    #[error("only frames of cameras wait on disk")]
    NoFrame,
    #[error("the entry is not that of a frame")]
    Cut,
}

/// Writes a frame down: raw pixels as JPEG, everything else untouched.
fn encode(item: &Item) -> Result<Vec<u8>, BoxError> {
    let Key::Frame {
        run,
        camera,
        frame,
        name,
    } = &item.key
    else {
        return Err(FrameError::NoFrame.into());
    };
    let Payload::Image(Image { media_type, bytes }) = item.payload()? else {
        return Err(FrameError::NoFrame.into());
    };
    let header = Header {
        run: run.clone(),
        camera: Arc::clone(camera),
        frame: *frame,
        name: name.clone(),
        captured_at: item.captured_at,
        media_type,
    };
    let header = serde_json::to_vec(&header)?;
    let length = u32::try_from(header.len())?;
    let mut entry = Vec::with_capacity(size_of::<u32>() + header.len() + bytes.len());
    entry.extend(length.to_le_bytes());
    entry.extend(header);
    entry.extend(bytes);
    Ok(entry)
}

/// Reads what [`encode`] has written.
fn decode(entry: &[u8]) -> Result<Item, BoxError> {
    let (length, rest) = entry.split_first_chunk().ok_or(FrameError::Cut)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (header, bytes) = rest.split_at_checked(length).ok_or(FrameError::Cut)?;
    let Header {
        run,
        camera,
        frame,
        name,
        captured_at,
        media_type,
    } = serde_json::from_slice(header)?;
    let bytes = Bytes::copy_from_slice(bytes);
    Ok(Item {
        key: Key::Frame {
            run,
            camera,
            frame,
            name,
        },
        captured_at,
        content: Content::Payload(Payload::Image(Image { media_type, bytes })),
        lost_before: 0,
        original: None,
        encoded: OnceLock::new(),
    })
}

/// How frames become entries, and which of them have a record.
pub(crate) struct FrameCodec {
    pub(crate) known: Known,
}

impl Codec<Item> for FrameCodec {
    fn encode(&self, item: &Item) -> Result<Vec<u8>, BoxError> {
        encode(item)
    }

    fn decode(&self, entry: &[u8]) -> Result<Item, BoxError> {
        decode(entry)
    }

    fn is_known(&self, item: &Item) -> bool {
        self.known.contains(item)
    }

    fn is_costly(&self, item: &Item) -> bool {
        item.needs_encoding()
    }
}

/// Which frames have a record, by run and camera.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<(RunId, Arc<str>), RoaringTreemap>);

/// What tells a frame of a camera by its record.
#[derive(Debug, Deserialize)]
pub(crate) struct SeenFrame {
    run: RunId,
    camera: Arc<str>,
    frame: u64,
}

impl Known {
    /// A frame has a record.
    pub(crate) fn insert(&mut self, seen: SeenFrame) {
        let SeenFrame { run, camera, frame } = seen;
        self.0.entry((run, camera)).or_default().insert(frame);
    }

    /// Whether this item is such a frame.
    pub(crate) fn contains(&self, item: &Item) -> bool {
        let Key::Frame {
            run, camera, frame, ..
        } = &item.key
        else {
            return false;
        };
        let frames = self.0.get(&(run.clone(), Arc::clone(camera)));
        frames.is_some_and(|frames| frames.contains(*frame))
    }
}

#[cfg(test)]
mod tests;
