//! Captures frames, discards each, and tells how evenly they came: `capture_gaps [CAMERA [FRAMES]]`.
//!
//! What a camera does by itself, to compare with what it does while frames are sent somewhere.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use creel_camera_source::Camera;
use creel_core::{Context, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let location = arguments.next().unwrap_or_else(|| "test:?fps=120".into());
    let frames: usize = arguments.next().map_or(Ok(120), |text| text.parse())?;
    let mut camera = Camera::open(&location.parse()?)?;
    let context = Context::new();
    let (mut gaps, mut lost, mut before) = (Vec::with_capacity(frames), 0, None);
    for _ in 0..frames {
        let Some(frame) = camera.next(&context)? else {
            break;
        };
        let now = Instant::now();
        gaps.extend(before.replace(now).map(|before| now - before));
        lost += frame.lost_before;
    }
    gaps.sort_unstable();
    println!(
        "{} gaps, p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms, max {:.3} ms, {lost} frames lost",
        gaps.len(),
        quantile(&gaps, 0.5),
        quantile(&gaps, 0.99),
        quantile(&gaps, 0.999),
        quantile(&gaps, 1.0),
    );
    Ok(())
}

/// The time that so large a part of them does not exceed, in milliseconds; they are sorted.
fn quantile(gaps: &[Duration], part: f64) -> f64 {
    let rank = (part * gaps.len() as f64).ceil() as usize;
    let gap = gaps.get(rank.saturating_sub(1)).copied();
    gap.unwrap_or_default().as_secs_f64() * 1e3
}
