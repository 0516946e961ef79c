//! Results onto disk as JSON lines, as a Creel sink.
