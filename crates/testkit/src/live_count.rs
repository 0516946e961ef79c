//! Tokens that tell when they are dropped.

use std::sync::Arc;

use crate::Watched;

/// Counts the [tokens](LiveToken) that are alive: leaks and double drops show as wrong counts.
///
/// ```
/// let live = creel_testkit::LiveCount::new();
/// let token = live.token();
/// assert_eq!(live.alive(), 1);
/// drop(token);
/// assert_eq!((live.alive(), live.dropped()), (0, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct LiveCount {
    state: Arc<Watched<State>>,
}

#[derive(Debug, Default)]
struct State {
    made: usize,
    dropped: usize,
}

impl LiveCount {
    /// A count of zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token, to be captured by a closure or kept in a value.
    pub fn token(&self) -> LiveToken {
        self.state.change(|state| state.made += 1);
        LiveToken {
            count: self.clone(),
        }
    }

    /// How many tokens are alive.
    pub fn alive(&self) -> usize {
        self.state.read(|state| state.made - state.dropped)
    }

    /// How many tokens were dropped.
    pub fn dropped(&self) -> usize {
        self.state.read(|state| state.dropped)
    }

    /// Blocks until so many tokens were dropped.
    pub fn wait_until_dropped(&self, count: usize) {
        self.state.wait_until(|state| state.dropped >= count);
    }
}

/// A token of a [`LiveCount`]; a clone counts as another.
#[derive(Debug)]
pub struct LiveToken {
    count: LiveCount,
}

impl Clone for LiveToken {
    fn clone(&self) -> Self {
        self.count.token()
    }
}

impl Drop for LiveToken {
    fn drop(&mut self) {
        self.count.state.change(|state| state.dropped += 1);
    }
}
