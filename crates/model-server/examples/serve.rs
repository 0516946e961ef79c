//! Serves a model of one's own beside those that come with the server, until Enter is pressed.

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::io;
use std::net::SocketAddr;

use creel_model_server::{Catalogue, Metadata, Model, ModelError, ModelServer, Settings};
use creel_protocols::oip::{Datatype, Tensor, TensorData};

/// Counts the words of texts.
struct Words(Metadata);

impl Words {
    fn new() -> Self {
        let metadata = Metadata::new("words", "split at white space")
            .input("text", Datatype::Bytes, [-1])
            .output("count", Datatype::Int64, [-1])
            .media("text/plain");
        Self(metadata)
    }
}

impl Model for Words {
    fn metadata(&self) -> &Metadata {
        &self.0
    }

    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let texts = inputs[0].data().as_bytes().unwrap_or_default();
        let counts = texts
            .iter()
            .map(|text| Ok(std::str::from_utf8(text)?.split_whitespace().count() as i64))
            .collect::<Result<_, std::str::Utf8Error>>()
            .map_err(ModelError::rejected)?;
        Ok(vec![Tensor::vector("count", TensorData::Int64(counts))])
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..Settings::default()
    };
    let server = ModelServer::start_with(Catalogue::built_in()?.with(Words::new()), settings)?;
    println!("Serving models. Try:\n");
    println!("  curl {}/v2/models", server.url());
    println!(
        "  curl -H 'Content-Type: text/plain' -d 'how many words' {}/predict/words",
        server.url()
    );
    println!("\nPress Enter to stop.");
    io::stdin().read_line(&mut String::new())?;
    println!("{:?}", server.stats());
    server.stop();
    Ok(())
}
