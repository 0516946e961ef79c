//! A model that works only when it is let.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};

use creel_model_server::{Catalogue, Metadata, Model, ModelError, ModelServer, Settings};
use creel_protocols::oip::{Datatype, Tensor};

/// The model `gate`, which gives its text back once it is open; `panic` and `fail` as the text do that instead.
pub(crate) struct Gate {
    metadata: Metadata,
    begun: Mutex<Sender<()>>,
    is_open: Arc<(Mutex<bool>, Condvar)>,
}

/// Whoever opens the gate, and hears who is before it.
pub(crate) struct Keeper {
    pub(crate) begins: Receiver<()>,
    is_open: Arc<(Mutex<bool>, Condvar)>,
}

pub(crate) fn gate() -> (Catalogue, Keeper) {
    let (begun, begins) = mpsc::channel();
    let is_open = Arc::new((Mutex::new(false), Condvar::new()));
    let metadata = Metadata::new("gate", "test")
        .input("text", Datatype::Bytes, [-1])
        .output("text", Datatype::Bytes, [-1])
        .media("text/plain");
    let gate = Gate {
        metadata,
        begun: Mutex::new(begun),
        is_open: Arc::clone(&is_open),
    };
    (Catalogue::new().with(gate), Keeper { begins, is_open })
}

/// Serves the gate; the keeper comes last, so that a test that fails drops it first and the server can stop.
pub(crate) fn serve(settings: Settings) -> (ModelServer, Keeper) {
    let (catalogue, keeper) = gate();
    let server = ModelServer::start_with(catalogue, settings).unwrap();
    (server, keeper)
}

impl Keeper {
    pub(crate) fn open(&self) {
        let (is_open, opened) = &*self.is_open;
        *is_open.lock().unwrap() = true;
        opened.notify_all();
    }
}

/// A test that fails leaves nobody before the gate.
impl Drop for Keeper {
    fn drop(&mut self) {
        self.open();
    }
}

impl Model for Gate {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        // A test that does not listen is of no concern here.
        _ = self.begun.lock().unwrap().send(());
        let (is_open, opened) = &*self.is_open;
        drop(
            opened
                .wait_while(is_open.lock().unwrap(), |is_open| !*is_open)
                .unwrap(),
        );
        match inputs[0].data().as_bytes().unwrap()[0].as_ref() {
            b"panic" => panic!("the gate fell"),
            b"fail" => Err(ModelError::failed("the gate is stuck")),
            _ => Ok(vec![inputs[0].clone()]),
        }
    }
}
