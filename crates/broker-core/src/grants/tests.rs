use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use super::*;
use crate::arn::{CaseArn, ContactArn};
use crate::caller::{CallerClaims, CallerIssuer, Claim, ClaimSource};
use crate::claim_name::ClaimName;
use crate::file::{FileName, FileSize};
use crate::pace::{Place, PlaceKey, Wait};
use crate::ports::{CallContext, CaseRecords, ContactRecords, Deadline, UpstreamError};
use crate::request::{Tags, UrlExpiry};
use crate::upload::FileId;

mod limits;
mod look_ups;
mod on_behalf_of;

const DOMAIN: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d";
const FORBIDDEN: GrantError = GrantError::Forbidden(vec![]);
const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i";

/// Upstream records that answer from fields and remember that they were asked.
#[derive(Default)]
struct Records {
    customer: Option<&'static str>,
    agent: Option<&'static str>,
    failure: Option<UpstreamError>,
    asked: Mutex<u32>,
}

impl Records {
    fn answer(&self, value: Option<&'static str>) -> Result<Option<Box<str>>, UpstreamError> {
        *self.asked.lock().expect("not poisoned") += 1;
        self.failure.clone().map_or(Ok(value.map(Into::into)), Err)
    }
}

impl CaseRecords for Records {
    async fn customer_of(&self, _: &CaseArn, _: CallContext) -> Result<Option<Box<str>>, UpstreamError> {
        self.answer(self.customer)
    }
}

impl ContactRecords for Records {
    async fn agent_of(&self, _: &ContactArn, _: CallContext) -> Result<Option<Box<str>>, UpstreamError> {
        self.answer(self.agent)
    }
}

fn list(items: &[&str]) -> Claim {
    Claim::List(items.iter().map(|&item| item.into()).collect())
}

fn caller(claims: &[(&str, Claim)]) -> Caller {
    let claims = claims.iter().map(|(name, claim)| ((*name).into(), claim.clone()));
    Caller {
        issuer: CallerIssuer::named("https://idp"),
        subject: "ada".into(),
        claims: CallerClaims::new(ClaimSource::Token, claims),
    }
}

fn name(text: &str) -> ClaimName {
    text.parse().expect("a claim's name")
}

fn grant(resources: Resources) -> Grant {
    Grant {
        hash: RuleHash([0; 32]),
        when: When::issuer("https://idp"),
        resources,
        actions: Action::ALL.into(),
        on_behalf_of: OnBehalfOf::Nobody,
        max_file_size_bytes: None,
        allowed_extensions: None,
        tag_keys: BTreeSet::new(),
    }
}

fn grants(entries: Vec<Grant>) -> Grants {
    let deployment = Deployment {
        instance: INSTANCE.parse().expect("valid"),
        cases_domain: Some(DOMAIN.parse().expect("valid")),
    };
    Grants::new(deployment, entries)
}

pub(super) fn request(resource: &str) -> UploadRequest {
    UploadRequest {
        file_name: FileName::parse("scan.pdf").expect("valid"),
        file_size: FileSize::from_bytes(100).expect("valid"),
        resource: resource.parse().expect("valid"),
        url_expiry: UrlExpiry::default(),
        tags: Tags::default(),
        on_behalf_of: None,
    }
}

fn case(id: &str) -> String {
    format!("{DOMAIN}/case/{id}")
}

fn contact(id: &str) -> String {
    format!("{INSTANCE}/contact/{id}")
}

/// Runs a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("canned records never wait"),
    }
}

fn decide(
    grants: &Grants,
    caller: &Caller,
    request: UploadRequest,
    records: &Records,
) -> Result<usize, GrantError> {
    let user = format!("{INSTANCE}/agent/u").parse().expect("valid");
    let ask = UploadAsk {
        caller,
        user: &user,
        request,
        limits: &ServiceLimits::default(),
    };
    let context = context();
    let granted = now(grants.decide(ask, records, context)).map_err(without_refusals)?;
    assert_eq!(granted.user(), &user);
    Ok(granted.rule())
}

