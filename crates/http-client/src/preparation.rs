//! Finding out, before a run, whether the server can be asked, and what it speaks.

mod inquiry;
mod open_inference;
mod openai;
mod tensorflow;

use std::sync::atomic::Ordering;

use creel_core::Context;
use creel_core::port::ServiceError;
use creel_protocols::Protocol;

use crate::HttpService;
use crate::error::ExchangeError;
use crate::forms::Forms;
use inquiry::Inquiry;

impl HttpService {
    /// Blocks until it is known that the server answers and, where the protocol can tell, that the model is
    /// there and ready; takes over what the model's metadata says about its input.
    ///
    /// A service that was built to [guess](crate::HttpServiceBuilder::guessing) learns here what the server speaks. A model
    /// that was not named is the server's only one, where the protocol can tell. Nothing is asked of the model itself.
    ///
    /// When nobody answers yet, the first call finds out in its turn.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] and [`ServiceError::TimedOut`] when nobody answers or the model is not ready yet;
    /// [`ServiceError::Failed`] when the server breaks on the question;
    /// [`ServiceError::Rejected`] when the server has no such model, with the models that it has if it tells, or
    /// does not speak the protocol.
    pub fn prepare(&self, context: &Context) -> Result<(), ServiceError> {
        match self.find(context) {
            Ok(_) => Ok(()),
            Err(error) => {
                if error.is_transient() {
                    self.is_pending.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }

    /// What is spoken with the server, asked of it unless that is known.
    pub(crate) fn find(&self, context: &Context) -> Result<&Forms, ServiceError> {
        if let Some(forms) = self.known.get() {
            return Ok(forms);
        }
        let inquiry = Inquiry {
            transport: &self.transport,
            context,
        };
        let given = self.given.forms.all();
        let forms = if self.given.is_guess {
            spoken(&inquiry, given)?
        } else {
            prepared(&inquiry, given)?
        };
        // Several calls may find out at the same time; they find the same.
        Ok(self.known.get_or_init(|| Forms::new(forms)))
    }
}

/// The forms of one protocol, with what the server tells about the model.
fn prepared(inquiry: &Inquiry<'_>, forms: &[Protocol]) -> Result<Vec<Protocol>, ServiceError> {
    match &forms[0] {
        Protocol::OpenInference(_) => open_inference::prepared(inquiry, forms),
        Protocol::TensorFlow(_) => tensorflow::prepared(inquiry, forms),
        Protocol::Chat(_) | Protocol::Embeddings(_) => openai::prepared(inquiry, forms),
        // Any reply shows that there is a server; these take nothing but a `POST`.
        _ => {
            inquiry.get("/")?;
            Ok(forms.to_vec())
        }
    }
}

/// Of the forms of several protocols those that the server speaks, prepared.
fn spoken(inquiry: &Inquiry<'_>, forms: &[Protocol]) -> Result<Vec<Protocol>, ServiceError> {
    type Kind = fn(&Protocol) -> bool;
    type Test = fn(&Inquiry<'_>, &Protocol) -> Result<bool, ServiceError>;
    // The surest signs first; a server that gives none of them may take what is posted to its URL.
    let kinds: [(Kind, Test); 5] = [
        (
            |form| matches!(form, Protocol::OpenInference(_)),
            open_inference::is_spoken,
        ),
        (
            |form| matches!(form, Protocol::Chat(_) | Protocol::Embeddings(_)),
            openai::is_spoken,
        ),
        (
            |form| matches!(form, Protocol::TensorFlow(_)),
            tensorflow::is_spoken,
        ),
        (
            |form| matches!(form, Protocol::Roboflow(_)),
            inquiry::is_roboflow,
        ),
        (
            |form| matches!(form, Protocol::Multipart(_) | Protocol::Raw(_)),
            |inquiry, _| inquiry.get("/").map(|_| true),
        ),
    ];
    for (is_of_kind, is_spoken) in kinds {
        let of_kind: Vec<_> = forms
            .iter()
            .filter(|form| is_of_kind(form))
            .cloned()
            .collect();
        if let Some(first) = of_kind.first()
            && is_spoken(inquiry, first)?
        {
            return prepared(inquiry, &of_kind);
        }
    }
    Err(ExchangeError::NothingSpoken {
        url: inquiry.transport.base_url(),
    }
    .into())
}
