//! A client of the broker that follows its contract.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use crate::secrets::Secrets;
use crate::wire::{Answer, Http};
use crate::world::World;

/// Statuses that never change again.
const FINAL: [&str; 5] = ["APPROVED", "REJECTED", "FAILED", "UPLOAD_EXPIRED", "DELETED"];

/// Body of `POST /uploads` with the required members.
#[must_use]
pub fn ask(file_name: &str, size_bytes: usize, resource_arn: &str) -> Value {
    json!({
        "fileName": file_name,
        "fileSizeInBytes": size_bytes,
        "associatedResourceArn": resource_arn,
    })
}

/// Content of a `201`.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Presigned URL for the bytes.
    pub url: String,
    /// Headers to send with the bytes.
    pub headers: Vec<(String, String)>,
    /// URL of the upload.
    pub location: String,
}

/// A caller with a token.
#[derive(Clone, Debug)]
pub struct Caller {
    http: Http,
    api: Url,
    authorization: String,
    secrets: Secrets,
}

impl Caller {
    /// The caller that holds `token`.
    #[must_use]
    pub fn with_token(world: &World, token: &str) -> Self {
        world.secrets.add_token(token);
        Self {
            secrets: world.secrets.clone(),
            http: world.http.clone(),
            api: Url::parse(&format!("{}/uploads", world.origins().api)).expect("an address"),
            authorization: format!("Bearer {token}"),
        }
    }

    /// `POST /uploads`.
    pub async fn start(&self, body: &Value) -> Answer {
        self.start_with(body, &[]).await
    }

    /// `POST /uploads` with more headers.
    pub async fn start_with(&self, body: &Value, further: &[(&str, &str)]) -> Answer {
        let usual = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let headers = [&usual, further].concat();
        self.secrets.add_body(body);
        for (_, key) in further.iter().filter(|(name, _)| *name == "idempotency-key") {
            self.secrets.add(key);
        }
        let answer = self
            .http
            .send("POST", self.api.as_str(), &headers, body.to_string())
            .await;
        self.secrets.add_answer(&answer);
        answer
    }

    /// The ticket in a `201` of [`start`](Self::start).
    #[must_use]
    pub fn ticket(&self, created: &Answer) -> Ticket {
        assert_eq!(created.outcome(), (201, String::new()));
        let body = created.json();
        let members = body.as_object().expect("an object");
        assert_eq!(members.keys().collect::<Vec<_>>(), ["headers", "url"]);
        let headers = body["headers"].as_object().expect("an object").iter();
        let location = created.header("location").expect("a location");
        Ticket {
            url: body["url"].as_str().expect("a URL").to_owned(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
                .collect(),
            location: self.api.join(location).expect("a reference").into(),
        }
    }

    /// `GET` of an upload in a list.
    pub async fn status_of(&self, location: &str) -> Answer {
        let url = self.api.join(location).expect("a reference");
        self.send("GET", url.as_str()).await
    }

    /// PUT of the bytes with exactly the ticket's headers.
    pub async fn put(&self, ticket: &Ticket, bytes: impl Into<Bytes>) -> Answer {
        let headers = ticket.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.http.send("PUT", &ticket.url, &headers, bytes).await
    }

    /// `POST .../complete`.
    pub async fn complete(&self, ticket: &Ticket) -> Answer {
        self.send("POST", &format!("{}/complete", ticket.location)).await
    }

    /// `GET` of the upload.
    pub async fn status(&self, ticket: &Ticket) -> Answer {
        self.send("GET", &ticket.location).await
    }

    /// `DELETE` of the upload.
    pub async fn delete(&self, ticket: &Ticket) -> Answer {
        self.send("DELETE", &ticket.location).await
    }

    /// `GET /limits`.
    pub async fn limits(&self) -> Answer {
        let url = self.api.join("limits").expect("an address");
        self.send("GET", url.as_str()).await
    }

    /// `GET /uploads` with this query.
    pub async fn list(&self, query: &str) -> Answer {
        let answer = self.send("GET", &format!("{}{query}", self.api)).await;
        if answer.status == 200 {
            for upload in answer.json()["uploads"].as_array().expect("a list") {
                let location = upload["location"].as_str().expect("a path");
                self.secrets.add(location.rsplit('/').next().unwrap_or_default());
            }
        }
        answer
    }

    async fn send(&self, method: &str, url: &str) -> Answer {
        let headers = [("authorization", self.authorization.as_str())];
        self.http.send(method, url, &headers, Bytes::new()).await
    }

    /// Starts an upload, puts its bytes and completes it.
    pub async fn upload(&self, file_name: &str, bytes: &[u8], resource_arn: &str) -> Ticket {
        let created = self.start(&ask(file_name, bytes.len(), resource_arn)).await;
        let ticket = self.ticket(&created);
        let stored = self.put(&ticket, bytes.to_vec()).await;
        assert_eq!(stored.status, 200, "{stored:?}");
        let completed = self.complete(&ticket).await;
        assert_eq!(completed.outcome(), (204, String::new()));
        ticket
    }

    /// Polls as `Retry-After` says, until the status is final.
    pub async fn final_status(&self, ticket: &Ticket) -> String {
        loop {
            let answer = self.status(ticket).await;
            assert_eq!(answer.outcome(), (200, String::new()));
            let status = answer.json()["status"].as_str().expect("a status").to_owned();
            if FINAL.contains(&status.as_str()) {
                return status;
            }
            let retry_after = answer.header("retry-after").expect("when to ask again");
            tokio::time::sleep(Duration::from_secs(retry_after.parse().expect("seconds"))).await;
        }
    }
}
