//! The `creel` program.

mod advice;
mod arguments;
mod batch;
mod bearing;
mod beside;
mod cameras;
mod disk;
mod display;
mod done;
mod dry_run;
mod efforts;
mod ending;
mod grouped;
mod input;
mod interrupt;
mod job;
mod leaves;
mod log;
mod missed;
mod model;
mod places;
mod reach;
mod reasons;
mod record;
mod rejects;
mod replace;
mod report;
mod results;
mod run;
mod run_id;
mod screen;
mod serve;
mod shelf;
mod speech;
mod spool;
mod status;
mod table;
mod trace;
mod ui;
mod usage;
#[cfg(feature = "view")]
mod view;
mod watch;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use arguments::{Arguments, Command};
use ending::Ending;
use interrupt::Interrupt;
use screen::Screen;
use usage::WrongUsage;

fn main() -> ExitCode {
    // Wrong usage that clap sees ends here with 2, and help with 0.
    let arguments = Arguments::parse();
    let screen = Screen::new(arguments.talk.quiet);
    log::start(arguments.talk, &screen);
    match run(&arguments.command, &screen) {
        Ok(ending) => ending.into(),
        Err(error) => {
            screen.error(format_args!("{error:#}"));
            if error.is::<WrongUsage>() {
                ExitCode::from(ending::WRONG_USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(command: &Command, screen: &Screen) -> Result<Ending> {
    let interrupt = Interrupt::catch(screen)?;
    match command {
        Command::Watch(arguments) => watch::run(arguments, screen, &interrupt),
        Command::Batch(arguments) => batch::run(arguments, screen, &interrupt),
        Command::Serve(arguments) => serve::run(arguments, screen, &interrupt),
        Command::Cameras(arguments) => cameras::run(arguments),
    }
}
