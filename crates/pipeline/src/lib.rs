//! Frames and items through a pool to a service and on to sinks, with a ledger that always adds up.
