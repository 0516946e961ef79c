//! `creel batch`: the items of a file.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use creel_pipeline::{Notice, Policy, Reconnect};

use crate::arguments::{Batch, Recording};
use crate::done::Done;
use crate::dry_run;
use crate::ending::Ending;
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::rejects::{self, Rejects};
use crate::report::Noun;
use crate::results::{self, Results};
use crate::run::{Before, Feed, Run};
use crate::run_id::RunId;
use crate::screen::Screen;
use crate::usage::WrongUsage;

/// Items that are read ahead.
const BUFFER: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Sends every item of the input that has no record yet.
pub(crate) fn run(arguments: &Batch, screen: &Screen, interrupt: &Interrupt) -> Result<Ending> {
    let out = &arguments.recording.out;
    let input = Input::open(&arguments.inputs, arguments.format, &arguments.columns)?;
    if arguments.dry_run {
        return dry_run::run(input, &arguments.asking, screen);
    }
    if arguments.recording.keeping.keep.is_some() {
        bail!(WrongUsage::from(
            "--keep removes records, and the records tell what of a job is done: leave it out, or use --compress"
        ));
    }
    results::check(&arguments.recording)?;
    refuse_to_replace(&input, out)?;
    let run = Run {
        id: RunId::new(),
        noun: Noun::Item,
        is_live: false,
        view: false,
        buffer: BUFFER,
        policy: Policy::Block,
        // What was read and not sent is for the next run, which would take a record for the end of it.
        dropped: Notice::Omit,
        reconnect: Reconnect::default(),
        rows_per_request: arguments.rows_per_request,
        pictures: false,
        asking: &arguments.asking,
        model: None,
        recording: &arguments.recording,
        showing: &arguments.showing,
    };
    if results::stay(out) {
        resumable(arguments, &run, input, screen, interrupt)
    } else {
        run.run(vec![input], screen, interrupt)
    }
}

/// Goes on where an earlier run has stopped, if one has.
fn resumable(
    arguments: &Batch,
    run: &Run<'_>,
    mut input: Input,
    screen: &Screen,
    interrupt: &Interrupt,
) -> Result<Ending> {
    let out = &arguments.recording.out;
    let Found { results, job, done } = find(arguments, &input, screen)?;
    if job.is_finished(done.recorded()) {
        return told_finished(&done, out, input.format(), screen);
    }
    let before = Before {
        recorded: done.recorded(),
        failed: done.failed(),
    };
    if before.recorded > 0 {
        screen.say(&format!(
            "going on behind {} records in {}",
            before.recorded,
            out.display()
        ));
        if input.paths().is_empty() {
            screen
                .say("passing over as many items of the input, which has to be the same once more");
        }
    }
    let rejects = Arc::new(Rejects::beside(out, &input));
    input.expect(job.count());
    let input = input.after(Arc::new(done), Arc::clone(&rejects));
    let open = || {
        let results = match results {
            Place::Open(results) => *results,
            Place::Free => begin(&arguments.recording)?,
            Place::Overwritten => Results::overwrite(&arguments.recording)?,
        };
        rejects.clear()?;
        job.write_beside(out)?;
        Ok(results)
    };
    let feed = Feed {
        inputs: vec![input],
        shelf: None,
    };
    let flowed = run.flow(feed, open, &rejects, before, screen, interrupt)?;
    let is_complete = flowed.is_complete();
    if is_complete {
        let recorded = before.recorded + flowed.summary.ledger.recorded;
        job.finished(recorded).write_beside(out)?;
    }
    let ended = run.end(flowed, &rejects, before, screen);
    if !is_complete {
        screen.say("the same command goes on where this run has stopped");
    }
    ended
}

/// What was found of earlier runs.
struct Found {
    results: Place,
    job: Job,
    done: Done,
}

