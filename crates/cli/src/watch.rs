//! `creel watch`: the frames of a camera.

use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;

use anyhow::Result;
use creel_camera_source::{Camera, Location};
use creel_pipeline::{Notice, Policy};

use crate::arguments::{Watch, WhenFull};
use crate::ending::Ending;
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::report::Noun;
use crate::run::Run;
use crate::screen::Screen;

/// Watches until the camera ends, enough frames were captured, or it is interrupted.
pub(crate) fn run(arguments: &Watch, screen: &Screen, interrupt: &Interrupt) -> Result<Ending> {
    let camera = Camera::open(&arguments.camera)?;
    let policy = match arguments.when_full {
        Some(WhenFull::Block) => Policy::Block,
        Some(WhenFull::DropOldest) => Policy::DropOldest,
        Some(WhenFull::DropNewest) => Policy::DropNewest,
        Some(WhenFull::Latest) => Policy::Latest,
        None if camera.is_live() => Policy::DropOldest,
        None => Policy::Block,
    };
    let count_max = arguments.frames.map(NonZeroU64::get);
    let input = Input::camera(camera, name(&arguments.camera), count_max)?;
    Run {
        noun: Noun::Frame,
        buffer: arguments.buffer,
        policy,
        dropped: Notice::Make,
        rows_per_request: NonZeroUsize::MIN,
        asking: &arguments.asking,
        model: Some("qr"),
        recording: &arguments.recording,
    }
    .run(input, screen, interrupt)
}

/// What records call a camera.
fn name(location: &Location) -> Arc<str> {
    match location {
        Location::Test(_) => "test".into(),
        location => location.to_string().into(),
    }
}
