//! Permission for the finisher, from the row of an upload and the grants in force. The only other maker of permissions
//! is [`super::decide`].

use super::{Action, FileAction, FileGrant, Grants, UploadGrant};
use crate::rule::RuleHash;
use crate::started_upload::{Start, StartedUpload};

/// Why the finisher may not act on an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FinishError {
    /// Another deployment started the upload. Its row is left alone.
    #[error("another instance, Cases domain or stage started the upload")]
    OtherDeployment,
    /// The grant that allowed the upload is not there any more, or says something else now.
    #[error("the grant that allowed the upload is not in force any more")]
    Withdrawn,
    /// The grant that allowed the upload does not allow this action.
    #[error("the grant that allowed the upload does not allow the action")]
    NotAllowed,
}

impl Grants {
    /// The hash of the grant that gave `permission`, where the finisher may complete what that starts and read how it
    /// ends.
    #[must_use]
    pub fn finishable_rule(&self, permission: &UploadGrant) -> Option<RuleHash> {
        let grant = self.entries.get(permission.rule)?;
        let allows = |action| grant.actions.contains(action);
        [Action::Complete, Action::Read]
            .iter()
            .all(allows)
            .then_some(grant.hash)
    }

    /// Permission for `A` on an upload that `stage` of this deployment started, for the finisher, which has no caller.
    ///
    /// The start was allowed to a caller whose claims are not known any more. So the very grant that allowed it must be
    /// in force still, word for word, and must allow both completing and `A`.
    ///
    /// With a row a permission compiles:
    ///
    /// ```
    /// use broker_core::grants::{Complete, FileGrant, FinishError, Grants};
    /// use broker_core::started_upload::StartedUpload;
    ///
    /// fn permission(grants: &Grants, row: &StartedUpload) -> Result<FileGrant<Complete>, FinishError> {
    ///     grants.decide_finish(row, "prod")
    /// }
    /// ```
    ///
    /// From an upload without its row it does not compile, nor made by hand:
    ///
    /// ```compile_fail,E0308
    /// use broker_core::grants::{Complete, FileGrant, FinishError, Grants};
    /// use broker_core::upload::Upload;
    ///
    /// fn permission(grants: &Grants, upload: &Upload) -> Result<FileGrant<Complete>, FinishError> {
    ///     grants.decide_finish(upload, "prod")
    /// }
    /// ```
    ///
    /// ```compile_fail,E0451
    /// use broker_core::grants::{Complete, FileGrant};
    /// use broker_core::started_upload::StartedUpload;
    ///
    /// fn by_hand(row: &StartedUpload) -> FileGrant<Complete> {
    ///     FileGrant { rule: 0, upload: row.start().upload.clone(), action: std::marker::PhantomData }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`FinishError`].
    pub fn decide_finish<A: FileAction>(
        &self,
        started: &StartedUpload,
        stage: &str,
    ) -> Result<FileGrant<A>, FinishError> {
        let Start { upload, instance, .. } = started.start();
        let is_ours = *instance == self.deployment.instance
            && *started.start().stage == *stage
            && self.deployment.holds(&upload.resource)
            && upload.user.is_of(instance);
        if !is_ours {
            return Err(FinishError::OtherDeployment);
        }
        let is_the_rule = |grant: &super::Grant| grant.hash == started.start().rule;
        let rule = self
            .entries
            .iter()
            .position(is_the_rule)
            .ok_or(FinishError::Withdrawn)?;
        let allows = |action| self.entries[rule].actions.contains(&action);
        if !(allows(Action::Complete) && allows(A::ACTION)) {
            return Err(FinishError::NotAllowed);
        }
        Ok(FileGrant {
            rule,
            upload: upload.clone(),
            action: std::marker::PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::SystemTime;

    use super::*;
    use crate::arn::Deployment;
    use crate::grants::{Complete, Delete, Grant, OnBehalfOf, Read, Resources};
    use crate::pace::PlaceKey;
    use crate::rule::When;
    use crate::upload::{FileId, Upload};

    const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i";

    fn grant(hash: u8, actions: &[Action]) -> Grant {
        Grant {
            hash: RuleHash([hash; 32]),
            when: When::issuer("https://idp"),
            resources: Resources::AnyContact,
            actions: actions.iter().copied().collect(),
            on_behalf_of: OnBehalfOf::Nobody,
            max_file_size_bytes: None,
            allowed_extensions: None,
            tag_keys: BTreeSet::new(),
        }
    }

    fn grants(entries: Vec<Grant>) -> Grants {
        let deployment = Deployment {
            instance: INSTANCE.parse().expect("valid"),
            cases_domain: None,
        };
        Grants::new(deployment, entries)
    }

    fn start() -> Start {
        Start {
            owner: PlaceKey([0; 16]),
            upload: Upload {
                file_id: FileId::parse("f").expect("valid"),
                resource: format!("{INSTANCE}/contact/c").parse().expect("valid"),
                user: format!("{INSTANCE}/agent/u").parse().expect("valid"),
                on_behalf_of: None,
                started_at: SystemTime::UNIX_EPOCH,
            },
            instance: INSTANCE.parse().expect("valid"),
            stage: "prod".into(),
            rule: RuleHash([2; 32]),
            size_bytes: 100,
            request_id: "r".into(),
            url_expires_at: SystemTime::UNIX_EPOCH,
            event_id: "e".into(),
        }
    }

    /// What the finisher may do with `start`: complete, read, delete.
    fn decided(grants: &Grants, start: Start) -> [Result<usize, FinishError>; 3] {
        let started = StartedUpload::new(start);
        [
            grants
                .decide_finish::<Complete>(&started, "prod")
                .map(|grant| grant.rule()),
            grants
                .decide_finish::<Read>(&started, "prod")
                .map(|grant| grant.rule()),
            grants
                .decide_finish::<Delete>(&started, "prod")
                .map(|grant| grant.rule()),
        ]
    }

    #[test]
    fn the_very_grant_of_the_start_allows_what_it_says() {
        use FinishError::{NotAllowed, Withdrawn};
        let all = &Action::ALL;
        for (what, entries, expected) in [
            ("the only one", vec![grant(2, all)], [Ok(0); 3]),
            ("behind another", vec![grant(1, all), grant(2, all)], [Ok(1); 3]),
            ("changed", vec![grant(1, all)], [Err(Withdrawn); 3]),
            ("taken away", vec![], [Err(Withdrawn); 3]),
            (
                "without delete",
                vec![grant(1, all), grant(2, &[Action::Complete, Action::Read])],
                [Ok(1), Ok(1), Err(NotAllowed)],
            ),
            (
                "without complete",
                vec![grant(2, &[Action::Start, Action::Read, Action::Delete])],
                [Err(NotAllowed); 3],
            ),
        ] {
            assert_eq!(decided(&grants(entries), start()), expected, "{what}");
        }
    }

    #[test]
    fn a_row_of_another_deployment_gives_no_permission() {
        let other = |text: &str| text.replace("instance/i", "instance/other");
        let grants = grants(vec![grant(2, &Action::ALL)]);
        let change = |change: fn(&mut Start, fn(&str) -> String)| {
            let mut start = start();
            change(&mut start, other);
            start
        };
        for (what, start) in [
            (
                "instance",
                change(|start, other| {
                    start.instance = other(INSTANCE).parse().expect("valid");
                    start.upload.user = format!("{}/agent/u", other(INSTANCE)).parse().expect("valid");
                }),
            ),
            ("stage", change(|start, _| start.stage = "test".into())),
            (
                "resource",
                change(|start, other| {
                    let contact = format!("{}/contact/c", other(INSTANCE));
                    start.upload.resource = contact.parse().expect("valid");
                }),
            ),
            (
                "user",
                change(|start, other| {
                    start.upload.user = format!("{}/agent/u", other(INSTANCE)).parse().expect("valid");
                }),
            ),
            (
                "a case, where there is no Cases domain",
                change(|start, _| {
                    let case = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c";
                    start.upload.resource = case.parse().expect("valid");
                }),
            ),
        ] {
            assert_eq!(
                decided(&grants, start),
                [Err(FinishError::OtherDeployment); 3],
                "{what}"
            );
        }
    }

    #[test]
    fn a_row_is_for_what_the_grant_lets_its_caller_complete_and_read() {
        use Action::{Complete, Delete, Read, Start};
        let permission = |rule| UploadGrant {
            rule,
            user: start().upload.user,
            request: crate::grants::tests::request(&format!("{INSTANCE}/contact/c")),
        };
        for (actions, is_finishable) in [
            (&[Start][..], false),
            (&[Start, Complete], false),
            (&[Start, Read, Delete], false),
            (&[Start, Complete, Read], true),
        ] {
            let grants = grants(vec![grant(1, &[]), grant(2, actions)]);
            let rule = grants.finishable_rule(&permission(1));
            assert_eq!(rule, is_finishable.then_some(RuleHash([2; 32])), "{actions:?}");
        }
    }
}
