//! What the driver lost, told from its count.

/// Follows the count that a driver gives its frames, and tells from the gaps how many it lost.
///
/// The count has 32 bits and wraps. A count that stays or goes back begins anew, and tells nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    last: Option<u32>,
    untold: u64,
}

impl Losses {
    /// The driver filled a buffer, with a picture or without.
    pub(super) fn count(&mut self, sequence: u32) {
        if let Some(last) = self.last {
            let step = i64::from(sequence.wrapping_sub(last).cast_signed());
            self.untold += u64::try_from(step - 1).unwrap_or(0);
        }
        self.last = Some(sequence);
    }

    /// What was lost since this was asked before.
    pub(super) fn tell(&mut self) -> u64 {
        std::mem::take(&mut self.untold)
    }

    /// The stream begins anew, and with it the count.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Losses;

    /// The losses before each frame of these counts.
    fn check(counts: &[u32], expected: &[u64]) {
        let mut losses = Losses::default();
        let told: Vec<u64> = counts
            .iter()
            .map(|&count| {
                losses.count(count);
                losses.tell()
            })
            .collect();
        assert_eq!(told, expected, "{counts:?}");
    }

    #[test]
    fn a_gap_in_the_count_is_what_was_lost() {
        check(&[0, 1, 2, 3], &[0, 0, 0, 0]);
        check(&[7, 8, 11, 12, 14], &[0, 0, 2, 0, 1]);
    }

    #[test]
    fn a_count_that_wraps_loses_nothing() {
        check(&[u32::MAX - 1, u32::MAX, 0, 1], &[0, 0, 0, 0]);
        check(&[u32::MAX - 1, 2], &[0, 3]);
        let half = i32::MAX as u32;
        check(&[half - 1, half, half + 1, half + 3], &[0, 0, 0, 1]);
    }

    #[test]
    fn a_count_that_stays_or_goes_back_tells_nothing() {
        check(&[0, 0, 0], &[0, 0, 0]);
        check(&[100, 0, 1, 3], &[0, 0, 0, 1]);
        check(&[5, 5 + (1 << 31)], &[0, 0]);
    }

    #[test]
    fn a_gap_before_a_spoilt_picture_is_told_with_the_next() {
        let mut losses = Losses::default();
        losses.count(0);
        losses.count(3);
        losses.count(5);
        assert_eq!(losses.tell(), 3);
        assert_eq!(losses.tell(), 0);
    }

    #[test]
    fn a_stream_that_begins_anew_keeps_what_was_not_told() {
        let mut losses = Losses::default();
        losses.count(0);
        losses.count(2);
        losses.restart();
        losses.count(900);
        losses.count(902);
        assert_eq!(losses.tell(), 2);
    }
}
