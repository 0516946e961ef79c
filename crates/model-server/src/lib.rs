//! A small model server with real models, to try clients against.
