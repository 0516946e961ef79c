//! The models that a server has, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Model;

/// The models that a server has, each name once.
#[derive(Clone, Default)]
pub struct Catalogue {
    models: BTreeMap<String, Arc<dyn Model>>,
}

impl Catalogue {
    /// A catalogue without models; [`Catalogue::built_in`] has some.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same catalogue with one more model; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, model: impl Model) -> Self {
        let name = model.metadata().name().to_owned();
        self.models.insert(name, Arc::new(model));
        self
    }

    /// The names of the models, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<dyn Model>> {
        self.models.get(name)
    }
}
