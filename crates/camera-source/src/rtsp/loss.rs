//! How many frames went with packets that were lost.

/// Counts the frames that are missing, by the clock that stamps them.
///
/// A camera stamps each frame by a clock of 90,000 ticks a second, so that a gap tells how many frames it is wide. The
/// interval between frames is that of the last pair between which nothing was lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loss {
    latest: Option<i64>,
    interval: Option<i64>,
}

impl Loss {
    /// A frame of that stamp came, behind so many lost packets; gives the frames that went with them.
    ///
    /// Packets without a gap were a frame's all the same: one that could not be told from its neighbours.
    pub(super) fn frames(&mut self, stamp: i64, packets: u16) -> u64 {
        let step = self.latest.map(|latest| stamp.wrapping_sub(latest));
        self.latest = Some(stamp);
        let Some(step) = step.filter(|&step| step > 0) else {
            return u64::from(packets > 0);
        };
        if packets == 0 {
            self.interval = Some(step);
            return 0;
        }
        let frames = self.interval.map_or(1, |interval| {
            // To the nearest: a clock is not exact.
            (step + interval / 2) / interval - 1
        });
        u64::try_from(frames).unwrap_or(0).clamp(1, FRAMES_MAX)
    }
}

/// Ten minutes at 30 frames a second: a wider gap is a clock that was set.
const FRAMES_MAX: u64 = 18_000;

#[cfg(test)]
mod tests {
    use super::Loss;

    fn check(frames: &[(i64, u16)], expected: &[u64]) {
        let mut loss = Loss::default();
        let lost: Vec<_> = frames
            .iter()
            .map(|&(stamp, packets)| loss.frames(stamp, packets))
            .collect();
        assert_eq!(lost, expected, "{frames:?}");
    }

    #[test]
    fn a_gap_is_as_many_frames_as_it_is_wide() {
        check(&[(0, 0), (3000, 0), (6000, 0)], &[0, 0, 0]);
        check(&[(0, 0), (3000, 0), (9000, 4), (12_000, 0)], &[0, 0, 1, 0]);
        check(&[(0, 0), (3010, 0), (18_000, 40)], &[0, 0, 4]);
        check(&[(0, 0), (3000, 0), (6000, 1)], &[0, 0, 1]);
    }

    #[test]
    fn a_clock_that_was_set_is_no_gap() {
        check(&[(0, 2), (3000, 0), (-9_000_000, 3)], &[1, 0, 1]);
        check(&[(0, 0), (3000, 0), (i64::MAX, 1)], &[0, 0, 18_000]);
        check(&[(i64::MAX, 0), (i64::MIN, 1)], &[0, 1]);
    }
}
