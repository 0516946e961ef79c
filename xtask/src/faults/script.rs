//! What a server does, and when.

use std::time::Duration;

/// How a server works, and how it falters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// How many requests it works on at the same time; others wait for their turn.
    pub(super) slots: usize,
    /// How long each takes.
    pub(super) service: Duration,
    /// What more at once than it is made for does to it.
    pub(super) strain: Option<Strain>,
    pub(super) fault: Fault,
    /// When it falters, counted from the first request.
    pub(super) during: (Duration, Duration),
}

/// What more at once than a server is made for does to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strain {
    /// So many it bears.
    pub(super) beyond: usize,
    /// Each one more makes all take longer, by this part of what they take.
    pub(super) each: f64,
}

/// A way to falter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// It works on half as many at the same time.
    Halved,
    /// It answers 429, and says when to come again.
    Throttling,
    /// It closes its port and every connection, and comes back on the same port.
    Dead,
    /// It takes requests and says nothing.
    Hanging,
    /// Of so many replies one ends in the middle, and the connection with it.
    Cutting(u64),
    /// It closes a connection on which nothing was asked for so long, without a word.
    Impatient(Duration),
    /// Of so many replies one has the id and the content of another request.
    Mixing(u64),
    /// Of so many replies one has a row too few.
    Miscounting(u64),
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Answer,
    AskForPause(Duration),
    Hang,
    Cut,
    Mix,
    Miscount,
}

impl Script {
    /// A server that works as it should.
    pub(super) const fn steady(slots: usize, service: Duration) -> Self {
        Self {
            slots,
            service,
            strain: None,
            fault: Fault::None,
            during: (Duration::ZERO, Duration::ZERO),
        }
    }

    /// Whether it falters at that time.
    pub(super) fn falters(&self, at: Duration) -> bool {
        self.during.0 <= at && at < self.during.1
    }

    /// What becomes of the request of that number, counted from 1.
    pub(super) fn deed(&self, number: u64, at: Duration) -> Deed {
        if !self.falters(at) {
            return Deed::Answer;
        }
        let is_turn = |every: u64| number.is_multiple_of(every);
        match self.fault {
            Fault::Throttling => Deed::AskForPause(self.during.1 - at),
            Fault::Hanging => Deed::Hang,
            Fault::Cutting(every) if is_turn(every) => Deed::Cut,
            Fault::Mixing(every) if is_turn(every) => Deed::Mix,
            Fault::Miscounting(every) if is_turn(every) => Deed::Miscount,
            _ => Deed::Answer,
        }
    }

    /// How many it works on at that time.
    pub(super) fn slots(&self, at: Duration) -> usize {
        if self.fault == Fault::Halved && self.falters(at) {
            self.slots / 2
        } else {
            self.slots
        }
    }

    /// How long a request takes while so many are worked on.
    pub(super) fn service(&self, busy: usize) -> Duration {
        match self.strain {
            Some(Strain { beyond, each }) if busy > beyond => {
                self.service.mul_f64(1.0 + each * (busy - beyond) as f64)
            }
            _ => self.service,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn faltering(fault: Fault) -> Script {
        Script {
            fault,
            during: (seconds(1), seconds(3)),
            ..Script::steady(8, Duration::from_millis(10))
        }
    }

    #[test]
    fn a_fault_has_its_time() {
        let script = faltering(Fault::Halved);
        let slots = [0, 1, 2, 3].map(|at| script.slots(seconds(at)));
        assert_eq!(slots, [8, 4, 4, 8]);
        let script = faltering(Fault::Throttling);
        assert_eq!(script.deed(1, seconds(0)), Deed::Answer);
        assert_eq!(script.deed(1, seconds(1)), Deed::AskForPause(seconds(2)));
    }

    #[test]
    fn of_so_many_replies_one_is_bad() {
        let script = faltering(Fault::Cutting(3));
        let cut: Vec<u64> = (1..=9)
            .filter(|number| script.deed(*number, seconds(1)) == Deed::Cut)
            .collect();
        assert_eq!(cut, [3, 6, 9]);
    }

    #[test]
    fn a_strained_server_takes_longer_for_each_one_more() {
        let mut script = faltering(Fault::None);
        script.strain = Some(Strain {
            beyond: 16,
            each: 0.5,
        });
        let took = [1, 16, 18].map(|busy| script.service(busy).as_millis());
        assert_eq!(took, [10, 10, 20]);
    }
}
