//! Several sources side by side.

use creel_core::port::SourceError;
use creel_pipeline::RunFailure;
use creel_testkit::{Gate, IteratorSource, MemorySink, ScriptedSource};

use crate::rig::{answered, echo, pool, run};

#[test]
fn a_source_that_is_gone_takes_no_other_down() {
    let (gone, sink) = (Gate::closed(), MemorySink::new());
    let steady = ScriptedSource::new().item(1).gate(&gone).items(2..5);
    let broken = ScriptedSource::new().error(SourceError::Failed("burnt".into()));
    let running = run(&echo())
        .source("broken", broken)
        .source("steady", steady)
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    gone.wait_until_reached(1);
    gone.open();
    let error = running.join().unwrap_err();
    assert!(matches!(error.cause(), RunFailure::Source { name, .. } if name == "broken"));
    assert_eq!(sink.items(), answered(1..5));
    let sources = &error.summary().sources;
    let health: Vec<_> = sources
        .iter()
        .map(|source| source.health.to_string())
        .collect();
    assert_eq!(health, ["gone", "ended"]);
}

#[test]
fn each_source_has_its_own_ledger_and_what_was_lost_before_it() {
    let sink = MemorySink::new();
    let summary = run(&echo())
        .lost(|number| u64::from(*number == 7))
        .source("odd", IteratorSource::new([1, 3, 5, 7]))
        .source("even", IteratorSource::new([2, 4]))
        .sink("memory", sink)
        .start(pool(1))
        .unwrap()
        .join()
        .unwrap();
    let told: Vec<_> = summary
        .sources
        .iter()
        .map(|source| (&*source.name, source.ledger.answered, source.lost))
        .collect();
    assert_eq!(told, [("odd", 4, 1), ("even", 2, 0)]);
    assert_eq!((summary.lost(), summary.ledger.answered), (1, 6));
    let sum = summary.sources.iter().map(|source| source.ledger).sum();
    assert_eq!(summary.ledger, sum);
}
