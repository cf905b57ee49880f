//! `DescribeAttachedFilesConfiguration`: what Connect allows.

use aws_sdk_connect::operation::describe_attached_files_configuration::DescribeAttachedFilesConfigurationOutput;
use aws_sdk_connect::types::{AttachmentScope, ExtensionConfiguration};
use broker_core::file::Extension;
use broker_core::limits::{FileLimits, Scope};

/// The scope as Connect calls it.
pub(crate) const fn attachment_scope(scope: Scope) -> AttachmentScope {
    match scope {
        Scope::Case => AttachmentScope::Case,
        Scope::Email => AttachmentScope::Email,
        Scope::Task => AttachmentScope::Task,
    }
}

/// The limits in `output`; what it does not say is Connect's default.
pub(crate) fn file_limits(output: DescribeAttachedFilesConfigurationOutput) -> FileLimits {
    let mut limits = FileLimits::default();
    let Some(configuration) = output.attached_files_configuration else {
        return limits;
    };
    let size = configuration.maximum_size_limit_in_bytes;
    if let Some(size) = size
        .and_then(|size| u64::try_from(size).ok())
        .filter(|size| *size > 0)
    {
        limits.max_file_size_bytes = size;
    }
    // An empty list is no list: if it meant that nothing is allowed, Connect would say so of each file.
    let extensions = configuration.extension_configuration;
    if let Some(extensions) = extensions.filter(|listed| !listed.allowed_extensions.is_empty()) {
        limits.allowed_extensions = usable(&extensions).collect();
    }
    limits
}

/// The extensions that a file name can have here; Connect's own grammar also has hyphens and underscores.
fn usable(configuration: &ExtensionConfiguration) -> impl Iterator<Item = Extension> {
    let listed = configuration.allowed_extensions.iter();
    listed.filter_map(|allowed| Extension::parse(&allowed.extension).ok())
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::types::{AllowedExtension, AttachedFilesConfiguration};

    use super::*;

    fn configured(size: Option<i64>, extensions: Option<&[&str]>) -> FileLimits {
        let extensions = extensions.map(|names| {
            let each = names.iter().map(|name| {
                let extension = AllowedExtension::builder().extension(*name);
                extension.build().expect("complete")
            });
            let listed = ExtensionConfiguration::builder().set_allowed_extensions(Some(each.collect()));
            listed.build().expect("complete")
        });
        let configuration = AttachedFilesConfiguration::builder()
            .instance_id("i-1")
            .attachment_scope(AttachmentScope::Case)
            .set_maximum_size_limit_in_bytes(size)
            .set_extension_configuration(extensions)
            .build()
            .expect("complete");
        let output = DescribeAttachedFilesConfigurationOutput::builder();
        file_limits(output.attached_files_configuration(configuration).build())
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        let default = FileLimits::default();
        let nothing = DescribeAttachedFilesConfigurationOutput::builder().build();
        assert_eq!(file_limits(nothing), default);
        for (what, size, extensions) in [
            ("no member", None, None),
            ("no size", Some(0), None),
            ("a negative size", Some(-1), None),
            ("an empty list", None, Some(&[][..])),
        ] {
            assert_eq!(configured(size, extensions), default, "{what}");
        }
    }

    #[test]
    fn what_is_said_replaces_the_default() {
        let limits = configured(Some(104_857_600), Some(&["PDF", "log", "tar-gz", ""]));
        let names: Vec<_> = limits.allowed_extensions.iter().map(Extension::as_str).collect();
        assert_eq!(
            (limits.max_file_size_bytes, names),
            (104_857_600, vec!["log", "pdf"])
        );
        let unusable = configured(None, Some(&["tar-gz"]));
        assert!(
            unusable.allowed_extensions.is_empty(),
            "a list of others is still a list"
        );
    }
}
