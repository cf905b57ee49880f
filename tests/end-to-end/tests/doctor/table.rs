//! The table of faults: how each is made, which verdicts it changes, and what the report says.

use serde_json::json;

use crate::patient::Patient;

/// Brings a fault about.
pub(crate) type Arm = fn(&mut Patient);

/// A fault, the verdicts that it changes, and words that the first changed check must show.
pub(crate) struct Fault {
    pub(crate) what: &'static str,
    pub(crate) arm: Arm,
    pub(crate) changes: &'static [(&'static str, &'static str)],
    pub(crate) words: &'static [&'static str],
}

const STORAGE: &str = "ListInstanceStorageConfigs";
const ASSOCIATIONS: &str = "ListIntegrationAssociations";
const LIMITS: &str = "DescribeAttachedFilesConfiguration";

/// The checks that fail or do not run if the bucket is not known.
const NO_BUCKET: &[(&str, &str)] = &[
    ("storage", "wrong"),
    ("upload-hosts", "not-checked"),
    ("bucket-cors", "not-checked"),
];

/// The checks that do not run if the account cannot be asked.
macro_rules! nothing_asked {
    ($($change:expr),+) => {
        &[
            $($change,)+
            ("storage", "not-checked"),
            ("upload-hosts", "not-checked"),
            ("bucket-cors", "not-checked"),
            ("cases-domain", "not-checked"),
            ("limits", "not-checked"),
            ("users", "not-checked"),
            ("cases", "not-checked"),
            ("contacts", "not-checked"),
        ]
    };
}
pub(crate) use nothing_asked;

pub(crate) const OF_SETTINGS: &[Fault] = &[
    Fault {
        what: "two faults of the settings",
        arm: |patient| {
            patient.set("HANDLE_KEYS", "short");
            patient.replace("audiences", "audience");
        },
        changes: nothing_asked![
            ("settings", "wrong"),
            ("region", "not-checked"),
            ("credentials", "not-checked"),
            ("clock", "not-checked"),
            ("instance", "not-checked"),
            ("issuers", "not-checked"),
            ("bucket-policy", "not-checked"),
            ("object-lock", "not-checked"),
            ("bucket-keys", "not-checked"),
            ("scanner", "not-checked"),
            ("role", "not-checked"),
            ("table", "not-checked"),
            ("finisher", "not-checked"),
            ("concurrency", "not-checked"),
            ("quotas", "not-checked"),
            ("alarms", "not-checked"),
            ("api", "not-checked"),
            ("api-cors", "not-checked"),
            ("live-rules", "not-checked"),
            ("token", "not-checked"),
            ("upload", "not-checked")
        ],
        words: &[
            "HANDLE_KEYS[0]: ",
            "issuer[0].audience: is not a known member",
            "issuer[0].audiences: is required",
        ],
    },
    Fault {
        what: "another region",
        arm: |patient| patient.set("AWS_REGION", "us-east-1"),
        changes: nothing_asked![
            ("region", "wrong"),
            ("credentials", "not-checked"),
            ("clock", "not-checked"),
            ("instance", "not-checked")
        ],
        words: &["us-east-1", "set AWS_REGION=eu-west-1"],
    },
    Fault {
        what: "no credentials",
        arm: |patient| patient.set("AWS_ACCESS_KEY_ID", ""),
        changes: nothing_asked![
            ("credentials", "wrong"),
            ("clock", "not-checked"),
            ("instance", "not-checked")
        ],
        words: &["there are no credentials", "export-credentials"],
    },
    Fault {
        what: "a user of the rules who is not in the directory",
        arm: |patient| patient.replace("[\"ada.agent\"]", "[\"Ada.Agent\"]"),
        changes: &[("users", "wrong")],
        words: &["grant[7].on_behalf_of", "Ada.Agent"],
    },
    Fault {
        what: "a fixed user who does not exist",
        arm: |patient| patient.replace("agent/7f3c0c52", "agent/00000000"),
        changes: &[("users", "wrong")],
        words: &["identity[1].user", "agent/00000000", "list-users"],
    },
    Fault {
        what: "upload hosts without the bucket's",
        arm: |patient| {
            let store = patient.environment["AWS_ENDPOINT_URL_S3"].clone();
            patient.rules = patient.rules.replace(&store, "*.example.com");
        },
        changes: &[("upload-hosts", "wrong")],
        words: &[
            "upload_hosts does not admit http://127.0.0.1",
            "to upload_hosts in broker.toml",
        ],
    },
];

