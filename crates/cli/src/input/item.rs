//! What is sent to the model server, one by one.

use std::time::SystemTime;

use bytes::Bytes;
use creel_camera_source::{EncodeError, Frame, PixelFormat};
use creel_protocols::{Image, Payload};

use crate::record::{CapturedAt, Key};

/// What is sent to the model server, and what its record is called.
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) captured_at: Option<CapturedAt>,
    pub(crate) content: Content,
    /// How many frames the camera says it lost just before this one.
    pub(crate) lost_before: u64,
    /// The item as it stands in its input, where it can be put into another one of the same form.
    pub(crate) original: Option<Bytes>,
}

/// What is sent, as its source gave it.
pub(crate) enum Content {
    /// As it goes to the server.
    Payload(Payload),
    /// As the camera gave it.
    Frame(Frame),
}

impl Item {
    /// An item that was read from a file just now.
    pub(crate) fn row(key: Key, payload: Payload, original: Option<Bytes>) -> Self {
        Self {
            key,
            captured_at: CapturedAt::new(SystemTime::now()),
            content: Content::Payload(payload),
            lost_before: 0,
            original,
        }
    }

    /// A frame that a camera gave.
    pub(crate) fn frame(key: Key, frame: Frame) -> Self {
        Self {
            key,
            captured_at: CapturedAt::new(frame.captured_at.wall),
            lost_before: frame.lost_before,
            content: Content::Frame(frame),
            original: None,
        }
    }

    /// What goes to the server; a frame may have to be encoded for it.
    pub(crate) fn payload(&self) -> Result<Payload, EncodeError> {
        let image = |media_type: &str, bytes: Bytes| {
            let media_type = media_type.to_owned();
            Payload::Image(Image { media_type, bytes })
        };
        match &self.content {
            Content::Payload(payload) => Ok(payload.clone()),
            Content::Frame(frame) if frame.format == PixelFormat::Png => {
                Ok(image("image/png", frame.bytes.clone()))
            }
            Content::Frame(frame) => Ok(image("image/jpeg", frame.to_jpeg()?)),
        }
    }

    /// How many bytes it keeps in memory, about.
    pub(crate) fn weight(&self) -> u64 {
        let bytes = match &self.content {
            Content::Payload(Payload::Features(features)) => size_of_val(features.values()),
            Content::Payload(Payload::Image(image)) => image.bytes.len(),
            Content::Payload(Payload::Text(text)) => text.len(),
            Content::Payload(Payload::Texts(texts)) => texts.iter().map(String::len).sum(),
            Content::Payload(Payload::Document(document)) => document.size(),
            Content::Frame(frame) => frame.byte_len(),
        };
        (bytes + self.original.as_ref().map_or(0, Bytes::len)) as u64
    }
}
