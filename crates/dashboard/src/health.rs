//! Whether a run is well, for machines that ask.

use std::fmt::Write as _;

use crate::view::View;

/// `Ok` when every source gives items, is about to, or has come to its end; else why not, a line for each reason.
pub(crate) fn verdict(view: &View) -> Result<(), String> {
    let mut reasons = String::new();
    for source in &view.sources {
        if !source.health.is_well() {
            // A string takes everything.
            let _ = writeln!(reasons, "{}: {}", source.name, source.health);
        }
    }
    if !view.ledger.adds_up() {
        reasons.push_str("the ledger does not add up\n");
    }
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(reasons)
    }
}
