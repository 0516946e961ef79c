//! The threads that drive a flow.
//!
//! | thread | waits for | does |
//! |---|---|---|
//! | one capture thread for each source | its source; room, if the policy holds it | hands items on |
//! | the submission thread | an item, and room in the window | makes a task of it, for the executor |
//! | the executor's own | | prepare, call the service, make the record; encode what is costly for the spool |
//! | the sink thread | the record whose turn it is | writes it to every sink that the run waits for, hands it to the others, flushes at the end |
//! | one thread for each sink that the run goes on without | a record in its queue | writes it, flushes at the end |
//! | the spool thread, if there is a spool | an item for it, room in the buffer, records that became durable | appends, reads back, removes |
//!
//! They share one [`Run`](run::Run), and wait on its condition variables: a frame, a completion and a stop are
//! events, and nobody wakes up to look whether there was one.

pub(crate) mod capture;
pub(crate) mod control;
pub(crate) mod observing;
pub(crate) mod run;
pub(crate) mod siding;
pub(crate) mod spooling;
pub(crate) mod submission;
pub(crate) mod writing;
