//! `DescribeAttachedFilesConfiguration`: Connect's own limits.

use aws_sdk_connect::operation::describe_attached_files_configuration::DescribeAttachedFilesConfigurationOutput;
use aws_sdk_connect::types::{AttachmentScope, ExtensionConfiguration};
use broker_core::file::Extension;
use broker_core::limits::{FileLimits, Scope};

/// The scope as a type of the SDK.
#[must_use]
pub const fn attachment_scope(scope: Scope) -> AttachmentScope {
    match scope {
        Scope::Case => AttachmentScope::Case,
        Scope::Email => AttachmentScope::Email,
        Scope::Task => AttachmentScope::Task,
    }
}

/// The limits in `output`; a member that is absent has Connect's default.
///
/// INVARIANT: a member that is present holds, even if it allows nothing. An empty list of extensions allows no file, and
/// so does a size below 1, which Connect's model rules out.
#[must_use]
pub fn file_limits(output: DescribeAttachedFilesConfigurationOutput) -> FileLimits {
    let mut limits = FileLimits::default();
    let Some(configuration) = output.attached_files_configuration else {
        return limits;
    };
    if let Some(size) = configuration.maximum_size_limit_in_bytes {
        limits.max_file_size_bytes = u64::try_from(size).unwrap_or(0);
    }
    if let Some(extensions) = configuration.extension_configuration {
        limits.allowed_extensions = usable(&extensions).collect();
    }
    limits
}

/// The extensions that a `FileName` can have. Connect's own grammar also allows hyphens and underscores.
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
        assert_eq!(configured(None, None), default, "no member");
    }

    #[test]
    fn an_answer_that_allows_nothing_is_not_a_missing_answer() {
        let no_size = configured(Some(0), None);
        assert_eq!(no_size.max_file_size_bytes, 0, "no size");
        let negative = configured(Some(-1), None);
        assert_eq!(negative.max_file_size_bytes, 0, "a negative size");
        let none_listed = configured(None, Some(&[]));
        assert!(none_listed.allowed_extensions.is_empty(), "an empty list");
        assert_eq!(
            none_listed.max_file_size_bytes,
            FileLimits::default().max_file_size_bytes
        );
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
