//! Somebody who sees that the scene goes on.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use crate::process::threads;

/// The name of its thread.
pub(crate) const NAME: &str = "watch";

/// How many looks in a row may see nothing new, and how long it is from one to the next.
const LOOKS: u32 = 30;
const BETWEEN: Duration = Duration::from_secs(1);

/// Ends the process, and says what it knows, when a scene stands still for 30 seconds.
#[derive(Default)]
pub(crate) struct Watch {
    /// How far the scene is; a count that only has to change.
    steps: AtomicU64,
    scene: Mutex<Option<&'static str>>,
    /// What the scene wants to be shown, each in a place of its own.
    exhibits: Mutex<BTreeMap<usize, Weak<dyn Debug + Send + Sync>>>,
}

impl Watch {
    /// Begins to watch, on a thread of its own, until the process ends.
    pub(crate) fn start() -> Arc<Self> {
        let watch = Arc::new(Self::default());
        let watching = Arc::clone(&watch);
        thread::Builder::new()
            .name(String::from(NAME))
            .spawn(move || watching.look_on())
            .unwrap();
        watch
    }

    pub(crate) fn begin(&self, scene: &'static str) {
        *self.scene.lock().unwrap() = Some(scene);
        self.advance(1);
    }

    pub(crate) fn end(&self) {
        *self.scene.lock().unwrap() = None;
        self.exhibits.lock().unwrap().clear();
    }

    /// The scene has come so much further.
    pub(crate) fn advance(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }

    /// Shows this instead of what was in the place, should the scene stand still.
    pub(crate) fn exhibit(&self, place: usize, what: &Arc<impl Debug + Send + Sync + 'static>) {
        let what = Arc::downgrade(what);
        self.exhibits.lock().unwrap().insert(place, what);
    }

    fn look_on(&self) {
        let mut seen = 0;
        let mut same = 0;
        loop {
            thread::sleep(BETWEEN);
            let steps = self.steps.load(Ordering::Relaxed);
            let scene = *self.scene.lock().unwrap();
            same = if steps == seen { same + 1 } else { 0 };
            seen = steps;
            if let Some(scene) = scene
                && same >= LOOKS
            {
                self.tell(scene);
                process::exit(1);
            }
        }
    }

    fn tell(&self, scene: &str) {
        println!("FAILED  {scene:<11} nothing has moved for {LOOKS} looks, {BETWEEN:?} apart");
        for (place, what) in &*self.exhibits.lock().unwrap() {
            match what.upgrade() {
                Some(what) => println!("{place}: {what:#?}"),
                None => println!("{place}: gone"),
            }
        }
        for thread in threads() {
            println!("{thread:?}");
        }
    }
}
