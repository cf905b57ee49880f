//! The route that starts an upload: reads the body, asks for a grant, and makes one call.

use broker_core::arn::ConnectUserArn;
use broker_core::caller::Caller;
use broker_core::file::FileName;
use broker_core::grants::{Action, GrantError, UploadAsk, UploadGrant};
use broker_core::ports::{AttachedFiles as _, CallContext, StartedUploads, UpstreamError};
use broker_core::request::UploadRequest;
use broker_core::ticket::{ReplyError, UploadTicket};
use broker_core::upload::Upload;
use broker_token::FetchDocument;

use super::Broker;
use super::exchange::Exchange;
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::inbound::body;
use crate::inbound::idempotency::{IdempotencyKey, client_token};
use crate::outbound::response::Answer;
use crate::ports::Ports;

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    pub(super) async fn start(&self, exchange: &mut Exchange<'_>) -> Result<Answer, BrokerError> {
        let (caller, context) = self.caller(exchange).await?;
        let identity = self.identity(&caller, Action::Start, context, exchange).await?;
        let key = IdempotencyKey::of(exchange.request)?;
        let acts_for = self.acts_for(&caller, &identity);
        let asked = body::upload_request(exchange.request, self.settings.limits, acts_for)?;
        let user = self
            .acting_user(&caller, identity, asked.on_behalf_of.as_ref(), context)
            .await?;
        let name_digest = self.name_digests.of(&asked.file_name);
        exchange.record.upload_request(&user, &asked, name_digest);
        let context = self.context_for(&caller, asked.on_behalf_of.as_ref(), context);
        let granted = self.granted(&caller, user, asked, key.as_ref(), context, exchange);
        let (ticket, upload) = granted.await?;
        let handle = self.sealer.seal(&caller, &upload, &self.system)?;
        Ok(Answer::created(&ticket, &self.settings.base_path, &handle))
    }

    /// Starts the upload if a grant allows it.
    async fn granted(
        &self,
        caller: &Caller,
        user: ConnectUserArn,
        asked: UploadRequest,
        key: Option<&IdempotencyKey>,
        context: CallContext,
        exchange: &mut Exchange<'_>,
    ) -> Result<(UploadTicket, Upload), BrokerError> {
        let token = client_token(&self.settings.stage, caller, &user, key, &asked, &self.system)?;
        let (resource, on_behalf_of) = (asked.resource.clone(), asked.on_behalf_of.clone());
        let file_name = asked.file_name.clone();
        let grant = self.permission(caller, &user, asked, context).await?;
        exchange.record.grant = Some(grant.rule());
        let row = self.row_of(&grant);
        let started_at = self.system.now();
        let starting = self.beside_refresh(self.ports.start_upload(grant, token, context), context.deadline);
        let ticket = starting.await.map_err(|error| match error {
            UpstreamError::Unusable(ReplyError::HeaderNotAscii) if !file_name.is_ascii() => {
                BrokerError::UnsignableName(FileName::suggestion(file_name.as_str(), true))
            }
            error => error.into(),
        })?;
        exchange.record.file(&ticket.file_id);
        let upload = Upload {
            file_id: ticket.file_id.clone(),
            resource,
            user,
            on_behalf_of,
            started_at,
        };
        self.remember(row, caller, &ticket, &upload, exchange).await?;
        Ok((ticket, upload))
    }

    /// Permission for what is asked. Limits refuse a file only after they were read again, if they were stale.
    async fn permission(
        &self,
        caller: &Caller,
        user: &ConnectUserArn,
        asked: UploadRequest,
        context: CallContext,
    ) -> Result<UploadGrant, GrantError> {
        let grants = &self.settings.grants;
        let ask = |request, limits| UploadAsk {
            caller,
            user,
            request,
            limits,
        };
        let known = self.limits.current();
        let decided = grants
            .decide(ask(asked.clone(), &known), &self.ports, context)
            .await;
        if !matches!(decided, Err(GrantError::File(_))) {
            return decided;
        }
        let latest = self.latest_limits(context.deadline).await;
        if latest == known {
            return decided;
        }
        grants.decide(ask(asked, &latest), &self.ports, context).await
    }
}
