//! The moving colours behind everything.

use std::f32::consts::TAU;

use super::canvas::{Canvas, Color};
use crate::Size;

/// Waves of colour that drift across the picture.
///
/// The colours are laid out once, as one long row in several shades; each row of a picture is a copy of a part
/// of it, which costs no more than moving the memory.
pub(super) struct Backdrop {
    size: Size,
    period: u64,
    shades: Vec<Vec<u8>>,
}

impl Backdrop {
    pub(super) fn new(size: Size, seed: u64) -> Self {
        let palette = PALETTES[(seed % PALETTES.len() as u64) as usize];
        let period = u64::from(size.width) * 2;
        let length = period + u64::from(size.width);
        let shade = |level: usize| {
            let brightness = 0.62 + 0.38 * level as f32 / (SHADES - 1) as f32;
            (0..length)
                .flat_map(|x| color_at(palette, (x % period) as f32 / period as f32))
                .map(|channel| (channel * brightness) as u8)
                .collect()
        };
        Self {
            size,
            period,
            shades: (0..SHADES).map(shade).collect(),
        }
    }

    pub(super) fn draw(&self, number: u64, canvas: &mut Canvas) {
        let Size { width, height } = self.size;
        let speed = u64::from(width / 160);
        let drift = (number % self.period) * speed;
        let phase = (number % CYCLE) as f32 / CYCLE as f32 * TAU;
        let swing = width as f32 / 10.0;
        for y in 0..height {
            let down = y as f32 / height as f32;
            let wave = swing * (1.0 + (down * 5.0 + phase).sin());
            let offset = (drift + u64::from(y) / 2 + wave as u64) % self.period;
            let level = 0.5 + 0.5 * (down * 7.0 - phase).cos();
            let shade = &self.shades[(level * (SHADES - 1) as f32) as usize];
            let start = offset as usize * 3;
            canvas
                .row(0, y, width)
                .copy_from_slice(&shade[start..start + width as usize * 3]);
        }
    }
}

/// The frames after which the waves begin again.
const CYCLE: u64 = 240;

/// Enough that the steps between them cannot be seen.
const SHADES: usize = 48;

const PALETTES: [[Color; 5]; 3] = [
    [
        [28, 38, 104],
        [98, 54, 160],
        [232, 92, 120],
        [250, 176, 96],
        [36, 150, 164],
    ],
    [
        [14, 72, 92],
        [24, 140, 128],
        [150, 206, 122],
        [252, 214, 112],
        [56, 116, 176],
    ],
    [
        [58, 26, 84],
        [156, 42, 110],
        [240, 106, 84],
        [252, 188, 130],
        [96, 84, 176],
    ],
];

/// The colour at a place from 0 to 1 along a closed palette.
fn color_at(palette: [Color; 5], place: f32) -> [f32; 3] {
    let scaled = place * palette.len() as f32;
    let index = scaled as usize % palette.len();
    let next = palette[(index + 1) % palette.len()];
    // An eased step, so that no edge shows where two colours meet.
    let share = 0.5 - 0.5 * (scaled.fract() * TAU / 2.0).cos();
    let channel = |at: usize| {
        let (from, to) = (f32::from(palette[index][at]), f32::from(next[at]));
        from + (to - from) * share
    };
    [channel(0), channel(1), channel(2)]
}
