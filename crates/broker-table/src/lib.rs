//! The table that all instances share, on Amazon DynamoDB.
//!
//! Keys are `pk` and `sk`, both strings. Rows of the pace hold keyed hashes and times, rows of users are
//! sealed, and rows of started uploads hold ids and ARNs too. No row holds a name, a token or a URL.
//!
//! Every call is boxed: the SDK's futures are several kilobytes, and every future that contains them would copy them.

mod due;
mod ledger;
mod line;
mod place;
mod row;
mod table;
mod uploads;
mod value;

pub use crate::due::DueCursor;
pub use crate::table::{ANSWER_WITHIN, StartError, Table, TableFault};
