//! Values that all instances share, as rows of the table.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use broker_core::ports::SharedValues;

use crate::row::{Key, number};
use crate::table::Table;

impl SharedValues for Table {
    async fn shared_value(&self, key: [u8; 16]) -> Option<Vec<u8>> {
        let row = self.read(&Key::value(key)).await.ok()??;
        let AttributeValue::B(value) = row.get("value")? else {
            return None;
        };
        Some(value.as_ref().to_vec())
    }

    async fn share_value(&self, key: [u8; 16], value: Vec<u8>, until: SystemTime) {
        let until = until.duration_since(SystemTime::UNIX_EPOCH);
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(Key::value(key).attributes()))
            .item("value", AttributeValue::B(Blob::new(value)))
            .item("expires", number(until.as_ref().map_or(0, Duration::as_secs)));
        if let Err(error) = Box::pin(put.send()).await {
            self.failed(&error);
        }
    }
}
