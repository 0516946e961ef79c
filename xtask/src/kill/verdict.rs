//! What is said in the end.

use super::rows::Found;

/// More memory than this is too much, whatever the number of rows.
const MEMORY_MB_MAX: f64 = 100.0;

/// Memory is flat if the processes near the end have no more than this above those near the beginning: what is done is
/// a few kilobytes, the rest is what the allocator does.
const GROWTH_MB_MAX: f64 = 8.0;

/// What was seen of the job.
pub(super) struct Verdict {
    pub(super) found: Found,
    /// Rows that were asked about once more; none if some never were.
    pub(super) repeated: Option<u64>,
    pub(super) repeated_max: u64,
    /// The most that each process had, first to last.
    pub(super) memory_mb: Vec<f64>,
    /// Records that the finished job has added when it was started once more.
    pub(super) sent_again: u64,
}

impl Verdict {
    /// Prints each claim with what was seen; true when all hold.
    pub(super) fn tell(&self) -> bool {
        let Found {
            rows,
            records,
            missing,
            twice,
            wrong,
        } = &self.found;
        let peak = self.memory_mb.iter().copied().fold(0.0, f64::max);
        let growth = self.growth_mb();
        let claims = [
            (
                missing + twice == 0 && records == rows,
                format!(
                    "complete: {records} records for {rows} rows, {missing} missing, {twice} twice"
                ),
            ),
            (
                *wrong == 0,
                format!("right: {wrong} records without the answer to their own row"),
            ),
            (
                self.repeated
                    .is_some_and(|repeated| repeated <= self.repeated_max),
                match self.repeated {
                    Some(repeated) => format!(
                        "once: {repeated} rows asked about again, at most {} may be",
                        self.repeated_max
                    ),
                    None => "once: fewer rows asked about than there are".to_owned(),
                },
            ),
            (
                peak < MEMORY_MB_MAX,
                format!("small: {peak:.1} MB at most, under {MEMORY_MB_MAX} MB"),
            ),
            (
                growth < GROWTH_MB_MAX,
                format!("flat: {growth:+.1} MB from the first processes to the last"),
            ),
            (
                self.sent_again == 0,
                format!(
                    "over: {} records more when it is started again",
                    self.sent_again
                ),
            ),
        ];
        for (holds, claim) in &claims {
            println!("{} {claim}", if *holds { "ok    " } else { "BROKEN" });
        }
        let holds = claims.iter().all(|(holds, _)| *holds);
        println!(
            "{}",
            if holds {
                "the job came out whole"
            } else {
                "the job is broken"
            }
        );
        holds
    }

    /// How much more the last quarter of the processes had than the first, each at its median.
    fn growth_mb(&self) -> f64 {
        let quarter = (self.memory_mb.len() / 4).max(1);
        let median = |part: &[f64]| {
            let mut part = part.to_vec();
            part.sort_by(f64::total_cmp);
            part[part.len() / 2]
        };
        let last = self.memory_mb.len() - quarter;
        median(&self.memory_mb[last..]) - median(&self.memory_mb[..quarter])
    }
}
