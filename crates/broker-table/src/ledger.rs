//! The port of the pace's ledger, answered by the table.

use broker_core::operation::Operation;
use broker_core::pace::{Claim, Ledger, LedgerError, Line, Moment, PlaceKey};

use crate::table::Table;

impl Ledger for Table {
    async fn take(
        &self,
        at: Moment,
        patience_ms: u64,
        seen: Line,
    ) -> Result<(Option<u64>, Line), LedgerError> {
        self.take_slot(at, patience_ms, seen).await
    }

    async fn reserve(&self, at: Moment, seen: Line) -> Result<(u64, Line), LedgerError> {
        self.reserve_slot(at, seen).await
    }

    async fn take_spare(&self, at: Moment, seen: Line) -> Result<(bool, Line), LedgerError> {
        self.take_spare_slot(at, seen).await
    }

    async fn spend(&self, at: Moment, seen: Line) -> Result<(), LedgerError> {
        self.spend_slot(at, seen).await
    }

    async fn lengthen(&self, at: Moment) -> Result<(), LedgerError> {
        self.lengthen_line(at).await
    }

    async fn correct(&self, at: Moment, seen: Line) -> Result<(), LedgerError> {
        self.correct_line(at, seen).await
    }

    async fn claim(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
        lapsed_ms: u64,
    ) -> Result<Claim, LedgerError> {
        self.claim_place(operation, key, place_ms, lapsed_ms).await
    }

    async fn move_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        from_ms: u64,
        to_ms: u64,
    ) -> Result<(), LedgerError> {
        self.move_to(operation, key, from_ms, to_ms).await
    }

    async fn keep(&self, operation: Operation, key: PlaceKey, place_ms: u64) -> Result<(), LedgerError> {
        self.keep_place(operation, key, place_ms).await
    }

    async fn leave(&self, operation: Operation, key: PlaceKey, place_ms: u64) -> Result<bool, LedgerError> {
        self.leave_place(operation, key, place_ms).await
    }
}
