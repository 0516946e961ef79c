//! The ball that bounces through the picture.

use super::canvas::{Canvas, Sprite};
use crate::Size;

/// A ball and its shadow; where they are depends on the frame's number alone.
pub(super) struct Ball {
    size: Size,
    radius: u32,
    start: u64,
    ball: Sprite,
    shadow: Sprite,
}

impl Ball {
    pub(super) fn new(size: Size, seed: u64) -> Self {
        let radius = size.width.min(size.height) / 11;
        let side = 2 * radius;
        Self {
            size,
            radius,
            start: seed % 10_007 * 13,
            ball: Sprite::paint(Size::new(side, side), |x, y| shaded(x, y, radius as f32)),
            shadow: Sprite::paint(Size::new(side, side / 3), |x, y| {
                let falloff = (1.0 - x * x - y * y).max(0.0);
                [0, 0, 0, (110.0 * falloff) as u8]
            }),
        }
    }

    pub(super) fn draw(&self, number: u64, canvas: &mut Canvas) {
        let side = i64::from(2 * self.radius);
        let span = (i64::from(self.size.width) - side).max(1);
        let step = i64::from(self.size.width / 160);
        let now = number.wrapping_add(self.start);

        let along = (now % (2 * span as u64)) as i64 * step % (2 * span);
        let left = along.min(2 * span - along);

        let ground = i64::from(self.size.height) - side - side / 6;
        let flight = (now % BOUNCE) as f64 / BOUNCE as f64;
        let rise = 4.0 * flight * (1.0 - flight) * ground as f64 * 0.8;

        canvas.sprite(&self.shadow, left, ground + side - side / 6);
        canvas.sprite(&self.ball, left, ground - rise as i64);
    }
}

/// The frames from one bounce to the next.
const BOUNCE: u64 = 48;

/// A point of a sphere lit from the upper left.
fn shaded(x: f32, y: f32, radius: f32) -> [u8; 4] {
    let distance = (x * x + y * y).sqrt();
    let opacity = ((1.0 - distance) * radius + 0.5).clamp(0.0, 1.0);
    let z = (1.0 - distance * distance).max(0.0).sqrt();
    let facing = (-0.48 * x - 0.60 * y + 0.64 * z).max(0.0);
    let light = 0.30 + 0.70 * facing;
    let shine = facing.powi(24) * 150.0;
    let channel = |base: f32| (base * light + shine).min(255.0) as u8;
    [
        channel(255.0),
        channel(226.0),
        channel(120.0),
        (opacity * 255.0) as u8,
    ]
}
