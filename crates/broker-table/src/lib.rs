//! The table that all instances share, on Amazon DynamoDB.
//!
//! Keys are `pk` and `sk`, both strings. Rows hold keyed hashes, times and sealed values: no
//! names, no tokens, no URLs, no ARNs.

mod ledger;
mod line;
mod place;
mod row;
mod table;
mod value;

pub use crate::table::{ANSWER_WITHIN, StartError, Table, TableFault};
