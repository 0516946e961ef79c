//! Falling asleep, being claimed, and leaving; the protocol is told in `sleep/README.md`.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::executor::{
    Block, Found, Limits, Mode, Publish, Shutdown, Sleep, Snapshot, StartFailed, Stay,
};

use super::awake::Asleep;
use super::state::State;
use crate::park::Unparker;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use crate::sync::{Mutex, MutexGuard, asymmetric};

mod post;

pub(crate) use post::{Glance, Post};

/// The idle workers, the last to fall asleep on top, and the word that counts them.
///
/// An entry is pushed, popped or removed in the same critical section as the transition that counts it, so the
/// list and the idle count never differ for whoever holds the lock.
pub(crate) struct Dormitory {
    state: State,
    /// The last word for which nothing had to be done about a task from outside, which is so whenever the word is that. It orders
    /// nothing, since what it says is true at any time.
    quiet: AtomicU64,
    sleepers: Mutex<Vec<Arc<Sleeper>>>,
}

/// A worker as it sleeps: its thread, whether somebody has claimed it since it fell asleep, and where it keeps watch.
pub(crate) struct Sleeper {
    thread: Unparker,
    claimed: AtomicBool,
    post: Option<Post>,
}

/// No life is told by this word.
pub(crate) const NO_WORD: u64 = u64::MAX;

/// How a worker's sleep ended.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// It searches; it is counted so.
    Search,
    /// It leaves; it is no longer counted. Look at the queues once more.
    Leave,
}

