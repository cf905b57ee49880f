//! `AttachedFiles` and `AttachmentLimits` over Amazon Connect: start, complete, status, delete, limits.

use broker_core::grants::{Complete, Delete, FileGrant, Read, UploadGrant};
use broker_core::limits::{FileLimits, Scope};
use broker_core::pace::Ledger;
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CallContext, ClientToken, Deadline, Statuses, UpstreamError,
};
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileId, Upload};

use crate::connect::Connect;
use crate::wire;
use broker_core::operation::Operation;

impl<L: Ledger> AttachedFiles for Connect<L> {
    async fn start_upload(
        &self,
        grant: UploadGrant,
        token: ClientToken,
        context: CallContext,
    ) -> Result<UploadTicket, UpstreamError> {
        // INVARIANT: one input, and so one client token, for all attempts.
        let input = wire::start_input(&grant, &token, &self.deployment.instance);
        let send = || input.clone().send_with(&self.client);
        let operation = Operation::StartAttachedFileUpload;
        let output = self.call(operation, context, wire::start_failure, send).await?;
        UploadTicket::check(wire::start_reply(output), &self.upload_hosts).map_err(UpstreamError::Unusable)
    }

    async fn complete_upload(
        &self,
        grant: FileGrant<Complete>,
        context: CallContext,
    ) -> Result<(), UpstreamError> {
        use UpstreamError::{Conflict, Incomplete, InvalidRequest, NotFound};
        let upload = grant.upload();
        match self.complete(upload, context).await {
            Err(InvalidRequest | NotFound | Conflict) => match self.statuses(upload, &[], context).await {
                Ok(statuses) if statuses.granted.is_completed() => Ok(()),
                Ok(statuses) => Err(Incomplete(Some(statuses.granted))),
                Err(NotFound) => Err(Incomplete(None)),
                Err(error) => Err(error),
            },
            outcome => outcome,
        }
    }

    async fn file_status(
        &self,
        grant: FileGrant<Read>,
        others: &[FileId],
        context: CallContext,
    ) -> Result<Statuses, UpstreamError> {
        self.statuses(grant.upload(), others, context).await
    }

    async fn delete_file(&self, grant: FileGrant<Delete>, context: CallContext) -> Result<(), UpstreamError> {
        let upload = grant.upload();
        let send = || {
            let request = self.client.delete_attached_file();
            request
                .instance_id(self.deployment.instance.id())
                .file_id(upload.file_id.as_str())
                .associated_resource_arn(upload.resource.as_str())
                .send()
        };
        let operation = Operation::DeleteAttachedFile;
        match self.call(operation, context, wire::failure, send).await {
            Ok(_) | Err(UpstreamError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl<L: Ledger> AttachmentLimits for Connect<L> {
    async fn limits(&self, scope: Scope, deadline: Deadline) -> Result<FileLimits, UpstreamError> {
        let send = || {
            let request = self.client.describe_attached_files_configuration();
            request
                .instance_id(self.deployment.instance.id())
                .attachment_scope(wire::attachment_scope(scope))
                .send()
        };
        let operation = Operation::DescribeAttachedFilesConfiguration;
        match self.call(operation, deadline, wire::failure, send).await {
            Ok(output) => Ok(wire::file_limits(output)),
            // This is an answer: the scope has no configuration, so Connect's defaults apply.
            Err(UpstreamError::NotFound) => Ok(FileLimits::default()),
            Err(error) => Err(error),
        }
    }
}

impl<L: Ledger> Connect<L> {
    async fn complete(&self, upload: &Upload, context: CallContext) -> Result<(), UpstreamError> {
        let send = || {
            let request = self.client.complete_attached_file_upload();
            request
                .instance_id(self.deployment.instance.id())
                .file_id(upload.file_id.as_str())
                .associated_resource_arn(upload.resource.as_str())
                .send()
        };
        let operation = Operation::CompleteAttachedFileUpload;
        self.call(operation, context, wire::failure, send).await?;
        Ok(())
    }

    async fn statuses(
        &self,
        upload: &Upload,
        others: &[FileId],
        context: CallContext,
    ) -> Result<Statuses, UpstreamError> {
        let ids: Vec<_> = std::iter::once(&upload.file_id)
            .chain(others)
            .map(|id| id.as_str().to_owned())
            .collect();
        let send = || {
            let request = self.client.batch_get_attached_file_metadata();
            request
                .instance_id(self.deployment.instance.id())
                .set_file_ids(Some(ids.clone()))
                .associated_resource_arn(upload.resource.as_str())
                .send()
        };
        let operation = Operation::BatchGetAttachedFileMetadata;
        let output = self.call(operation, context, wire::failure, send).await?;
        wire::file_statuses(&output, &upload.file_id, others)
    }
}
