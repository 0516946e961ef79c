//! The protocols that may be spoken, with what was said about them.

use anyhow::{Result, bail};
use creel_http_client::{HttpService, HttpServiceBuilder};
use creel_protocols::oip::Datatype;
use creel_protocols::openai::{Chat, Embeddings};
use creel_protocols::{Multipart, OpenInference, Protocol, Raw, Roboflow, TensorFlow, TensorForm};
use serde_json::{Map, Value};

use crate::arguments::{Speaking, Speech, Tensors};
use crate::usage::WrongUsage;

/// Starts to build what asks the server at `url`, in the protocol that was chosen or in whichever it speaks.
///
/// # Errors
/// [`WrongUsage`] when something was said that the protocol knows nothing of.
pub(crate) fn builder(
    speaking: &Speaking,
    speech: Speech,
    model: Option<&str>,
    url: &str,
) -> Result<HttpServiceBuilder> {
    check(speaking, speech, model)?;
    let forms = Forms {
        speaking,
        model: model.unwrap_or_default(),
        url,
    };
    let protocols = match speech {
        Speech::Auto => forms.all(),
        Speech::Oip => forms.open_inference(),
        Speech::Openai => vec![forms.openai()],
        Speech::Tf => vec![forms.tensorflow().into()],
        Speech::Multipart => vec![forms.multipart("file")],
        Speech::Raw => vec![Raw.into()],
        Speech::Roboflow => vec![forms.roboflow().into()],
    };
    let mut protocols = protocols.into_iter();
    let first = protocols.next().expect("each choice is of some protocol");
    let builder = protocols.fold(HttpService::builder(url, first), HttpServiceBuilder::or);
    Ok(match speech {
        Speech::Auto => builder.guessing(),
        _ => builder,
    })
}

fn check(speaking: &Speaking, speech: Speech, model: Option<&str>) -> Result<()> {
    let task = speaking.task.as_deref();
    let may_chat = matches!(speech, Speech::Auto | Speech::Openai) && task != Some("embeddings");
    if !may_chat && is_said_in_chat(speaking) {
        bail!(WrongUsage::from(
            "--system, --prompt and --stream are for a chat: --protocol openai"
        ));
    }
    match (speech, model) {
        (Speech::Oip | Speech::Tf | Speech::Roboflow, None) => bail!(WrongUsage::from(
            "--model is needed with --server: a server may have several"
        )),
        (Speech::Raw | Speech::Multipart, Some(_)) => bail!(WrongUsage::from(
            "--model says nothing with --protocol raw and multipart: the URL of --server is the model's own"
        )),
        _ => {}
    }
    match (speech, task) {
        (_, None) | (Speech::Auto | Speech::Roboflow, _) => Ok(()),
        (Speech::Openai, Some("chat" | "embeddings")) => Ok(()),
        (Speech::Openai, _) => bail!(WrongUsage::from(
            "--task is chat or embeddings with --protocol openai"
        )),
        _ => bail!(WrongUsage::from(
            "--task is for --protocol openai and roboflow; other protocols ask a model for what it does"
        )),
    }
}

/// Whether something was said that only a chat can hear.
fn is_said_in_chat(speaking: &Speaking) -> bool {
    speaking.system.is_some() || speaking.prompt.is_some() || speaking.stream
}

/// Whether what was said can be meant for OpenAI's interface.
pub(crate) fn may_be_openai(speaking: &Speaking) -> bool {
    matches!(speaking.task.as_deref(), None | Some("chat" | "embeddings"))
}

/// Makes the forms of each protocol.
struct Forms<'a> {
    speaking: &'a Speaking,
    /// Empty where none was named.
    model: &'a str,
    url: &'a str,
}

