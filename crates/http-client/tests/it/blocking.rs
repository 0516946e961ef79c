//! Calls that block.

#[path = "answers.rs"]
mod answers;
#[path = "asking.rs"]
mod asking;
#[path = "certificates.rs"]
mod certificates;
#[path = "compression.rs"]
mod compression;
#[path = "connections.rs"]
mod connections;
#[path = "contract.rs"]
mod contract;
#[path = "failures.rs"]
mod failures;
#[path = "forms.rs"]
mod forms;
#[path = "forwarding.rs"]
mod forwarding;
#[path = "guessing.rs"]
mod guessing;
#[path = "limits.rs"]
mod limits;
#[path = "preparation.rs"]
mod preparation;
#[path = "proxies.rs"]
mod proxies;
#[path = "secrets.rs"]
mod secrets;
#[path = "streaming.rs"]
mod streaming;

use creel_http_client::HttpServiceBuilder;

fn style(builder: HttpServiceBuilder) -> HttpServiceBuilder {
    builder
}
