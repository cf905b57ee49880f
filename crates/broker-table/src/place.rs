//! A caller's place in line as a row of the table.

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use broker_core::operation::Operation;
use broker_core::pace::{Claim, LedgerError, PlaceKey};

use crate::row::{self, Attributes, Key, number};
use crate::table::{Table, is_refusal};

/// How long DynamoDB keeps a place after its time, in seconds. It lapses long before: every reader compares the time.
const KEPT_SECS: u64 = 3_600;
/// How often a place is put. Once is enough, unless a row cannot be read or goes away before it is read.
const MOST_PUTS: usize = 3;

impl Table {
    pub(crate) async fn claim_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
        lapsed_ms: u64,
    ) -> Result<Claim, LedgerError> {
        let key = Key::place(operation, key);
        for _ in 0..MOST_PUTS {
            let Some(row) = self.put_where_free(&key, place_ms, lapsed_ms).await? else {
                return Ok(Claim::New);
            };
            match row::time_ms(&row, "at", place_ms) {
                Some(held_ms) if held_ms >= lapsed_ms => return Ok(Claim::Held(held_ms)),
                // Another request of the caller used the place before the row was read.
                Some(_) => {}
                None => self.discard(&key, &row).await?,
            }
        }
        // Other requests of the caller claim and use places at this moment, so one of them has the place.
        Ok(Claim::Held(place_ms))
    }

    /// Puts the place where the caller has none from `lapsed_ms` on. The row that was in the way, if one was.
    async fn put_where_free(
        &self,
        key: &Key,
        place_ms: u64,
        lapsed_ms: u64,
    ) -> Result<Option<Attributes>, LedgerError> {
        let request = self
            .put_place(key, place_ms)
            .condition_expression("attribute_not_exists(#at) OR #at < :lapsed")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":lapsed", number(lapsed_ms))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match Box::pin(request.send()).await {
            Ok(_) => Ok(None),
            Err(error) => match error.into_service_error() {
                PutItemError::ConditionalCheckFailedException(refusal) => {
                    self.row_or_read(key, refusal.item).await.map(Some)
                }
                error => Err(self.failed(&error)),
            },
        }
    }

    pub(crate) async fn move_to(
        &self,
        operation: Operation,
        key: PlaceKey,
        from_ms: u64,
        to_ms: u64,
    ) -> Result<(), LedgerError> {
        let request = self
            .put_place(&Key::place(operation, key), to_ms)
            .condition_expression("#at = :from")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":from", number(from_ms));
        match Box::pin(request.send()).await {
            Err(error) if !is_refusal(error.code()) => Err(self.failed(&error)),
            _ => Ok(()),
        }
    }

    pub(crate) async fn keep_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
    ) -> Result<(), LedgerError> {
        let put = Box::pin(self.put_place(&Key::place(operation, key), place_ms).send()).await;
        put.map_or_else(|error| Err(self.failed(&error)), |_| Ok(()))
    }

    pub(crate) async fn leave_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
    ) -> Result<bool, LedgerError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(Key::place(operation, key).attributes()))
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", number(place_ms));
        match Box::pin(request.send()).await {
            Ok(_) => Ok(true),
            Err(error) if is_refusal(error.code()) => Ok(false),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn put_place(&self, key: &Key, place_ms: u64) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(key.attributes()))
            .item("at", number(place_ms))
            .item("expires", number(place_ms / 1_000 + KEPT_SECS))
    }
}
