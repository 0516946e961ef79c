//! Follows a camera, and tells each frame and each trouble in a line.
//!
//! ```sh
//! cargo run -p creel-camera-source --example follow --features mjpeg -- http://cam/video.mjpg 100
//! ```

#![expect(clippy::print_stdout, reason = "printing is what this example does")]

use std::error::Error;
use std::time::Duration;
use std::{env, iter, thread};

use creel_camera_source::Camera;
use creel_core::port::SourceError;
use creel_core::{Context, Source};

/// Between two attempts: a program would wait longer, the longer it takes.
const PAUSE: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let location = arguments.next().unwrap_or_else(|| "test:?fps=30".into());
    let frames: usize = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let mut camera = Camera::open(&location.parse()?)?;
    let context = Context::new();
    let mut count = 0;
    while count < frames {
        match camera.next(&context) {
            Ok(Some(frame)) => {
                count += 1;
                println!(
                    "frame {} {} {} lost {}",
                    frame.number, frame.size, frame.format, frame.lost_before
                );
            }
            Ok(None) => break,
            Err(error @ SourceError::Failed(_)) => return Err(told(&error).into()),
            Err(error) => {
                println!("trouble {}", told(&error));
                thread::sleep(PAUSE);
            }
        }
    }
    Ok(())
}

/// An error with its causes.
fn told(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| (*error).source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
