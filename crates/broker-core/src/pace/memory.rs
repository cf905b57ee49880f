//! The ledger of one process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::ledger::{Claim, Ledger, LedgerError, Line, Moment, PlaceKey};
use crate::operation::Operation;

/// From this many places on, those that lapsed are cleared away.
const TIDY_FROM: usize = 1_000;

/// A ledger in memory. It always answers.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    lines: HashMap<Operation, Line>,
    places: HashMap<(Operation, PlaceKey), u64>,
}

impl Line {
    /// Takes the slot at the end of the line, or the first of a full bucket.
    fn take_slot(&mut self, at: Moment) -> u64 {
        let slot_ms = self.next_ms.max(at.full_ms());
        self.next_ms = slot_ms + at.interval_ms();
        slot_ms
    }

    /// Counts a call as sent.
    fn spend(&mut self, at: Moment) {
        self.used_ms = self.used_ms.max(at.full_ms()) + at.interval_ms();
    }
}

impl MemoryLedger {
    fn change<T>(&self, change: impl FnOnce(&mut Rows) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_line<T>(&self, at: Moment, change: impl FnOnce(&mut Line) -> T) -> (T, Line) {
        self.change(|rows| {
            let line = rows.lines.entry(at.operation).or_default();
            (change(line), *line)
        })
    }
}

impl Ledger for MemoryLedger {
    async fn take(&self, at: Moment, patience_ms: u64, _: Line) -> Result<(Option<u64>, Line), LedgerError> {
        Ok(self.change_line(at, |line| {
            if line.next_ms > at.now_ms + patience_ms {
                return None;
            }
            let slot_ms = line.take_slot(at);
            line.used_ms = if slot_ms == at.full_ms() {
                line.next_ms
            } else {
                line.used_ms + at.interval_ms()
            };
            Some(slot_ms)
        }))
    }

    async fn reserve(&self, at: Moment, _: Line) -> Result<(u64, Line), LedgerError> {
        Ok(self.change_line(at, |line| line.take_slot(at)))
    }

    async fn take_spare(&self, at: Moment, _: Line) -> Result<(bool, Line), LedgerError> {
        Ok(self.change_line(at, |line| {
            let is_spare = line.has_a_spare_slot(at);
            if is_spare {
                line.spend(at);
            }
            is_spare
        }))
    }

    async fn spend(&self, at: Moment, _: Line) -> Result<(), LedgerError> {
        self.change_line(at, |line| line.spend(at));
        Ok(())
    }

    async fn lengthen(&self, at: Moment) -> Result<(), LedgerError> {
        self.change_line(at, |line| {
            if line.next_ms > 0 {
                line.next_ms += at.interval_ms();
                line.used_ms += at.interval_ms();
            }
        });
        Ok(())
    }

    async fn correct(&self, at: Moment, _: Line) -> Result<(), LedgerError> {
        self.change_line(at, |line| {
            if line.next_ms == 0 {
                // Nothing was called yet, so there is nothing to put right.
            } else if line.used_ms <= at.now_ms + at.interval_ms() {
                line.next_ms += at.interval_ms();
                line.used_ms = at.now_ms;
            } else {
                line.used_ms -= at.interval_ms();
            }
        });
        Ok(())
    }

    async fn claim(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
        lapsed_ms: u64,
    ) -> Result<Claim, LedgerError> {
        Ok(self.change(|rows| {
            if rows.places.len() >= TIDY_FROM {
                rows.places.retain(|_, place| *place >= lapsed_ms);
            }
            let place = rows.places.entry((operation, key)).or_default();
            if *place >= lapsed_ms && *place > 0 {
                return Claim::Held(*place);
            }
            *place = place_ms;
            Claim::New
        }))
    }

    async fn move_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        from_ms: u64,
        to_ms: u64,
    ) -> Result<(), LedgerError> {
        self.change(|rows| {
            let place = rows.places.get_mut(&(operation, key));
            if let Some(place) = place.filter(|place| **place == from_ms) {
                *place = to_ms;
            }
        });
        Ok(())
    }

    async fn keep(&self, operation: Operation, key: PlaceKey, place_ms: u64) -> Result<(), LedgerError> {
        self.change(|rows| rows.places.insert((operation, key), place_ms));
        Ok(())
    }

    async fn leave(&self, operation: Operation, key: PlaceKey, place_ms: u64) -> Result<bool, LedgerError> {
        Ok(self.change(|rows| {
            let key = (operation, key);
            let is_still_there = rows.places.get(&key) == Some(&place_ms);
            if is_still_there {
                rows.places.remove(&key);
            }
            is_still_there
        }))
    }
}

#[cfg(test)]
impl MemoryLedger {
    /// How many places it holds.
    pub(super) fn places(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).places.len()
    }
}
