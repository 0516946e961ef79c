//! What to do about a service that falters: whether, when and how often to ask it again, and how much at once.
//!
//! Each policy is a small value with pure transitions. Time is an argument, and so is chance; whoever holds the values
//! acts on what they decide, and can do so in virtual time.
//!
//! | value | decides |
//! |---|---|
//! | [`Course`] | whether a request that failed is sent again, and when |
//! | [`Budget`] | whether there are retries left for everybody, so that trouble is not multiplied |
//! | [`Breaker`] | whether a service that seems to be gone is asked at all |
//! | [`Rate`] | when the next request keeps to a rate |
//! | [`Limit`] | how many requests may be in flight |

mod backoff;
mod breaker;
mod budget;
mod course;
mod limit;
mod rate;
mod trouble;

pub use backoff::Backoff;
pub use breaker::{Admission, Breaker, BreakerPolicy, Pass, Standing};
pub use budget::{Budget, BudgetPolicy, Withdrawal};
pub use course::{Again, Course, Retry};
pub use limit::{Limit, LimitPolicy, Sent};
pub use rate::{Rate, RateError};
pub use trouble::Trouble;
