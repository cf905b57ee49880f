//! Objects on disk: for each a record in JSON, and a file with the body.
//!
//! ```text
//! {bucket}/records/{SHA-256 of the key}.json   key, attributes and the name of the body
//! {bucket}/bodies/{UUID}                       bytes; written once, never changed
//! {bucket}/uploading/                          temporary files of bodies and records
//! ```
//! Keys are not used as paths, so a key may have S3's 1,024 bytes, and none leads out of the folder. An object is
//! created, replaced or removed by one rename or removal of its record.

use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::SystemTime;
use std::{fs, io};

use aws_lc_rs::digest::{SHA256, digest};
use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::attributes::Attributes;

/// The folder of one bucket.
pub(super) struct Folder {
    records: PathBuf,
    bodies: PathBuf,
    uploading: PathBuf,
    // INVARIANT: a record and its body are replaced under the write lock and opened under the read
    // lock, so that no reader finds a record whose body is gone.
    turn: RwLock<()>,
}

/// One object without its bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) key: String,
    body: String,
    pub(super) size_bytes: u64,
    /// MD5 of the bytes, in hexadecimal digits.
    pub(super) e_tag: String,
    pub(super) last_modified: Timestamp,
    pub(super) attributes: Attributes,
}

/// A body that is being written; removed unless it is published.
pub(super) struct Upload {
    file: File,
    path: TempPath,
}

/// A complete body; removed unless it is published.
pub(super) struct Finished {
    path: TempPath,
}

impl Upload {
    /// Appends to the body.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Waits until every byte is in the file.
    pub(super) async fn finish(mut self) -> io::Result<Finished> {
        self.file.flush().await?;
        Ok(Finished { path: self.path })
    }
}

// Bodies are read and written asynchronously. Everything else is a small file, handled by blocking calls, which a client
// that disconnects cannot interrupt.
impl Folder {
    /// Opens or creates the folder at `root`, and removes the temporary files of a killed process.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let folder = Self {
            records: root.join("records"),
            bodies: root.join("bodies"),
            uploading: root.join("uploading"),
            turn: RwLock::new(()),
        };
        match fs::remove_dir_all(&folder.uploading) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for path in [&folder.records, &folder.bodies, &folder.uploading] {
            fs::create_dir_all(path)?;
        }
        Ok(folder)
    }

    /// A temporary file for a new body.
    pub(super) fn upload(&self) -> io::Result<Upload> {
        let (file, path) = NamedTempFile::new_in(&self.uploading)?.into_parts();
        Ok(Upload {
            file: File::from_std(file),
            path,
        })
    }

    /// Makes a complete body the object at `key`, in place of the previous one.
    pub(super) fn publish(
        &self,
        upload: Finished,
        key: String,
        size_bytes: u64,
        e_tag: String,
        attributes: Attributes,
    ) -> io::Result<()> {
        let body = Uuid::new_v4().to_string();
        upload.path.persist(self.body_path(&body))?;
        let last_modified = SystemTime::now().into();
        let _turn = self.turn.write();
        self.replace(&Record {
            key,
            body,
            size_bytes,
            e_tag,
            last_modified,
            attributes,
        })
    }

    /// Copies the object at `source` to `key`, with its attributes or with new ones; `None` if there is no source.
    pub(super) fn copy(
        &self,
        source: &str,
        key: String,
        attributes: Option<Attributes>,
    ) -> io::Result<Option<Record>> {
        let _turn = self.turn.write();
        let Some(record) = self.record(source)? else {
            return Ok(None);
        };
        let body = Uuid::new_v4().to_string();
        fs::hard_link(self.body_path(&record.body), self.body_path(&body))?;
        let attributes = attributes.unwrap_or(record.attributes);
        let last_modified = SystemTime::now().into();
        let record = Record {
            key,
            body,
            last_modified,
            attributes,
            ..record
        };
        self.replace(&record)?;
        Ok(Some(record))
    }

    /// The record of the object at `key`.
    pub(super) fn find(&self, key: &str) -> io::Result<Option<Record>> {
        let _turn = self.turn.read();
        self.record(key)
    }

    /// The object at `key`, with its body open for reading.
    pub(super) fn read(&self, key: &str) -> io::Result<Option<(Record, File)>> {
        let _turn = self.turn.read();
        let Some(record) = self.record(key)? else {
            return Ok(None);
        };
        let file = fs::File::open(self.body_path(&record.body))?;
        Ok(Some((record, File::from_std(file))))
    }

    /// Removes the object at `key`, if there is one.
    pub(super) fn remove(&self, key: &str) -> io::Result<()> {
        let _turn = self.turn.write();
        if let Some(record) = self.record(key)? {
            fs::remove_file(self.record_path(key))?;
            fs::remove_file(self.body_path(&record.body))?;
        }
        Ok(())
    }

    /// Every object, in the order of the keys' UTF-8 bytes.
    pub(super) fn list(&self) -> io::Result<Vec<Record>> {
        let _turn = self.turn.read();
        let entries = fs::read_dir(&self.records)?;
        let records = entries.map(|entry| read_record(&entry?.path()));
        let mut records = records.collect::<io::Result<Vec<Record>>>()?;
        records.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(records)
    }

    fn replace(&self, record: &Record) -> io::Result<()> {
        let replaced = self.record(&record.key)?;
        let mut file = NamedTempFile::new_in(&self.uploading)?;
        serde_json::to_writer_pretty(&mut file, record)?;
        file.persist(self.record_path(&record.key))?;
        match replaced {
            None => Ok(()),
            Some(replaced) => fs::remove_file(self.body_path(&replaced.body)),
        }
    }

    fn record(&self, key: &str) -> io::Result<Option<Record>> {
        match read_record(&self.record_path(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            record => record.map(Some),
        }
    }

    fn record_path(&self, key: &str) -> PathBuf {
        let name = hex::encode(digest(&SHA256, key.as_bytes()));
        self.records.join(name).with_extension("json")
    }

    fn body_path(&self, body: &str) -> PathBuf {
        self.bodies.join(body)
    }
}

fn read_record(path: &Path) -> io::Result<Record> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
