//! A run: items from an input through a model into records, with everything that is said about it.

mod records;

#[cfg(feature = "view")]
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use creel_pipeline::{
    DropReason, Efforts, Notice, Order, Passage, Pipeline, Policy, Reconnect, Settings, SpoolUse,
    Stopping, Summary,
};
use creel_runtime::ThreadPool;

use crate::advice::{self, Advice, Circumstances, Watcher};
use crate::arguments::{Asking, Recording, Showing, Transport};
use crate::bearing;
use crate::display::{Display, Displayed};
use crate::efforts;
use crate::ending::Ending;
use crate::grouped::Grouped;
use crate::input::{Input, Item};
use crate::interrupt::Interrupt;
use crate::missed::Missed;
use crate::model::{Address, Model};
use crate::places::{Places, WHAT_HAS_FAILED};
use crate::reasons::Reasons;
use crate::record::Record;
use crate::rejects::{Rejects, RejectsSink};
use crate::report::{self, Noun};
use crate::results::{self, Results};
use crate::run_id::RunId;
use crate::screen::Screen;
use crate::shelf::Shelf;
use crate::spool::FrameCodec;
use crate::trace::Trace;
use crate::ui::{Subject, Ui};
use crate::usage::WrongUsage;
#[cfg(feature = "view")]
use crate::view::Glimpses;

use records::{record, request, unreadable};

/// Bytes of items that wait, so that large pictures do not fill the memory.
const WAITING_BYTES: u64 = 256 << 20;

/// Threads that encode, decode and make records where nobody waits for an answer.
const ASYNC_THREADS: usize = 4;

/// What earlier runs have left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    /// Items that have a record.
    pub(crate) recorded: u64,
    /// Those of them that have failed.
    pub(crate) failed: u64,
}

/// What goes into a run.
pub(crate) struct Feed {
    pub(crate) inputs: Vec<Input>,
    /// Where frames wait that the memory does not hold.
    pub(crate) shelf: Option<Shelf>,
}

impl Feed {
    /// What it is called in messages.
    fn name(&self) -> String {
        let names: Vec<&str> = self.inputs.iter().map(|input| &**input.name()).collect();
        names.join(", ")
    }

    /// How many items there are, about, where that is known.
    fn count(&self) -> Option<u64> {
        let left = self.shelf.as_ref().map_or(0, Shelf::recovered);
        self.inputs
            .iter()
            .map(Input::count)
            .try_fold(left, |sum, count| Some(sum + count?))
    }
}

/// What is to be run.
pub(crate) struct Run<'a> {
    /// What its frames are told by.
    pub(crate) id: RunId,
    pub(crate) noun: Noun,
    /// Whether items come whether or not somebody takes them.
    pub(crate) is_live: bool,
    /// Whether the run may have the whole terminal to show itself.
    #[cfg_attr(not(feature = "view"), expect(dead_code, reason = "there is none"))]
    pub(crate) view: bool,
    pub(crate) buffer: NonZeroUsize,
    pub(crate) policy: Policy,
    /// Whether what is dropped gets a record.
    pub(crate) dropped: Notice,
    pub(crate) reconnect: Reconnect,
    /// Rows of features that go in one request at most.
    pub(crate) rows_per_request: NonZeroUsize,
    /// Whether records come with the pictures that they are of.
    pub(crate) pictures: bool,
    pub(crate) asking: &'a Asking,
    /// The model of the built-in server that is asked without a choice.
    pub(crate) model: Option<&'a str>,
    pub(crate) recording: &'a Recording,
    pub(crate) showing: &'a Showing,
}

/// What became of a run, before it is told.
pub(crate) struct Flowed {
    pub(crate) summary: Summary,
    efforts: Efforts,
    failure: Option<Error>,
    reasons: Arc<Reasons>,
    missed: Arc<Missed>,
    model: Address,
    circumstances: Circumstances,
}

impl Flowed {
    /// Whether everything that was read has a record.
    pub(crate) fn is_complete(&self) -> bool {
        let Summary {
            stopping, ledger, ..
        } = &self.summary;
        self.failure.is_none() && *stopping == Stopping::No && ledger.unrecorded == 0
    }
}

