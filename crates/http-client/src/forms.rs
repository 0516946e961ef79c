//! The forms in which a server may be asked, until it is known which one it understands.

use std::sync::OnceLock;

use creel_protocols::Protocol;

/// Forms of a request, the best first.
///
/// ```text
///   open ── one was understood ──▶ settled
/// ```
/// While open, a request that the server breaks on is sent again in the next form. Once one was understood, the
/// others are not tried any more: what goes wrong then is the request's own fault, or the server's.
#[derive(Clone, Debug)]
pub(crate) struct Forms {
    /// At least one.
    protocols: Vec<Protocol>,
    settled: OnceLock<usize>,
}

impl Forms {
    /// Forms to be tried in this order, of which there is at least one.
    pub(crate) fn new(protocols: Vec<Protocol>) -> Self {
        assert!(!protocols.is_empty(), "somehow a server must be asked");
        let settled = OnceLock::new();
        if protocols.len() == 1 {
            settled.get_or_init(|| 0);
        }
        Self { protocols, settled }
    }

    /// All of them, settled or not.
    pub(crate) fn all(&self) -> &[Protocol] {
        &self.protocols
    }

    /// The forms that are still to be tried, each with its place.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &Protocol)> {
        let settled = self.settled.get().copied();
        self.protocols
            .iter()
            .enumerate()
            .filter(move |(place, _)| settled.is_none_or(|settled| settled == *place))
    }

    /// The form that was understood, or the first to be tried.
    pub(crate) fn best(&self) -> &Protocol {
        &self.protocols[self.settled.get().copied().unwrap_or(0)]
    }

    /// The form at `place` was understood; true if that settles it.
    pub(crate) fn settle(&self, place: usize) -> bool {
        self.settled.set(place).is_ok()
    }
}