/// A denial as callers see it; which rules refused is tested on its own.
fn without_refusals(denied: GrantError) -> GrantError {
    match denied {
        GrantError::Forbidden(_) => FORBIDDEN,
        GrantError::File(_) | GrantError::LookUp(_) => denied,
    }
}

/// The context of a look-up, which canned records ignore.
fn context() -> CallContext {
    CallContext {
        place: Place::InLine(PlaceKey([0; 16])),
        deadline: Deadline(Instant::now_for_tests()),
    }
}

/// The clock is banned in this crate; a deadline that canned records ignore needs some instant.
trait NowForTests {
    fn now_for_tests() -> Self;
}

impl NowForTests for Instant {
    #[expect(clippy::disallowed_methods, reason = "a value that nothing looks at")]
    fn now_for_tests() -> Self {
        Self::now()
    }
}

#[test]
fn a_grant_reaches_its_own_resources_only() {
    let listed = |arn: &str| Resources::Listed(vec![arn.parse().expect("valid")]);
    let foreign_case = case("c-1").replace("domain/d", "domain/other");
    let foreign_contact = contact("k-1").replace("instance/i", "instance/other");
    for (resources, resource, allowed) in [
        (Resources::AnyCase, case("c-1"), true),
        (Resources::AnyCase, contact("k-1"), false),
        (Resources::AnyCase, foreign_case.clone(), false),
        (Resources::AnyContact, contact("k-1"), true),
        (Resources::AnyContact, case("c-1"), false),
        (Resources::AnyContact, foreign_contact, false),
        (listed(&case("c-1")), case("c-1"), true),
        (listed(&case("c-1")), case("c-10"), false),
        (listed(&case("c-1")), case("C-1"), false),
        (listed(&foreign_case), foreign_case, false),
    ] {
        let got = decide(
            &grants(vec![grant(resources)]),
            &caller(&[]),
            request(&resource),
            &Records::default(),
        );
        assert_eq!(got, if allowed { Ok(0) } else { Err(FORBIDDEN) }, "{resource}");
    }
}

