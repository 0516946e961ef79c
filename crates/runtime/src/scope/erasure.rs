//! Tasks whose bodies borrow, told to the pool as if they did not.

#![expect(
    unsafe_code,
    reason = "the pool's queues hold what may live for ever; that a scope's tasks do not is the scope's promise"
)]

use std::sync::Arc;

use super::Member;
use crate::future::TaskFuture;
use crate::pool::Shared;

type Body<'scope> = Box<dyn FnOnce() + Send + 'scope>;

/// Queues a body that was admitted, for the scope that `member` has entered.
pub(super) fn queue(shared: &Arc<Shared>, body: Body<'_>, member: Member) -> TaskFuture<()> {
    // SAFETY: whichever way the task ends, its body is called or dropped before the member leaves the scope, and
    // `ThreadPool::scope` neither returns nor unwinds before every member has left. A body that comes back, since the pool
    // has ended meanwhile, is called before this returns, by a caller that holds the scope open itself: its body, or a
    // task of it. What the body borrows outlives `'scope`, which outlives that call. The types differ in nothing but this
    // lifetime.
    let body = unsafe { std::mem::transmute::<Body<'_>, Body<'static>>(body) };
    shared.queue_member(body, member)
}
