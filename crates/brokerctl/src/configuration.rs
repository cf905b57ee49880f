//! Reads settings from a file of rules and an environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use broker_core::arn::ResourceArn;
use broker_http::settings::{Settings, SettingsError};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::check::print_faults;
use crate::stand_ins::stand_ins;

/// The environment in which a file of rules is read.
#[derive(Args)]
pub(crate) struct Environment {
    #[command(flatten)]
    env_file: EnvFile,
    /// Reads no environment: takes the deployment from the ARNs in the rules, then from the resource in question, or
    /// invents it.
    #[arg(long, conflicts_with = "env_file")]
    rules_only: bool,
}

/// The variables of a deployment.
#[derive(Args)]
pub(crate) struct EnvFile {
    /// Reads the variables from lines NAME=VALUE of this file instead of the process's environment.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

/// Path of a file of rules.
#[derive(Args)]
pub(crate) struct Config {
    /// The TOML file of the rules.
    #[arg(value_name = "CONFIG", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) config: String,
}

/// A file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub(crate) struct ReadError {
    path: PathBuf,
    source: io::Error,
}

/// The text of the file at `path`.
pub(crate) fn read(path: &Path) -> Result<String, ReadError> {
    fs::read_to_string(path).map_err(|source| ReadError {
        path: path.into(),
        source,
    })
}

/// Why an environment cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvFileError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// A line sets no variable. Its text may be a secret and is not shown.
    #[error("{}, line {line}: must be NAME=VALUE", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The environment cannot be read.
    #[error(transparent)]
    EnvFile(#[from] EnvFileError),
    /// The settings are at fault; the faults were printed.
    #[error("the settings are at fault")]
    Settings,
}

impl Environment {
    /// The same as [`settings`](Self::settings), whose faults are printed.
    pub(crate) fn sound(&self, config: &str, resource: Option<&ResourceArn>) -> Result<Settings, LoadError> {
        self.settings(config, resource)?.map_err(|faults| {
            print_faults(&faults);
            LoadError::Settings
        })
    }

    /// The settings that the broker would read at its start with `config` as its file; `resource` is the resource in
    /// question, if there is one.
    pub(crate) fn settings(
        &self,
        config: &str,
        resource: Option<&ResourceArn>,
    ) -> Result<Result<Settings, Vec<SettingsError>>, EnvFileError> {
        if self.rules_only {
            let rules = fs::read_to_string(config).unwrap_or_default();
            return Ok(settings_in(config, Some(&stand_ins(&rules, resource))));
        }
        self.env_file.settings(config)
    }

    /// Whether the facts of the deployment are stand-ins.
    pub(crate) const fn is_stand_in(&self) -> bool {
        self.rules_only
    }
}

impl EnvFile {
    /// The settings that the broker would read at its start with `config` as its file.
    pub(crate) fn settings(
        &self,
        config: &str,
    ) -> Result<Result<Settings, Vec<SettingsError>>, EnvFileError> {
        let variables = self.env_file.as_deref().map(read_env_file).transpose()?;
        Ok(settings_in(config, variables.as_ref()))
    }
}

/// The settings in `config` and `variables`, or in the process's environment if `variables` is `None`.
pub(crate) fn settings_in(
    config: &str,
    variables: Option<&BTreeMap<String, String>>,
) -> Result<Settings, Vec<SettingsError>> {
    let lookup = |name: &str| match (name, variables) {
        ("BROKER_CONFIG", _) => Some(config.to_owned()),
        (_, Some(variables)) => variables.get(name).cloned(),
        (_, None) => process_variable(name),
    };
    Settings::from(lookup, |path| fs::read(path))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command's own environment is handed over here"
)]
pub(crate) fn process_variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_env_file(path: &Path) -> Result<BTreeMap<String, String>, EnvFileError> {
    parse_env_file(&read(path)?).map_err(|line| EnvFileError::Line {
        path: path.into(),
        line,
    })
}

/// The variables, or the number of the first line that sets none. Empty lines and comments (`#`) are skipped.
fn parse_env_file(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let lines = text.lines().zip(1..);
    let given = lines.filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    given
        .map(|(line, number)| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let variable = line
                .split_once('=')
                .filter(|(name, _)| !name.is_empty() && name.chars().all(is_name));
            variable
                .map(|(name, value)| (name.into(), value.into()))
                .ok_or(number)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sets_a_variable_to_all_behind_its_first_equals_sign() {
        let text = "# facts\n\nSTAGE=prod\nHANDLE_KEYS=BwcH=\nBASE_PATH=\nSTAGE= a \n";
        let expected = [("STAGE", " a "), ("HANDLE_KEYS", "BwcH="), ("BASE_PATH", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parse_env_file(text), Ok(expected.into()));
    }

    #[test]
    fn a_line_that_sets_nothing_is_named_by_its_number() {
        for (text, line) in [
            ("A=1\nB", 2),
            ("=1", 1),
            ("export A=1", 1),
            ("A = 1", 1),
            (" A=1", 1),
        ] {
            assert_eq!(parse_env_file(text), Err(line), "{text:?}");
        }
    }
}
