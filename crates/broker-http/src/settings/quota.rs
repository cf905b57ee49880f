//! The quotas that AWS raised for the account: `[quota]`.

use broker_core::operation::{Operation, Quota, Quotas};

use super::item::{Item, Section};

/// The largest rate and burst. At more than a thousand requests a second one row of the table could not keep up.
const MOST: u64 = 1_000;

/// Reads a quota for each operation that is named; the others keep their defaults.
pub(super) fn read(item: &Item<'_>) -> Option<Quotas> {
    item.table(|section| {
        let read = Operation::PACED.map(|operation| {
            let quota = section.or(&operation.snake_case_name(), operation.quota(), read_quota);
            Some((operation, quota?))
        });
        let read: Option<Vec<_>> = read.into_iter().collect();
        read.map(Quotas::raised)
    })
}

fn read_quota(item: &Item<'_>) -> Option<Quota> {
    let number = |section: &mut Section<'_>, member| {
        let number = section.required(member, |item| item.number(1..=MOST))?;
        u32::try_from(number).ok()
    };
    item.table(|section| {
        let (rate, burst) = (number(section, "rate"), number(section, "burst"));
        Some(Quota {
            rate: rate?,
            burst: burst?,
        })
    })
}
