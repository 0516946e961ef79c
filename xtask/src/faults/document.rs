//! The tables in the documentation.

use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{scenario, search};

/// The file, from the root of the repository.
pub(super) const PATH: &str = "docs/faults.md";
/// What is written stands between these lines.
const BEGIN: &str = "<!-- Written by `cargo xtask faults`. -->";
const END: &str = "<!-- Up to here. -->";

/// Puts what was found between the lines that say where it goes.
pub(super) fn write(
    root: &Path,
    borne: &[scenario::Outcome],
    found: &[search::Outcome],
) -> Result<()> {
    let path = root.join(PATH);
    let document = fs::read_to_string(&path).with_context(|| format!("cannot read {PATH}"))?;
    let parts = document.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        bail!("{PATH} does not say where figures go: `{BEGIN}` and `{END}` are missing");
    };
    let tables = tables(borne, found).context("a string takes everything")?;
    fs::write(path, format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
        .with_context(|| format!("cannot write {PATH}"))
}

fn tables(borne: &[scenario::Outcome], found: &[search::Outcome]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "| the server | items | answered | failed | attempts each | before, /s | meanwhile, /s | after, /s | back after |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
    for outcome in borne {
        let ledger = &outcome.ran.ledger;
        let rates = match outcome.rates {
            Some([before, during, after]) => format!("{before:.0} | {during:.0} | {after:.0}"),
            None => " | | ".to_owned(),
        };
        let recovery = outcome.recovery.map_or_else(String::new, |recovery| {
            format!("{:.2} s", recovery.as_secs_f64())
        });
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.3} | {rates} | {recovery} |",
            outcome.name,
            outcome.items,
            ledger.answered,
            ledger.failed,
            outcome.amplification()
        )?;
    }
    writeln!(
        text,
        "\n| the server | with so many in flight, answers a second | `--workers auto` | beside the best | found after | at the end |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for outcome in found {
        let fixed: Vec<_> = outcome
            .fixed
            .iter()
            .map(|(number, rate)| format!("{number}: {rate:.0}"))
            .collect();
        let after = outcome
            .found_after
            .map_or_else(String::new, |after| format!("{:.1} s", after.as_secs_f64()));
        writeln!(
            text,
            "| {} | {} | {:.0} | {:.0} % | {after} | {} |",
            outcome.name,
            fixed.join(", "),
            outcome.auto,
            outcome.share() * 100.0,
            outcome.number
        )?;
    }
    Ok(text)
}
