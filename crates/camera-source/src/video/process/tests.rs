use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use super::{Ending, Process, file};

/// A process that runs until it is ended.
fn silent() -> (Process, impl Read) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/silent-ffmpeg.sh");
    Process::start(OsStr::new(program), &file(Path::new("clip.mp4"))).unwrap()
}

#[test]
fn a_woken_stopper_ends_the_process_and_its_output() {
    let (mut process, mut output) = silent();
    process.stopper().wake_by_ref();
    assert_eq!(output.read(&mut [0]).unwrap(), 0);
    assert!(matches!(process.end().unwrap(), Ending::Stopped));
}

#[cfg(target_os = "linux")]
#[test]
fn a_dropped_process_is_ended_and_reaped() {
    let (process, _output) = silent();
    let entry = format!("/proc/{}", process.running.state().child.id());
    assert!(Path::new(&entry).exists());
    let stopper = process.stopper().clone();
    drop(process);
    // One that is dead and not reaped still has its entry.
    assert!(!Path::new(&entry).exists());
    stopper.wake();
}
