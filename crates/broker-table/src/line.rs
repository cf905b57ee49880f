//! The line of each operation as a row of the table.
//!
//! DynamoDB has no maximum, so a change that needs one has two forms: for a line that has run dry, and for one that has
//! not. The form that fits the row as last seen goes first.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use broker_core::pace::{LedgerError, Line, Moment};

use crate::row::{self, Attributes, Key, number};
use crate::table::Table;

/// How often a change is tried in another form. Two are enough, unless others change the row in between.
const MOST_FORMS: usize = 4;
/// A conditional change of a line's row.
struct Change {
    set: &'static str,
    only_if: &'static str,
    /// What the texts above call `:name`.
    numbers: Vec<(&'static str, u64)>,
}

impl Change {
    fn new<const N: usize>(
        set: &'static str,
        only_if: &'static str,
        numbers: [(&'static str, u64); N],
    ) -> Self {
        Self {
            set,
            only_if,
            numbers: numbers.into(),
        }
    }

    /// Takes a slot of a line that has run dry: the bucket is full, and the first slot lies a burst back.
    fn take_first(at: Moment) -> Self {
        Self::new(
            "SET #next = :first, #used = :first",
            "attribute_not_exists(#next) OR #next < :full",
            [
                (":first", at.full_ms() + at.interval_ms()),
                (":full", at.full_ms()),
            ],
        )
    }

    /// Takes the slot at the end of the line, where it is close.
    fn take_next(at: Moment, patience_ms: u64) -> Self {
        Self::new(
            "SET #next = #next + :interval, #used = #used + :interval",
            "#next BETWEEN :full AND :close AND #used >= :zero",
            [
                (":zero", 0),
                (":interval", at.interval_ms()),
                (":full", at.full_ms()),
                (":close", at.now_ms + patience_ms),
            ],
        )
    }

    /// Takes a slot whose call is counted when it is sent.
    fn reserve(at: Moment, line: Line) -> Self {
        if line.next_ms < at.full_ms() {
            Self::reserve_first(at)
        } else {
            Self::reserve_next(at)
        }
    }

    fn reserve_first(at: Moment) -> Self {
        Self::new(
            "SET #next = :first, #used = if_not_exists(#used, :zero)",
            "attribute_not_exists(#next) OR #next < :full",
            [
                (":zero", 0),
                (":first", at.full_ms() + at.interval_ms()),
                (":full", at.full_ms()),
            ],
        )
    }

    fn reserve_next(at: Moment) -> Self {
        Self::new(
            "SET #next = #next + :interval",
            "#next >= :full",
            [(":interval", at.interval_ms()), (":full", at.full_ms())],
        )
    }

    /// Counts a call in a bucket that is used up to `most_ms`.
    fn spend(at: Moment, line: Line, most_ms: u64) -> Self {
        if line.used_ms < at.full_ms() {
            Self::spend_first(at)
        } else {
            Self::spend_next(at, most_ms)
        }
    }

    fn spend_first(at: Moment) -> Self {
        Self::new(
            "SET #used = :first",
            "attribute_not_exists(#used) OR #used < :full",
            [
                (":first", at.full_ms() + at.interval_ms()),
                (":full", at.full_ms()),
            ],
        )
    }

    fn spend_next(at: Moment, most_ms: u64) -> Self {
        Self::new(
            "SET #used = #used + :interval",
            "#used BETWEEN :full AND :most",
            [
                (":interval", at.interval_ms()),
                (":full", at.full_ms()),
                (":most", most_ms),
            ],
        )
    }

    fn lengthen(at: Moment) -> Self {
        Self::new(
            "SET #next = #next + :interval, #used = #used + :interval",
            "#next > :zero AND #used >= :zero",
            [(":zero", 0), (":interval", at.interval_ms())],
        )
    }

    /// Other software took a token that the row counted on.
    fn yield_one(at: Moment) -> Self {
        Self::new(
            "SET #next = #next + :interval, #used = :now",
            "#next > :zero AND #used <= :soon",
            [
                (":zero", 0),
                (":interval", at.interval_ms()),
                (":now", at.now_ms),
                (":soon", at.now_ms + at.interval_ms()),
            ],
        )
    }

    /// The row knew that no token was there: the call used none.
    fn give_back(at: Moment) -> Self {
        Self::new(
            "SET #used = #used - :interval",
            "#used > :soon",
            [
                (":interval", at.interval_ms()),
                (":soon", at.now_ms + at.interval_ms()),
            ],
        )
    }
}

impl Table {
    /// Makes the change that `form` gives for the row, as last seen and then as found. Whether one was made, and the row;
    /// none is made where `form` gives none.
    async fn change(
        &self,
        at: Moment,
        mut seen: Line,
        form: impl Fn(Line) -> Option<Change>,
    ) -> Result<(bool, Line), LedgerError> {
        for _ in 0..MOST_FORMS {
            let Some(change) = form(seen) else {
                return Ok((false, seen));
            };
            match self.update(at, &change).await? {
                Ok(line) => return Ok((true, line)),
                Err(line) => seen = line,
            }
        }
        Err(LedgerError)
    }

    /// The row after `change`, or as it is where the change's condition does not hold.
    async fn update(&self, at: Moment, change: &Change) -> Result<Result<Line, Line>, LedgerError> {
        let key = Key::line(at.operation);
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()));
        for name in ["next", "used"].map(|name| (format!("#{name}"), name)) {
            if change.set.contains(&name.0) || change.only_if.contains(&name.0) {
                request = request.expression_attribute_names(name.0, name.1);
            }
        }
        for (name, value) in &change.numbers {
            request = request.expression_attribute_values(*name, number(*value));
        }
        let request = request
            .update_expression(change.set)
            .condition_expression(change.only_if)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match Box::pin(request.send()).await {
            Ok(answer) => {
                let row = answer.attributes.unwrap_or_default();
                Ok(Ok(row::line(&row, at.now_ms).unwrap_or_default()))
            }
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(refusal) => {
                    let row = self.row_or_read(&key, refusal.item).await?;
                    Ok(Err(self.readable_line(&key, &row, at.now_ms).await?))
                }
                error => Err(self.failed(&error)),
            },
        }
    }

