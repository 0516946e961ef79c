//! The page, from its opening to its end.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, bail};
use creel_core::Source;
use creel_dashboard::{Dashboard, Easel, Settings, StartError, Token};
use creel_pipeline::{Life, ResilientHandle, RunHandle};
use creel_runtime::ThreadPool;

use super::Subject;
use super::eye::Eye;
use super::look::{self, Look};
use super::tap::Tap;
use super::watch::Watch;
use crate::advice::Circumstances;
use crate::arguments::Showing;
use crate::input::{Input, Item};
use crate::screen::Screen;
use crate::usage::WrongUsage;

/// A page that shows a run until this is dropped.
pub(crate) struct Ui {
    dashboard: Dashboard,
    easels: Vec<(Arc<str>, Easel)>,
    /// There once the run is.
    look: Arc<OnceLock<Look>>,
    subject: Subject,
}

impl Ui {
    /// Opens the page, if somebody asked for it, and says where it is.
    pub(crate) fn open(
        showing: &Showing,
        subject: Subject,
        screen: &Screen,
    ) -> Result<Option<Self>> {
        let Some(chosen) = showing.ui else {
            return Ok(None);
        };
        let mut settings = Settings {
            sources: subject.sources.clone(),
            ..Settings::default()
        };
        settings.listen = chosen.unwrap_or(settings.listen);
        let is_open = !settings.listen.ip().is_loopback();
        let given = showing
            .ui_token
            .as_ref()
            .map(|token| Token::new(token.reveal()));
        settings.token = match given {
            Some(token) => Some(token.map_err(|error| WrongUsage::from(error.to_string()))?),
            None if is_open && screen.is_quiet() => bail!(WrongUsage::from(
                "--ui at an address that others reach needs a token, which --quiet would not tell: choose one by CREEL_UI_TOKEN"
            )),
            None => is_open.then(Token::random),
        };
        let look = Arc::new(OnceLock::new());
        let begin = |settings| {
            let (look, title) = (Arc::clone(&look), subject.title.clone());
            Dashboard::start(settings, move || look::at(look.get(), &title))
        };
        let dashboard = match begin(settings.clone()) {
            // Another run has the usual port: any other will do, since it is told.
            Err(StartError::AddressInUse { .. }) if chosen.is_none() => {
                settings.listen = SocketAddr::new(settings.listen.ip(), 0);
                begin(settings)
            }
            started => started,
        };
        let dashboard = dashboard.context("the page cannot be shown")?;
        let url = match &showing.ui_token {
            // Whoever chose the token knows it.
            Some(_) => dashboard.url().split('?').next().unwrap_or_default(),
            None => dashboard.url(),
        };
        screen.say(&format!("page at {url}"));
        let easels = subject.sources.iter().enumerate();
        let easels = easels
            .filter_map(|(number, name)| Some((Arc::clone(name), dashboard.easel(number)?)))
            .collect();
        Ok(Some(Self {
            dashboard,
            easels,
            look,
            subject,
        }))
    }

    /// Sees what comes of items.
    pub(crate) fn eye(&self) -> Eye {
        Eye::new(self.easels.clone())
    }

    /// Shows the frames of an input as they are captured.
    pub(crate) fn tap(&self, number: usize, input: Input) -> impl Source<Item = Item> + 'static {
        let easel = self.easels.get(number).map(|(_, easel)| easel.clone());
        Tap::new(input, easel)
    }

    /// Writes the lives of items into the journal.
    pub(crate) fn observer(&self) -> impl Fn(&Life) + Send + Sync + 'static {
        let journal = self.dashboard.journal();
        let blocks = self.subject.blocks;
        move |life| {
            let mut life = look::life(life);
            // Of a call that was given up nobody tells whether it had suspended.
            life.suspended |= life.answered.is_none() && !blocks;
            journal.note(life);
        }
    }

    /// Shows where this run stands from here on, and what holds it up.
    pub(crate) fn look_at(
        &self,
        run: RunHandle,
        pool: &Arc<ThreadPool>,
        service: ResilientHandle,
        circumstances: &Circumstances,
    ) {
        let watch = Watch::new(service, circumstances.at_hand());
        let look = Look::new(run, Arc::downgrade(pool), self.subject.clone(), watch);
        // It is asked once.
        let _ = self.look.set(look);
    }
}
