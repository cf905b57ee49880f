//! Routes of the operations, from the models' `http` traits.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::{Operation, Service, services};

/// A request's operation, and the labels of its path by name, not checked yet.
pub(crate) struct Routed {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static Operation,
    pub(crate) labels: BTreeMap<&'static str, String>,
}

/// The operation with that method and raw path.
pub(crate) fn route(method: &str, path: &str) -> Option<Routed> {
    services().iter().find_map(|service| {
        service
            .operations
            .values()
            .filter(|operation| operation.http.method == method)
            .find_map(|operation| {
                let labels = match_path(&operation.http.request_uri, path)?;
                Some(Routed {
                    service,
                    operation,
                    labels,
                })
            })
    })
}

/// The labels of `path` by `template`. A label is one whole segment and never empty.
fn match_path<'t>(template: &'t str, path: &str) -> Option<BTreeMap<&'t str, String>> {
    let mut labels = BTreeMap::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(label) if !segment.is_empty() => {
                labels.insert(
                    label,
                    percent_decode_str(segment).decode_utf8().ok()?.into_owned(),
                );
            }
            None if segment == expected => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::route;

    #[test]
    fn finds_the_operation_the_model_names_for_a_method_and_path() {
        for (method, path, expected) in [
            ("PUT", "/attached-files/i", Some("StartAttachedFileUpload")),
            ("POST", "/attached-files/i", Some("BatchGetAttachedFileMetadata")),
            ("POST", "/attached-files/i/f", Some("CompleteAttachedFileUpload")),
            ("GET", "/attached-files/i/f", Some("GetAttachedFile")),
            ("DELETE", "/attached-files/i/f", Some("DeleteAttachedFile")),
            (
                "GET",
                "/attached-files-configurations/i",
                Some("ListAttachedFilesConfigurations"),
            ),
            (
                "GET",
                "/attached-files-configurations/i/CASE",
                Some("DescribeAttachedFilesConfiguration"),
            ),
            (
                "POST",
                "/attached-files-configurations/i/CASE",
                Some("UpdateAttachedFilesConfiguration"),
            ),
            ("POST", "/search-users", Some("SearchUsers")),
            ("GET", "/users/i/u", Some("DescribeUser")),
            ("GET", "/contacts/i/c", Some("DescribeContact")),
            (
                "GET",
                "/instance/i/storage-configs",
                Some("ListInstanceStorageConfigs"),
            ),
            (
                "GET",
                "/instance/i/integration-associations",
                Some("ListIntegrationAssociations"),
            ),
            (
                "PUT",
                "/instance/i/integration-associations",
                Some("CreateIntegrationAssociation"),
            ),
            (
                "DELETE",
                "/instance/i/integration-associations/a",
                Some("DeleteIntegrationAssociation"),
            ),
            ("PUT", "/contact/create-contact", Some("CreateContact")),
            ("PUT", "/contact/task", Some("StartTaskContact")),
            (
                "PUT",
                "/contact/outbound-email",
                Some("StartOutboundEmailContact"),
            ),
            ("POST", "/domains/d/cases", Some("CreateCase")),
            ("POST", "/domains/d/cases/c", Some("GetCase")),
            ("POST", "/attached-files/i/f/", None),
            ("PUT", "/attached-files/", None),
            ("PUT", "/attached-files", None),
            ("PATCH", "/attached-files/i", None),
            ("PUT", "/attached-files/%FF", None),
        ] {
            let found = route(method, path).map(|routed| routed.operation.name.as_str());
            assert_eq!(found, expected, "{method} {path}");
        }
    }

    #[test]
    fn decodes_a_label_after_the_path_was_split() {
        let routed = route("POST", "/attached-files/i/a%2Fb%20c").expect("one segment");
        assert_eq!(routed.labels["FileId"], "a/b c");
        assert_eq!(routed.labels["InstanceId"], "i");
    }
}