impl Dormitory {
    pub(crate) fn new() -> Self {
        Self {
            state: State::new(),
            quiet: AtomicU64::new(NO_WORD),
            sleepers: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Puts a task into a queue, and answers for it: wakes an idle worker, or says what else is to be done.
    pub(crate) fn publish(&self, limits: Limits, put: impl FnOnce()) -> Publish {
        put();
        self.published(limits)
    }

    /// Answers for a task that stands in a queue.
    pub(crate) fn published(&self, limits: Limits) -> Publish {
        // The task is in its queue before the word is read; a sleeper writes the word before it reads the queues.
        fence(Ordering::SeqCst);
        self.answer(self.state.word(), limits, || {})
    }

    /// Answers for a task that was put into a queue by a `SeqCst` step. Nothing more is needed: a sleeper that fences before it
    /// reads the queue sees the task, or is seen here.
    #[inline]
    pub(crate) fn published_by_step(&self, limits: impl FnOnce() -> Limits) -> Publish {
        if cfg!(creel_loom) {
            // To loom such a step orders less than it does.
            fence(Ordering::SeqCst);
        }
        let word = self.state.word_after_step();
        if word == self.quiet.load(Ordering::Relaxed) {
            return Publish::Leave;
        }
        self.answer(word, limits(), || self.quiet.store(word, Ordering::Relaxed))
    }

    /// Answers for a task that a worker has put into its own queue, as it does again and again: `quiet` is the last word for
    /// which nothing had to be done, which is so whenever the word is that.
    #[inline]
    pub(crate) fn published_again(
        &self,
        limits: impl FnOnce() -> Limits,
        quiet: &Cell<u64>,
    ) -> Publish {
        // As in `published`: it is the sleeper that sees to it, since this worker is at work.
        asymmetric::light();
        let word = self.state.word();
        if word == quiet.get() {
            return Publish::Leave;
        }
        self.answer(word, limits(), || quiet.set(word))
    }

    /// `is_quiet` is called if nothing has to be done for as long as the word is this.
    fn answer(&self, word: u64, limits: Limits, is_quiet: impl FnOnce()) -> Publish {
        match Snapshot::from_bits(word).published(limits).0 {
            Publish::Wake | Publish::Start => self.claim(limits),
            // Most often somebody is searching, and there is nothing to change.
            Publish::Leave => {
                is_quiet();
                Publish::Leave
            }
            Publish::Reclaim => Publish::Reclaim,
        }
    }

    /// Counts a searching worker that holds a task as busy, and answers for what else may stand in a queue if it was
    /// the last one who searched.
    pub(crate) fn found(&self, limits: Limits, has_work: impl Fn() -> bool) -> Publish {
        match self.state.advance(Snapshot::work_found) {
            Found::PassOn => self.look_again(limits, 1, has_work),
            Found::Run => Publish::Leave,
        }
    }

    /// Counts a busy worker as blocked, if it may be, and answers for what may stand in a queue then.
    pub(crate) fn block(&self, limits: Limits, has_work: impl Fn() -> bool) -> (Block, Publish) {
        let action = self.state.advance(|life| life.block(limits));
        let answer = match action {
            Block::Wait => self.look_again(limits, 1, has_work),
            Block::Exhausted => Publish::Leave,
        };
        (action, answer)
    }

    /// Answers for tasks that may stand in a queue, after a worker has left and is not counted any more.
    pub(crate) fn look_after(&self, limits: Limits, has_work: impl Fn() -> bool) -> Publish {
        self.look_again(limits, 0, has_work)
    }

    /// Answers for tasks that may stand in a queue, after the word has changed. So many of those at work are the caller.
    fn look_again(&self, limits: Limits, own: u16, has_work: impl Fn() -> bool) -> Publish {
        self.fence_before_look(own);
        if has_work() {
            self.published(limits)
        } else {
            Publish::Leave
        }
    }

    /// Counts out a worker that never came. Others, if there are some, answer for whoever relied on it; else whoever must
    /// abandon what is queued sees that.
    pub(crate) fn go_without(
        &self,
        transition: fn(Snapshot) -> (StartFailed, Snapshot),
        limits: Limits,
    ) -> StartFailed {
        let action = self.state.advance(transition);
        self.fence_before_look(0);
        if action == StartFailed::Notify {
            let _woken_or_busy = self.published(limits.without_start());
        }
        action
    }

    /// Closes the pool. Whoever is to stop it looks at the queues next, and finds there what anybody has queued who runs on
    /// without knowing of it.
    pub(crate) fn shut_down(&self, mode: Mode) -> Shutdown {
        let action = self.state.advance(|life| life.shutdown(mode));
        if action == Shutdown::Stop {
            self.fence_before_look(0);
        }
        action
    }

    /// Stands between a change of the word and a look at the queues; a submitter fills a queue before it reads the word.
    ///
    /// So many of those who are at work are the caller. If there are others, their fences are too light for both sides. Who
    /// turns to work after this has seen the change.
    fn fence_before_look(&self, own: u16) {
        let life = self.state.load();
        if life.busy() + life.blocked() > own {
            asymmetric::heavy();
        } else {
            fence(Ordering::SeqCst);
        }
    }

    fn claim(&self, limits: Limits) -> Publish {
        let mut sleepers = self.sleepers.lock();
        let action = self.state.advance(|life| life.published(limits));
        if action == Publish::Wake {
            let sleeper = sleepers.pop().expect("the list holds whom the word counts");
            drop(sleepers);
            sleeper.wake();
        }
        action
    }

    /// Wakes every idle worker, to see that the pool is shutting down.
    pub(crate) fn wake_all(&self) {
        let mut sleepers = self.sleepers.lock();
        let woken = std::mem::take(&mut *sleepers);
        for _ in &woken {
            self.state.advance(|life| ((), life.claimed()));
        }
        drop(sleepers);
        for sleeper in woken {
            sleeper.wake();
        }
    }

    /// Puts this worker to sleep until it is claimed, `keep_alive` has passed, or `has_work` after all.
    ///
    /// `transition` is the one that counts it as idle.
    pub(crate) fn sleep(
        &self,
        sleeper: &Arc<Sleeper>,
        transition: fn(Snapshot) -> (Sleep, Snapshot),
        limits: Limits,
        keep_alive: Option<Duration>,
        has_work: impl Fn() -> bool,
    ) -> Woken {
        sleeper.forget_claim();
        let mut sleepers = self.sleepers.lock();
        match self.state.advance(transition) {
            Sleep::Leave => return Woken::Leave,
            Sleep::LookAgain => sleepers.push(Arc::clone(sleeper)),
        }
        drop(sleepers);

        // The sleep is published before the queues are read.
        self.fence_before_look(0);
        if has_work() && self.come_back(sleeper) {
            return Woken::Search;
        }
        self.sleep_until_claimed(sleeper, limits, keep_alive)
    }

    /// Counts this idle worker as searching; false if somebody has claimed it, who wakes it.
    fn come_back(&self, sleeper: &Sleeper) -> bool {
        let mut sleepers = self.sleepers.lock();
        let is_listed = sleeper.take_out(&mut sleepers);
        if is_listed {
            self.state.advance(|life| ((), life.claimed()));
        }
        is_listed
    }

    fn sleep_until_claimed(
        &self,
        sleeper: &Sleeper,
        limits: Limits,
        keep_alive: Option<Duration>,
    ) -> Woken {
        let deadline = keep_alive.and_then(|keep_alive| Instant::now().checked_add(keep_alive));
        if self.rest(sleeper, deadline) {
            return Woken::Search;
        }
        let mut sleepers = self.sleepers.lock();
        if sleeper.is_listed(&sleepers)
            && self.state.advance(|life| life.keep_alive_passed(limits)) == Stay::Leave
        {
            sleeper.take_out(&mut sleepers);
            return Woken::Leave;
        }
        drop(sleepers);
        // It was claimed at the last moment, or is one of those who stay.
        self.rest(sleeper, None);
        Woken::Search
    }

    /// Keeps watch, or sleeps where another thread does; false when the time has come before the worker was claimed or found
    /// something.
    fn rest(&self, sleeper: &Sleeper, until: Option<Instant>) -> bool {
        let _asleep = Asleep::new();
        let post = sleeper.post.as_ref();
        post.is_some_and(|post| post.keep_watch(self, sleeper, until))
            || sleeper.thread.park_until(until, || sleeper.is_claimed())
    }
}

impl Sleeper {
    /// This thread, for all its sleeps; with a post it keeps watch there if nobody else does.
    pub(crate) fn of_this_thread(post: Option<Post>) -> Arc<Self> {
        Arc::new(Self {
            thread: Unparker::current(),
            claimed: AtomicBool::new(false),
            post,
        })
    }

    pub(crate) fn post(&self) -> Option<&Post> {
        self.post.as_ref()
    }

    /// Whoever takes it off the list wakes it once, and it goes on only then: no claim of an earlier sleep is still to
    /// come.
    fn forget_claim(&self) {
        self.claimed.store(false, Ordering::Relaxed);
    }

    fn wake(&self) {
        self.claimed.store(true, Ordering::Release);
        self.thread.unpark();
        if let Some(post) = &self.post {
            post.call_back();
        }
    }

    fn is_claimed(&self) -> bool {
        self.claimed.load(Ordering::Acquire)
    }

    fn is_listed(&self, sleepers: &MutexGuard<'_, Vec<Arc<Self>>>) -> bool {
        self.place_in(sleepers).is_some()
    }

    /// Removes this worker from the list; false if somebody claimed it before.
    fn take_out(&self, sleepers: &mut MutexGuard<'_, Vec<Arc<Self>>>) -> bool {
        let place = self.place_in(sleepers);
        if let Some(place) = place {
            sleepers.remove(place);
        }
        place.is_some()
    }

    fn place_in(&self, sleepers: &MutexGuard<'_, Vec<Arc<Self>>>) -> Option<usize> {
        sleepers
            .iter()
            .rposition(|other| std::ptr::eq(&**other, self))
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
