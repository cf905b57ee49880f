//! The ports of broker-core that the broker calls, as one bound.

use broker_core::ports::{AttachedFiles, AttachmentLimits, CaseRecords, ContactRecords, UserDirectory};

/// Everything that the broker asks upstream. Whatever implements broker-core's ports implements it.
pub trait Ports: AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords {}

impl<P: AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords> Ports for P {}
