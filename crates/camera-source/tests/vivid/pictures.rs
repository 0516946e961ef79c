//! What a camera that behaves gives.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use creel_camera_source::v4l2::{Format, V4l2Error, devices};
use creel_camera_source::{PixelFormat, Size};

use crate::stage::{DEVICE, FAST, chain, frames, in_order, lost, open, tell};
use crate::{Claim, bars};

pub(crate) const CLAIMS: &[Claim] = &[
    (
        "the device is listed with formats, sizes, rates and controls",
        lists,
    ),
    (
        "frames have numbers, times, sizes and the driver's count",
        captures,
    ),
    ("every format shows the colours that are there", colours),
    (
        "what the driver gives in place of what it was told is read back",
        reads_back,
    ),
    ("controls are set, and what cannot be set is told", controls),
    ("a second program is told that the camera is in use", busy),
];

fn lists() -> Result<String> {
    let devices = devices();
    ensure!(devices.len() == 1, "not one device: {devices:?}");
    let device = &devices[0];
    ensure!(
        device.location == DEVICE && device.driver == "vivid",
        "{device:?}"
    );
    let yuyv = device.formats.iter().find(|offer| offer.format == "YUYV");
    let yuyv = yuyv.context("there is no YUYV")?;
    ensure!(yuyv.is_taken && !yuyv.resolutions.is_empty(), "{yuyv:?}");
    let vga = yuyv
        .resolutions
        .iter()
        .find(|resolution| resolution.size.to_string() == "640x480");
    let vga = vga.with_context(|| format!("no 640x480 in {yuyv:?}"))?;
    ensure!(vga.fps.iter().any(|fps| fps.to == 25.0), "{vga:?}");
    let brightness = device
        .controls
        .iter()
        .find(|control| control.name == "brightness");
    let brightness = brightness.context("there is no brightness")?;
    ensure!(
        (brightness.minimum, brightness.maximum) == (0, 255),
        "{brightness:?}"
    );
    ensure!(
        brightness.value == Some(brightness.default),
        "{brightness:?}"
    );
    Ok(format!(
        "{} formats, {} controls, {} sizes of YUYV",
        device.formats.len(),
        device.controls.len(),
        yuyv.resolutions.len()
    ))
}

fn captures() -> Result<String> {
    let mut camera = open("size=640x480&fps=25&format=YUYV")?;
    ensure!(
        camera.mode().to_string() == "640x480 in YUYV at 25 fps",
        "{}",
        camera.mode()
    );
    let frames = frames(&mut camera, 50)?;
    in_order(&frames)?;
    ensure!(
        frames[0].number == 0 && frames[0].lost_before == 0,
        "{:?}",
        frames[0]
    );
    for frame in &frames {
        ensure!(frame.size == Size::new(640, 480) && frame.byte_len() == 640 * 480 * 2);
        ensure!(matches!(frame.format, PixelFormat::Yuyv(_)), "{frame:?}");
    }
    let lost = lost(&frames)?;
    let (first, last) = (&frames[0], &frames[49]);
    let steps = last.sequence.context("no count")? - first.sequence.context("no count")?;
    let elapsed = last.captured_at.monotonic - first.captured_at.monotonic;
    let fps = steps as f64 / elapsed.as_secs_f64();
    ensure!((20.0..30.0).contains(&fps), "{fps} frames per second");
    let wall = last
        .captured_at
        .wall
        .duration_since(first.captured_at.wall)?;
    ensure!(
        wall.abs_diff(elapsed) < Duration::from_millis(20),
        "{wall:?} and {elapsed:?}"
    );
    let age = last.captured_at.monotonic.elapsed();
    ensure!(
        age < Duration::from_secs(1),
        "the last picture is {age:?} old"
    );
    Ok(format!("50 frames at {fps:.2} fps, {lost} lost before us"))
}

fn colours() -> Result<String> {
    let mut notes = Vec::new();
    for format in [Format::Yuyv, Format::Nv12, Format::Rgb3, Format::Grey] {
        let mut camera = open(&format!("size=640x360&format={format}"))?;
        ensure!(camera.mode().format == format, "{}", camera.mode());
        let frame = &frames(&mut camera, 1)?[0];
        let off =
            bars::check(frame, format == Format::Grey).with_context(|| format!("in {format}"))?;
        notes.push(format!("{format} off by {off}"));
    }
    Ok(notes.join(", "))
}

fn reads_back() -> Result<String> {
    let camera = open("size=640x480&fps=30&format=MJPG")?;
    ensure!(camera.mode().format == Format::Yuyv, "{}", camera.mode());
    ensure!(camera.mode().fps == Some(25.0), "{}", camera.mode());
    let mode = camera.mode();
    drop(camera);
    let mut camera = open("size=641x481")?;
    let given = camera.mode().size;
    ensure!(given != Size::new(641, 481), "{}", camera.mode());
    ensure!(frames(&mut camera, 1)?[0].size == given);
    Ok(format!(
        "640x480 in MJPG at 30 fps became {mode}, 641x481 became {given}"
    ))
}

fn controls() -> Result<String> {
    let brightness = || -> Result<i32> {
        let devices = devices();
        let mut controls = devices[0].controls.iter();
        let control = controls.find(|control| control.name == "brightness");
        control
            .and_then(|control| control.value)
            .context("no brightness")
    };
    let camera = open("control.brightness=200&control.contrast=100")?;
    ensure!(brightness()? == 200);
    tell("brightness", 128)?;
    ensure!(brightness()? == 128, "not set while another has the camera");
    tell("contrast", 128)?;
    drop(camera);
    let error = open("control.brightnes=1").expect_err("there is none");
    ensure!(
        error
            .to_string()
            .contains("has no control `brightnes`; it has brightness"),
        "{error}"
    );
    let error = open("control.brightness=256").expect_err("it is too much");
    ensure!(
        error.to_string().contains("cannot be 256: it is 0 to 255"),
        "{error}"
    );
    Ok("brightness 200, then 128 from outside".to_owned())
}

fn busy() -> Result<String> {
    let mut camera = open(FAST)?;
    frames(&mut camera, 1)?;
    let error = open("size=640x480&format=YUYV").expect_err("it is in use");
    ensure!(
        matches!(error.downcast_ref(), Some(V4l2Error::Busy { .. })),
        "{error:#}"
    );
    frames(&mut camera, 5)?;
    drop(camera);
    frames(&mut open("size=640x480&format=YUYV")?, 1)?;
    Ok(chain(error.as_ref()))
}
