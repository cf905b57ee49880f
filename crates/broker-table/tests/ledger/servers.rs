//! Tables on the servers that the suite runs against.

use std::cell::Cell;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex,
    Projection, ProjectionType, ScalarAttributeType, TableStatus,
};
use aws_types::SdkConfig;
use aws_types::region::Region;
use broker_table::{Table, TableFault};

thread_local! {
    /// The faults that tables told in this test: unavailable, unreadable.
    static FAULTS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

fn observe(fault: TableFault) {
    let (unavailable, unreadable) = FAULTS.get();
    FAULTS.set(match fault {
        TableFault::Unavailable => (unavailable + 1, unreadable),
        TableFault::Unreadable => (unavailable, unreadable + 1),
    });
}

/// The faults since this was last asked: unavailable, unreadable.
pub(crate) fn take_faults() -> (usize, usize) {
    FAULTS.take()
}

fn element(name: &str, kind: KeyType) -> KeySchemaElement {
    let element = KeySchemaElement::builder().attribute_name(name).key_type(kind);
    element.build().expect("a key")
}

/// A server and a client of it.
pub(crate) struct Server {
    pub(crate) name: String,
    config: SdkConfig,
    pub(crate) client: aws_sdk_dynamodb::Client,
}

impl Server {
    pub(crate) fn new(name: &str, url: &str) -> Self {
        let credentials = Credentials::new("local", "local", None, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self {
            name: name.to_owned(),
            client: aws_sdk_dynamodb::Client::new(&config),
            config,
        }
    }

    /// The servers that `LEDGER_SERVERS` names.
    #[expect(clippy::disallowed_methods, reason = "the step hands the servers over in it")]
    pub(crate) fn all() -> Vec<Self> {
        let named = std::env::var("LEDGER_SERVERS").unwrap_or_default();
        let pairs = named
            .split_whitespace()
            .map(|pair| pair.split_once('=').expect("NAME=URL"));
        pairs.map(|(name, url)| Self::new(name, url)).collect()
    }

    /// Whether it compares values of different types, as DynamoDB does. moto fails with an error of its own.
    pub(crate) fn compares_types(&self) -> bool {
        self.name != "moto"
    }

    /// A table of its own for one test, with these keys and the indexes of the shared table.
    pub(crate) async fn table_with_keys(&self, keys: [&str; 2]) -> Table {
        let name = format!("t-{}", fastrand::u64(..));
        let kinds = [KeyType::Hash, KeyType::Range];
        let mut request = self
            .client
            .create_table()
            .table_name(&name)
            .billing_mode(BillingMode::PayPerRequest);
        for (key, kind) in keys.into_iter().zip(kinds.clone()) {
            request = request.key_schema(element(key, kind));
        }
        let [pk, sk] = keys;
        let numbers = [
            ("due", ScalarAttributeType::N),
            ("startedAt", ScalarAttributeType::N),
        ];
        let texts = [pk, sk, "queue"].map(|name| (name, ScalarAttributeType::S));
        for (name, kind) in texts.into_iter().chain(numbers) {
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(kind);
            request = request.attribute_definitions(attribute.build().expect("an attribute"));
        }
        let [hash, range] = kinds;
        let all = Projection::builder().projection_type(ProjectionType::All).build();
        let due = GlobalSecondaryIndex::builder()
            .index_name("due")
            .key_schema(element("queue", hash.clone()))
            .key_schema(element("due", range.clone()))
            .projection(all.clone());
        let recent = LocalSecondaryIndex::builder()
            .index_name("recent")
            .key_schema(element(pk, hash))
            .key_schema(element("startedAt", range))
            .projection(all);
        request = request
            .global_secondary_indexes(due.build().expect("an index"))
            .local_secondary_indexes(recent.build().expect("an index"));
        request.send().await.expect("a table");
        let is_active = async || {
            let described = self.client.describe_table().table_name(&name).send().await;
            described.expect("a table").table.expect("a table").table_status == Some(TableStatus::Active)
        };
        while !is_active().await {
            tokio::task::yield_now().await;
        }
        self.table(&name)
    }

    pub(crate) async fn new_table(&self) -> Table {
        self.table_with_keys(["pk", "sk"]).await
    }

    /// The table `name`, which may not be there. It gets all the time that a busy machine needs.
    pub(crate) fn table(&self, name: &str) -> Table {
        Table::new(&self.config, name.to_owned(), Duration::from_mins(1), observe)
    }

    /// The table `name` as a broker waits for it.
    pub(crate) fn hasty_table(&self, name: &str) -> Table {
        Table::new(
            &self.config,
            name.to_owned(),
            broker_table::ANSWER_WITHIN,
            observe,
        )
    }
}
