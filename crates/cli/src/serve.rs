//! `creel serve`: the built-in model server.

use std::io::{self, Write};

use anyhow::Result;
use creel_model_server::{ModelServer, Settings};

use crate::arguments::Serve;
use crate::ending::Ending;
use crate::interrupt::Interrupt;
use crate::screen::Screen;

/// Serves until it is interrupted.
pub(crate) fn run(arguments: &Serve, screen: &Screen, interrupt: &Interrupt) -> Result<Ending> {
    let mut settings = Settings {
        listen: arguments.listen,
        ..Settings::default()
    };
    if let Some(workers) = arguments.workers {
        settings.workers = workers.get();
    }
    let server = ModelServer::start(settings)?;
    // A script reads where to ask; whoever closed the pipe does not want to know.
    let _ = writeln!(
        io::stdout().lock(),
        "serving iris, lang and qr at {}",
        server.url()
    );
    screen.say("GET / is a guide; Ctrl-C stops the server");
    interrupt.wait();
    screen.say("stopping: finishing what is in flight (once more stops at once)");
    let stats = server.stats();
    server.stop();
    screen.say(&format!(
        "received {} requests for inference, {} with an id, about {} rows; answered {}",
        stats.received, stats.identified, stats.rows, stats.answered
    ));
    Ok(Ending::Interrupted)
}
