//! What a person who opens the server's address sees.

use axum::extract::State;

use crate::Inference;

pub(super) async fn guide(State(inference): State<Inference>) -> String {
    let mut guide = String::from(
        "A Creel model server.\n\n\
         GET  /v2/models                  the models\n\
         GET  /v2/models/MODEL            what a model takes and gives\n\
         POST /v2/models/MODEL/infer      ask it by the Open Inference Protocol (JSON, binary)\n\
         POST /v1/models/MODEL:predict    ask it as TensorFlow Serving is asked\n\
         POST /predict/MODEL              ask it with a plain body, or a file in a form\n\n\
         Models, and the plain bodies they take:\n",
    );
    let catalogue = inference.catalogue();
    for name in catalogue.names() {
        let media = catalogue
            .get(name)
            .map(|model| model.metadata().plain_media().join(", "))
            .filter(|media| !media.is_empty())
            .unwrap_or_else(|| "none".to_owned());
        guide.push_str(&format!("  {name}: {media}\n"));
    }
    guide
}
