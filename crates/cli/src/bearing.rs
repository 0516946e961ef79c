//! A service that bears up, as it was asked for.

use creel_core::resilience::{BreakerPolicy, Retry};
use creel_http_client::HttpService;
use creel_pipeline::{Resilience, Resilient};
use creel_protocols::{Payload, Request};

use crate::arguments::{Asking, Bearing};

/// A service behind all that was asked for.
pub(crate) type Bold = Resilient<Request, HttpService>;

/// Letters of a token, more or less.
const TOKEN_LETTERS: u64 = 4;

/// Puts a service behind all that was asked for; `is_known` tells whether it has answered.
pub(crate) fn resilient(service: HttpService, asking: &Asking, is_known: bool) -> Bold {
    let bearing = &asking.bearing;
    let resilience = if bearing.retries == 0 {
        Resilience::none()
    } else {
        Resilience {
            retry: retry(bearing),
            breaker: BreakerPolicy {
                patience: bearing.patience,
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
        patience: bearing.patience,
        ..Retry::default()
    }
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
    use super::*;

    #[test]
    fn a_token_is_four_letters() {
        for (text, expected) in [("", 0), ("a", 1), ("four", 1), ("größe", 2)] {
            let request = Request::new("1", text.to_owned());
            assert_eq!(tokens(&request), expected, "{text}");
        }
    }
}
