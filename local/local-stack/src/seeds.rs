//! The users, cases and contacts of the local stack: one list for issuer, Connect, settings and page.

use connect_emulator::{CASE_TEMPLATE_ID, Channel, SeedCase, SeedContact, SeedUser};
use serde_json::{Value, json};

use crate::origins::Origins;

/// Group of the Connect users.
pub const AGENTS: &str = "agents";

/// Group of the customers.
pub const CUSTOMERS: &str = "customers";

/// Role that the stack's credentials belong to, as API Gateway sees it under IAM authorization.
pub const ROLE: &str = "local-backend";

/// A user who can get a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// User name.
    pub username: &'static str,
    /// `sub` of their tokens.
    pub subject: &'static str,
    /// Their `cognito:groups`.
    pub group: &'static str,
    /// Id of the Connect user that uploads are attributed to; `None` if Connect does not know the user.
    pub connect_user_id: Option<&'static str>,
    /// Cases in their `case_ids` claim.
    pub case_ids: &'static [&'static str],
}

/// User name and id of the Connect user that uploads of customers are attributed to.
pub const SERVICE_USER: (&str, &str) = ("portal.service", "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b03");

/// Group of the backends, which name the Connect user in each request.
pub const BACKENDS: &str = "backends";

/// A backend that acts for Connect users. It is not in `PEOPLE`, because it is neither an agent nor a stranger.
pub const BACKEND: Person = Person {
    username: "crm.backend",
    subject: "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e05",
    group: BACKENDS,
    connect_user_id: None,
    case_ids: &[],
};

/// Ids of the cases of the domain.
pub const CASE_IDS: [&str; 8] = [
    "c0ffee00-1111-4a4a-8b8b-000000000001",
    "c0ffee00-1111-4a4a-8b8b-000000000002",
    "c0ffee00-1111-4a4a-8b8b-000000000003",
    "c0ffee00-1111-4a4a-8b8b-000000000004",
    "c0ffee00-1111-4a4a-8b8b-000000000005",
    "c0ffee00-1111-4a4a-8b8b-000000000006",
    "c0ffee00-1111-4a4a-8b8b-000000000007",
    "c0ffee00-1111-4a4a-8b8b-000000000008",
];

/// A customer, who may use the first four cases.
pub const CARL: Person = Person {
    username: "carl.customer",
    subject: "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e03",
    group: CUSTOMERS,
    connect_user_id: Some(SERVICE_USER.1),
    case_ids: &[CASE_IDS[0], CASE_IDS[1], CASE_IDS[2], CASE_IDS[3]],
};

/// An agent that Connect does not know.
pub const URSULA: Person = Person {
    username: "ursula.unknown",
    subject: "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e04",
    group: AGENTS,
    connect_user_id: None,
    case_ids: &[],
};

/// Every user. The first eight are agents, who may use every case.
pub const PEOPLE: [Person; 10] = [
    agent(
        "ada.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e01",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b01",
    ),
    agent(
        "ben.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e02",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b02",
    ),
    agent(
        "cleo.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e11",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b11",
    ),
    agent(
        "dana.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e12",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b12",
    ),
    agent(
        "edgar.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e13",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b13",
    ),
    agent(
        "fay.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e14",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b14",
    ),
    agent(
        "gus.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e15",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b15",
    ),
    agent(
        "hana.agent",
        "0d6f3a4e-58a1-4b0e-9a40-6b1f0c2d7e16",
        "7f3c0c52-3f0e-4a1b-9d2a-2f6f0d1c9b16",
    ),
    CARL,
    URSULA,
];

/// An agent, who may use every case and contact.
const fn agent(username: &'static str, subject: &'static str, connect_user_id: &'static str) -> Person {
    Person {
        username,
        subject,
        group: AGENTS,
        connect_user_id: Some(connect_user_id),
        case_ids: &[],
    }
}

/// The contacts: id, channel, and the agent who accepted it.
const CONTACTS: [(&str, Channel, Option<&str>); 2] = [
    (
        "beefbeef-2222-4c4c-9d9d-000000000001",
        Channel::Email,
        PEOPLE[0].connect_user_id,
    ),
    (
        "beefbeef-2222-4c4c-9d9d-000000000002",
        Channel::Task,
        PEOPLE[1].connect_user_id,
    ),
];

/// ARNs of one instance and its Cases domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arns {
    /// `arn:aws:connect:...:instance/...`
    pub instance: String,
    /// `arn:aws:cases:...:domain/...`
    pub cases_domain: String,
}

impl Arns {
    /// ARNs as the emulator with these options uses them.
    #[must_use]
    pub fn of(connect: &connect_emulator::Options) -> Self {
        let connect_emulator::Options {
            region,
            account,
            instance_id,
            cases_domain_id,
            ..
        } = connect;
        Self {
            instance: format!("arn:aws:connect:{region}:{account}:instance/{instance_id}"),
            cases_domain: format!("arn:aws:cases:{region}:{account}:domain/{cases_domain_id}"),
        }
    }