pub(crate) const OF_ACCOUNT: &[Fault] = &[
    Fault {
        what: "expired credentials",
        arm: |patient| patient.fails(STORAGE, 403, "ExpiredTokenException"),
        changes: nothing_asked![("credentials", "wrong"), ("instance", "not-checked")],
        words: &["ExpiredTokenException", "renew"],
    },
    Fault {
        what: "another instance",
        arm: |patient| patient.replace("11111111-aaaa", "99999999-aaaa"),
        changes: nothing_asked![("instance", "wrong")],
        words: &[
            "ListInstanceStorageConfigs: nothing was found",
            "CONNECT_INSTANCE_ARN",
        ],
    },
    Fault {
        what: "no storage for attachments",
        arm: |patient| patient.answers(STORAGE, &json!({"StorageConfigs": []})),
        changes: NO_BUCKET,
        words: &["no storage config of type ATTACHMENTS", "Data storage"],
    },
    Fault {
        what: "storage that is no bucket",
        arm: |patient| {
            let config =
                json!({"StorageType": "KINESIS_STREAM", "KinesisStreamConfig": {"StreamArn": "arn"}});
            patient.answers(STORAGE, &json!({"StorageConfigs": [config]}));
        },
        changes: NO_BUCKET,
        words: &["attachments go to KINESIS_STREAM", "choose an S3 bucket"],
    },
    Fault {
        what: "no Cases domain",
        arm: |patient| patient.answers(ASSOCIATIONS, &json!({"IntegrationAssociationSummaryList": []})),
        changes: &[("cases-domain", "wrong")],
        words: &["associated with no Cases domain"],
    },
    Fault {
        what: "another Cases domain",
        arm: |patient| {
            let other = json!({"IntegrationArn": "arn:aws:cases:eu-west-1:111122223333:domain/other"});
            patient.answers(
                ASSOCIATIONS,
                &json!({"IntegrationAssociationSummaryList": [other]}),
            );
        },
        changes: &[("cases-domain", "wrong")],
        words: &[
            "associated with arn:aws:cases:eu-west-1:111122223333:domain/other",
            "CasesDomainArn",
        ],
    },
    Fault {
        what: "limits under the rules'",
        arm: |patient| {
            let extensions = json!([{"Extension": "docx"}]);
            let limits = json!({
                "InstanceId": "i", "AttachmentScope": "CASE", "MaximumSizeLimitInBytes": 1_048_576,
                "ExtensionConfiguration": {"AllowedExtensions": extensions},
            });
            patient.answers(LIMITS, &json!({"AttachedFilesConfiguration": limits}));
        },
        changes: &[("limits", "wrong")],
        words: &[
            "grant[7].max_file_size_bytes is 20971520",
            "limit is 1048576",
            "allowed_extensions has pdf",
        ],
    },
    Fault {
        what: "a denial of ListInstanceStorageConfigs",
        arm: |patient| patient.fails(STORAGE, 403, "AccessDeniedException"),
        changes: NO_BUCKET,
        words: &["allow connect:ListInstanceStorageConfigs on arn:aws:connect:"],
    },
    Fault {
        what: "a denial of ListIntegrationAssociations",
        arm: |patient| patient.fails(ASSOCIATIONS, 403, "AccessDeniedException"),
        changes: &[("cases-domain", "wrong")],
        words: &["allow connect:ListIntegrationAssociations on arn:aws:connect:"],
    },
    Fault {
        what: "a denial of DescribeAttachedFilesConfiguration",
        arm: |patient| patient.fails(LIMITS, 403, "AccessDeniedException"),
        changes: &[("limits", "wrong")],
        words: &[
            "allow connect:DescribeAttachedFilesConfiguration on arn:",
            "statement ReadLimits",
        ],
    },
    Fault {
        what: "a denial of SearchUsers",
        arm: |patient| patient.fails("SearchUsers", 403, "AccessDeniedException"),
        changes: &[("users", "wrong")],
        words: &["allow connect:SearchUsers on arn:", "UsernameLookup=true"],
    },
    Fault {
        what: "a denial of DescribeUser",
        arm: |patient| patient.fails("DescribeUser", 403, "AccessDeniedException"),
        changes: &[("users", "wrong")],
        words: &["allow connect:DescribeUser on arn:", "statement DescribeUser"],
    },
    Fault {
        what: "a denial of GetCase",
        arm: |patient| patient.fails("GetCase", 403, "AccessDeniedException"),
        changes: &[("cases", "wrong")],
        words: &[
            "allow cases:GetCase on arn:",
            "/case/*",
            "CaseCustomerLookup=true",
        ],
    },
    Fault {
        what: "a denial of DescribeContact",
        arm: |patient| patient.fails("DescribeContact", 403, "AccessDeniedException"),
        changes: &[("contacts", "wrong")],
        words: &[
            "allow connect:DescribeContact on arn:",
            "/contact/*",
            "ContactLookup=true",
        ],
    },
    Fault {
        what: "a throttled SearchUsers",
        arm: |patient| patient.fails("SearchUsers", 429, "TooManyRequestsException"),
        changes: &[("users", "unknown")],
        words: &["SearchUsers: throttled", "run this again"],
    },
    Fault {
        what: "a failure of AWS",
        arm: |patient| patient.fails("DescribeContact", 500, "InternalServiceException"),
        changes: &[("contacts", "unknown")],
        words: &["DescribeContact: status 500", "later"],
    },
];

