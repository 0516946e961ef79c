use creel_camera_source::PixelFormat;
use creel_camera_source::test::TestCamera;
use creel_core::{Context, Source};

use crate::frames;
use crate::reader::number_in;

fn camera(settings: &str) -> TestCamera {
    TestCamera::new(settings.parse().unwrap()).unwrap()
}

#[test]
fn the_camera_ends_after_the_frames_it_was_told() {
    let mut camera = camera("size=160x160&frames=3");
    let numbers: Vec<u64> = frames(&mut camera)
        .iter()
        .map(|frame| frame.number)
        .collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert!(camera.next(&Context::new()).unwrap().is_none());
}

#[test]
fn each_frame_shows_its_own_number() {
    for frame in frames(&mut camera("size=320x240&frames=5")) {
        assert_eq!(number_in(&frame.to_jpeg().unwrap()), Some(frame.number));
    }
}

#[test]
fn frames_of_a_paced_camera_are_not_early() {
    let fps = 500.0;
    let frames = frames(&mut camera("size=160x160&fps=500&frames=20"));
    let start = frames[0].captured_at.monotonic;
    assert_eq!(frames.len(), 20);
    for pair in frames.windows(2) {
        assert_eq!(pair[1].number, pair[0].number + 1);
        let step = pair[1].sequence.unwrap() - pair[0].sequence.unwrap();
        assert_eq!(pair[1].lost_before, step - 1);
    }
    for frame in &frames {
        let ticks = frame.sequence.unwrap() as f64;
        let elapsed = frame.captured_at.monotonic - start;
        // The first frame was taken a little after the schedule began.
        let slack = 1.0 / fps;
        assert!(elapsed.as_secs_f64() > ticks / fps - slack, "{frame:?}");
    }
}

#[test]
fn a_test_camera_that_gives_jpeg_shows_the_same_as_one_that_gives_pixels() {
    let settings = "size=160x160&frames=3";
    let pixels = frames(&mut camera(settings));
    let files = frames(&mut camera(&format!("{settings}&format=jpeg")));
    assert_eq!((pixels.len(), files.len()), (3, 3));
    for (pixels, file) in pixels.iter().zip(&files) {
        assert_eq!(file.format, PixelFormat::Jpeg);
        assert_eq!(file.bytes, pixels.to_jpeg().unwrap());
        assert_eq!(file.to_jpeg().unwrap(), file.bytes, "untouched");
    }
}
