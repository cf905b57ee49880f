//! A stack whose brokers share a table, and its callers, which have an issuer of their own.

use std::time::Duration;

use connect_emulator::Options as ConnectOptions;
use end_to_end_tests::{Caller, World, ask, shared_table, token};
use futures_util::future::join_all;
use local_stack::oidc;
use local_stack::seeds::{Arns, PEOPLE};
use local_stack::settings::{CLIENT_ID, SCOPE};
use local_stack::stack::ready_document;
use serde_json::{Map, Value};

/// Group of the callers, who are recorded as Ben, and of the intruder, who is recorded as Ada.
const CALLERS: &str = "callers";
const INTRUDERS: &str = "intruders";

/// Size and form of a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) callers: usize,
    pub(crate) instances: usize,
    pub(crate) concurrency: usize,
    /// `resources` of the callers' grant.
    pub(crate) resources: &'static str,
    pub(crate) has_table: bool,
    /// How long a scan takes.
    pub(crate) scan: Duration,
}

/// Bytes of each file.
pub(crate) const SIZE: usize = 100;

impl Form {
    /// A stack with a table, for callers whose requests need no look-up.
    pub(crate) const fn new(callers: usize, instances: usize, concurrency: usize) -> Self {
        Self {
            callers,
            instances,
            concurrency,
            resources: "any-contact",
            has_table: true,
            scan: Duration::ZERO,
        }
    }
}

/// A running stack and its callers.
pub(crate) struct Paced {
    pub(crate) world: World,
    pub(crate) callers: Vec<Caller>,
    /// A caller whose every request is denied after a look-up of the contact.
    pub(crate) intruder: Caller,
    /// Ben's contact, which takes any number of files.
    pub(crate) contact: String,
    _issuer: oidc::Running,
}

impl Paced {
    /// Starts every instance and gives each caller a token.
    pub(crate) async fn start(form: Form) -> Self {
        let issuer = issuer(form.callers).await;
        let rules = rules(issuer.issuer(), form.resources);
        let world = World::start(|options| {
            options.quota = true;
            options.scan_delay = form.scan;
            options.max_instances = form.instances;
            options.concurrency = form.concurrency;
            options.timeout = Duration::from_secs(25);
            options.further_settings = rules;
            options.shared_table = form.has_table.then(shared_table);
            options.broker_environment = vec![("AWS_LAMBDA_LOG_LEVEL".to_owned(), "INFO".to_owned())];
        })
        .await;
        let sign_in = async |name: String| {
            Caller::with_token(&world, &token(&world.http, issuer.issuer(), &name, None).await)
        };
        let callers = join_all((0..form.callers).map(|number| sign_in(name(number)))).await;
        let intruder = sign_in(INTRUDERS.to_owned()).await;
        let contacts = &ready_document(world.stack())["seeds"]["contacts"];
        let contact = contacts[1]["arn"].as_str().expect("the task").to_owned();
        start_all(&world, form).await;
        Self {
            world,
            callers,
            intruder,
            contact,
            _issuer: issuer,
        }
    }

    /// The body of a request for an upload.
    pub(crate) fn body(&self, name: &str) -> Value {
        ask(&format!("{name}.pdf"), SIZE, &self.contact)
    }

    /// Calls to the shared table so far, as DynamoDB would count them: it returns the row with a refusal, and the stand-in
    /// is asked for it by `GetItem`.
    pub(crate) async fn table_calls(&self) -> u64 {
        let calls = self.world.table_calls().await;
        let counted = calls.iter().filter(|(operation, _)| *operation != "GetItem");
        counted.map(|(_, count)| count).sum()
    }
}

fn name(number: usize) -> String {
    format!("caller-{number}")
}

/// As many requests as the instances take at once, so that every instance is running afterwards.
async fn start_all(world: &World, form: Form) {
    let nobody = Caller::with_token(world, "none");
    let requests = (0..form.instances * form.concurrency).map(|_| nobody.limits());
    join_all(requests).await;
}

async fn issuer(callers: usize) -> oidc::Running {
    let user = |username: String, group: &str| oidc::User {
        subject: format!("subject-of-{username}"),
        username,
        groups: vec![group.to_owned()],
        claims: Map::new(),
    };
    let callers = (0..callers).map(|number| user(name(number), CALLERS));
    let intruder = user(INTRUDERS.to_owned(), INTRUDERS);
    let options = oidc::Options {
        client_id: CLIENT_ID.to_owned(),
        scopes: vec![SCOPE.to_owned()],
        allowed_origins: Vec::new(),
        token_lifetime: Duration::from_hours(1),
        users: callers.chain([intruder]).collect(),
    };
    let served = oidc::serve(([127, 0, 0, 1], 0).into(), options).await;
    served.expect("an identity provider")
}

/// Settings that admit both groups.
fn rules(issuer: &str, resources: &str) -> String {
    let arns = Arns::of(&ConnectOptions::default());
    let arn = |at: usize| arns.user(PEOPLE[at].connect_user_id.expect("an agent"));
    let group = |group: &str, user: &str, resources: &str| {
        let when =
            format!(r#"when = {{ issuer = "{issuer}", claim = "cognito:groups", contains = "{group}" }}"#);
        format!("[[identity]]\n{when}\nuser = \"{user}\"\n[[grant]]\n{when}\nresources = \"{resources}\"\n")
    };
    format!(
        "[[issuer]]\nurl = \"{issuer}\"\nprofile = \"cognito-access\"\naudiences = [\"{CLIENT_ID}\"]\n\
         algorithms = [\"RS256\"]\n{}{}",
        group(CALLERS, &arn(1), resources),
        group(INTRUDERS, &arn(0), "own-contacts"),
    )
}