    /// ARN of a Connect user.
    #[must_use]
    pub fn user(&self, id: &str) -> String {
        format!("{}/agent/{id}", self.instance)
    }

    /// ARN of a case.
    #[must_use]
    pub fn case(&self, id: &str) -> String {
        format!("{}/case/{id}", self.cases_domain)
    }

    /// ARN of the role that the stack's credentials belong to.
    #[must_use]
    pub fn role(&self) -> String {
        let account = self.instance.split(':').nth(4).unwrap_or_default();
        format!("arn:aws:iam::{account}:role/{ROLE}")
    }

    /// ARN of a contact.
    #[must_use]
    pub fn contact(&self, id: &str) -> String {
        format!("{}/contact/{id}", self.instance)
    }
}

/// Users, cases and contacts in Connect.
#[must_use]
pub fn of_connect() -> connect_emulator::Seeds {
    let user = |username: &str, id: &str| SeedUser {
        username: username.to_owned(),
        id: id.to_owned(),
    };
    let agents = PEOPLE.iter().filter(|person| person.group == AGENTS);
    let mut users: Vec<_> = agents
        .filter_map(|person| Some(user(person.username, person.connect_user_id?)))
        .collect();
    users.push(user(SERVICE_USER.0, SERVICE_USER.1));
    let case = |id: &&str| SeedCase {
        id: (*id).to_owned(),
        customer_id: None,
    };
    let contact = |(id, channel, agent): &(&str, Channel, Option<&str>)| SeedContact {
        id: (*id).to_owned(),
        channel: *channel,
        agent_id: agent.map(str::to_owned),
        ended: false,
    };
    connect_emulator::Seeds {
        users,
        cases: CASE_IDS.iter().map(case).collect(),
        contacts: CONTACTS.iter().map(contact).collect(),
    }
}

/// `GET /seeds.json` of the page's origin.
///
/// `users` have a Connect user, whose ARN is `connectUserArn`; `strangers` have a token only. A new case has the template
/// `caseTemplateId`.
#[must_use]
pub fn document(arns: &Arns, origins: &Origins) -> Value {
    let known = PEOPLE.iter().filter_map(|person| {
        let arn = arns.user(person.connect_user_id?);
        Some(json!({"username": person.username, "connectUserArn": arn}))
    });
    let strangers = PEOPLE.iter().filter(|person| person.connect_user_id.is_none());
    let cases = CASE_IDS.iter().map(|id| json!({"arn": arns.case(id)}));
    let contacts = CONTACTS.iter().map(|(id, ..)| json!({"arn": arns.contact(id)}));
    json!({
        "instanceArn": arns.instance,
        "casesDomainArn": arns.cases_domain,
        "caseTemplateId": CASE_TEMPLATE_ID,
        "users": known.collect::<Vec<_>>(),
        "strangers": strangers.map(|person| json!({"username": person.username})).collect::<Vec<_>>(),
        "cases": cases.collect::<Vec<_>>(),
        "contacts": contacts.collect::<Vec<_>>(),
        "origins": origins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns() -> Arns {
        Arns::of(&connect_emulator::Options::default())
    }

    #[test]
    fn the_page_lists_whom_connect_can_record_with_the_eight_agents_first() {
        let document = document(&arns(), &Origins::default());
        let users = document["users"].as_array().expect("a list");
        let names: Vec<_> = users
            .iter()
            .map(|user| user["username"].as_str().expect("a name"))
            .collect();
        assert_eq!(names[..2], ["ada.agent", "ben.agent"]);
        assert_eq!(names.iter().filter(|name| name.contains(".agent")).count(), 8);
        assert_eq!(names[8..], ["carl.customer"]);
        assert_eq!(document["cases"].as_array().map(Vec::len), Some(8));
        assert_eq!(document["strangers"], json!([{"username": "ursula.unknown"}]));
    }

    #[test]
    fn every_arn_of_the_page_is_of_something_that_exists_in_connect() {
        let document = document(&arns(), &Origins::default());
        let seeds = of_connect();
        for user in document["users"].as_array().expect("a list") {
            let arn = user["connectUserArn"].as_str().expect("an ARN");
            assert!(
                seeds.users.iter().any(|seed| arns().user(&seed.id) == arn),
                "{arn}"
            );
        }
        for case in document["cases"].as_array().expect("a list") {
            let arn = case["arn"].as_str().expect("an ARN");
            assert!(
                seeds.cases.iter().any(|seed| arns().case(&seed.id) == arn),
                "{arn}"
            );
        }
    }

    #[test]
    fn a_stranger_is_not_in_connect() {
        assert!(
            of_connect()
                .users
                .iter()
                .all(|user| user.username != "ursula.unknown")
        );
    }
}