impl Forms<'_> {
    /// The forms of every protocol that what was said can be meant for.
    fn all(&self) -> Vec<Protocol> {
        match self.speaking.task.as_deref() {
            Some("chat" | "embeddings") => return vec![self.openai()],
            Some(_) => return vec![self.roboflow().into()],
            None if is_said_in_chat(self.speaking) => return vec![self.openai()],
            None => {}
        }
        let mut forms = self.open_inference();
        forms.extend([
            self.openai(),
            self.tensorflow().into(),
            self.roboflow().into(),
        ]);
        // A model that has a name is not the one that the URL is of.
        if self.model.is_empty() {
            forms.extend([Raw.into(), self.multipart("file"), self.multipart("image")]);
        }
        forms
    }

    fn parameters(&self) -> Map<String, Value> {
        self.speaking.parameters.iter().cloned().collect()
    }

    /// Binary tensors before JSON, and a picture as one string before its bytes as numbers.
    fn open_inference(&self) -> Vec<Protocol> {
        let mut protocol = OpenInference::new(self.model).with_parameters(self.parameters());
        if let Some(name) = &self.speaking.input_name {
            protocol = protocol.with_input(name);
        }
        if let Some(datatype) = self.speaking.datatype {
            protocol = protocol.with_datatype(datatype);
        }
        let tensors: &[TensorForm] = match self.speaking.tensors {
            Tensors::Auto => &[TensorForm::Binary, TensorForm::Json],
            Tensors::Json => &[TensorForm::Json],
            Tensors::Binary => &[TensorForm::Binary],
        };
        let forms = [Datatype::Bytes, Datatype::Uint8]
            .into_iter()
            .flat_map(|datatype| {
                let protocol = protocol.clone().with_picture_datatype(datatype);
                tensors
                    .iter()
                    .map(move |&form| protocol.clone().with_form(form).into())
            });
        forms.collect()
    }

    fn openai(&self) -> Protocol {
        let root = root(self.url);
        if self.speaking.task.as_deref() == Some("embeddings") {
            return Embeddings::new(self.model)
                .with_root(root)
                .with_parameters(self.parameters())
                .into();
        }
        let mut chat = Chat::new(self.model)
            .with_root(root)
            .with_parameters(self.parameters());
        if let Some(text) = &self.speaking.system {
            chat = chat.with_system(text);
        }
        if let Some(text) = &self.speaking.prompt {
            chat = chat.with_prompt(text);
        }
        if self.speaking.stream {
            chat = chat.streaming();
        }
        chat.into()
    }

    fn tensorflow(&self) -> TensorFlow {
        let mut protocol = TensorFlow::new(self.model).with_parameters(self.parameters());
        if let Some(name) = &self.speaking.input_name {
            protocol = protocol.with_input(name);
        }
        if let Some(datatype) = self.speaking.datatype {
            protocol = protocol.with_datatype(datatype);
        }
        protocol
    }

    /// A form whose file is in the field that was named, else in this one.
    fn multipart(&self, field: &str) -> Protocol {
        let field = self.speaking.input_name.as_deref().unwrap_or(field);
        Multipart::new()
            .with_field(field)
            .with_parameters(self.parameters())
            .into()
    }

    fn roboflow(&self) -> Roboflow {
        let mut protocol = Roboflow::new(self.model).with_parameters(self.parameters());
        if let Some(task) = &self.speaking.task {
            protocol = protocol.with_task(task);
        }
        if let Some(key) = &self.speaking.roboflow_key {
            protocol = protocol.with_api_key(key.clone());
        }
        protocol
    }
}

/// Where OpenAI's paths begin below a URL: at `/v1`, unless the URL has a path, which has it then.
fn root(url: &str) -> &'static str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() { "/v1" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_url_with_a_path_says_where_the_paths_begin() {
        for (url, expected) in [
            ("http://a:8000", "/v1"),
            ("http://a:8000/", "/v1"),
            ("http://a/?key=b/c", "/v1"),
            ("http://a:8000/v1", ""),
            ("https://a/v1beta/openai/", ""),
        ] {
            assert_eq!(root(url), expected, "{url}");
        }
    }
}