impl Run<'_> {
    /// Runs to the end of the input, or until interrupted; every item has a record then.
    ///
    /// # Errors
    /// What could not be opened, what broke, or that items failed, with the reasons.
    pub(crate) fn run(
        &self,
        inputs: Vec<Input>,
        screen: &Screen,
        interrupt: &Interrupt,
    ) -> Result<Ending> {
        let rejects = Arc::new(Rejects::nowhere());
        let open = || Results::begin(self.recording, screen);
        let feed = Feed {
            inputs,
            shelf: None,
        };
        let flowed = self.flow(feed, open, &rejects, Before::default(), screen, interrupt)?;
        self.end(flowed, &rejects, Before::default(), screen)
    }

    /// Does so, and leaves it to [`end`](Self::end) to tell how it went.
    ///
    /// `open` opens the results, once nothing else stands in the way.
    ///
    /// # Errors
    /// What could not be opened.
    pub(crate) fn flow(
        &self,
        feed: Feed,
        open: impl FnOnce() -> Result<Results>,
        rejects: &Arc<Rejects>,
        before: Before,
        screen: &Screen,
        interrupt: &Interrupt,
    ) -> Result<Flowed> {
        if self.asking.bearing.hedge.is_some()
            && self.asking.reaching.transport == Transport::Blocking
        {
            bail!(WrongUsage::from(
                "--hedge needs --transport async: a worker that waits for the first answer cannot ask a second time"
            ));
        }
        let model = Model::reach(self.asking, self.model, screen)?;
        let has_answered = model.has_answered();
        let (model, service, server) = model.into_parts();
        let lookout = service.lookout();
        let service = bearing::resilient(
            service,
            self.asking,
            has_answered,
            self.policy == Policy::Spill,
        );
        let handle = service.handle();
        let (name, count) = (feed.name(), feed.count());
        let Feed { inputs, shelf } = feed;
        let spool_folder = shelf.as_ref().map(Shelf::folder);
        let results = open()?;
        let started = AtomicUsize::new(0);
        let mut pool = ThreadPool::builder()
            .max_workers(self.threads())
            // Whoever watches a run tells its workers apart by their names.
            .spawn_with(move |thread, body| {
                let number = started.fetch_add(1, Ordering::Relaxed);
                thread.name(format!("creel-ask-{number}")).spawn(body)
            });
        if let Some(lookout) = lookout {
            pool = pool.lookout(lookout);
        }
        let pool = pool
            .build()
            .with_context(|| format!("--workers {} cannot be had", self.asking.workers))?;
        let pool = Arc::new(pool);
        let reasons = Arc::new(Reasons::default());
        let missed = Arc::new(Missed::default());
        let out = results::described(&self.recording.out);
        let title = format!("sending {name} to {model}, results to {out}");
        screen.say(&title);
        let ui = Ui::open(self.showing, self.subject(title, &inputs), screen)?;

        let service = Grouped::new(service, self.rows_per_request);
        let places = Places::new(self.recording, self.asking);
        let trace = self.recording.trace.as_deref().map(Trace::create);
        let trace = trace.transpose()?;
        let mut pipeline = Pipeline::new(service, request, {
            let reasons = Arc::clone(&reasons);
            let pictures = self.pictures || self.recording.frames_to.is_some();
            let eye = ui.as_ref().map(Ui::eye);
            move |item: &Item, outcome, passage: &Passage| {
                if let Some(eye) = &eye {
                    eye.see(item, &outcome, passage);
                }
                record(item, outcome, passage, &reasons, pictures)
            }
        })
        .unreadable({
            let reasons = Arc::clone(&reasons);
            let id = self.id.clone();
            move |failure, passage| unreadable(failure, passage, &id, &reasons)
        })
        .missed({
            let missed = Arc::clone(&missed);
            move |place: &str, record: &Record| missed.note(place, record)
        })
        .weigh(Item::weight)
        .number(|item| item.key.number())
        .lost(|item| item.lost_before)
        .settings(self.settings(shelf.as_ref()))
        .reconnect(self.reconnect);
        for (number, input) in inputs.into_iter().enumerate() {
            let name = Arc::clone(input.name());
            pipeline = match &ui {
                Some(ui) => pipeline.source(name, ui.tap(number, input)),
                None => pipeline.source(name, input),
            };
        }
        if let Some(ui) = &ui {
            pipeline = pipeline.observe(ui.observer());
        }
        if let Some(Shelf { spool, known, .. }) = shelf {
            pipeline = pipeline.spool(spool, FrameCodec { known });
            pipeline = pipeline.encode_on(encoders()?);
        }
        if let Some(trace) = &trace {
            pipeline = pipeline.observe(trace.observer());
        }
        #[cfg(feature = "view")]
        let glimpses = self.has_view(screen).then(Glimpses::default);
        #[cfg(feature = "view")]
        if let Some(glimpses) = &glimpses {
            pipeline = pipeline.sink(crate::places::THE_VIEW, glimpses.clone());
        }
        let running = places
            .add(pipeline, self.asking)?
            .sink_with(out, results, places.results())
            .sink(WHAT_HAS_FAILED, RejectsSink(Arc::clone(rejects)))
            .start(Arc::clone(&pool))?;
        interrupt.stops(running.handle());

        let circumstances = Circumstances::new(
            self.noun,
            self.is_live,
            self.buffer.get(),
            self.asking,
            self.recording,
            spool_folder.as_deref(),
            model.url(),
        );
        if let Some(ui) = &ui {
            ui.look_at(running.handle(), &pool, handle.clone(), &circumstances);
        }
        let watcher = Watcher::begin(running.handle(), handle.clone(), circumstances.clone());
        let display = Display::begin(Displayed {
            run: running.handle(),
            service: handle.clone(),
            circumstances: &circumstances,
            total: count,
            before: before.recorded,
            title: format!("creel  {name} to {model}"),
            #[cfg(feature = "view")]
            glimpses,
            interrupt,
            screen,
        });
        let (mut summary, mut failure) = match running.join() {
            Ok(summary) => (summary, None),
            Err(error) => (error.summary().clone(), Some(Error::from(error))),
        };
        drop((display, ui, watcher, server));
        match trace.map(Trace::end).transpose() {
            Ok(told) => told.iter().for_each(|told| screen.say(told)),
            Err(error) => failure = failure.or(Some(error)),
        }
        let efforts = handle.efforts();
        // Without the time that a request waited for its turn.
        summary.service_time = efforts.attempt_time;
        if summary.stopping == Stopping::AtOnce
            && let Some(pool) = Arc::into_inner(pool)
        {
            // Requests that nobody waits for any more may take their time.
            pool.detach();
        }
        Ok(Flowed {
            summary,
            efforts,
            failure,
            reasons,
            missed,
            model,
            circumstances,
        })
    }

    /// What a page is to show.
    fn subject(&self, title: String, inputs: &[Input]) -> Subject {
        Subject {
            title,
            noun: self.noun.counted(1),
            sources: inputs.iter().map(Input::name).cloned().collect(),
            blocks: self.asking.reaching.transport == Transport::Blocking,
            spills: self.policy == Policy::Spill,
        }
    }

    /// Whether the run has the whole terminal: nothing else may write there.
    #[cfg(feature = "view")]
    fn has_view(&self, screen: &Screen) -> bool {
        let is_output_seen = results::is_output(&self.recording.out) && io::stdout().is_terminal();
        self.view && screen.is_terminal() && !is_output_seen && !self.asking.speaking.stream
    }

    /// How many threads work: one for each request in flight, or few if they do not wait for answers.
    fn threads(&self) -> usize {
        let most = self.asking.workers.most().get() as usize;
        match self.asking.reaching.transport {
            Transport::Blocking => most,
            Transport::Async => most.min(ASYNC_THREADS),
        }
    }

    fn settings(&self, shelf: Option<&Shelf>) -> Settings {
        let workers =
            NonZeroUsize::try_from(self.asking.workers.most()).unwrap_or(NonZeroUsize::MAX);
        Settings {
            policy: self.policy,
            items: self.buffer,
            bytes: WAITING_BYTES,
            // As many again, so that one slow answer does not keep the other workers from work.
            window: workers
                .saturating_add(workers.get())
                .saturating_mul(self.rows_per_request),
            order: if self.recording.unordered {
                Order::AsCompleted
            } else {
                Order::InCapture
            },
            dropped: self.dropped,
            spool: shelf.map_or_else(SpoolUse::default, |shelf| shelf.usage),
            ..Settings::default()
        }
    }

    /// Says how the run ended and writes it beside the results.
    ///
    /// # Errors
    /// What broke, or that items failed, with the reasons.
    pub(crate) fn end(
        &self,
        flowed: Flowed,
        rejects: &Rejects,
        before: Before,
        screen: &Screen,
    ) -> Result<Ending> {
        let failures = self.failures(&flowed, rejects, before);
        let Flowed {
            summary,
            efforts,
            failure,
            reasons,
            missed,
            circumstances,
            ..
        } = flowed;
        let advice = Advice::at_end(&summary, &efforts, &circumstances);
        let out = &self.recording.out;
        let told = report::summary(&summary, self.noun, out, before, &missed);
        screen.say(&told);
        if let Some(told) = efforts::told(&efforts, &summary, self.asking.workers) {
            screen.say(&told);
        }
        if let Some(told) = advice.told(&summary, &circumstances) {
            screen.say(&told);
        }
        let mut ledger = report::ledger(&summary, before, &reasons, &missed);
        efforts::add(&efforts, &summary, &mut ledger);
        (ledger["strain_s"], ledger["stages"]) = advice::measured(&summary);
        advice.add(&mut ledger);
        let beside = results::is_file(out).then(|| report::ledger_path(out));
        for path in beside.iter().chain(&self.recording.summary) {
            match report::write(&ledger, path) {
                // What broke the run, such as a full disk, is the better reason.
                Err(error) if failure.is_some() => screen.error(format_args!("{error:#}")),
                written => written?,
            }
        }
        match (failure, failures) {
            (Some(failure), _) if results::is_output(out) && is_reader_gone(&failure) => {
                screen.say("whoever read the standard output has closed it");
                Ok(Ending::Done)
            }
            (Some(failure), None) => Err(failure),
            (Some(failure), Some(failures)) => {
                screen.error(failures);
                Err(failure)
            }
            (None, Some(failures)) if summary.stopping != Stopping::No => {
                screen.error(failures);
                Ok(Ending::Interrupted)
            }
            (None, Some(failures)) => Err(anyhow!(failures)),
            (None, None) if summary.stopping != Stopping::No => Ok(Ending::Interrupted),
            (None, None) => Ok(Ending::Done),
        }
    }

    /// What to say of the items that failed, if some did.
    fn failures(&self, flowed: &Flowed, rejects: &Rejects, before: Before) -> Option<String> {
        let ledger = &flowed.summary.ledger;
        let rejected = ledger.dropped.of(DropReason::SinkRejected);
        if rejected > 0 {
            return Some(format!(
                "{rejected} records could not be written; the log above says why"
            ));
        }
        let mut lines = Vec::new();
        if ledger.failed > 0 {
            lines.push(format!(
                "{} of {} {} failed, with {}",
                ledger.failed,
                ledger.captured,
                self.noun.counted(ledger.captured),
                flowed.model
            ));
            lines.extend(flowed.reasons.told());
        }
        if before.failed > 0 {
            let noun = self.noun.counted(before.failed);
            lines.push(format!("{} {noun} failed in earlier runs", before.failed));
        }
        if lines.is_empty() {
            return None;
        }
        if let Some((count, path)) = rejects.written() {
            let noun = self.noun.counted(count);
            let path = path.display();
            lines.push(format!(
                "{count} {noun} in {path}, to be mended and fed again"
            ));
        }
        if rejects.lost() > 0 {
            let noun = self.noun.counted(rejects.lost());
            lines.push(format!("{} {noun} that no file could hold", rejects.lost()));
        }
        Some(lines.join("\n  "))
    }
}

/// Whether whoever read the standard output has closed it, which is their right.
fn is_reader_gone(failure: &Error) -> bool {
    failure.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// The threads that make entries of the spool, none of which is there before it has something to do.
///
/// While a server is slow or gone, its calls may hold every worker of the run.
fn encoders() -> Result<Arc<ThreadPool>> {
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let pool = ThreadPool::builder()
        .thread_name("creel-encode")
        .max_workers(cores.get())
        .build()?;
    Ok(Arc::new(pool))
}
