//! May they: the one place in which permissions are made.

use super::{Action, FileAction, FileGrant, Grant, Grants, Reach, ReachError, UploadGrant, Use};
use crate::arn::ConnectUserArn;
use crate::caller::Caller;
use crate::file::Extension;
use crate::limits::{FileLimits, ServiceLimits};
use crate::ports::{CaseRecords, ContactRecords, Deadline, UpstreamError};
use crate::refusals::Refusals;
use crate::request::UploadRequest;
use crate::rule::MismatchError;
use crate::upload::Upload;

/// What a caller wants to start.
#[derive(Debug)]
pub struct UploadAsk<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Whom Connect will record.
    pub user: &'a ConnectUserArn,
    /// For what.
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
        /// Each grant about the caller's issuer by position, from 0, and why it does not reach it.
        Vec<(usize, ReachError)>,
    ),
    /// Grants reach the resource, but none of them admits the file.
    #[error("no grant admits the file")]
    File(Vec<FileError>),
    /// It could not be decided: neither a permission nor a refusal.
    #[error("a look-up failed")]
    LookUp(#[source] UpstreamError),
}

/// What is wrong with a file, by the widest of the grants that reach its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// It is larger than allowed.
    TooLarge {
        /// Largest allowed size in bytes.
        max_file_size_bytes: u64,
    },
    /// Its extension is not allowed.
    TypeNotAllowed {
        /// Those that are.
        allowed_extensions: Vec<Extension>,
    },
    /// It has a tag with a key that no grant lists.
    TagNotAllowed {
        /// The key, as the caller sent it.
        key: Box<str>,
    },
}

impl Grants {
    /// Permission to start the upload that is asked for.
    ///
    /// Look-ups upstream happen only after every local check, and only where a grant rests on them.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn decide<R: CaseRecords + ContactRecords>(
        &self,
        ask: UploadAsk<'_>,
        records: &R,
        deadline: Deadline,
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
        let reaching = self.reaching(wanted, admits, records, deadline).await?;
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
        deadline: Deadline,
    ) -> Result<FileGrant<A>, GrantError> {
        let wanted = Use {
            caller,
            user: &upload.user,
            on_behalf_of: upload.on_behalf_of.as_ref(),
            resource: &upload.resource,
            action: A::ACTION,
        };
        match self.reaching(wanted, |_| true, records, deadline).await? {
            Reaching::Enough(rule) => Ok(FileGrant {
                rule,
                upload,
                action: std::marker::PhantomData,
            }),
            Reaching::NotEnough(_) => Err(GrantError::Forbidden(vec![])),
            Reaching::None(refusals) => Err(GrantError::Forbidden(refusals)),
        }
    }

    /// The first grant that reaches what is wanted and is `enough`, or all that reach it.
    async fn reaching<R: CaseRecords + ContactRecords>(
        &self,
        wanted: Use<'_>,
        enough: impl Fn(&Grant) -> bool,
        records: &R,
        deadline: Deadline,
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
            match question.is_confirmed(records, deadline).await {
                Ok(true) if enough(grant) => return Ok(Reaching::Enough(rule)),
                Ok(true) => reaching.push(grant),
                Ok(false) => refusals.push((rule, ReachError::Unconfirmed(question))),
                Err(error) => failure = Some(error),
            }
        }
        // INVARIANT: a failed look-up is neither an allow nor a refusal.
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

/// Which grants reach a resource.
enum Reaching<'a> {
    /// This one, by position, and it is enough.
    Enough(usize),
    /// These, and none of them is enough.
    NotEnough(Vec<&'a Grant>),
    /// None, and why, by position.
    None(Vec<(usize, ReachError)>),
}

impl Grant {
    /// What this grant, under Connect's limits, has against the file.
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

/// What the widest of `grants` has against the file; where the widest would admit what no single one
/// does, what the one with the fewest faults has.
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
