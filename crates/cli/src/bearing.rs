//! A service that bears up, as it was asked for.

use std::time::Duration;

use creel_core::resilience::{BreakerPolicy, Retry};
use creel_http_client::HttpService;
use creel_pipeline::{Resilience, Resilient};
use creel_protocols::{Payload, Request};

use crate::arguments::{Asking, Bearing};

/// A service behind all that was asked for.
pub(crate) type Bold = Resilient<Request, HttpService>;

/// Letters of a token, more or less.
const TOKEN_LETTERS: u64 = 4;

/// How long a server or a sink is waited for, unless it was said.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts a service behind all that was asked for.
///
/// `is_known` tells whether it has answered, `spills` whether what it is to be asked waits on disk meanwhile.
pub(crate) fn resilient(
    service: HttpService,
    asking: &Asking,
    is_known: bool,
    spills: bool,
) -> Bold {
    let bearing = &asking.bearing;
    let resilience = if bearing.retries == 0 {
        Resilience::none()
    } else {
        let patience = patience(bearing, spills);
        Resilience {
            retry: Retry {
                patience,
                ..retry(bearing)
            },
            breaker: BreakerPolicy {
                patience,
                ..BreakerPolicy::default()
            },
            ..Resilience::default()
        }
    };
    let resilience = Resilience {
        limit: asking.workers.limit(),
        rate: bearing.rate,
        hedge: bearing.hedge,
        ..resilience
    };
    let mut service = Resilient::new(service, resilience);
    if let Some(rate) = bearing.token_rate {
        service = service.weight_rate(rate, tokens);
    }
    if is_known {
        service = service.known_to_answer();
    }
    service
}

/// How often something is tried again.
pub(crate) fn retry(bearing: &Bearing) -> Retry {
    if bearing.retries == 0 {
        return Retry::NEVER;
    }
    Retry {
        retries_max: bearing.retries,
        patience: bearing.patience.unwrap_or(PATIENCE),
        ..Retry::default()
    }
}

/// How long a server is waited for: what waits on disk has time.
fn patience(bearing: &Bearing, spills: bool) -> Duration {
    let usual = if spills { Duration::MAX } else { PATIENCE };
    bearing.patience.unwrap_or(usual)
}

/// How many tokens a request has, more or less.
fn tokens(request: &Request) -> u64 {
    match &request.payload {
        Payload::Text(text) => (text.chars().count() as u64).div_ceil(TOKEN_LETTERS),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn an_outage_costs_no_frame_that_can_wait_on_disk_unless_it_is_said() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            bearing: Bearing,
        }
        let said = |line: &[&str]| Line::parse_from(["creel"].iter().chain(line)).bearing;
        let unsaid = said(&[]);
        assert_eq!(patience(&unsaid, false), PATIENCE);
        assert_eq!(patience(&unsaid, true), Duration::MAX);
        let said = said(&["--patience", "5s"]);
        assert_eq!(patience(&said, true), Duration::from_secs(5));
    }

    #[test]
    fn a_token_is_four_letters() {
        for (text, expected) in [("", 0), ("a", 1), ("four", 1), ("größe", 2)] {
            let request = Request::new("1", text.to_owned());
            assert_eq!(tokens(&request), expected, "{text}");
        }
    }
}
