//! One rule a file; each returns the places that break it.

pub(crate) mod allows;
pub(crate) mod claims;
pub(crate) mod commands;
pub(crate) mod dependencies;
pub(crate) mod drafts;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod manifests;
pub(crate) mod outside;
pub(crate) mod printing;
pub(crate) mod state;
pub(crate) mod test_names;
pub(crate) mod unsafety;
pub(crate) mod waiting;
