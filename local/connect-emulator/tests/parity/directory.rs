//! Users, contacts, cases and the instance, as the SDK reads them.

use aws_sdk_connect::types::{
    AllowedExtension, AttachmentScope, Channel, ControlPlaneTagFilter, ExtensionConfiguration,
    InstanceStorageResourceType, IntegrationType, StringComparisonType, StringCondition, UserSearchCriteria,
    UserSearchFilter,
};
use aws_sdk_connectcases::types::{FieldIdentifier, FieldValueUnion};

use crate::support::{CASE_ID, EMAIL_ID, PROFILE_ARN, Stack, USER_ID, code};

fn by_name(comparison: StringComparisonType, value: &str) -> UserSearchCriteria {
    let condition = StringCondition::builder()
        .field_name("Username")
        .comparison_type(comparison)
        .value(value)
        .build();
    UserSearchCriteria::builder().string_condition(condition).build()
}

#[tokio::test]
async fn users_are_searched_by_name() {
    let stack = Stack::start().await;
    for (comparison, value, expected) in [
        (StringComparisonType::Exact, "alice", vec!["alice"]),
        (
            StringComparisonType::StartsWith,
            "alice",
            vec!["alice", "alice.smith"],
        ),
        (StringComparisonType::Contains, "b", vec!["bob"]),
        (StringComparisonType::Exact, "nobody", vec![]),
    ] {
        let search = stack
            .connect
            .search_users()
            .instance_id(&stack.options.instance_id);
        let found = search
            .search_criteria(by_name(comparison.clone(), value))
            .send()
            .await
            .expect("searched");
        let names: Vec<&str> = found.users().iter().filter_map(|user| user.username()).collect();
        assert_eq!(names, expected, "{comparison} {value}");
    }
    let filter = UserSearchFilter::builder().tag_filter(ControlPlaneTagFilter::builder().build());
    let search = stack
        .connect
        .search_users()
        .instance_id(&stack.options.instance_id);
    let found = search
        .search_filter(filter.build())
        .send()
        .await
        .expect("searched");
    assert!(found.users().is_empty(), "no seeded user has tags");
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let stack = Stack::start().await;
    let search = stack
        .connect
        .search_users()
        .instance_id(&stack.options.instance_id)
        .max_results(2);
    let pages: Result<Vec<_>, _> = search
        .into_paginator()
        .send()
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect();
    let sizes: Vec<usize> = pages
        .expect("every page")
        .iter()
        .map(|page| page.users().len())
        .collect();
    assert_eq!(sizes, [2, 1]);
}

