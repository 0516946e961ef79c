//! Who plays a workload, and in which order.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::Result;

use crate::pairs::{Pair, Pairs};
use crate::sample::{self, Order};
use crate::summary::Summary;
use crate::workload::{Contestant, Played, Workload};
use crate::workloads::Pace;

/// A workload and all that play it.
pub(crate) struct Contest<'a> {
    pub(crate) workload: &'a Workload,
    /// What takes the samples.
    pub(crate) program: &'a Path,
    pub(crate) size: u64,
    pub(crate) pace: Pace,
    pub(crate) repetitions: usize,
    pub(crate) contestants: Vec<&'a Contestant>,
    /// How often each of them has failed so far.
    pub(crate) failures: Vec<usize>,
}

impl Contest<'_> {
    /// Has all play in turn, again and again, and returns the samples of each.
    pub(crate) fn play_in_turn(&mut self) -> Result<Vec<Vec<Played>>> {
        let mut samples = vec![Vec::new(); self.contestants.len()];
        for repetition in 0..self.repetitions {
            show_progress(self.workload.name, repetition, self.repetitions)?;
            for index in turns(self.contestants.len(), repetition) {
                samples[index].push(self.sample(index)?);
            }
        }
        Ok(samples)
    }

    /// Has Creel play with each rival that a goal names, one right after the other.
    pub(crate) fn play_in_pairs(&mut self, summaries: &[Summary]) -> Result<Vec<Pairs>> {
        let summaries: Vec<_> = summaries.iter().collect();
        let mut pairs: Vec<Pairs> = Vec::new();
        for goal in self.workload.goals {
            for rival in goal.rivals(&summaries) {
                let creel = goal.who();
                let are_done = |pairs: &Pairs| pairs.creel == creel && pairs.rival == rival;
                let (Some(one), Some(other)) = (self.index_of(creel), self.index_of(&rival)) else {
                    continue;
                };
                if !pairs.iter().any(are_done) {
                    pairs.push(Pairs {
                        samples: self.pair(one, other)?,
                        creel: creel.to_owned(),
                        rival,
                    });
                }
            }
        }
        Ok(pairs)
    }

    /// Has each of two begin in every other pair, for the same reason as in [`turns`].
    fn pair(&mut self, creel: usize, rival: usize) -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        for repetition in 0..self.repetitions {
            let pair = if repetition % 2 == 0 {
                let creel = self.sample(creel)?;
                let rival = self.sample(rival)?;
                Pair { creel, rival }
            } else {
                let rival = self.sample(rival)?;
                let creel = self.sample(creel)?;
                Pair { creel, rival }
            };
            pairs.push(pair);
        }
        Ok(pairs)
    }

    fn index_of(&self, peer: &str) -> Option<usize> {
        let mut contestants = self.contestants.iter();
        contestants.position(|contestant| contestant.peer == peer)
    }

    fn sample(&mut self, index: usize) -> Result<Played> {
        let peer = self.contestants[index].peer;
        let order = Order {
            workload: self.workload.name.to_owned(),
            peer: peer.to_owned(),
            size: self.size,
            pace: self.pace,
        };
        let failures = &mut self.failures[index];
        sample::patiently(peer, failures, || order.send(self.program))
    }
}

/// The order in which so many contestants play.
///
/// Each repetition has another one: what a process leaves behind, such as memory that is quick to have again, is good or bad for
/// the next, and is to be so for all.
fn turns(contestants: usize, repetition: usize) -> impl Iterator<Item = usize> {
    let strides = || (1..=contestants).filter(|stride| gcd(*stride, contestants) == 1);
    let stride = strides().cycle().nth(repetition).unwrap_or(1);
    (0..contestants).map(move |turn| (repetition + turn * stride) % contestants)
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 {
        one
    } else {
        gcd(other, one % other)
    }
}

/// On a line that the table overwrites.
fn show_progress(name: &str, done: usize, all: usize) -> Result<()> {
    if io::stderr().is_terminal() {
        eprint!("\r{name} {done}/{all}\r");
        io::stderr().flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_contestant_plays_once_in_a_repetition() {
        for contestants in 1..20 {
            for repetition in 0..30 {
                let order: HashSet<_> = turns(contestants, repetition).collect();
                assert_eq!(order.len(), contestants);
                assert!(order.iter().all(|index| *index < contestants));
            }
        }
    }

    #[test]
    fn who_plays_before_a_contestant_changes_from_repetition_to_repetition() {
        let before = |repetition| {
            let order: Vec<_> = turns(15, repetition).collect();
            let place = order.iter().position(|index| *index == 0).unwrap();
            place.checked_sub(1).map(|before| order[before])
        };
        let others: HashSet<_> = (0..8).map(before).collect();
        assert!(others.len() >= 7, "{others:?}");
    }
}
