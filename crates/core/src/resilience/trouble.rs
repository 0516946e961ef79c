//! What a failure says about the service.

use std::time::Duration;

use crate::port::{ServiceError, SinkError};

/// What a failed attempt says about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answers there.
    Unreachable,
    /// The answer did not come in time.
    Late,
    /// It asks for fewer requests, and perhaps for a pause.
    Throttled(Option<Duration>),
    /// It answered, and the same request will fare no better: the service itself is well.
    Final,
}

impl Trouble {
    /// Whether the same request may be answered later.
    pub const fn is_transient(self) -> bool {
        !matches!(self, Self::Final)
    }

    /// Whether the service seems to be gone.
    pub const fn is_absence(self) -> bool {
        matches!(self, Self::Unreachable | Self::Late)
    }
}

impl From<&ServiceError> for Trouble {
    fn from(error: &ServiceError) -> Self {
        match error {
            ServiceError::Unavailable(_) => Self::Unreachable,
            ServiceError::TimedOut(_) => Self::Late,
            ServiceError::Throttled { retry_after, .. } => Self::Throttled(*retry_after),
            ServiceError::Rejected(_)
            | ServiceError::Failed(_)
            | ServiceError::Malformed(_)
            | ServiceError::Cancelled => Self::Final,
        }
    }
}

impl From<&SinkError> for Trouble {
    fn from(error: &SinkError) -> Self {
        match error {
            SinkError::NoRoom(_) | SinkError::Unavailable(_) => Self::Unreachable,
            SinkError::Throttled { retry_after, .. } => Self::Throttled(*retry_after),
            SinkError::Rejected(_) | SinkError::Failed(_) => Self::Final,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_transient_where_the_error_is() {
        let throttled = |retry_after| ServiceError::Throttled {
            retry_after,
            source: "slow down".into(),
        };
        let pause = Some(Duration::from_secs(7));
        for (error, expected) in [
            (ServiceError::Unavailable("".into()), Trouble::Unreachable),
            (ServiceError::TimedOut("".into()), Trouble::Late),
            (throttled(None), Trouble::Throttled(None)),
            (throttled(pause), Trouble::Throttled(pause)),
            (ServiceError::Rejected("".into()), Trouble::Final),
            (ServiceError::Failed("".into()), Trouble::Final),
            (ServiceError::Malformed("".into()), Trouble::Final),
            (ServiceError::Cancelled, Trouble::Final),
        ] {
            let trouble = Trouble::from(&error);
            assert_eq!(trouble, expected, "{error:?}");
            assert_eq!(trouble.is_transient(), error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn a_sink_says_as_much() {
        let pause = Some(Duration::from_secs(7));
        for (error, expected) in [
            (SinkError::NoRoom("".into()), Trouble::Unreachable),
            (SinkError::Unavailable("".into()), Trouble::Unreachable),
            (
                SinkError::Throttled {
                    retry_after: pause,
                    source: "".into(),
                },
                Trouble::Throttled(pause),
            ),
            (SinkError::Rejected("".into()), Trouble::Final),
            (SinkError::Failed("".into()), Trouble::Final),
        ] {
            let trouble = Trouble::from(&error);
            assert_eq!(trouble, expected, "{error:?}");
            assert_eq!(trouble.is_transient(), error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn only_silence_looks_like_absence() {
        assert!(Trouble::Unreachable.is_absence() && Trouble::Late.is_absence());
        assert!(!Trouble::Throttled(None).is_absence() && !Trouble::Final.is_absence());
    }
}
