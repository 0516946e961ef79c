//! Who held the others up, told from what was measured.

use std::thread;
use std::time::Duration;

use creel_pipeline::{Bottleneck, Efforts, Part, Summary};

use super::place::Slowest;
use super::{Circumstances, time, way};
use crate::arguments::{Transport, Workers};
use crate::report::{Noun, shown};

/// Who held the others up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The camera, or what reads the input.
    Camera,
    Conversion,
    Queue,
    /// The way to the server and back.
    Network,
    Server,
    /// The server was gone, or asked for pauses.
    Outage,
    /// A rate that was asked for.
    Rate,
    PostProcessing,
    Sink,
    Spool,
}

impl Cause {
    /// What programs call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Conversion => "conversion",
            Self::Queue => "queue",
            Self::Network => "network",
            Self::Server => "server",
            Self::Outage => "outage",
            Self::Rate => "rate",
            Self::PostProcessing => "post-processing",
            Self::Sink => "sink",
            Self::Spool => "spool",
        }
    }

    /// What people call it.
    pub(super) fn named(self, circumstances: &Circumstances) -> &'static str {
        match self {
            Self::Camera if circumstances.noun == Noun::Frame => "the camera",
            Self::Camera => "reading the input",
            Self::Conversion => "making requests of pictures and rows",
            Self::Queue => "the workers",
            Self::Network => "the way to the server",
            Self::Server => "the server",
            Self::Outage => "a server that was gone or had no time",
            Self::Rate => "the rate that was asked for",
            Self::PostProcessing => "making records of answers",
            Self::Sink => "writing the results",
            Self::Spool => "reading frames back from the spool",
        }
    }
}

/// Answers that take less are not worth the question how far the server is.
const FAR: Duration = Duration::from_millis(5);

/// How often the server was gone, or asked for a pause.
fn troubles(efforts: &Efforts) -> u64 {
    efforts.openings + efforts.throttled
}

