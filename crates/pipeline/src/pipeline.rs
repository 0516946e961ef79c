//! A run, before it is started.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use creel_core::port::Spool;
use creel_core::resilience::Retry;
use creel_core::{BoxError, Executor, Service, Sink, Source};
use creel_runtime::Task;

use crate::codec::Codec;
use crate::drive::capture::{Measure, Mouth, Numbered};
use crate::drive::observing::Observer;
use crate::drive::run::{Recorder, Run, Watched};
use crate::drive::siding::{self, Siding};
use crate::drive::spooling::{self, Cellar};
use crate::drive::submission::{self, Call};
use crate::drive::writing::{self, Flushing, Outlet, Outlets};
use crate::error::StartError;
use crate::failure::Failure;
use crate::flow::{Policy, Settings};
use crate::life::Life;
use crate::outcome::{Outcome, Passage};
use crate::reconnect::Reconnect;
use crate::running::Running;
use crate::sinks::{Need, Reopen, SinkPolicy, Tally};

/// A run to be put together: sources of items `F`, a service that takes requests `Q`, sinks of records `R`.
///
/// ```
/// # use std::sync::Arc;
/// use creel_core::port::{Context, Service, ServiceError, Sink, SinkError, Source, SourceError};
/// use creel_pipeline::{Outcome, Pipeline};
/// use creel_runtime::ThreadPool;
///
/// struct Numbers(std::ops::Range<u64>);
/// impl Source for Numbers {
///     type Item = u64;
///     fn next(&mut self, _: &Context) -> Result<Option<u64>, SourceError> {
///         Ok(self.0.next())
///     }
/// }
///
/// struct Square;
/// impl Service<u64> for Square {
///     type Response = u64;
///     async fn call(&self, request: u64, _: &Context) -> Result<u64, ServiceError> {
///         Ok(request * request)
///     }
/// }
///
/// struct Lines(std::sync::mpsc::Sender<String>);
/// impl Sink<String> for Lines {
///     fn write(&mut self, line: &String, _: &Context) -> Result<(), SinkError> {
///         self.0.send(line.clone()).map_err(|gone| SinkError::Failed(gone.into()))
///     }
///     fn flush(&mut self) -> Result<(), SinkError> {
///         Ok(())
///     }
/// }
///
/// let pool = Arc::new(ThreadPool::builder().max_workers(2).build()?);
/// let (lines, written) = std::sync::mpsc::channel();
/// let summary = Pipeline::new(
///     Square,
///     |number: &u64| Ok(*number),
///     |number: &u64, outcome, _| match outcome {
///         Outcome::Answered(square) => format!("{number} squared is {square}"),
///         Outcome::Failed(failure) => format!("{number} failed: {}", failure.chain()),
///         Outcome::Dropped(reason) => format!("{number} was dropped: {reason}"),
///     },
/// )
/// .source("numbers", Numbers(0..10))
/// .sink("lines", Lines(lines))
/// .start(pool)?
/// .join()?;
///
/// assert_eq!(summary.ledger.answered, 10);
/// assert_eq!(written.iter().last().as_deref(), Some("9 squared is 81"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing runs before it is started"]
pub struct Pipeline<F, Q, S: Service<Q>, R> {
    call: Call<F, Q, S>,
    recorder: Recorder<F, S::Response, R>,
    observers: Vec<Box<Observer>>,
    sources: Vec<(Arc<str>, Box<dyn Source<Item = F>>)>,
    sinks: Vec<Added<R>>,
    settings: Settings,
    weigh: Arc<Measure<F>>,
    lost: Arc<Measure<F>>,
    numbered: Arc<Numbered<F>>,
    store: Option<Store<F>>,
    encode_on: Option<OtherExecutor>,
    reconnect: Reconnect,
    flushing: Flushing,
    retry_sinks: Retry,
}

/// Where items wait that memory does not hold, and as what.
struct Store<F> {
    spool: Box<dyn Spool>,
    codec: Arc<dyn Codec<F>>,
}

/// An executor beside the one that a run is started on.
type OtherExecutor = Arc<dyn Executor<Task = Task> + Send + Sync>;

/// A sink as it was added.
struct Added<R> {
    name: Arc<str>,
    sink: Box<dyn Sink<R> + Send>,
    /// None for what holds for all.
    policy: Option<SinkPolicy>,
    reopen: Option<Box<Reopen<R>>>,
}

