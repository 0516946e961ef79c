//! An input whose frames are shown as they are captured.

use creel_camera_source::PixelFormat;
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_dashboard::{Easel, Picture};
use creel_protocols::Payload;

use crate::input::{Content, Input, Item};

/// An input whose frames are shown as they are captured.
pub(super) struct Tap {
    input: Input,
    easel: Option<Easel>,
}

impl Tap {
    pub(super) fn new(input: Input, easel: Option<Easel>) -> Self {
        Self { input, easel }
    }
}

impl Source for Tap {
    type Item = Item;

    fn next(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        let next = self.input.next(context);
        if let (Ok(Some(item)), Some(easel)) = (&next, &self.easel)
            && easel.wants_captured()
            && let Some(picture) = captured(item)
        {
            easel.captured(picture);
        }
        next
    }
}

/// A frame as it was captured; a raw one is encoded if somebody looks, and not here.
fn captured(item: &Item) -> Option<Picture> {
    let number = item.key.number();
    match &item.content {
        Content::Frame(frame) => {
            let captured = frame.captured_at.monotonic;
            Some(match frame.format {
                PixelFormat::Jpeg | PixelFormat::Png | PixelFormat::WebP | PixelFormat::Gif => {
                    Picture::encoded(number, captured, frame.bytes.clone())
                }
                _ => {
                    let frame = frame.clone();
                    Picture::encoded_by(number, captured, move || Ok(frame.to_jpeg()?))
                }
            })
        }
        Content::Payload(Payload::Image(image)) => {
            let now = std::time::Instant::now();
            Some(Picture::encoded(number, now, image.bytes.clone()))
        }
        Content::Payload(_) => None,
    }
}
