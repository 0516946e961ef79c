//! Answers that are shown word by word, one after the other.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use creel_http_client::Spoken;

use crate::screen::Screen;

/// Shows answers as they come; of several that come at the same time one is live, and the others follow, each whole.
pub(crate) struct Words {
    screen: Screen,
    said: Mutex<Said>,
}

/// The answers that are not shown to their end, in the order in which they began; the first is live.
#[derive(Default)]
struct Said(VecDeque<Answer>);

struct Answer {
    id: String,
    /// What is not shown.
    text: String,
    has_ended: bool,
}

impl Words {
    pub(crate) fn on(screen: &Screen) -> Self {
        Self {
            screen: screen.clone(),
            said: Mutex::default(),
        }
    }

    /// One step of the answer to a request.
    pub(crate) fn hear(&self, id: &str, step: Spoken<'_>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        // Shown under the lock, so that answers stay apart.
        self.screen.words(&said.hear(id, step));
    }
}

impl Said {
    /// Takes a step, and gives what can be shown.
    fn hear(&mut self, id: &str, step: Spoken<'_>) -> String {
        let answers = &mut self.0;
        match (step, answers.iter_mut().find(|answer| answer.id == id)) {
            (Spoken::Text(text), Some(answer)) => answer.text += text,
            (Spoken::Ended, Some(answer)) => {
                answer.text += "\n";
                answer.has_ended = true;
            }
            _ => answers.push_back(Answer {
                id: id.to_owned(),
                text: String::new(),
                has_ended: false,
            }),
        }
        let mut shown = String::new();
        while let Some(live) = answers.front_mut() {
            shown += &std::mem::take(&mut live.text);
            if !live.has_ended {
                break;
            }
            answers.pop_front();
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_come_at_the_same_time_are_shown_one_after_the_other() {
        let mut said = Said::default();
        let steps = [
            ("a", Spoken::Begun, ""),
            ("a", Spoken::Text("One"), "One"),
            ("b", Spoken::Begun, ""),
            ("b", Spoken::Text("Two"), ""),
            ("c", Spoken::Begun, ""),
            ("c", Spoken::Text("Three"), ""),
            ("c", Spoken::Ended, ""),
            ("a", Spoken::Text(" more"), " more"),
            ("a", Spoken::Ended, "\nTwo"),
            ("b", Spoken::Text(" more"), " more"),
            ("b", Spoken::Ended, "\nThree\n"),
        ];
        for (id, step, shown) in steps {
            assert_eq!(said.hear(id, step), shown, "{id} {step:?}");
        }
        assert!(said.0.is_empty());
    }
}
