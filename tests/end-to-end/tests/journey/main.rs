//! A file's way through gateway, broker, Connect and store, and everything that must stop it.

mod event_files;
mod foreign_events;
mod gateways;
mod logs;
mod names;
mod origins;
mod refusals;
mod shared_table;
mod store;
mod uploads;
