//! The ports of broker-core that the broker calls, as one bound.

use broker_core::ports::{AttachedFiles, CaseRecords, ContactRecords, UserDirectory};

/// Everything that the broker asks upstream. Whatever implements broker-core's ports implements it.
pub trait Ports: AttachedFiles + UserDirectory + CaseRecords + ContactRecords {}

impl<P: AttachedFiles + UserDirectory + CaseRecords + ContactRecords> Ports for P {}
