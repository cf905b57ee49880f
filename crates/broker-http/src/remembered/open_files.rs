//! The files whose clients wait for a status to change.
//!
//! One call to Connect says how all open files of a caller stand that one resource holds. A client that comes when it is not
//! its caller's turn gets the status last known.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::arn::ResourceArn;
use broker_core::pace::Place;
use broker_core::upload::{FileId, FileStatus};

use super::Life;

/// How long a file counts as open after its client asked.
const OPEN_FOR: Duration = Duration::from_mins(1);
/// The largest number of files that are remembered.
const CAPACITY: usize = 1_000;
/// Most files that one call may ask about beside the granted one. Source: `BatchGetAttachedFileMetadata`, `FileIds`.
const MOST_OTHERS: usize = 99;
/// The shortest and the longest interval that a file's age gives.
const INTERVAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// Open files, by id.
#[derive(Default)]
pub(super) struct OpenFiles(Mutex<HashMap<FileId, OpenFile>>);

struct OpenFile {
    place: Place,
    resource: ResourceArn,
    status: Option<FileStatus>,
    life: Life,
}

impl OpenFiles {
    /// Notes that the caller with `place` asks about `file`, and gives its other open files that `resource` holds.
    pub(super) fn asked(
        &self,
        file: &FileId,
        place: Place,
        resource: &ResourceArn,
        now: SystemTime,
    ) -> Vec<FileId> {
        let mut files = self.files();
        files.retain(|_, open| open.life.lasts(now));
        let is_beside = |open: &OpenFile| open.place == place && open.resource == *resource;
        let others = files.iter().filter(|(id, open)| *id != file && is_beside(open));
        let others = others.map(|(id, _)| id.clone()).take(MOST_OTHERS).collect();
        let life = Life {
            began: now,
            length: OPEN_FOR,
        };
        if let Some(open) = files.get_mut(file) {
            open.life = life;
        } else if files.len() < CAPACITY {
            let open = OpenFile {
                place,
                resource: resource.clone(),
                status: None,
                life,
            };
            files.insert(file.clone(), open);
        }
        others
    }

    /// Remembers a status; a file with a final one is open no longer.
    pub(super) fn is_now(&self, file: &FileId, status: &FileStatus) {
        if status.is_final() {
            self.end(file);
        } else if let Some(open) = self.files().get_mut(file) {
            open.status = Some(status.clone());
        }
    }

    /// The status last known.
    pub(super) fn last(&self, file: &FileId) -> Option<FileStatus> {
        self.files().get(file)?.status.clone()
    }

    /// Forgets `file`, because its status is about to change.
    pub(super) fn end(&self, file: &FileId) {
        self.files().remove(file);
    }

    fn files(&self) -> MutexGuard<'_, HashMap<FileId, OpenFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The interval after which a client should ask again: a tenth of the upload's age, a quarter more or less.
pub(crate) fn poll_interval(age: Duration, fraction: f64) -> Duration {
    let (shortest, longest) = INTERVAL;
    let by_age = (age / 10).clamp(shortest, longest);
    by_age.mul_f64(0.75 + fraction.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use broker_core::pace::PlaceKey;

    use super::*;

    const ADA: Place = Place::InLine(PlaceKey([1; 16]));
    const BEN: Place = Place::InLine(PlaceKey([2; 16]));

    fn at(secs: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
    }

    fn file(n: usize) -> FileId {
        FileId::parse(&format!("f-{n}")).expect("valid")
    }

    fn case(id: &str) -> ResourceArn {
        let arn = format!("arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/{id}");
        arn.parse().expect("an ARN")
    }

    fn asked(files: &OpenFiles, n: usize, secs: u64) -> Vec<FileId> {
        let mut others = files.asked(&file(n), ADA, &case("c-1"), at(secs));
        others.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        others
    }

    #[test]
    fn the_open_files_of_one_caller_and_resource_are_asked_about_together() {
        let files = OpenFiles::default();
        assert_eq!(asked(&files, 1, 0), []);
        assert_eq!(files.asked(&file(2), BEN, &case("c-1"), at(0)), []);
        assert_eq!(files.asked(&file(3), ADA, &case("c-2"), at(0)), []);
        assert_eq!(asked(&files, 4, 1), [file(1)]);
        assert_eq!(asked(&files, 1, 2), [file(4)]);
        files.is_now(&file(4), &FileStatus::named("APPROVED"));
        assert_eq!(asked(&files, 1, 3), []);
        assert_eq!(asked(&files, 5, 62), [file(1)], "just not too old");
        assert_eq!(asked(&files, 5, 63), [], "nobody asks about it any more");
    }

    #[test]
    fn a_status_is_known_until_it_is_about_to_change() {
        let files = OpenFiles::default();
        asked(&files, 1, 0);
        assert_eq!(files.last(&file(1)), None);
        files.is_now(&file(1), &FileStatus::named("PROCESSING"));
        assert_eq!(files.last(&file(1)), Some(FileStatus::named("PROCESSING")));
        files.is_now(&file(2), &FileStatus::named("PROCESSING"));
        assert_eq!(files.last(&file(2)), None, "nobody asked about it");
        files.end(&file(1));
        assert_eq!(files.last(&file(1)), None);
    }

    #[test]
    fn what_is_remembered_and_asked_about_is_bounded() {
        let files = OpenFiles::default();
        for n in 0..CAPACITY + 5 {
            assert!(asked(&files, n, 0).len() <= MOST_OTHERS);
        }
        assert_eq!(files.files().len(), CAPACITY);
    }

    #[test]
    fn an_interval_grows_with_age() {
        for (age_secs, fraction, expected_millis) in [
            (0, 0.5, 1_000),
            (10, 0.5, 1_000),
            (30, 0.5, 3_000),
            (3_600, 0.5, 10_000),
            (30, 0.0, 2_250),
            (30, 1.0, 3_750),
            (30, 7.0, 3_750),
        ] {
            let interval = poll_interval(Duration::from_secs(age_secs), fraction);
            assert_eq!(
                interval,
                Duration::from_millis(expected_millis),
                "{age_secs} {fraction}"
            );
        }
    }
}
