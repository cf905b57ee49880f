//! Decides whether grants allow a request. Permissions are made here and nowhere else.

use super::{Action, FileAction, FileGrant, Grant, Grants, Reach, ReachError, UploadGrant, Use};
use crate::arn::ConnectUserArn;
use crate::caller::Caller;
use crate::file::Extension;
use crate::limits::{FileLimits, ServiceLimits};
use crate::ports::{CallContext, CaseRecords, ContactRecords, UpstreamError};
use crate::refusals::Refusals;
use crate::request::UploadRequest;
use crate::rule::MismatchError;
use crate::upload::Upload;

/// An upload that a caller wants to start.
#[derive(Debug)]
pub struct UploadAsk<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The Connect user that the upload is attributed to.
    pub user: &'a ConnectUserArn,
    /// The request.
    pub request: UploadRequest,
    /// Connect's limits.
    pub limits: &'a ServiceLimits,
}

/// Why there is no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No grant reaches the resource.
    #[error("no grant reaches the resource{}", Refusals::of("grant", .0))]
    Forbidden(
        /// Each grant about the caller's issuer, by position from 0, and why it does not reach the resource.
        Vec<(usize, ReachError)>,
    ),
    /// Grants reach the resource, but no grant admits the file.
    #[error("no grant admits the file")]
    File(Vec<FileError>),
    /// A look-up failed, so neither a permission nor a refusal is known.
    #[error("a look-up failed")]
    LookUp(#[source] UpstreamError),
}

/// Why the widest of the grants that reach a resource does not admit the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The file is too large.
    TooLarge {
        /// Largest allowed size in bytes.
        max_file_size_bytes: u64,
    },
    /// The extension is not allowed.
    TypeNotAllowed {
        /// The allowed extensions.
        allowed_extensions: Vec<Extension>,
    },
    /// The file has a tag whose key no grant lists.
    TagNotAllowed {
        /// The key, as the caller sent it.
        key: Box<str>,
    },
}

impl Grants {
    /// Permission to start the upload.
    ///
    /// Connect is asked only after every local check, and only if a grant depends on the answer.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn decide<R: CaseRecords + ContactRecords>(
        &self,
        ask: UploadAsk<'_>,
        records: &R,
        context: CallContext,
    ) -> Result<UploadGrant, GrantError> {
        let UploadAsk {
            caller,
            user,
            request,
            limits,
        } = ask;
        let on_behalf_of = request.on_behalf_of.as_ref();
        let wanted = Use {
            caller,
            user,
            on_behalf_of,
            resource: &request.resource,
            action: Action::Start,
        };
        let service = limits.of_resource(&request.resource);
        let admits = |grant: &Grant| grant.faults(&request, &service).is_empty();
        let reaching = self.reaching(wanted, admits, records, context).await?;
        match reaching {
            Reaching::Enough(rule) => Ok(UploadGrant {
                rule,
                user: user.clone(),
                request,
            }),
            Reaching::None(refusals) => Err(GrantError::Forbidden(refusals)),
            Reaching::NotEnough(grants) => Err(GrantError::File(widest_faults(&grants, &request, &service))),
        }
    }

    /// Permission for `A` on an upload that `caller` started.
    ///
    /// # Errors
    /// [`GrantError::Forbidden`] or [`GrantError::LookUp`].
    pub async fn decide_use<A: FileAction, R: CaseRecords + ContactRecords>(
        &self,
        caller: &Caller,
        upload: Upload,
        records: &R,
        context: CallContext,
    ) -> Result<FileGrant<A>, GrantError> {
        let wanted = Use {
            caller,
            user: &upload.user,
            on_behalf_of: upload.on_behalf_of.as_ref(),
            resource: &upload.resource,
            action: A::ACTION,
        };
        match self.reaching(wanted, |_| true, records, context).await? {
            Reaching::Enough(rule) => Ok(FileGrant {
                rule,
                upload,
                action: std::marker::PhantomData,
            }),
            Reaching::NotEnough(_) => Err(GrantError::Forbidden(vec![])),
            Reaching::None(refusals) => Err(GrantError::Forbidden(refusals)),
        }
    }

    /// The first grant that reaches the resource and is `enough`, or all grants that reach it.
    async fn reaching<R: CaseRecords + ContactRecords>(
        &self,
        wanted: Use<'_>,
        enough: impl Fn(&Grant) -> bool,
        records: &R,
        context: CallContext,
    ) -> Result<Reaching<'_>, GrantError> {
        let (mut reaching, mut questions, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for (rule, (grant, reach)) in self.entries.iter().zip(self.reaches(wanted)).enumerate() {
            match reach {
                Ok(Reach::Granted) if enough(grant) => return Ok(Reaching::Enough(rule)),
                Ok(Reach::Granted) => reaching.push(grant),
                Ok(Reach::If(question)) => questions.push((rule, grant, question)),
                Err(ReachError::OtherCaller(MismatchError::Issuer)) => {}
                Err(refusal) => refusals.push((rule, refusal)),
            }
        }
        let mut failure = None;
        for (rule, grant, question) in questions {
            match question.is_confirmed(records, context).await {
                Ok(true) if enough(grant) => return Ok(Reaching::Enough(rule)),
                Ok(true) => reaching.push(grant),
                Ok(false) => refusals.push((rule, ReachError::Unconfirmed(question))),
                Err(error) => failure = Some(error),
            }
        }
        // INVARIANT: a failed look-up neither allows nor refuses.
        if let Some(error) = failure {
            return Err(GrantError::LookUp(error));
        }
        refusals.sort_unstable_by_key(|(rule, _)| *rule);
        Ok(if reaching.is_empty() {
            Reaching::None(refusals)
        } else {
            Reaching::NotEnough(reaching)
        })
    }
}

