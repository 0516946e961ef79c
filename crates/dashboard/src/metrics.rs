//! The metrics in Prometheus' text form.

mod family;

use std::fmt::Display;

use crate::journal::Histogram;
use crate::view::{Health, Ledger, Unit, View};

use family::{Kind, Text};

/// What the form is called in HTTP.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of a run that so many pages look at.
pub(crate) fn text(view: &View, histograms: &(Histogram, Histogram), pages: usize) -> String {
    let mut text = Text::default();
    text.family("creel_build_info", Kind::Gauge, "The version that runs.")
        .sample(&[("version", &env!("CARGO_PKG_VERSION"))], 1);
    text.family(
        "creel_run_seconds",
        Kind::Gauge,
        "The time since the start of the run.",
    )
    .sample(&[], view.elapsed.as_secs_f64());
    items(view, &mut text);
    sources(view, &mut text);
    sinks(view, &mut text);
    let (latency, service) = histograms;
    text.family(
        "creel_latency_seconds",
        Kind::Histogram,
        "From capture to answer, of what was answered.",
    )
    .histogram(latency);
    text.family(
        "creel_service_seconds",
        Kind::Histogram,
        "What the service took, of what was answered.",
    )
    .histogram(service);
    let workers = view.workers;
    text.family(
        "creel_workers",
        Kind::Gauge,
        "Workers of the pool, by what they do.",
    )
    .sample(&[("state", &"running")], workers.running)
    .sample(&[("state", &"blocked")], workers.blocked)
    .sample(&[("state", &"idle")], workers.idle);
    text.family(
        "creel_workers_max",
        Kind::Gauge,
        "Workers that the pool has at most.",
    )
    .sample(&[], workers.most);
    for fill in &view.fills {
        let (name, unit) = (fill.name, unit(fill.unit));
        text.family(
            &format!("creel_{name}_{unit}"),
            Kind::Gauge,
            &format!("The {unit} in the {name}."),
        )
        .sample(&[], fill.used);
        if let Some(capacity) = fill.capacity {
            text.family(
                &format!("creel_{name}_capacity_{unit}"),
                Kind::Gauge,
                &format!("The {unit} for which the {name} has room."),
            )
            .sample(&[], capacity);
        }
    }
    let bottleneck = text.family(
        "creel_bottleneck",
        Kind::Gauge,
        "1 for the part of the run that the others wait for.",
    );
    if let Some(found) = &view.bottleneck {
        bottleneck.sample(&[("part", &found.part)], 1);
    }
    text.family(
        "creel_dashboard_pages",
        Kind::Gauge,
        "Pages that are kept up to date.",
    )
    .sample(&[], pages);
    text.into_string()
}

/// The ledgers of the sources, of which the run's is the sum.
fn items(view: &View, text: &mut Text) {
    let names = |ledger: &Ledger| -> Vec<(&'static str, bool)> {
        let mut names = Vec::new();
        for term in ledger.terms() {
            if !names.contains(&(term.name, term.is_passing)) {
                names.push((term.name, term.is_passing));
            }
        }
        names
    };
    for (name, is_passing) in names(&view.ledger) {
        let words = name.replace('_', " ");
        let mut family = if is_passing {
            let help = format!("Items at this moment: {words}.");
            text.family(&format!("creel_items_{name}"), Kind::Gauge, &help)
        } else {
            let help = format!("Items so far: {words}.");
            text.family(&format!("creel_items_{name}_total"), Kind::Counter, &help)
        };
        for source in &view.sources {
            for term in source.ledger.terms().filter(|term| term.name == name) {
                let labels: [(&str, &dyn Display); 2] = [
                    ("source", &source.name),
                    ("reason", &term.reason.unwrap_or_default()),
                ];
                let labels = if term.reason.is_some() {
                    &labels[..]
                } else {
                    &labels[..1]
                };
                family = family.sample(labels, term.count);
            }
        }
    }
}

fn sources(view: &View, text: &mut Text) {
    let each = |mut family: family::Family<'_>, figure: fn(&crate::Source) -> f64| {
        for source in &view.sources {
            family = family.sample(&[("source", &source.name)], figure(source));
        }
    };
    each(
        text.family(
            "creel_source_up",
            Kind::Gauge,
            "1 while the source is well, 0 while it is dead.",
        ),
        |source| f64::from(u8::from(source.health.is_well())),
    );
    each(
        text.family(
            "creel_source_silence_seconds",
            Kind::Gauge,
            "For how long the source has given nothing, where it should.",
        ),
        |source| source.health.silence().as_secs_f64(),
    );
    each(
        text.family(
            "creel_source_lost_items_total",
            Kind::Counter,
            "Items that were lost before the source could give them.",
        ),
        |source| source.lost as f64,
    );
    each(
        text.family(
            "creel_source_disconnections_total",
            Kind::Counter,
            "How often the source lost its connection.",
        ),
        |source| source.disconnections as f64,
    );
    let mut family = text.family(
        "creel_source_health",
        Kind::Gauge,
        "1 for the state that the source is in.",
    );
    for source in &view.sources {
        for word in Health::WORDS {
            let is_so = u8::from(source.health.word() == word);
            family = family.sample(&[("source", &source.name), ("health", &word)], is_so);
        }
    }
}

fn sinks(view: &View, text: &mut Text) {
    let mut family = text.family(
        "creel_sink_up",
        Kind::Gauge,
        "1 while the sink takes what it is given, 0 while it does not.",
    );
    for sink in &view.sinks {
        family = family.sample(&[("sink", &sink.name)], u8::from(sink.is_well));
    }
    let mut family = text.family(
        "creel_sink_records_total",
        Kind::Counter,
        "Records that the sink has taken, could not keep, or never took.",
    );
    for sink in &view.sinks {
        for (fate, count) in [
            ("written", sink.written),
            ("rejected", sink.rejected),
            ("dropped", sink.dropped),
        ] {
            family = family.sample(&[("sink", &sink.name), ("fate", &fate)], count);
        }
    }
    let mut family = text.family(
        "creel_sink_queued_records",
        Kind::Gauge,
        "Records that wait for the sink.",
    );
    for sink in &view.sinks {
        family = family.sample(&[("sink", &sink.name)], sink.queued);
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Items => "items",
        Unit::Bytes => "bytes",
    }
}

#[cfg(test)]
mod tests;
