//! The table of what held, in the documentation.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::case::{Case, Outcome};

#[cfg(test)]
mod tests;

/// What stands before and after the table in the document.
const START: &str = "<!-- written by cargo xtask interop -->\n";
const END: &str = "<!-- until here -->\n";

const HEAD: &str = "\
| server | version | protocol | case | | note | asked on |
|---|---|---|---|---|---|---|
";

/// Rows, one for each case.
#[derive(Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    /// Whether there is a row and every case held.
    pub(super) fn held(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|row| row.verdict == HELD)
    }

    /// Prints what did not hold, and the verdict.
    pub(super) fn print(&self) {
        for row in self.0.iter().filter(|row| row.verdict != HELD) {
            let Row {
                server,
                protocol,
                claim,
                verdict,
                note,
                ..
            } = row;
            println!("{verdict:<7} {server}, {protocol}, {claim}: {note}");
        }
        let count = |verdict| self.0.iter().filter(|row| row.verdict == verdict).count();
        let (held, failed, not_run) = (count(HELD), count(FAILED), count(NOT_RUN));
        let whole = if self.held() { "ok" } else { "FAILED" };
        println!("{whole:<7} {held} cases held, {failed} failed, {not_run} not run");
    }

    /// A document with these rows in place of those of the same servers; others stay, all in this order of servers.
    pub(super) fn put_into(&self, document: &str, order: &[&str]) -> Result<String> {
        let (before, rest) = document
            .split_once(START)
            .with_context(|| format!("the document has no line `{}`", START.trim()))?;
        let (old, after) = rest
            .split_once(END)
            .with_context(|| format!("the document has no line `{}`", END.trim()))?;
        let mut text = format!("{before}{START}{HEAD}");
        for server in order {
            let start = format!("| {server} |");
            let rows: Vec<_> = self.0.iter().filter(|row| row.server == *server).collect();
            if rows.is_empty() {
                let kept = old.lines().filter(|line| line.starts_with(&start));
                text.extend(kept.flat_map(|line| [line, "\n"]));
            }
            text.extend(rows.iter().map(|row| row.line()));
        }
        Ok(format!("{text}{END}{after}"))
    }
}

const HELD: &str = "ok";
const FAILED: &str = "FAILED";
const NOT_RUN: &str = "not run";

/// What came of one case.
pub(super) struct Row {
    server: &'static str,
    version: String,
    protocol: &'static str,
    claim: &'static str,
    verdict: &'static str,
    note: String,
    date: String,
}

impl Row {
    /// A row with today's date.
    pub(super) fn new(server: &'static str, version: &str, case: &Case, outcome: &Outcome) -> Self {
        let (verdict, note) = match outcome {
            Outcome::Held(note) => (HELD, note),
            Outcome::Failed(why) => (FAILED, why),
            Outcome::NotRun(why) => (NOT_RUN, why),
        };
        Self {
            server,
            version: version.to_owned(),
            protocol: case.protocol,
            claim: case.claim,
            verdict,
            note: note.clone(),
            date: Timestamp::now().strftime("%F").to_string(),
        }
    }

    fn line(&self) -> String {
        let cells = [
            self.server,
            &self.version,
            self.protocol,
            self.claim,
            self.verdict,
            &self.note,
            &self.date,
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        format!("| {} |\n", cells.join(" | "))
    }
}
