//! What is sent to the model server, one by one.

use std::sync::OnceLock;
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
    /// The JPEG of a frame that is none by itself, once somebody asked for it.
    pub(crate) encoded: OnceLock<Bytes>,
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
            encoded: OnceLock::new(),
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
            encoded: OnceLock::new(),
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
            Content::Frame(frame) => Ok(image("image/jpeg", self.jpeg(frame)?)),
        }
    }

    /// The picture that goes to the server, if it is one and can be encoded.
    pub(crate) fn picture(&self) -> Option<Image> {
        match self.payload() {
            Ok(Payload::Image(image)) => Some(image),
            _ => None,
        }
    }

    /// Whether [`payload`](Self::payload) has to make a picture of what the camera gave, and has not yet.
    pub(crate) fn needs_encoding(&self) -> bool {
        let Content::Frame(frame) = &self.content else {
            return false;
        };
        let goes_as_it_is = matches!(frame.format, PixelFormat::Jpeg | PixelFormat::Png);
        !goes_as_it_is && self.encoded.get().is_none()
    }

    /// The frame as a JPEG file, encoded once for all who ask.
    fn jpeg(&self, frame: &Frame) -> Result<Bytes, EncodeError> {
        if let Some(jpeg) = self.encoded.get() {
            return Ok(jpeg.clone());
        }
        let jpeg = frame.to_jpeg()?;
        Ok(self.encoded.get_or_init(|| jpeg).clone())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use creel_camera_source::{Moment, Size};

    use super::*;
    use crate::run_id::RunId;

    #[test]
    fn a_raw_frame_is_encoded_once_for_all_who_ask() {
        let size = Size::new(8, 8);
        let frame = Frame {
            number: 0,
            captured_at: Moment::now(),
            sequence: None,
            lost_before: 0,
            name: None,
            size,
            format: PixelFormat::Luma8,
            bytes: Bytes::from(vec![128; 64]),
        };
        let key = Key::Frame {
            run: RunId::new(),
            camera: Arc::from("gate"),
            frame: 0,
            name: None,
        };
        let item = Item::frame(key, frame);
        assert!(item.needs_encoding());
        let (first, second) = (item.picture().unwrap(), item.picture().unwrap());
        assert_eq!(first.bytes.as_ptr(), second.bytes.as_ptr());
        assert!(!item.needs_encoding());
    }
}
