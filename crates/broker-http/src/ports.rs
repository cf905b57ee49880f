//! The ports of broker-core that the broker calls, as one bound.

use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CaseRecords, ContactRecords, SharedValues, UserDirectory,
};

/// Everything that the broker asks upstream. Whatever implements broker-core's ports implements it.
pub trait Ports:
    AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords + SharedValues
{
}

impl<P: AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords + SharedValues> Ports
    for P
{
}