#[test]
fn a_list_of_case_ids_counts_whole_and_well_formed_or_not_at_all() {
    let many: Vec<String> = (0..1_001).map(|n| format!("c-{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (own, foreign) = (case("c-1"), case("c-1").replace("domain/d", "domain/e"));
    for (claim, allowed) in [
        (list(&["c-0", "c-1"]), true),
        (list(&[&own]), true),
        (list(&many[..1_000]), true),
        (list(&many), false),
        (list(&["c-10", "c-", "1"]), false),
        (list(&["c-1", "c/2"]), false),
        (list(&["c-1", ""]), false),
        (list(&["c-1", &foreign]), false),
        (list(&["c-1", &contact("c-1")]), false),
        (list(&[]), false),
        (Claim::Text("c-1".into()), true),
        (Claim::Text("c-1 c-2".into()), false),
        (Claim::Text("[c-1 c-2]".into()), false),
        (Claim::Text("".into()), false),
        (Claim::MixedList, false),
        (Claim::Null, false),
    ] {
        let grants = grants(vec![grant(Resources::CaseIdsClaim(name("case_ids")))]);
        let caller = caller(&[("case_ids", claim.clone())]);
        let got = decide(&grants, &caller, request(&case("c-1")), &Records::default());
        assert_eq!(got, if allowed { Ok(0) } else { Err(FORBIDDEN) }, "{claim:?}");
    }
    let no_claim = grants(vec![grant(Resources::CaseIdsClaim(name("case_ids")))]);
    let got = decide(
        &no_claim,
        &caller(&[]),
        request(&case("c-1")),
        &Records::default(),
    );
    assert_eq!(got, Err(FORBIDDEN));
}

#[test]
fn a_denial_names_each_grant_of_the_issuer_and_why_it_refused() {
    let records = Records::default();
    let narrowed = |when: When| Grant {
        when,
        ..grant(Resources::AnyCase)
    };
    let to_read = Grant {
        actions: [Action::Read].into(),
        ..grant(Resources::AnyCase)
    };
    let grants = grants(vec![
        grant(Resources::CaseCustomerClaim(name("profile"))),
        narrowed(When::issuer("https://other")),
        narrowed(When {
            subject: Some("bob".into()),
            ..When::issuer("https://idp")
        }),
        to_read,
        grant(Resources::CaseIdsClaim(name("/ids/cases"))),
        grant(Resources::CaseIdsClaim(name("mixed"))),
        grant(Resources::CaseIdsClaim(name("foreign"))),
        grant(Resources::AnyContact),
    ]);
    let caller = caller(&[
        ("profile", Claim::Text("secret-profile".into())),
        ("mixed", Claim::MixedList),
        ("foreign", list(&["secret/case"])),
    ]);
    let user = format!("{INSTANCE}/agent/u").parse().expect("valid");
    let ask = UploadAsk {
        caller: &caller,
        user: &user,
        request: request(&case("c-1")),
        limits: &ServiceLimits::default(),
    };
    let denied = now(grants.decide(ask, &records, context()));
    let expected = "no grant reaches the resource: \
                    grant[0] allows it only if GetCase says that the case's customer_id equals the claim; \
                    grant[2] is about another subject; \
                    grant[3] does not allow the action; \
                    grant[4] depends on the claim `/ids/cases`, which is absent; \
                    grant[5] depends on the claim `mixed`, which is an array with an element that is not a \
                    string; \
                    grant[6] depends on the claim `foreign`, which has an entry that is not a case of the domain; \
                    grant[7] is about other resources";
    assert_eq!(
        denied.err().map(|denied| denied.to_string()),
        Some(expected.into())
    );
}

#[test]
fn every_later_use_is_decided_again() {
    let upload = Upload {
        file_id: FileId::parse("f").expect("valid"),
        resource: case("c").parse().expect("valid"),
        user: format!("{INSTANCE}/agent/u").parse().expect("valid"),
        on_behalf_of: None,
        started_at: SystemTime::UNIX_EPOCH,
    };
    let context = context();
    let read_only = grants(vec![
        grant(Resources::AnyContact),
        grant(Resources::OwnContacts),
        Grant {
            actions: [Action::Read].into(),
            ..grant(Resources::AnyCase)
        },
    ]);
    let caller = caller(&[]);
    let records = Records::default();
    let read = now(read_only.decide_use::<Read, _>(&caller, upload.clone(), &records, context));
    let read = read.expect("granted");
    assert_eq!((read.rule(), read.upload()), (2, &upload));
    let complete = now(read_only.decide_use::<Complete, _>(&caller, upload.clone(), &records, context));
    assert_eq!(complete.err().map(without_refusals), Some(FORBIDDEN));
    let delete = now(read_only.decide_use::<Delete, _>(&caller, upload, &records, context));
    assert_eq!(delete.err().map(without_refusals), Some(FORBIDDEN));
}

#[test]
fn every_action_has_its_name_in_a_grant() {
    assert_eq!(
        Action::ALL.map(Action::name),
        ["start", "complete", "read", "delete"]
    );
}

#[test]
fn the_scopes_are_those_that_some_grant_is_about() {
    for (resources, scopes) in [
        (vec![], vec![]),
        (vec![Resources::AnyCase], vec![Scope::Case]),
        (vec![Resources::OwnContacts], vec![Scope::Email, Scope::Task]),
        (
            vec![Resources::AnyContact, Resources::CaseIdsClaim(name("c"))],
            Scope::ALL.to_vec(),
        ),
    ] {
        let entries = resources.iter().cloned().map(grant).collect();
        assert_eq!(grants(entries).scopes(), scopes, "{resources:?}");
    }
}
