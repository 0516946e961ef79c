//! `creel watch`: the frames of cameras.

use std::collections::HashSet;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;

use anyhow::{Result, bail};
use creel_camera_source::Camera;
use creel_pipeline::{Notice, Policy, Reconnect};

use crate::arguments::{NamedCamera, Watch, WhenFull};
use crate::ending::Ending;
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::rejects::Rejects;
use crate::report::Noun;
use crate::results::{self, Results};
use crate::run::{Before, Feed, Run};
use crate::run_id::RunId;
use crate::screen::Screen;
use crate::shelf::{self, Opened};
use crate::usage::WrongUsage;

/// Watches until the cameras end, enough frames were captured, or it is interrupted.
pub(crate) fn run(arguments: &Watch, screen: &Screen, interrupt: &Interrupt) -> Result<Ending> {
    refuse_namesakes(&arguments.camera)?;
    results::check(&arguments.recording)?;
    let id = RunId::new();
    let mut is_live = false;
    let mut inputs = Vec::new();
    for named in &arguments.camera {
        let camera = Camera::open(&named.location)?;
        is_live |= camera.is_live();
        let count_max = arguments.frames.map(NonZeroU64::get);
        inputs.push(Input::camera(camera, named.name(), &id, count_max)?);
    }
    let policy = match arguments.when_full {
        Some(WhenFull::Block) => Policy::Block,
        Some(WhenFull::Spill) => Policy::Spill,
        Some(WhenFull::DropOldest) => Policy::DropOldest,
        Some(WhenFull::DropNewest) => Policy::DropNewest,
        Some(WhenFull::Latest) => Policy::Latest,
        None if is_live => Policy::Spill,
        None => Policy::Block,
    };
    let run = Run {
        id,
        noun: Noun::Frame,
        is_live,
        view: !arguments.plain,
        buffer: arguments.buffer,
        policy,
        dropped: Notice::Make,
        reconnect: reconnect(arguments.reconnect),
        rows_per_request: NonZeroUsize::MIN,
        pictures: false,
        asking: &arguments.asking,
        model: Some("qr"),
        recording: &arguments.recording,
        showing: &arguments.showing,
    };
    if policy == Policy::Spill {
        spilling(arguments, &run, inputs, screen, interrupt)
    } else {
        run.run(inputs, screen, interrupt)
    }
}

/// Watches with a spool; goes on with what earlier runs have left in it.
fn spilling(
    arguments: &Watch,
    run: &Run<'_>,
    inputs: Vec<Input>,
    screen: &Screen,
    interrupt: &Interrupt,
) -> Result<Ending> {
    let recording = &arguments.recording;
    let Opened {
        shelf,
        place,
        results,
    } = shelf::open(&arguments.spooling, recording, screen)?;
    let rejects = Arc::new(Rejects::nowhere());
    let before = Before::default();
    let earlier = shelf.recovered();
    let feed = Feed {
        inputs,
        shelf: Some(shelf),
    };
    let open = || match results {
        Some(results) => Ok(results),
        None => Results::begin(recording, screen),
    };
    let flowed = run.flow(feed, open, &rejects, before, screen, interrupt);
    let flowed = match flowed {
        Ok(flowed) => flowed,
        Err(error) => {
            // It did not begin: what waited still does.
            place.leave(earlier, screen);
            return Err(error);
        }
    };
    let left = flowed.summary.ledger.spilled;
    let ended = run.end(flowed, &rejects, before, screen);
    place.leave(left, screen);
    ended
}

/// A camera that was there is asked again without an end, unless it is said; one that never was, for half a minute.
fn reconnect(attempts: Option<u32>) -> Reconnect {
    let usual = Reconnect::default();
    let attempts = attempts.unwrap_or(u32::MAX);
    Reconnect {
        attempts,
        attempts_at_first: usual.attempts_at_first.min(attempts),
        ..usual
    }
}

/// Two cameras of one name could not be told apart in the records.
fn refuse_namesakes(cameras: &[NamedCamera]) -> Result<()> {
    let mut names = HashSet::new();
    for camera in cameras {
        let name = camera.name();
        if !names.insert(Arc::clone(&name)) {
            bail!(WrongUsage::from(format!(
                "two cameras are called {name}: name them, as in --camera front=CAMERA --camera back=CAMERA"
            )));
        }
    }
    Ok(())
}
