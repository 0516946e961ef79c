//! Who holds a run up lately.

use std::collections::VecDeque;
use std::time::Duration;

use creel_pipeline::{Efforts, Summary};

use super::{Circumstances, Finding};

/// Finds again and again who holds a run up, from a look at it a span ago to the latest.
#[derive(Debug)]
pub(crate) struct Recent {
    circumstances: Circumstances,
    span: Duration,
    step: Duration,
    /// Looks at the run, oldest first: the first a span ago, as soon as there is one.
    looks: VecDeque<(Summary, Efforts)>,
    found: Option<Finding>,
}

impl Recent {
    /// Looks back over a span, and at the run again when a step has passed.
    pub(crate) fn new(circumstances: Circumstances, span: Duration, step: Duration) -> Self {
        Self {
            circumstances,
            span,
            step,
            looks: VecDeque::new(),
            found: None,
        }
    }

    /// What was found last, by this look if a step has passed since the one before; only then it asks for efforts.
    pub(crate) fn look(
        &mut self,
        summary: &Summary,
        efforts: impl FnOnce() -> Efforts,
    ) -> Option<&Finding> {
        let age = |look: &(Summary, Efforts)| summary.elapsed.saturating_sub(look.0.elapsed);
        if self.looks.back().is_none_or(|last| age(last) >= self.step) {
            while self
                .looks
                .get(1)
                .is_some_and(|second| age(second) >= self.span)
            {
                self.looks.pop_front();
            }
            let efforts = efforts();
            if let Some((before, efforts_before)) = self.looks.front() {
                let since = Some((before, efforts_before));
                self.found = Finding::of((summary, &efforts), since, &self.circumstances);
            }
            self.looks.push_back((summary.clone(), efforts));
        }
        self.found.as_ref()
    }

    /// The run as it was a span ago, or when it was first looked at.
    pub(crate) fn earlier(&self) -> Option<&Summary> {
        self.looks.front().map(|(summary, _)| summary)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use creel_pipeline::{Outcome, Pipeline, Stages, Strain};
    use creel_runtime::ThreadPool;
    use creel_testkit::{IteratorSource, MemorySink, Reply, ScriptedService};

    use super::*;
    use crate::advice::tests::circumstances;

    /// A run that has ended, to be told of as if it had taken longer.
    fn run() -> Summary {
        let pool = ThreadPool::builder().max_workers(1).build().unwrap();
        let service = ScriptedService::new(|number: u64| Reply::answer(number));
        Pipeline::new(
            service,
            |number: &u64| Ok(*number),
            |number: &u64, _: Outcome<u64>, _| *number,
        )
        .source("numbers", IteratorSource::new(0..10))
        .sink("memory", MemorySink::new())
        .start(Arc::new(pool))
        .unwrap()
        .join()
        .unwrap()
    }

    #[test]
    fn what_is_looked_back_at_is_a_span_old_or_the_first_look() {
        let seconds = Duration::from_secs;
        let mut recent = Recent::new(circumstances(), seconds(3), seconds(1));
        let mut summary = run();
        let mut looks = 0;
        for (elapsed, earlier, looks_so_far) in [
            (10.0, 10.0, 1),
            (10.5, 10.0, 1),
            (11.0, 10.0, 2),
            (12.0, 10.0, 3),
            (13.0, 10.0, 4),
            (13.9, 10.0, 4),
            (14.0, 11.0, 5),
            (20.0, 14.0, 6),
        ] {
            summary.elapsed = Duration::from_secs_f64(elapsed);
            let efforts = || {
                looks += 1;
                Efforts::default()
            };
            recent.look(&summary, efforts);
            let found = recent.earlier().unwrap().elapsed;
            assert_eq!(found, Duration::from_secs_f64(earlier), "at {elapsed} s");
            assert_eq!(looks, looks_so_far, "at {elapsed} s");
        }
    }

    #[test]
    fn what_is_found_has_come_since_and_stands_until_the_next_look() {
        let step = Duration::from_secs(1);
        let mut recent = Recent::new(circumstances(), step, step);
        let mut summary = run();
        let mut begun = summary.clone();
        (begun.strain, begun.stages) = (Strain::default(), Stages::default());
        let mut look = |summary: &Summary| recent.look(summary, Efforts::default).cloned();
        assert_eq!(look(&begun), None, "there is nothing before");
        summary.elapsed += step;
        let found = look(&summary);
        let whole = Finding::of((&summary, &Efforts::default()), None, &circumstances());
        assert!(found.is_some() && found == whole, "{found:?}, {whole:?}");
        summary.elapsed += step / 2;
        assert_eq!(look(&summary), found, "no step has passed");
        summary.elapsed += step;
        assert_eq!(look(&summary), None, "nothing has come since");
    }
}
