//! What goes out: answers, problems, and the headers that browsers ask for.

pub mod cors;
pub mod problem;
pub mod response;
