//! The HTTP contract, event by event.
