//! The frames of a camera.

use std::sync::Arc;

use creel_camera_source::{Camera, Frame};
use creel_core::port::SourceError;
use creel_core::{Context, Source};

use super::bad_item::{BadItem, Place};
use super::item::Item;
use crate::record::{Id, Key};

/// The frames of a camera, numbered as they come; one that cannot be read has its number too.
pub(crate) struct Frames {
    camera: Camera,
    name: Arc<str>,
    naming: Naming,
    number_next: u64,
    count_max: u64,
}

/// What the records of frames are called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By camera and frame number.
    Camera,
    /// By an id: the file name of a picture, else the frame number.
    Id,
}

impl Frames {
    /// The frames of that camera, which is called so.
    pub(crate) fn new(camera: Camera, name: Arc<str>, naming: Naming) -> Self {
        Self {
            camera,
            name,
            naming,
            number_next: 0,
            count_max: u64::MAX,
        }
    }

    /// The same, ending after so many frames.
    pub(crate) fn at_most(mut self, count_max: u64) -> Self {
        self.count_max = count_max;
        self
    }

    fn key(&self, number: u64, frame: Option<&Frame>) -> Key {
        let name = frame.and_then(|frame| frame.name.clone());
        match self.naming {
            Naming::Camera => Key::Frame {
                camera: self.name.to_string(),
                frame: number,
                name,
            },
            Naming::Id => Key::Item {
                id: name.map_or_else(|| Id::from(number), Id::Text),
            },
        }
    }
}

impl Source for Frames {
    type Item = Item;

    fn next(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        let number = self.number_next;
        if number == self.count_max {
            return Ok(None);
        }
        match self.camera.next(context) {
            Ok(Some(frame)) => {
                self.number_next += 1;
                Ok(Some(Item::frame(self.key(number, Some(&frame)), frame)))
            }
            Err(SourceError::Item(problem)) => {
                self.number_next += 1;
                Err(BadItem {
                    input: Arc::clone(&self.name),
                    place: Place::Picture(number),
                    key: self.key(number, None),
                    problem,
                }
                .into_error())
            }
            other => other.map(|_| None),
        }
    }
}
