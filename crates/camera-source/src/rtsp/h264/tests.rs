use std::io::Write;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, io, thread};

use creel_core::{Context, Source};

use super::{CODED_MAX, Coded, Reel, channel, decode};
use crate::live::{Handover, Limits, Taken};
use crate::test::TestCamera;
use crate::{Moment, Patience};

const FRAMES: u64 = 60;

/// Every so many frames there is one that needs no other.
const KEYS: u64 = 30;

/// Nobody waits for what is not there.
const AT_ONCE: Patience = Patience {
    first: Duration::ZERO,
    stall: Duration::ZERO,
};

/// Frames of the test camera, encoded so that some are sent before others that they are shown behind; one item is what
/// one frame needs. `None` where there is no ffmpeg that can.
fn encoded() -> Option<Vec<Vec<u8>>> {
    let ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "rawvideo"])
        .args([
            "-pix_fmt", "rgb24", "-s", "320x240", "-r", "30", "-i", "pipe:0",
        ])
        .args([
            "-c:v",
            "libx264",
            "-profile:v",
            "main",
            "-bf",
            "3",
            "-pix_fmt",
            "yuv420p",
        ])
        .args(["-g", &KEYS.to_string(), "-sc_threshold", "0"])
        .args(["-bsf:v", "h264_metadata=aud=insert", "-f", "h264", "pipe:1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut ffmpeg = match ffmpeg {
        Ok(ffmpeg) => ffmpeg,
        Err(error) => {
            assert!(env::var("CI").as_deref() != Ok("true"), "{error}");
            // Past the capture of the test harness, so that it is seen.
            writeln!(io::stderr(), "skipped: no ffmpeg: {error}").unwrap();
            return None;
        }
    };
    let mut input = ffmpeg.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        let settings = format!("size=320x240&frames={FRAMES}").parse().unwrap();
        let mut camera = TestCamera::new(settings).unwrap();
        while let Some(frame) = camera.next(&Context::new()).unwrap() {
            input.write_all(&frame.bytes).unwrap();
        }
    });
    let output = ffmpeg.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success());
    // Each begins with a delimiter.
    let delimiter = [0, 0, 0, 1, 9];
    let starts: Vec<_> = (0..output.stdout.len())
        .filter(|&at| output.stdout[at..].starts_with(&delimiter))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([output.stdout.len()]);
    let units = starts.iter().zip(ends);
    Some(
        units
            .map(|(&start, end)| output.stdout[start..end].to_vec())
            .collect(),
    )
}

fn coded(bytes: Vec<u8>, is_key: bool) -> Coded {
    Coded {
        bytes,
        is_key,
        captured_at: Moment::now(),
    }
}

/// The number that the one QR code in these brightnesses tells.
fn number_in(brightness: &[u8]) -> Option<u64> {
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(320, 240, |x, y| brightness[y * 320 + x]);
    let grids = prepared.detect_grids();
    let [grid] = grids.as_slice() else {
        return None;
    };
    grid.decode().ok()?.1.parse().ok()
}

/// The numbers of the frames that came out, and what was lost before each.
fn seen(handover: &Handover) -> Vec<(Option<u64>, u64)> {
    let mut seen = Vec::new();
    while let Taken::Picture(picture) = handover.take(&Context::new(), AT_ONCE) {
        assert_eq!(picture.bytes.len(), 320 * 240 * 3 / 2);
        seen.push((number_in(&picture.bytes), picture.lost_before));
    }
    seen
}

fn roomy() -> Arc<Handover> {
    Handover::new(Limits {
        pictures: 1000,
        bytes: usize::MAX,
    })
}

#[test]
fn every_frame_comes_out_in_the_order_of_its_time() {
    let Some(units) = encoded() else {
        return;
    };
    assert_eq!(units.len() as u64, FRAMES);
    let handover = roomy();
    let intake = handover.open();
    thread::scope(|scope| {
        let (entrance, received) = channel(&intake);
        let intake = &intake;
        scope.spawn(move || decode(&received, intake, Duration::MAX).unwrap());
        for (number, unit) in (0..).zip(units) {
            // Unlike the entrance, it waits.
            entrance
                .sender
                .send(coded(unit, number % KEYS == 0))
                .unwrap();
        }
    });
    let expected: Vec<_> = (0..FRAMES).map(|number| (Some(number), 0)).collect();
    assert_eq!(seen(&handover), expected);
}

#[test]
fn what_is_kept_back_comes_out_in_a_silence_and_the_next_key_goes_on() {
    let Some(units) = encoded() else {
        return;
    };
    let handover = roomy();
    let intake = handover.open();
    let mut reel = Reel::new().unwrap();
    let give = |reel: &mut Reel, numbers: Range<u64>| {
        for number in numbers {
            let unit = units[number as usize].clone();
            reel.push(&coded(unit, number % KEYS == 0), &intake);
        }
    };
    give(&mut reel, 0..21);
    assert!(reel.kept_back > 0);
    reel.empty(Moment::now(), &intake).unwrap();
    assert_eq!(seen(&handover).len(), 21, "nothing is kept back");
    give(&mut reel, 21..FRAMES);
    reel.empty(Moment::now(), &intake).unwrap();
    let expected: Vec<_> = (KEYS..FRAMES)
        .map(|number| (Some(number), if number == KEYS { KEYS - 21 } else { 0 }))
        .collect();
    assert_eq!(seen(&handover), expected);
}

#[test]
fn when_decoding_falls_behind_frames_go_up_to_the_next_that_needs_no_other() {
    let handover = Handover::new(Limits::default());
    let intake = handover.open();
    let (mut entrance, received) = channel(&intake);
    let mut push = |is_key| entrance.push(coded(Vec::new(), is_key)).unwrap();
    (0..CODED_MAX).for_each(|_| push(false));
    // One that does not fit, and those that refer to it.
    push(false);
    drop(received.recv().unwrap());
    push(false);
    push(true);
    push(false);
    let queued: Vec<_> = received.try_iter().map(|coded| coded.is_key).collect();
    assert_eq!(queued.len(), CODED_MAX);
    assert_eq!(
        queued.iter().position(|&is_key| is_key),
        Some(CODED_MAX - 1)
    );
    drop(received);
    assert!(entrance.push(coded(Vec::new(), true)).is_err());
}