/// The grants that reach a resource.
enum Reaching<'a> {
    /// The grant at this position reaches the resource and is enough.
    Enough(usize),
    /// These grants reach the resource, but are not enough.
    NotEnough(Vec<&'a Grant>),
    /// No grant reaches the resource. The reasons are given by position.
    None(Vec<(usize, ReachError)>),
}

impl Grant {
    /// The rules of this grant and of Connect that the file breaks.
    fn faults(&self, request: &UploadRequest, service: &FileLimits) -> Vec<FileError> {
        let tags = |key: &str| self.tag_keys.contains(key);
        faults_against(&self.limits_under(service), tags, request)
    }
}

fn faults_against(
    limits: &FileLimits,
    is_tag_allowed: impl Fn(&str) -> bool,
    request: &UploadRequest,
) -> Vec<FileError> {
    let mut faults = Vec::new();
    if !limits.allowed_extensions.contains(request.file_name.extension()) {
        let allowed_extensions = limits.allowed_extensions.iter().cloned().collect();
        faults.push(FileError::TypeNotAllowed { allowed_extensions });
    }
    if request.file_size.bytes() > limits.max_file_size_bytes {
        faults.push(FileError::TooLarge {
            max_file_size_bytes: limits.max_file_size_bytes,
        });
    }
    let refused = request.tags.iter().filter(|(key, _)| !is_tag_allowed(key));
    faults.extend(refused.map(|(key, _)| FileError::TagNotAllowed { key: key.into() }));
    faults
}

/// The errors of the file under the widest limits of `grants`. If those admit the file although no single grant does,
/// the errors under the grant with the fewest.
fn widest_faults(grants: &[&Grant], request: &UploadRequest, service: &FileLimits) -> Vec<FileError> {
    let limits = grants.iter().map(|grant| grant.limits_under(service));
    let Some(widest) = limits.reduce(|widest, other| widest.or_wider(&other)) else {
        return Vec::new();
    };
    let is_tag_allowed = |key: &str| grants.iter().any(|grant| grant.tag_keys.contains(key));
    let faults = faults_against(&widest, is_tag_allowed, request);
    if !faults.is_empty() {
        return faults;
    }
    let each = grants.iter().map(|grant| grant.faults(request, service));
    each.min_by_key(Vec::len).unwrap_or_default()
}
