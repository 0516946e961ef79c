use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use creel_camera_source::test::TestCamera;
use creel_camera_source::video::{FfmpegError, Video, version};
use creel_camera_source::{Frame, PixelFormat, Size};
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::ManualSignal;
use tempfile::TempDir;

use crate::reader::number_in;
use crate::{chain, frames};

/// Whether there is an ffmpeg; without one the tests here are skipped, save where everything must be tried.
pub(crate) fn has_ffmpeg() -> bool {
    let version = version();
    if let Err(error) = &version {
        assert!(env::var("CI").as_deref() != Ok("true"), "{error}");
        // Past the capture of the test harness, so that it is seen.
        let mut terminal = io::stderr();
        writeln!(terminal, "skipped: {error}").unwrap();
    }
    version.is_ok()
}

/// A video of the test camera, encoded with these options.
pub(crate) fn video(folder: &TempDir, name: &str, frames: u64, options: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y", "-f", "rawvideo"])
        .args([
            "-pix_fmt", "rgb24", "-s", "320x240", "-r", "30", "-i", "pipe:0",
        ])
        .args(options)
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let settings = format!("size=320x240&frames={frames}").parse().unwrap();
    let mut input = ffmpeg.stdin.take().unwrap();
    for frame in crate::frames(&mut TestCamera::new(settings).unwrap()) {
        input.write_all(&frame.bytes).unwrap();
    }
    drop(input);
    assert!(ffmpeg.wait().unwrap().success());
    path
}

fn numbers(frames: &[Frame]) -> Vec<Option<u64>> {
    frames.iter().map(|frame| number_in(&frame.bytes)).collect()
}

/// The frames up to the end, and the error if that is the end.
fn drain(video: &mut Video) -> (u64, Option<SourceError>) {
    let context = Context::new();
    let mut frames = 0;
    loop {
        match video.next(&context) {
            Ok(Some(_)) => frames += 1,
            Ok(None) => return (frames, None),
            Err(error) => {
                assert!(
                    video.next(&context).unwrap().is_none(),
                    "the end is the end"
                );
                return (frames, Some(error));
            }
        }
    }
}

#[test]
fn every_frame_of_a_video_comes_once_and_in_order() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = video(&folder, "clip.mp4", 60, &["-c:v", "mpeg4", "-q:v", "2"]);
    let frames = frames(&mut Video::open(&path).unwrap());
    assert_eq!(numbers(&frames), (0..60).map(Some).collect::<Vec<_>>());
    for (expected, frame) in (0..).zip(&frames) {
        assert_eq!(frame.number, expected);
        assert_eq!(frame.size, Size::new(320, 240));
        assert_eq!(frame.format, PixelFormat::Jpeg);
    }
}

#[test]
fn uneven_and_repeated_time_stamps_lose_and_add_nothing() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let uneven = "setpts='if(lt(mod(N,10),5),floor(N/10)*20,floor(N/10)*20+N)/30/TB'";
    let options = ["-vf", uneven, "-fps_mode", "passthrough", "-c:v", "ffv1"];
    let path = video(&folder, "uneven.mkv", 30, &options);
    let frames = frames(&mut Video::open(&path).unwrap());
    assert_eq!(numbers(&frames), (0..30).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_name_that_looks_like_an_option_or_a_url_is_a_file() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clip = video(&folder, "clip.avi", 2, &["-c:v", "mjpeg"]);
    for name in ["-i.avi", "http:x.avi", "a b 'c\".avi", "größe%d.avi"] {
        let path = folder.path().join(name);
        fs::copy(&clip, &path).unwrap();
        assert_eq!(frames(&mut Video::open(&path).unwrap()).len(), 2, "{name}");
    }
}

#[test]
fn a_file_that_is_no_video_says_so() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.mp4");
    for content in ["", "some text, and no video at all\n"] {
        fs::write(&path, content).unwrap();
        let (frames, error) = drain(&mut Video::open(&path).unwrap());
        assert_eq!(frames, 0);
        let error = error.expect("no video is an error");
        assert!(matches!(error, SourceError::Failed(_)));
        let message = chain(&error);
        assert!(
            message.contains("notes.mp4 is not a video that ffmpeg can read"),
            "{message}"
        );
        assert!(!message.contains("0x"), "{message}");
    }
}

#[test]
fn a_video_cut_short_gives_what_is_there_and_then_an_error() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = ["-c:v", "mpeg4", "-q:v", "2", "-movflags", "+faststart"];
    let path = video(&folder, "cut.mp4", 40, &options);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() * 6 / 10]).unwrap();
    let (frames, error) = drain(&mut Video::open(&path).unwrap());
    assert!((5..40).contains(&frames), "{frames}");
    let message = chain(&error.expect("a cut is an error"));
    assert!(
        message.contains("cut.mp4 is damaged or cut short"),
        "{message}"
    );
    assert!(
        message.contains(&format!("ffmpeg read {frames} frames")),
        "{message}"
    );
}

#[test]
fn a_missing_ffmpeg_names_the_package() {
    let error = Video::open_with(OsStr::new("no-such-ffmpeg"), Path::new("clip.mp4")).unwrap_err();
    assert!(matches!(error, FfmpegError::Missing { .. }));
    assert!(
        error.to_string().contains("apt-get install ffmpeg"),
        "{error}"
    );
}

#[test]
fn a_cancelled_video_has_ended_for_every_later_call() {
    let mut video = silent();
    let signal = ManualSignal::new();
    signal.cancel();
    assert!(video.next(&signal.context()).unwrap().is_none());
    assert!(video.next(&Context::new()).unwrap().is_none());
}

/// A video whose ffmpeg never says a word.
pub(crate) fn silent() -> Video {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/silent-ffmpeg.sh");
    Video::open_with(OsStr::new(program), Path::new("clip.mp4")).unwrap()
}