    /// The line in `row`. A row that cannot be read is taken away, so that the next change writes it anew.
    async fn readable_line(&self, key: &Key, row: &Attributes, now_ms: u64) -> Result<Line, LedgerError> {
        match row::line(row, now_ms) {
            Some(line) => Ok(line),
            None => self.discard(key, row).await.map(|()| Line::default()),
        }
    }

    pub(crate) async fn take_slot(
        &self,
        at: Moment,
        patience_ms: u64,
        seen: Line,
    ) -> Result<(Option<u64>, Line), LedgerError> {
        let form = |line: Line| match line.next_ms {
            next_ms if next_ms < at.full_ms() => Some(Change::take_first(at)),
            next_ms => (next_ms <= at.now_ms + patience_ms).then(|| Change::take_next(at, patience_ms)),
        };
        let (is_taken, line) = self.change(at, seen, form).await?;
        Ok((is_taken.then(|| line.next_ms - at.interval_ms()), line))
    }

    pub(crate) async fn reserve_slot(&self, at: Moment, seen: Line) -> Result<(u64, Line), LedgerError> {
        let form = |line: Line| Some(Change::reserve(at, line));
        let (_, line) = self.change(at, seen, form).await?;
        Ok((line.next_ms - at.interval_ms(), line))
    }

    pub(crate) async fn take_spare_slot(&self, at: Moment, seen: Line) -> Result<(bool, Line), LedgerError> {
        let most_ms = at.full_ms() + at.interval_ms();
        let form = |line: Line| {
            line.has_a_spare_slot(at)
                .then(|| Change::spend(at, line, most_ms))
        };
        self.change(at, seen, form).await
    }

    pub(crate) async fn spend_slot(&self, at: Moment, seen: Line) -> Result<(), LedgerError> {
        let form = |line| Some(Change::spend(at, line, u64::MAX));
        self.change(at, seen, form).await.map(drop)
    }

    pub(crate) async fn lengthen_line(&self, at: Moment) -> Result<(), LedgerError> {
        self.update(at, &Change::lengthen(at)).await.map(drop)
    }

    pub(crate) async fn correct_line(&self, at: Moment, seen: Line) -> Result<(), LedgerError> {
        let form = |line: Line| match line.used_ms {
            _ if line.next_ms == 0 => None,
            used_ms if used_ms <= at.now_ms + at.interval_ms() => Some(Change::yield_one(at)),
            _ => Some(Change::give_back(at)),
        };
        // A row that this instance has not seen may be there.
        let seen = Line {
            next_ms: seen.next_ms.max(1),
            ..seen
        };
        self.change(at, seen, form).await.map(drop)
    }
}
