//! What a server of the OpenAI-compatible interface tells.

use creel_core::port::ServiceError;
use creel_protocols::Protocol;
use creel_protocols::openai::{MODELS, ModelList};

use super::inquiry::{Inquiry, read};

pub(super) fn is_spoken(inquiry: &Inquiry<'_>, form: &Protocol) -> Result<bool, ServiceError> {
    let list: Option<ModelList> = inquiry.told(&path(form))?;
    Ok(list.is_some())
}

/// The forms, with a model; a name that was given is left to the server, since many know more than they list.
pub(super) fn prepared(
    inquiry: &Inquiry<'_>,
    forms: &[Protocol],
) -> Result<Vec<Protocol>, ServiceError> {
    let mut forms = forms.to_vec();
    let listed = inquiry.get(&path(&forms[0]))?;
    inquiry.check(&listed)?;
    // A server that does not list its models may have one that needs no name.
    if forms[0].model().is_none()
        && listed.status().is_success()
        && let Some(list) = read::<ModelList>(&listed)
    {
        let model = inquiry.only_model(list.names().map(str::to_owned).collect())?;
        for form in &mut forms {
            form.set_model(&model);
        }
    }
    Ok(forms)
}

/// Where the models are listed.
fn path(form: &Protocol) -> String {
    let root = match form {
        Protocol::Chat(chat) => chat.root(),
        Protocol::Embeddings(embeddings) => embeddings.root(),
        _ => unreachable!("these forms have no list of models"),
    };
    format!("{root}{MODELS}")
}