#[tokio::test]
async fn a_user_is_described_by_id() {
    let stack = Stack::start().await;
    let describe = |id: &str| {
        stack
            .connect
            .describe_user()
            .instance_id(&stack.options.instance_id)
            .user_id(id)
    };
    let user = describe(USER_ID)
        .send()
        .await
        .expect("described")
        .user
        .expect("a user");
    assert_eq!(
        (user.username.as_deref(), user.arn),
        (Some("alice"), Some(stack.user_arn()))
    );
    assert_eq!(
        code(&describe("nobody").send().await.expect_err("nobody")),
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn a_contact_names_its_agent_and_whether_it_has_ended() {
    let stack = Stack::start().await;
    for (id, channel, over) in [
        (EMAIL_ID, Channel::Email, false),
        ("call-1", Channel::Voice, true),
    ] {
        let describe = stack
            .connect
            .describe_contact()
            .instance_id(&stack.options.instance_id)
            .contact_id(id);
        let contact = describe
            .send()
            .await
            .expect("described")
            .contact
            .expect("a contact");
        assert_eq!(contact.channel, Some(channel), "{id}");
        assert_eq!(
            contact.agent_info.and_then(|agent| agent.id).as_deref(),
            Some(USER_ID),
            "{id}"
        );
        assert_eq!(contact.disconnect_timestamp.is_some(), over, "{id}");
        assert!(
            contact.initiation_timestamp < contact.disconnect_timestamp || !over,
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_case_gives_the_fields_that_have_a_value() {
    let stack = Stack::start().await;
    let get = |domain: &str, case: &str| {
        let field = |id: &str| FieldIdentifier::builder().id(id).build().expect("complete");
        let call = stack.cases.get_case().domain_id(domain).case_id(case);
        call.fields(field("customer_id")).fields(field("unknown")).send()
    };
    let domain = stack.options.cases_domain_id.as_str();
    for (case, expected) in [
        (CASE_ID, vec![Some(PROFILE_ARN.to_owned())]),
        ("case-2", vec![]),
        ("case-3", vec![None]),
    ] {
        let fields = get(domain, case).await.expect("found").fields;
        let values: Vec<Option<String>> = fields
            .iter()
            .map(|field| match field.value.as_ref().expect("a value") {
                FieldValueUnion::StringValue(value) => Some(value.clone()),
                FieldValueUnion::EmptyValue(_) => None,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(values, expected, "{case}");
    }
    for (domain, case) in [(domain, "nobodys"), ("another", CASE_ID)] {
        let error = get(domain, case)
            .await
            .expect_err("not found")
            .into_service_error();
        assert!(
            error.is_resource_not_found_exception(),
            "{domain} {case}: {error:?}"
        );
    }
}

#[tokio::test]
async fn the_instance_names_its_bucket_and_its_cases_domain() {
    let stack = Stack::start().await;
    let instance = stack.options.instance_id.as_str();
    for (kind, expected) in [
        (
            InstanceStorageResourceType::Attachments,
            vec!["connect-attachments"],
        ),
        (InstanceStorageResourceType::CallRecordings, vec![]),
    ] {
        let list = stack
            .connect
            .list_instance_storage_configs()
            .instance_id(instance)
            .resource_type(kind);
        let configs = list
            .send()
            .await
            .expect("listed")
            .storage_configs
            .expect("a list");
        let buckets: Vec<&str> = configs
            .iter()
            .filter_map(|config| Some(config.s3_config()?.bucket_name()))
            .collect();
        assert_eq!(buckets, expected);
    }
    for (kind, expected) in [(IntegrationType::CasesDomain, 1), (IntegrationType::Event, 0)] {
        let list = stack
            .connect
            .list_integration_associations()
            .instance_id(instance)
            .integration_type(kind);
        let associations = list
            .send()
            .await
            .expect("listed")
            .integration_association_summary_list;
        let associations = associations.expect("a list");
        assert_eq!(associations.len(), expected);
        for association in associations {
            let arn = association.integration_arn.expect("an ARN");
            assert!(arn.ends_with(&stack.options.cases_domain_id), "{arn}");
        }
    }
}

#[tokio::test]
async fn limits_are_reported_and_changed_by_scope() {
    let stack = Stack::start().await;
    let instance = stack.options.instance_id.as_str();
    let update = stack
        .connect
        .update_attached_files_configuration()
        .instance_id(instance)
        .attachment_scope(AttachmentScope::Case)
        .maximum_size_limit_in_bytes(100);
    let extension = AllowedExtension::builder()
        .extension("zip")
        .build()
        .expect("complete");
    let extensions = ExtensionConfiguration::builder()
        .allowed_extensions(extension)
        .build()
        .expect("complete");
    update
        .extension_configuration(extensions)
        .send()
        .await
        .expect("updated");
    for (scope, size, extensions) in [
        (AttachmentScope::Case, 100, 1),
        (AttachmentScope::Email, 20_971_520, 18),
    ] {
        let describe = stack
            .connect
            .describe_attached_files_configuration()
            .instance_id(instance);
        let described = describe
            .attachment_scope(scope.clone())
            .send()
            .await
            .expect("described");
        let configuration = described.attached_files_configuration.expect("a configuration");
        assert_eq!(configuration.maximum_size_limit_in_bytes, Some(size), "{scope}");
        let allowed = configuration
            .extension_configuration
            .expect("extensions")
            .allowed_extensions;
        assert_eq!(allowed.len(), extensions, "{scope}");
        assert_eq!(
            configuration.last_modified_time.is_some(),
            scope == AttachmentScope::Case,
            "{scope}"
        );
    }
    let list = stack
        .connect
        .list_attached_files_configurations()
        .instance_id(instance)
        .max_results(3);
    let pages = list.into_paginator().send().collect::<Vec<_>>().await;
    let sizes: Vec<usize> = pages
        .into_iter()
        .map(|page| page.expect("a page").attached_files_configurations().len())
        .collect();
    assert_eq!(sizes, [3, 1]);
    for (name, size, taken) in [("a.zip", 100, true), ("a.zip", 101, false), ("a.pdf", 1, false)] {
        let started = stack
            .start_upload()
            .file_name(name)
            .file_size_in_bytes(size)
            .send()
            .await;
        assert_eq!(started.is_ok(), taken, "{name} of {size} bytes");
    }
}