/// What was seen of a run in some time.
pub(super) struct Seen<'a> {
    pub(super) circumstances: &'a Circumstances,
    /// The part of the run that the others waited for.
    pub(super) part: Part,
    /// What it took for an item.
    pub(super) mean: Option<Duration>,
    /// How many attempts may be in flight.
    pub(super) limit: u32,
    /// How many were, on average.
    pub(super) at_once: f64,
    /// What one took that was answered.
    pub(super) attempt: Option<Duration>,
    /// How often the server was gone, or asked for a pause.
    pub(super) troubles: u64,
    pub(super) hands_max: u64,
    /// How long the way to the server and back is, where that matters.
    pub(super) way: Option<Duration>,
    /// The place for records that was waited for most.
    pub(super) slowest: Option<Slowest>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(
        (summary, efforts): (&Summary, &Efforts),
        earlier: Option<(&Summary, &Efforts)>,
        bottleneck: Bottleneck,
        circumstances: &'a Circumstances,
    ) -> Self {
        let before = earlier.map(|(summary, _)| summary.elapsed);
        let elapsed = summary.elapsed.saturating_sub(before.unwrap_or_default());
        let efforts_before = earlier.map_or_else(Efforts::default, |(_, efforts)| *efforts);
        let attempts = efforts.attempt_time;
        let attempts_before = efforts_before.attempt_time;
        let count = attempts.count.saturating_sub(attempts_before.count);
        let total = attempts.total.saturating_sub(attempts_before.total);
        let attempt = total.checked_div(u32::try_from(count).unwrap_or(u32::MAX));
        let way = attempt
            .filter(|attempt| bottleneck.part == Part::Service && *attempt >= FAR)
            .and(circumstances.url.as_deref())
            .and_then(way::round_trip);
        Self {
            circumstances,
            part: bottleneck.part,
            mean: bottleneck.mean,
            limit: efforts.limit,
            at_once: total.as_secs_f64() / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
            attempt,
            troubles: troubles(efforts).saturating_sub(troubles(&efforts_before)),
            hands_max: summary.stages.hands_max,
            way,
            slowest: circumstances
                .names
                .slowest(summary, earlier.map(|(summary, _)| summary)),
        }
    }

    /// Who it is, in words.
    pub(super) fn who(&self, cause: Cause) -> String {
        match (&self.slowest, cause) {
            (Some(slowest), Cause::Sink) => slowest.who(),
            _ => cause.named(self.circumstances).to_owned(),
        }
    }

    pub(super) fn cause(&self) -> Cause {
        match self.part {
            Part::Source => Cause::Camera,
            Part::Queue => Cause::Queue,
            Part::Conversion => Cause::Conversion,
            Part::PostProcessing => Cause::PostProcessing,
            Part::Sink => Cause::Sink,
            Part::Spool => Cause::Spool,
            _ => self.cause_of_service(),
        }
    }

    /// Whoever waits for its turn to ask is not held up by the server itself.
    fn cause_of_service(&self) -> Cause {
        let is_asked = self.attempt.is_none() || self.at_once * 2.0 >= f64::from(self.limit);
        if self.troubles > 0 && (!is_asked || self.attempt.is_none()) {
            Cause::Outage
        } else if !is_asked && self.circumstances.has_rate {
            Cause::Rate
        } else if let (Some(way), Some(attempt)) = (self.way, self.attempt)
            && way * 2 >= attempt
        {
            Cause::Network
        } else {
            Cause::Server
        }
    }

    pub(super) fn figure(&self, cause: Cause) -> String {
        let mean = self.mean;
        let one = self.circumstances.noun.counted(1);
        match cause {
            Cause::Camera => match mean {
                Some(mean) => format!("{} from one {one} to the next", shown(mean)),
                None => format!("it gave no {one}"),
            },
            Cause::Conversion => format!("{} for each {one}, on a worker", time(mean)),
            Cause::Queue => format!("a {one} waits {} for one", time(mean)),
            Cause::Network => format!(
                "{} of the {} that an answer takes",
                time(self.way),
                time(self.attempt)
            ),
            Cause::Server => match self.attempt {
                Some(attempt) => {
                    let at_once = self.at_once;
                    format!(
                        "{} for an answer, {at_once:.1} asked at once",
                        shown(attempt)
                    )
                }
                None => "it answered nothing".to_owned(),
            },
            Cause::Outage => match self.troubles {
                1 => "it happened once".to_owned(),
                times => format!("it happened {times} times"),
            },
            Cause::Rate => format!("{:.1} of {} workers ask at once", self.at_once, self.limit),
            Cause::PostProcessing => format!("{} for each record, on a worker", time(mean)),
            Cause::Sink => match &self.slowest {
                Some(slowest) => slowest.figure(),
                None => format!("{} for each record", time(mean)),
            },
            Cause::Spool => format!("{} for each {one}", time(mean)),
        }
    }

    pub(super) fn help(&self, cause: Cause) -> String {
        match cause {
            Cause::Camera => "all else keeps up with it".to_owned(),
            Cause::Conversion | Cause::PostProcessing => self.help_by_hand(cause),
            Cause::Queue => match self.circumstances.transport {
                Transport::Blocking => self.more_workers("takes up more at once"),
                Transport::Async => {
                    "--transport blocking gives each request a thread of its own".to_owned()
                }
            },
            Cause::Network => self.more_workers("has more on the way at once"),
            Cause::Server => match self.circumstances.workers {
                Workers::Count(_) => format!(
                    "{}, if the server can do more; if not, smaller frames",
                    self.more_workers("asks more at once")
                ),
                Workers::Auto => {
                    "it is asked for all it makes use of: smaller frames, or a faster server"
                        .to_owned()
                }
            },
            Cause::Outage => {
                "look at the server's log; --patience says how long it is waited for".to_owned()
            }
            Cause::Rate => "a higher --rate, if the server allows it".to_owned(),
            Cause::Sink => match &self.slowest {
                Some(slowest) => slowest.help(),
                None => "a faster disk for --out".to_owned(),
            },
            Cause::Spool => "a faster disk for --spool, or a larger --buffer".to_owned(),
        }
    }

    /// What helps where the processor has to work.
    fn help_by_hand(&self, cause: Cause) -> String {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let smaller = match cause {
            Cause::Conversion => "smaller frames, or a camera that gives JPEG, take less of it",
            _ => "answers with less in them take less of it",
        };
        if self.hands_max < cores && self.circumstances.transport == Transport::Blocking {
            let more = self.more_workers("does more at once");
            format!("{more}, as long as the processor has cores to spare; {smaller}")
        } else {
            format!("the processor is at its limit: {smaller}")
        }
    }

    fn more_workers(&self, what: &str) -> String {
        let workers = self.circumstances.workers.most().get();
        format!("--workers {} {what}", workers.saturating_mul(2))
    }
}
