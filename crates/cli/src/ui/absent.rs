//! A program that was built without the page.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::{Result, bail};
use creel_pipeline::{Life, Outcome, Passage, ResilientHandle, RunHandle};
use creel_protocols::Answer;
use creel_runtime::ThreadPool;

use super::Subject;
use crate::advice::Circumstances;
use crate::arguments::Showing;
use crate::input::{Input, Item};
use crate::screen::Screen;
use crate::usage::WrongUsage;

/// There is none.
#[derive(Clone, Copy)]
pub(crate) struct Ui(Infallible);

/// There is none.
#[derive(Clone, Copy)]
pub(crate) struct Eye(Infallible);

impl Ui {
    /// Refuses to open a page that somebody asked for.
    pub(crate) fn open(showing: &Showing, _: Subject, _: &Screen) -> Result<Option<Self>> {
        if showing.ui.is_some() {
            bail!(WrongUsage::from(
                "--ui: this program was built without the page, which the cargo feature `ui` brings"
            ));
        }
        Ok(None)
    }

    pub(crate) fn eye(&self) -> Eye {
        match self.0 {}
    }

    pub(crate) fn tap(&self, _: usize, _: Input) -> Input {
        match self.0 {}
    }

    pub(crate) fn observer(&self) -> fn(&Life) {
        match self.0 {}
    }

    pub(crate) fn look_at(
        &self,
        _: RunHandle,
        _: &Arc<ThreadPool>,
        _: ResilientHandle,
        _: &Circumstances,
    ) {
        match self.0 {}
    }
}

impl Eye {
    pub(crate) fn see(&self, _: &Item, _: &Outcome<Answer>, _: &Passage) {
        match self.0 {}
    }
}
