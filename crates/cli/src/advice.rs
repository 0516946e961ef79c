//! Why frames were lost, or why a run took its time: who held the others up, the figure that shows it, and what would help.

mod cause;
mod loss;
mod missing;
mod place;
mod recent;
mod watcher;
mod way;

use std::path::Path;
use std::time::Duration;

use creel_pipeline::{Efforts, Summary};
use serde_json::{Map, Value, json};

use crate::arguments::{Asking, Recording, Transport, Workers};
use crate::report::{Noun, shown};

pub(crate) use cause::Cause;
pub(crate) use recent::Recent;
pub(crate) use watcher::Watcher;

use loss::Loss;
use missing::Missing;
use place::Names;

/// Runs that were shorter than this are not asked what took their time.
const LONG: Duration = Duration::from_secs(10);

/// What advice depends on beside what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) noun: Noun,
    /// Whether items come whether or not somebody takes them.
    pub(crate) is_live: bool,
    pub(crate) buffer: usize,
    workers: Workers,
    transport: Transport,
    has_rate: bool,
    names: Names,
    /// The server, where the way there can be measured.
    url: Option<String>,
}

impl Circumstances {
    pub(crate) fn new(
        noun: Noun,
        is_live: bool,
        buffer: usize,
        asking: &Asking,
        recording: &Recording,
        spool: Option<&Path>,
        url: &str,
    ) -> Self {
        Self {
            noun,
            is_live,
            buffer,
            workers: asking.workers,
            transport: asking.reaching.transport,
            has_rate: asking.bearing.rate.is_some() || asking.bearing.token_rate.is_some(),
            names: Names::new(recording, spool),
            url: asking.reaching.proxy.is_none().then(|| url.to_owned()),
        }
    }

    /// The same for whoever cannot wait until the way to the server was measured.
    #[cfg(feature = "ui")]
    pub(crate) fn at_hand(&self) -> Self {
        Self {
            url: None,
            ..self.clone()
        }
    }
}

/// Who held the others up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) cause: Cause,
    /// Who it is, in words.
    who: String,
    /// For which part of the time, from 0 to 1.
    pub(crate) share: f64,
    /// What shows it.
    pub(crate) figure: String,
    /// What would help.
    pub(crate) help: String,
}

impl Finding {
    /// What was found from an earlier look at a run to a later one, with what it took to get answers until each.
    pub(crate) fn of(
        now: (&Summary, &Efforts),
        earlier: Option<(&Summary, &Efforts)>,
        circumstances: &Circumstances,
    ) -> Option<Self> {
        let bottleneck = match earlier {
            Some((summary, _)) => now.0.bottleneck_since(summary),
            None => now.0.bottleneck(),
        }?;
        let seen = cause::Seen::new(now, earlier, bottleneck, circumstances);
        let cause = seen.cause();
        Some(Self {
            cause,
            who: seen.who(cause),
            share: bottleneck.share,
            figure: seen.figure(cause),
            help: seen.help(cause),
        })
    }

    /// Who it is and the figure, in a line.
    pub(crate) fn told(&self) -> String {
        let who = &self.who;
        let percent = (self.share * 100.0).round();
        format!("{who}, waited for {percent}% of the time: {}", self.figure)
    }
}

/// What is said at the end of a run, and written beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Advice {
    loss: Option<Loss>,
    finding: Option<Finding>,
    missing: Vec<Missing>,
}

impl Advice {
    pub(crate) fn at_end(
        summary: &Summary,
        efforts: &Efforts,
        circumstances: &Circumstances,
    ) -> Self {
        Self {
            loss: Loss::of(summary, circumstances),
            finding: Finding::of((summary, efforts), None, circumstances),
            missing: Missing::of(summary, circumstances),
        }
    }

    /// Why frames were lost or left behind, or what took a long run its time, and why records are missing somewhere; in
    /// lines.
    pub(crate) fn told(&self, summary: &Summary, circumstances: &Circumstances) -> Option<String> {
        let mut lines = self.reasons(summary, circumstances).unwrap_or_default();
        lines.extend(self.missing.iter().flat_map(Missing::lines));
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn reasons(&self, summary: &Summary, circumstances: &Circumstances) -> Option<Vec<String>> {
        let finding = self.finding.as_ref()?;
        let is_long = !circumstances.is_live && summary.elapsed >= LONG;
        let heading = match &self.loss {
            Some(loss) => loss.told.clone(),
            None if is_long => "what took the time:".to_owned(),
            None => return None,
        };
        // The camera cannot be the reason why its own frames were lost.
        let help = match finding.cause {
            Cause::Camera => None,
            _ => Some(finding.help.as_str()),
        };
        let loss_help = self.loss.as_ref().and_then(|loss| loss.help.as_deref());
        let helps = help.into_iter().chain(loss_help);
        let mut lines = vec![heading, format!("  {}", finding.told())];
        lines.extend(helps.map(|help| format!("  → {help}")));
        Some(lines)
    }

    /// Adds all of it to what is written of a run.
    pub(crate) fn add(&self, ledger: &mut Value) {
        let Some(finding) = &self.finding else {
            return;
        };
        ledger["bottleneck"] = json!({
            "part": finding.cause.as_str(),
            "who": finding.who,
            "share": (finding.share * 1e3).round() / 1e3,
            "figure": finding.figure,
            "help": finding.help,
        });
        if let Some(loss) = &self.loss {
            ledger["bottleneck"]["loss"] = json!(loss.told);
            ledger["bottleneck"]["loss_help"] = json!(loss.help);
        }
    }
}

/// What a run waited for and how long its steps took, for programs.
pub(crate) fn measured(summary: &Summary) -> (Value, Value) {
    let seconds = |time: Duration| json!((time.as_secs_f64() * 1e6).round() / 1e6);
    let strain: Map<String, Value> = summary
        .strain
        .iter()
        .map(|(holdup, time)| (holdup.as_str().to_owned(), seconds(time)))
        .collect();
    let stages = &summary.stages;
    let stages: Map<String, Value> = [
        ("queue", &stages.queue),
        ("prepare", &stages.prepare),
        ("service", &stages.service),
        ("record", &stages.record),
        ("write", &stages.write),
    ]
    .into_iter()
    .map(|(name, latency)| {
        let told = json!({
            "count": latency.count,
            "total_s": seconds(latency.total),
            "p50_s": seconds(latency.p50),
            "p99_s": seconds(latency.p99),
            "max_s": seconds(latency.max),
        });
        (name.to_owned(), told)
    })
    .collect();
    (Value::Object(strain), Value::Object(stages))
}

/// A time in words, where there is one.
fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| "more than was waited".to_owned(), shown)
}

#[cfg(test)]
mod tests;
