//! The frames of a camera.

use std::sync::Arc;

use creel_camera_source::{Camera, Frame};
use creel_core::port::SourceError;
use creel_core::{Context, Source};

use super::bad_item::{BadItem, Place};
use super::item::Item;
use super::reader::{Passed, Reader};
use crate::record::{Id, Key};
use crate::run_id::RunId;

/// The frames of a camera, numbered as they come; one that cannot be read has its number too.
pub(crate) struct Frames {
    camera: Camera,
    name: Arc<str>,
    naming: Naming,
    count_max: u64,
}

/// What the records of frames are called by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By run, camera and frame number.
    Camera(RunId),
    /// By an id, which is the frame number.
    Id,
}

impl Frames {
    /// The frames of that camera, which is called so.
    pub(crate) fn new(camera: Camera, name: Arc<str>, naming: Naming) -> Self {
        Self {
            camera,
            name,
            naming,
            count_max: u64::MAX,
        }
    }

    /// The same, ending after so many frames.
    pub(crate) fn at_most(mut self, count_max: u64) -> Self {
        self.count_max = count_max;
        self
    }

    fn key(&self, number: u64, frame: Option<&Frame>) -> Key {
        match &self.naming {
            Naming::Camera(run) => Key::Frame {
                run: run.clone(),
                camera: Arc::clone(&self.name),
                frame: number,
                name: frame.and_then(|frame| frame.name.clone()),
            },
            Naming::Id => Key::Item {
                index: number,
                id: Id::from(number),
            },
        }
    }
}

impl Reader for Frames {
    fn next(&mut self, number: u64, context: &Context) -> Result<Option<Item>, SourceError> {
        if number == self.count_max {
            return Ok(None);
        }
        match self.camera.next(context) {
            Ok(Some(frame)) => Ok(Some(Item::frame(self.key(number, Some(&frame)), frame))),
            Err(SourceError::Item(problem)) => Err(BadItem {
                input: Arc::clone(&self.name),
                place: Place::Picture(number),
                key: self.key(number, None),
                original: None,
                problem,
            }
            .into_error()),
            other => other.map(|_| None),
        }
    }

    fn pass(&mut self, context: &Context) -> Result<Option<Passed>, SourceError> {
        let passed = Passed { original: None };
        match self.camera.next(context) {
            Ok(frame) => Ok(frame.map(|_| passed)),
            Err(SourceError::Item(_)) => Ok(Some(passed)),
            Err(error) => Err(error),
        }
    }
}
