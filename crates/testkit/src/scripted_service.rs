//! A service that follows a script.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};

use crate::{Gate, Passage, Watched};

/// A service that answers as the test says, and waits where the test says so.
///
/// Clones are the same service, so that a test can keep one and watch. The script is asked when a call is
/// polled first. A call that is held at a gate suspends, or blocks its thread in its first poll if the service is
/// [`blocking`](ScriptedService::blocking); when it is cancelled meanwhile it ends as [`ServiceError::Cancelled`].
///
/// ```
/// use creel_core::{Context, Service};
/// use creel_testkit::{Reply, ScriptedService};
///
/// let service = ScriptedService::new(|number: u64| Reply::answer(number * 2));
/// let answer = pollster::block_on(service.call(21, &Context::new()));
/// assert_eq!(answer.unwrap(), 42);
/// assert_eq!(service.answered(), 1);
/// ```
pub struct ScriptedService<Request, Response> {
    script: Arc<Mutex<Script<Request, Response>>>,
    calls: Arc<Watched<Calls>>,
    waiting: Waiting,
}

type Script<Request, Response> = Box<dyn FnMut(Request) -> Reply<Response> + Send>;

#[derive(Clone, Copy, Debug)]
enum Waiting {
    Suspends,
    Blocks,
}

#[derive(Debug, Default)]
struct Calls {
    started: usize,
    running: usize,
    running_max: usize,
    answered: usize,
    failed: usize,
}

/// What a [`ScriptedService`] does with one request.
#[derive(Debug)]
#[must_use]
pub struct Reply<Response> {
    gates: Vec<Gate>,
    outcome: Outcome<Response>,
}

#[derive(Debug)]
enum Outcome<Response> {
    Answer(Response),
    Error(ServiceError),
    Panic(String),
}

impl<Response> Reply<Response> {
    /// Answers.
    pub fn answer(response: Response) -> Self {
        Self::with(Outcome::Answer(response))
    }

    /// Fails.
    pub fn error(error: ServiceError) -> Self {
        Self::with(Outcome::Error(error))
    }

    /// Panics, which a service must not do but a caller must survive.
    pub fn panic(message: impl Into<String>) -> Self {
        Self::with(Outcome::Panic(message.into()))
    }

    /// Never comes: the call waits until it is cancelled or given up.
    pub fn never() -> Self {
        Self::error(ServiceError::Cancelled).behind(&Gate::closed())
    }

    /// The same reply, once the gate is open.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gates.push(gate.clone());
        self
    }

    fn with(outcome: Outcome<Response>) -> Self {
        Self {
            gates: Vec::new(),
            outcome,
        }
    }
}

impl<Request, Response> ScriptedService<Request, Response> {
    /// A service that replies to each request as `script` says.
    pub fn new(script: impl FnMut(Request) -> Reply<Response> + Send + 'static) -> Self {
        Self {
            script: Arc::new(Mutex::new(Box::new(script))),
            calls: Arc::default(),
            waiting: Waiting::Suspends,
        }
    }

    /// A service that gives these replies in the order in which calls start.
    ///
    /// # Panics
    /// A call panics when there is no reply left: the test asked for more than it wrote down.
    pub fn in_order<I>(replies: I) -> Self
    where
        I: IntoIterator<Item = Reply<Response>, IntoIter: Send + 'static>,
    {
        let mut replies = replies.into_iter();
        Self::new(move |_| {
            replies
                .next()
                .expect("the script has a reply for each call")
        })
    }

    /// The same service as a blocking one: a call does all its waiting in its first poll.
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.waiting = Waiting::Blocks;
        self
    }

    /// How many calls were started.
    pub fn started(&self) -> usize {
        self.calls.read(|calls| calls.started)
    }

    /// How many calls were started and have not ended.
    pub fn running(&self) -> usize {
        self.calls.read(|calls| calls.running)
    }

    /// How many calls ran at the same time at most.
    pub fn running_max(&self) -> usize {
        self.calls.read(|calls| calls.running_max)
    }

    /// How many calls ended with an answer.
    pub fn answered(&self) -> usize {
        self.calls.read(|calls| calls.answered)
    }

    /// How many calls ended with an error.
    pub fn failed(&self) -> usize {
        self.calls.read(|calls| calls.failed)
    }

    /// How many calls ended without an outcome: their future was dropped, or they panicked.
    pub fn given_up(&self) -> usize {
        self.calls
            .read(|calls| calls.started - calls.running - calls.answered - calls.failed)
    }

    /// Blocks until so many calls were started.
    pub fn wait_until_started(&self, count: usize) {
        self.calls.wait_until(|calls| calls.started >= count);
    }

    /// Blocks until so many calls are running.
    pub fn wait_until_running(&self, count: usize) {
        self.calls.wait_until(|calls| calls.running == count);
    }

    fn reply_to(&self, request: Request) -> Reply<Response> {
        (self.script.lock().unwrap_or_else(PoisonError::into_inner))(request)
    }
}

impl<Request, Response> Clone for ScriptedService<Request, Response> {
    fn clone(&self) -> Self {
        Self {
            script: Arc::clone(&self.script),
            calls: Arc::clone(&self.calls),
            waiting: self.waiting,
        }
    }
}

impl<Request, Response> fmt::Debug for ScriptedService<Request, Response> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedService")
            .field("calls", &self.calls)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl<Request: Send, Response: Send> Service<Request> for ScriptedService<Request, Response> {
    type Response = Response;

    async fn call(&self, request: Request, context: &Context) -> Result<Response, ServiceError> {
        let call = Call::start(&self.calls);
        let reply = self.reply_to(request);
        for gate in reply.gates {
            let passage = match self.waiting {
                Waiting::Suspends => gate.pass(context).await,
                Waiting::Blocks => gate.wait(context),
            };
            match passage {
                Passage::Opened => {}
                Passage::Cancelled => return call.end(Err(ServiceError::Cancelled)),
            }
        }
        call.end(match reply.outcome {
            Outcome::Answer(response) => Ok(response),
            Outcome::Error(error) => Err(error),
            Outcome::Panic(message) => panic!("{message}"),
        })
    }
}

/// A call that has started; dropping it says that it ended, with an outcome or without.
struct Call<'a> {
    calls: &'a Watched<Calls>,
}

impl<'a> Call<'a> {
    fn start(calls: &'a Watched<Calls>) -> Self {
        calls.change(|calls| {
            calls.started += 1;
            calls.running += 1;
            calls.running_max = calls.running_max.max(calls.running);
        });
        Self { calls }
    }

    fn end<Response>(
        self,
        outcome: Result<Response, ServiceError>,
    ) -> Result<Response, ServiceError> {
        self.calls.change(|calls| match outcome {
            Ok(_) => calls.answered += 1,
            Err(_) => calls.failed += 1,
        });
        outcome
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.calls.change(|calls| calls.running -= 1);
    }
}
