//! What pages are told, made once for all of them.

mod history;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::easel::{Easel, Standing};
use crate::journal::{Excerpt, Histogram, Journal};
use crate::view::View;

use history::{History, Sample};

/// How many turns pass from one look at the run to the next; pictures come with each.
const TURNS: u32 = 2;

/// The time from one look at the run to the next, at least.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// The time from one turn to the next while nobody looks, so that the charts go on.
const UNSEEN_TURN: Duration = Duration::from_secs(1);

/// How many pictures all pages together get in a second.
const PICTURES_PER_SECOND: f64 = 240.0;

/// Says where a run stands.
pub(crate) type Look = Box<dyn FnMut() -> View + Send>;

/// What pages are told; clones are the same feed.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Shared>);

struct Shared {
    look: Mutex<Look>,
    /// What the latest look showed, and when.
    seen: Mutex<Option<(Instant, View)>>,
    journal: Journal,
    easels: Vec<Easel>,
    /// The time from one picture to the next.
    interval: Duration,
    pages: Arc<AtomicUsize>,
    /// Somebody came to look.
    came: Notify,
    history: Mutex<History>,
    latest: watch::Sender<Turn>,
    is_over: AtomicBool,
}

/// What a page is told next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    /// Which look at the run it is from.
    pub(crate) look: u64,
    /// Where the run stands, and the pictures, as events.
    pub(crate) state: Bytes,
    /// The pictures alone.
    pub(crate) pictures: Bytes,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// Where a run stands, with what was seen of it lately.
#[derive(Serialize)]
pub(crate) struct State {
    #[serde(flatten)]
    pub(crate) view: View,
    #[serde(flatten)]
    excerpt: Excerpt,
    sample: Option<Sample>,
    pages: usize,
}

/// The pictures that stand on the easels.
#[derive(Serialize)]
struct Pictures {
    easels: Vec<Standing>,
    /// Milliseconds that a page leaves between two pictures of a source.
    pace: u64,
}

/// One more page, until this is dropped.
pub(crate) struct Page(Feed);

impl Feed {
    pub(crate) fn new(
        look: Look,
        journal: Journal,
        easels: Vec<Easel>,
        pages: Arc<AtomicUsize>,
        interval: Duration,
    ) -> Self {
        Self(Arc::new(Shared {
            look: Mutex::new(look),
            seen: Mutex::new(None),
            journal,
            easels,
            interval,
            pages,
            came: Notify::new(),
            history: Mutex::new(History::default()),
            latest: watch::Sender::new(Turn::default()),
            is_over: AtomicBool::new(false),
        }))
    }

    /// Goes on until [`end`](Self::end).
    pub(crate) async fn run(&self) {
        let mut turn = Turn::default();
        for count in 0_u32.. {
            if self.0.is_over.load(Ordering::Acquire) {
                break;
            }
            let is_seen = self.pages() > 0;
            if count.is_multiple_of(TURNS) || !is_seen {
                self.look_again(&mut turn);
            } else {
                turn.pictures = self.pictures();
            }
            self.0.latest.send_replace(turn.clone());
            let pause = if is_seen {
                self.0.interval
            } else {
                UNSEEN_TURN
            };
            // Whoever comes is told at once.
            let _ = tokio::time::timeout(pause, self.0.came.notified()).await;
        }
        self.look_again(&mut turn);
        turn.is_last = true;
        self.0.latest.send_replace(turn);
    }

    /// Tells the pages that the run is over, after a last look at it.
    pub(crate) fn end(&self) {
        self.0.is_over.store(true, Ordering::Release);
        self.0.came.notify_one();
    }

    fn look_again(&self, turn: &mut Turn) {
        turn.look += 1;
        let pictures = self.pictures();
        turn.state = [event("state", &self.state()), pictures.to_vec()]
            .concat()
            .into();
        turn.pictures = pictures;
    }

    /// Where the run stands.
    pub(crate) fn state(&self) -> State {
        let mut view = self.view();
        let excerpt = self.0.journal.excerpt(&view.open, Instant::now());
        view.open = Vec::new();
        let mut history = self
            .0
            .history
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sample = history.sample(&view, &excerpt);
        State {
            view,
            excerpt,
            sample,
            pages: self.pages(),
        }
    }

    /// Where the run stands, without what was seen lately; the run is looked at so often at most, however many ask.
    pub(crate) fn view(&self) -> View {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = self.0.is_over.load(Ordering::Acquire);
        if let Some((at, view)) = &*seen
            && at.elapsed() < LOOK_INTERVAL
            && !is_over
        {
            return view.clone();
        }
        let mut look = self.0.look.lock().unwrap_or_else(PoisonError::into_inner);
        let view = look();
        *seen = Some((Instant::now(), view.clone()));
        view
    }

    /// How long answers took over the whole run.
    pub(crate) fn histograms(&self) -> (Histogram, Histogram) {
        self.0.journal.histograms()
    }

    fn pictures(&self) -> Bytes {
        let now = Instant::now();
        let easels = self.0.easels.iter().map(|easel| easel.standing(now));
        let shown = self.pages() * self.0.easels.len();
        let fair = Duration::from_secs_f64(shown as f64 / PICTURES_PER_SECOND);
        let pictures = Pictures {
            easels: easels.collect(),
            pace: self.0.interval.max(fair).as_millis() as u64,
        };
        event("pictures", &pictures).into()
    }

    /// The samples so far, as an event.
    pub(crate) fn history(&self) -> Bytes {
        let history = self
            .0
            .history
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        event("history", &history.samples()).into()
    }

    pub(crate) fn easel(&self, number: usize) -> Option<&Easel> {
        self.0.easels.get(number)
    }

    /// How many pages are kept up to date.
    pub(crate) fn pages(&self) -> usize {
        self.0.pages.load(Ordering::Relaxed)
    }

    /// One more page, if there are fewer than that.
    pub(crate) fn open(&self, most: usize) -> Option<(Page, watch::Receiver<Turn>)> {
        let pages = &self.0.pages;
        let is_room = |count: usize| (count < most).then_some(count + 1);
        pages
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_room)
            .ok()?;
        for easel in &self.0.easels {
            easel.hasten();
        }
        self.0.came.notify_one();
        Some((Page(self.clone()), self.0.latest.subscribe()))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.0.0.pages.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A server-sent event.
fn event(name: &str, data: &impl Serialize) -> Vec<u8> {
    let mut event = format!("event: {name}\ndata: ").into_bytes();
    // JSON has no line break outside of texts, and escapes those in them.
    if serde_json::to_writer(&mut event, data).is_err() {
        return Vec::new();
    }
    event.extend_from_slice(b"\n\n");
    event
}
