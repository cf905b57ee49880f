//! One suite for every ledger and for the rows of uploads: memory, and a table on each DynamoDB-compatible server that `LEDGER_SERVERS` names as
//! `NAME=URL`, separated by spaces. `tests/steps/ledger` starts dynalite and moto.

mod pace;
mod rows;
mod servers;
mod slots;
mod uploads;
