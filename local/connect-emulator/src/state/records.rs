//! What changes while the emulator runs: files, cases, contacts, associations, limits, and tokens of earlier calls.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::options::Options;
use crate::state::association::{Association, FILE_SCANNER};
use crate::state::case::Case;
use crate::state::configuration::{Configuration, Scope};
use crate::state::contact::Contact;
use crate::state::error::OperationError;
use crate::state::file::File;

/// The instance's contents.
#[derive(Debug)]
pub(crate) struct Records {
    /// Oldest first.
    pub(crate) files: Vec<File>,
    /// Tokens of `StartAttachedFileUpload`, forgotten with their file.
    pub(crate) tokens: HashMap<String, TokenUse>,
    pub(crate) cases: Vec<Case>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) associations: Vec<Association>,
    /// Emails that were sent, oldest first, as `GET /_local/emails` lists them.
    pub(crate) emails: Vec<Value>,
    /// First request and answer of each token, by operation.
    answers: HashMap<(String, String), (Value, Value)>,
    configurations: BTreeMap<Scope, Configuration>,
}

/// The first use of a `ClientToken`.
#[derive(Clone, Debug)]
pub(crate) struct TokenUse {
    pub(crate) request: Value,
    pub(crate) answer: Value,
    pub(crate) file_id: String,
}

impl Records {
    /// The contents that the options name.
    pub(crate) fn new(options: &Options) -> Self {
        let (seeds, now) = (&options.seeds, options.clock.now());
        let contacts = seeds.contacts.iter();
        Self {
            files: Vec::new(),
            tokens: HashMap::new(),
            cases: seeds.cases.iter().map(Case::from).collect(),
            contacts: contacts.map(|seed| Contact::seeded(seed, now)).collect(),
            associations: Association::at_start(options),
            emails: Vec::new(),
            answers: HashMap::new(),
            configurations: BTreeMap::new(),
        }
    }

    /// The file with that id on that resource.
    pub(crate) fn file(&self, id: &str, resource_arn: &str) -> Result<&File, OperationError> {
        self.files
            .iter()
            .find(|file| file.file_id == id && file.associated_resource_arn == resource_arn)
            .ok_or_else(|| OperationError::not_found("File", id))
    }

    /// The file with that id, to be changed.
    pub(crate) fn file_mut(&mut self, id: &str) -> Result<&mut File, OperationError> {
        self.files
            .iter_mut()
            .find(|file| file.file_id == id)
            .ok_or_else(|| OperationError::not_found("File", id))
    }

    /// Removes a file, and the token that made it.
    pub(crate) fn remove(&mut self, id: &str) {
        self.files.retain(|file| file.file_id != id);
        self.tokens.retain(|_, used| used.file_id != id);
    }

    /// The contact with that id.
    pub(crate) fn contact(&self, id: &str) -> Result<&Contact, OperationError> {
        let mut contacts = self.contacts.iter();
        contacts
            .find(|contact| contact.id == id)
            .ok_or_else(|| OperationError::not_found("Contact", id))
    }

    /// ARN of the function that scans files, if the instance is associated with one.
    pub(crate) fn scanner(&self) -> Option<String> {
        let mut associations = self.associations.iter();
        let scanner = associations.find(|association| association.kind == FILE_SCANNER)?;
        Some(scanner.arn.clone())
    }

    /// The effective limits of the scope.
    pub(crate) fn configuration(&mut self, scope: Scope) -> &mut Configuration {
        self.configurations.entry(scope).or_default()
    }

    /// The attachment scope of the case or contact with that ARN, if it exists and takes files.
    pub(crate) fn scope_of(&self, options: &Options, resource_arn: &str) -> Option<Scope> {
        let is_it = |arn: String| arn == resource_arn;
        if self.cases.iter().any(|case| is_it(options.case_arn(&case.id))) {
            return Some(Scope::Case);
        }
        let mut contacts = self.contacts.iter();
        contacts.find(|one| is_it(options.contact_arn(&one.id)))?.scope()
    }

    /// The answer of `run`, or the first answer if the request's token was used before.
    ///
    /// # Errors
    /// The token was used with another request, or `run` fails, which leaves the token unused.
    pub(crate) fn once(
        &mut self,
        operation: &str,
        request: &Value,
        run: impl FnOnce(&mut Self) -> Result<Value, OperationError>,
    ) -> Result<Value, OperationError> {
        let token = ["ClientToken", "clientToken"].map(|name| request[name].as_str());
        let Some(token) = token.into_iter().flatten().next() else {
            return run(self);
        };
        let key = (operation.to_owned(), token.to_owned());
        match self.answers.get(&key) {
            Some((first, answer)) if first == request => Ok(answer.clone()),
            Some(_) => Err(OperationError::TokenReused),
            None => {
                let answer = run(self)?;
                self.answers.insert(key, (request.clone(), answer.clone()));
                Ok(answer)
            }
        }
    }
}