pub(crate) const OF_BUCKET: &[Fault] = &[
    Fault {
        what: "CORS without the origin",
        arm: |patient| patient.cors[0].allowed_origins = vec!["https://other.example.com".to_owned()],
        changes: &[("bucket-cors", "wrong")],
        words: &["403: the origin is not allowed", "to AllowedOrigins"],
    },
    Fault {
        what: "CORS without PUT",
        arm: |patient| patient.cors[0].allowed_methods = vec!["GET".to_owned()],
        changes: &[("bucket-cors", "wrong")],
        words: &["PUT is not allowed", "AllowedMethods"],
    },
    Fault {
        what: "CORS without a header",
        arm: |patient| {
            let allowed = ["content-*", "x-amz-meta-*"];
            patient.cors[0].allowed_headers = allowed.map(str::to_owned).into();
        },
        changes: &[("bucket-cors", "wrong")],
        words: &["not allowed are the headers x-amz-acl\"", "AllowedHeaders"],
    },
    Fault {
        what: "no CORS",
        arm: |patient| patient.cors.clear(),
        changes: &[("bucket-cors", "wrong")],
        words: &["the bucket has no CORS rules", "docs/setup-connect.md"],
    },
];

pub(crate) const OF_ISSUERS: &[Fault] = &[
    Fault {
        what: "an issuer that fails",
        arm: |patient| patient.issued_by(&patient.issuer.url("down")),
        changes: &[("issuers", "wrong")],
        words: &[
            "issuer[0] http",
            "the answer has status 503",
            "openid-configuration must answer 200",
        ],
    },
    Fault {
        what: "an issuer that redirects",
        arm: |patient| patient.issued_by(&patient.issuer.url("moved")),
        changes: &[("issuers", "wrong")],
        words: &["status 302", "redirects are not followed", "jwks_url"],
    },
    Fault {
        what: "discovery of another issuer",
        arm: |patient| patient.issued_by(&patient.issuer.url("other")),
        changes: &[("issuers", "wrong")],
        words: &["discovery document belongs to another issuer", "byte for byte"],
    },
    Fault {
        what: "keys that nobody should verify with",
        arm: |patient| patient.issued_by(&patient.issuer.url("symmetric")),
        changes: &[("issuers", "wrong")],
        words: &[
            "no key can be used: keys[0]: `kty` or `crv` is not supported",
            "algorithms",
        ],
    },
    Fault {
        what: "no keys",
        arm: |patient| patient.issued_by(&patient.issuer.url("keyless")),
        changes: &[("issuers", "wrong")],
        words: &["no key can be used: the set is empty"],
    },
    Fault {
        what: "a key document that is none",
        arm: |patient| patient.issued_by(&patient.issuer.url("no-jwks")),
        changes: &[("issuers", "wrong")],
        words: &["key document is not a JSON object", "jwks_url to a JWK set"],
    },
    Fault {
        what: "an issuer whose clock is off",
        arm: |patient| patient.issued_by(&patient.issuer.url("late")),
        changes: &[("clock", "wrong")],
        words: &["issuer[0]: its clock is ", "ahead of AWS's, leeway_seconds is 0"],
    },
];