impl<F, Q, S, R> Pipeline<F, Q, S, R>
where
    F: Send + Sync + 'static,
    Q: Send + 'static,
    S: Service<Q, Response: 'static> + Send + Sync + 'static,
    R: Send + Sync + 'static,
{
    /// A run without sources and sinks, with the default settings.
    ///
    /// `prepare` makes the request of an item, `record` the record of what came of it. Both run on the executor,
    /// as part of the item's task, and may take their time; the records of items that were dropped are made by
    /// the thread that drops them. A panic in either, or in the service, fails the item and harms nobody else.
    pub fn new(
        service: S,
        prepare: impl Fn(&F) -> Result<Q, BoxError> + Send + Sync + 'static,
        record: impl Fn(&F, Outcome<S::Response>, &Passage) -> R + Send + Sync + 'static,
    ) -> Self {
        Self {
            call: Call {
                prepare: Box::new(prepare),
                service,
            },
            recorder: Recorder {
                record: Box::new(record),
                record_unreadable: None,
                missed: None,
            },
            observers: Vec::new(),
            sources: Vec::new(),
            sinks: Vec::new(),
            settings: Settings::default(),
            weigh: Arc::new(|_| 0),
            lost: Arc::new(|_| 0),
            numbered: Arc::new(|_| None),
            store: None,
            encode_on: None,
            reconnect: Reconnect::default(),
            flushing: Flushing::AtEnd,
            retry_sinks: Retry::NEVER,
        }
    }

    /// Adds a source, which gets a thread of its own; the name tells its items and its errors from others'.
    pub fn source(
        mut self,
        name: impl Into<Arc<str>>,
        source: impl Source<Item = F> + 'static,
    ) -> Self {
        self.sources.push((name.into(), Box::new(source)));
        self
    }

    /// Adds a sink that the run depends on; every record goes to every sink, in the order in which they were added.
    pub fn sink(self, name: impl Into<Arc<str>>, sink: impl Sink<R> + Send + 'static) -> Self {
        self.add_sink(Added {
            name: name.into(),
            sink: Box::new(sink),
            policy: None,
            reopen: None,
        })
    }

    /// Adds a sink with a policy of its own.
    ///
    /// ```
    /// # use creel_core::port::{Context, Sink, SinkError};
    /// # use creel_pipeline::{Pipeline, SinkPolicy};
    /// # struct Hook;
    /// # impl Sink<String> for Hook {
    /// #     fn write(&mut self, _: &String, _: &Context) -> Result<(), SinkError> { Ok(()) }
    /// #     fn flush(&mut self) -> Result<(), SinkError> { Ok(()) }
    /// # }
    /// # fn with_hook<S: creel_core::Service<u64, Response: 'static> + Send + Sync + 'static>(
    /// #     pipeline: Pipeline<u64, u64, S, String>,
    /// # ) -> Pipeline<u64, u64, S, String> {
    /// pipeline.sink_with("hook", Hook, SinkPolicy::optional())
    /// # }
    /// ```
    pub fn sink_with(
        self,
        name: impl Into<Arc<str>>,
        sink: impl Sink<R> + Send + 'static,
        policy: SinkPolicy,
    ) -> Self {
        self.add_sink(Added {
            name: name.into(),
            sink: Box::new(sink),
            policy: Some(policy),
            reopen: None,
        })
    }

    /// Adds a sink with a policy of its own that is opened again when it cannot go on, if the run goes on without it.
    ///
    /// `reopen` runs on the thread of the sink, after the one before was dropped. The record that this one had in hand is
    /// given to the next one; after a second failure it is dropped. At its end the run tries once more.
    pub fn sink_reopened<T: Sink<R> + Send + 'static>(
        self,
        name: impl Into<Arc<str>>,
        sink: T,
        policy: SinkPolicy,
        mut reopen: impl FnMut() -> Result<T, BoxError> + Send + 'static,
    ) -> Self {
        self.add_sink(Added {
            name: name.into(),
            sink: Box::new(sink),
            policy: Some(policy),
            reopen: Some(Box::new(move || {
                reopen().map(|sink| Box::new(sink) as Box<dyn Sink<R> + Send>)
            })),
        })
    }

    /// Tells each record that a sink does not get which the run goes on without, with the sink's name.
    ///
    /// It runs on the threads of the sinks, for a sink whose queue is full on the one that serves all others, and should keep
    /// what it is told and return. Of a sink that does not come to an end, what was on its way there is counted and not told.
    pub fn missed(mut self, missed: impl Fn(&str, &R) + Send + Sync + 'static) -> Self {
        self.recorder.missed = Some(Box::new(missed));
        self
    }

    fn add_sink(mut self, added: Added<R>) -> Self {
        self.sinks.push(added);
        self
    }

    /// How much is held, what happens when that is not enough, and the order of the records.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How many bytes an item holds, for [`Settings::bytes`]; none unless it is said.
    ///
    /// It runs on the capture thread and should only read a length.
    pub fn weigh(mut self, weigh: impl Fn(&F) -> u64 + Send + Sync + 'static) -> Self {
        self.weigh = Arc::new(weigh);
        self
    }

    /// How many items its source says were lost just before this one; none unless it is said.
    ///
    /// They are summed in [`SourceSummary::lost`](crate::SourceSummary::lost), and are no part of the ledger. It runs on the
    /// capture thread and should only read a figure.
    pub fn lost(mut self, lost: impl Fn(&F) -> u64 + Send + Sync + 'static) -> Self {
        self.lost = Arc::new(lost);
        self
    }

    /// What an item is told from others of its source by, for whoever watches; its place unless it is said.
    ///
    /// It runs on the capture thread and should only read a figure.
    pub fn number(mut self, number: impl Fn(&F) -> u64 + Send + Sync + 'static) -> Self {
        self.numbered = Arc::new(move |item| Some(number(item)));
        self
    }

    /// Where items wait that the memory does not hold, for [`Policy::Spill`]; it gets a thread of its own.
    ///
    /// The codec makes entries of items and items of entries on that thread, and may take its time as far as the
    /// source does not outrun it; what is [costly](Codec::is_costly) to encode goes to the executor. An entry is removed
    /// once the record of its item is durable in every sink: a run that is killed in between leaves both, and
    /// [`Codec::is_known`] tells in the next one whether the sinks have the record of such an item.
    pub fn spool(mut self, spool: impl Spool + 'static, codec: impl Codec<F> + 'static) -> Self {
        self.store = Some(Store {
            spool: Box::new(spool),
            codec: Arc::new(codec),
        });
        self
    }

    /// Has another executor encode what is [costly](Codec::is_costly), in place of the one that the run is started on.
    ///
    /// It is for calls that hold their worker until they are answered: while a service is slow, which is when items go to
    /// the spool, all workers may be held. It gets at most eight tasks of this run at a time.
    pub fn encode_on(
        mut self,
        executor: Arc<impl Executor<Task = Task> + Send + Sync + 'static>,
    ) -> Self {
        self.encode_on = Some(executor);
        self
    }

    /// The record of an item that its source could not read; without it such items are only counted.
    pub fn unreadable(
        mut self,
        record: impl Fn(&Failure, &Passage) -> R + Send + Sync + 'static,
    ) -> Self {
        self.recorder.record_unreadable = Some(Box::new(record));
        self
    }

    /// Tells the life of each item once it is over; may be called more than once, and each observer is told.
    ///
    /// An observer runs on the threads of the run, on that of the sinks for the most part, and should hand on what it is
    /// told and return; never under a lock of the run. A panic of it is reported through `tracing`, and harms nobody else.
    /// Items that are over while only the spool has them are not told.
    pub fn observe(mut self, observer: impl Fn(&Life) + Send + Sync + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// How long to be patient with a source that lost its connection.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// Makes records durable at least so often, and not at the end alone.
    ///
    /// Writing stands still meanwhile, so this is the price of a power failure: no more than the records of one
    /// interval are lost. A sink that cannot do it ends the run.
    pub fn flush_every(mut self, interval: Duration) -> Self {
        self.flushing = Flushing::Every(interval);
        self
    }

    /// Takes a record for durable once it is written, and flushes at the end alone.
    ///
    /// It is for what leaves the disk to the operating system: a power failure may lose records that the spool does not
    /// hold any more.
    pub fn trust_writes(mut self) -> Self {
        self.flushing = Flushing::Written;
        self
    }

    /// Gives a record to a sink again when that has no room or cannot be reached; without it, that ends the run.
    ///
    /// It is about the sinks that were added without a policy.
    /// Meanwhile the other records wait, and with them what is captured.
    pub fn retry_sinks(mut self, retry: Retry) -> Self {
        self.retry_sinks = retry;
        self
    }

    /// Starts the run: one thread for each source, one that submits, one for the sinks, one for the spool if there is one.
    ///
    /// Items are worked on by the executor; at most [`Settings::window`] of its tasks are this run's. The run holds
    /// on to it until [`Running`] is gone, and leaves it to the caller to shut it down.
    ///
    /// # Errors
    /// [`StartError`] when a thread could not be started, those that were are joined before this returns; or when
    /// there is no spool to spill to.
    pub fn start<E>(self, executor: Arc<E>) -> Result<Running, StartError>
    where
        E: Executor<Task = Task> + Send + Sync + 'static,
    {
        let spills = self.settings.policy == Policy::Spill;
        let cellar = match self.store.filter(|_| spills) {
            Some(Store { spool, codec }) => {
                let numbered = Arc::clone(&self.numbered);
                Some(Cellar::new(spool, codec, Arc::clone(&self.weigh), numbered))
            }
            None if spills => return Err(StartError::NoSpool),
            None => None,
        };
        let sources = self.sources.iter();
        let sources = sources.map(|(name, _)| Watched::new(Arc::clone(name)));
        let retry = self.retry_sinks;
        let sinks: Vec<(Need, Outlet<R>)> = self
            .sinks
            .into_iter()
            .map(|added| added.outlet(retry))
            .collect();
        let run = Run::new(
            self.recorder,
            self.observers,
            self.settings,
            sources.collect(),
            sinks
                .iter()
                .map(|(_, outlet)| Arc::clone(&outlet.tally))
                .collect(),
        );
        let run = Arc::new(run);
        if let Some(cellar) = &cellar {
            run.recovered(cellar.recovered());
        }
        let mut running = Running::new(Arc::clone(&run) as _, Arc::clone(&executor) as _);
        let flushing = self.flushing;
        let mut outlets = Outlets {
            required: Vec::new(),
            sidings: Vec::new(),
        };
        for (need, outlet) in sinks {
            let Need::Optional { queue, .. } = need else {
                outlets.required.push(outlet);
                continue;
            };
            let (queue, queued) = mpsc::sync_channel(queue.get());
            let tally = Arc::clone(&outlet.tally);
            outlets.sidings.push(Siding {
                queue,
                tally: Arc::clone(&tally),
            });
            let run = Arc::clone(&run);
            let body = move || siding::serve(&run, outlet, queued, flushing.interval());
            running.add_siding(tally, body)?;
        }
        let call = Arc::new(self.call);
        running.add("sink", {
            let run = Arc::clone(&run);
            move || writing::write_all(&run, outlets, flushing)
        })?;
        if let Some(cellar) = cellar {
            let run = Arc::clone(&run);
            let encoder = self
                .encode_on
                .unwrap_or_else(|| Arc::clone(&executor) as OtherExecutor);
            running.add("spool", move || {
                spooling::keep_all(&run, cellar, &*encoder);
            })?;
        }
        running.add("submission", {
            let run = Arc::clone(&run);
            move || submission::submit_all(&run, &call, &*executor)
        })?;
        for (number, (name, source)) in self.sources.into_iter().enumerate() {
            let run = Arc::clone(&run);
            let mouth = Mouth {
                number,
                name,
                source,
                weigh: Arc::clone(&self.weigh),
                lost: Arc::clone(&self.lost),
                numbered: Arc::clone(&self.numbered),
                reconnect: self.reconnect,
            };
            running.add("capture", move || mouth.run(&run))?;
        }
        Ok(running)
    }
}

impl<R> Added<R> {
    fn outlet(self, retry: Retry) -> (Need, Outlet<R>) {
        let policy = self.policy.unwrap_or(SinkPolicy {
            retry,
            ..SinkPolicy::REQUIRED
        });
        let reopening = match policy.need {
            Need::Optional { reopening, .. } => Some(reopening),
            Need::Required => None,
        };
        let outlet = Outlet {
            tally: Arc::new(Tally::new(self.name, reopening.is_some())),
            sink: self.sink,
            retry: policy.retry,
            reopen: self.reopen.zip(reopening),
        };
        (policy.need, outlet)
    }
}

impl<F, Q, S: Service<Q>, R> fmt::Debug for Pipeline<F, Q, S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources: Vec<_> = self.sources.iter().map(|(name, _)| name).collect();
        let sinks: Vec<_> = self.sinks.iter().map(|added| &added.name).collect();
        f.debug_struct("Pipeline")
            .field("sources", &sources)
            .field("sinks", &sinks)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