/// What stands in the place of the results.
enum Place {
    /// Records, behind which the run goes on.
    Open(Box<Results>),
    Free,
    /// Something that is not asked about.
    Overwritten,
}

/// Looks for the results of an earlier run, and whether they belong to the same job.
fn find(arguments: &Batch, input: &Input, screen: &Screen) -> Result<Found> {
    let out = &arguments.recording.out;
    if arguments.overwrite || !results::are_there(out)? {
        let results = match arguments.overwrite {
            true => Place::Overwritten,
            false => Place::Free,
        };
        return Ok(Found {
            results,
            job: Job::new(arguments, input, None)?,
            done: Done::default(),
        });
    }
    let mut results = Results::reopen(&arguments.recording)?;
    let found = job_of(arguments, input, &mut results).and_then(|job| {
        let done = results.done();
        let done = done.with_context(|| format!("cannot go on in {}", out.display()))?;
        Ok((job, done))
    });
    // Some of it is only found as it is read.
    results.tell_torn(screen);
    let (job, done) = found?;
    Ok(Found {
        results: Place::Open(Box::new(results)),
        job,
        done,
    })
}

/// The job that the results of an earlier run belong to, which has to be the same one.
fn job_of(arguments: &Batch, input: &Input, results: &mut Results) -> Result<Job> {
    let out = &arguments.recording.out;
    let is_empty = results.found_nothing()?;
    let earlier = if is_empty { None } else { Job::beside(out)? };
    let job = Job::new(arguments, input, earlier.as_ref())?;
    let foreign = |why: &str| {
        anyhow!(
            "{} holds the results of another job: {why}; begin anew with --overwrite, or choose another --out",
            out.display()
        )
    };
    match earlier {
        Some(earlier) => match earlier.difference(&job) {
            Some(difference) => Err(foreign(&difference)),
            None => Ok(earlier.of_same_input(job)),
        },
        None if is_empty => Ok(job),
        None => Err(foreign("nothing beside it tells which one")),
    }
}

/// Makes the file for the results; one that another run has made meanwhile is that one's.
fn begin(recording: &Recording) -> Result<Results> {
    let mut results = Results::reopen(recording)?;
    if !results.found_nothing()? {
        bail!(
            "another run has written to {} meanwhile: start this one again to go on there",
            recording.out.display()
        );
    }
    Ok(results)
}

/// Says that there is nothing left to do.
fn told_finished(
    done: &Done,
    out: &Path,
    format: Option<crate::input::Format>,
    screen: &Screen,
) -> Result<Ending> {
    let (recorded, failed) = (done.recorded(), done.failed());
    let noun = Noun::Item.counted(recorded);
    screen.say(&format!(
        "nothing is left to do: each of {recorded} {noun} has its record in {}; --overwrite asks again",
        out.display()
    ));
    if failed == 0 {
        return Ok(Ending::Done);
    }
    let errors = rejects::path(out, format).filter(|path| path.exists());
    let hint = errors.map_or_else(String::new, |path| {
        format!(
            "\n  they are in {}, to be mended and fed again",
            path.display()
        )
    });
    bail!("{failed} of {recorded} {noun} failed{hint}");
}

/// Keeps a slip of the keyboard from emptying the input.
fn refuse_to_replace(input: &Input, out: &Path) -> Result<()> {
    let is_input = |out: &Path| {
        let out = fs::canonicalize(out).ok().filter(|out| out.is_file());
        out.is_some_and(|out| {
            let mut inputs = input.paths().iter().map(fs::canonicalize);
            inputs.any(|input| input.is_ok_and(|input| input == out))
        })
    };
    if is_input(out) {
        bail!(
            "--out {} is the input, which it would replace: choose another file",
            out.display()
        );
    }
    if let Some(errors) = rejects::path(out, input.format()).filter(|errors| is_input(errors)) {
        bail!(
            "what fails would go to {}, which is the input: choose another --out",
            errors.display()
        );
    }
    Ok(())
}
