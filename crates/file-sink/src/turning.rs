//! A file that is closed and begun again, as often as its rotation says.

use std::io;
use std::time::Instant;

use crate::OpenError;
use crate::compression;
use crate::keeper::{Keeper, Tend};
use crate::parts::Parts;
use crate::rotation::{Rotation, ago};
use crate::tending;

/// When a file is closed, and who looks after what was.
#[derive(Debug)]
pub(crate) struct Turning {
    rotation: Rotation,
    /// The number of the last part; 0 before the first.
    last: u64,
    /// Whether the name of the list of parts is durable.
    is_list_durable: bool,
    /// When the first record of the file was written.
    since: Option<Instant>,
    keeper: Keeper,
}

impl Turning {
    /// Takes away what a crash has left of the parts, and begins to look after them.
    pub(crate) fn begin(parts: &Parts, rotation: Rotation) -> Result<Self, OpenError> {
        Self::begin_with(parts, rotation, Keeper::start)
    }

    pub(crate) fn begin_with(
        parts: &Parts,
        rotation: Rotation,
        keeper: impl FnOnce(Tend) -> io::Result<Keeper>,
    ) -> Result<Self, OpenError> {
        let path = parts.folder().path_of(parts.live());
        if rotation.compress && !compression::IS_THERE {
            return Err(OpenError::NoCompression { path });
        }
        let failed = |source| OpenError::new(&path, source);
        tending::tidy(parts).map_err(failed)?;
        parts.forget_gone().map_err(failed)?;
        let last = parts.given().map_err(failed)?.pop_last();
        let tended = parts.clone();
        let keeper = keeper(Box::new(move |is_leaving| {
            tending::tend(&tended, &rotation, is_leaving);
        }));
        Ok(Self {
            rotation,
            last: last.unwrap_or(0),
            is_list_durable: false,
            since: Some(ago(parts.folder().age(parts.live()))),
            keeper: keeper.map_err(failed)?,
        })
    }

    /// Whether a file of this length is full when so many bytes are to come.
    pub(crate) fn is_due(&self, length: u64, more: u64) -> bool {
        let now = Instant::now();
        self.rotation.is_due(length, more, self.since, now)
    }

    /// Gives the file the name of a part, which it is on the list before it has it.
    pub(crate) fn close(&mut self, parts: &Parts) -> io::Result<()> {
        let number = parts.free_behind(self.last)?;
        parts.give(number)?;
        if !self.is_list_durable {
            parts.folder().sync()?;
            self.is_list_durable = true;
        }
        parts.folder().rename(parts.live(), &parts.plain(number))?;
        self.last = number;
        Ok(())
    }

    /// A file has its first record.
    pub(crate) fn begun(&mut self) {
        self.since = Some(Instant::now());
    }

    /// There is a part to be looked after.
    pub(crate) fn rouse(&mut self) {
        self.keeper.rouse();
    }
}
