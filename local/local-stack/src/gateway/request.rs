//! A client's request, as far as events tell of it.

use std::net::IpAddr;

use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

/// `12/Mar/2020:19:03:58 +0000`, the form of `requestContext.time` and `requestTime`.
const COMMON_LOG_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// Header field as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Name in the sender's spelling.
    pub(super) name: String,
    pub(super) value: String,
}

/// Request that was read to its end.
#[derive(Clone, Debug)]
pub(super) struct ClientRequest {
    pub(super) id: RequestId,
    pub(super) received: OffsetDateTime,
    pub(super) method: String,
    /// Path with the stage, as on the wire.
    pub(super) path: String,
    /// Query without the question mark, as on the wire.
    pub(super) query: String,
    pub(super) protocol: &'static str,
    pub(super) source_ip: IpAddr,
    pub(super) fields: Vec<Field>,
    pub(super) body: Bytes,
}

impl ClientRequest {
    /// Values of a header, whatever its spelling.
    pub(super) fn values<'this>(&'this self, name: &'this str) -> impl Iterator<Item = &'this str> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_str())
    }

    /// First value of a header.
    pub(super) fn value<'this>(&'this self, name: &'this str) -> Option<&'this str> {
        self.values(name).next()
    }

    /// Pairs of the query, decoded.
    pub(super) fn query_pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    /// `requestContext.time`.
    pub(super) fn time(&self) -> String {
        self.received.format(COMMON_LOG_TIME).unwrap_or_default()
    }

    /// `requestContext.timeEpoch`, in milliseconds.
    pub(super) fn time_epoch(&self) -> i128 {
        self.received.unix_timestamp_nanos() / 1_000_000
    }

    /// Fields that the gateway adds on the way to the function.
    ///
    /// Source: the example events of the API Gateway developer guide. An `X-Forwarded-For` of the client is continued.
    pub(super) fn forwarded_fields(&mut self) {
        let client = self.source_ip.to_string();
        let chain: Vec<&str> = self.values("x-forwarded-for").chain([client.as_str()]).collect();
        let chain = chain.join(", ");
        let added = [
            ("X-Amzn-Trace-Id", self.id.trace_root()),
            ("X-Forwarded-For", chain),
            ("X-Forwarded-Port", "443".to_owned()),
            ("X-Forwarded-Proto", "https".to_owned()),
        ];
        self.fields.retain(|field| {
            !added
                .iter()
                .any(|(name, _)| field.name.eq_ignore_ascii_case(name))
        });
        self.fields.extend(added.map(|(name, value)| Field {
            name: name.to_owned(),
            value,
        }));
    }
}

/// Ids under which one request is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestId {
    uuid: Uuid,
    received: OffsetDateTime,
}

impl RequestId {
    /// New id.
    pub(super) fn new(uuid: Uuid, received: OffsetDateTime) -> Self {
        Self { uuid, received }
    }

    /// Form of REST APIs: `requestContext.requestId`, `x-amzn-RequestId`.
    pub(super) fn rest(&self) -> String {
        self.uuid.to_string()
    }

    /// Form of HTTP APIs: `requestContext.requestId`, `apigw-requestid`, and REST's `extendedRequestId`.
    pub(super) fn extended(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&self.uuid.as_bytes()[..11])
    }

    /// `Root=1-...`, the X-Ray id that the gateway starts.
    pub(super) fn trace_root(&self) -> String {
        let random = hex::encode(&self.uuid.as_bytes()[4..]);
        format!("Root=1-{:08x}-{random}", self.received.unix_timestamp())
    }

    /// `Lambda-Runtime-Trace-Id`.
    pub(super) fn trace_id(&self) -> String {
        let parent = hex::encode(&self.uuid.as_bytes()[..8]);
        format!("{};Parent={parent};Sampled=0", self.trace_root())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use time::macros::datetime;
    use uuid::uuid;

    /// The request of the developer guide's example events.
    pub(in crate::gateway) fn documented_request() -> ClientRequest {
        let received = datetime!(2020-03-12 19:03:58.390 UTC);
        let field = |name: &str, value: &str| Field {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        ClientRequest {
            id: RequestId::new(uuid!("2490eb57-1c42-4d8f-92c4-8b08a0cf6f5d"), received),
            received,
            method: "POST".to_owned(),
            path: "/my/path".to_owned(),
            query: "parameter1=value1&parameter1=value2&parameter2=value".to_owned(),
            protocol: "HTTP/1.1",
            source_ip: IpAddr::from([192, 0, 2, 1]),
            fields: vec![
                field("Header1", "value1"),
                field("Header2", "value1"),
                field("header2", "value2"),
                field("Cookie", "cookie1; cookie2"),
                field("Content-Type", "text/plain"),
                field("User-Agent", "agent"),
            ],
            body: Bytes::from_static(b"Hello from Lambda"),
        }
    }

    #[test]
    fn continues_the_chain_of_forwarders() {
        let mut request = documented_request();
        request.fields.push(Field {
            name: "x-forwarded-for".to_owned(),
            value: "198.51.100.7".to_owned(),
        });
        request.forwarded_fields();
        assert_eq!(
            request.values("X-Forwarded-For").collect::<Vec<_>>(),
            ["198.51.100.7, 192.0.2.1"]
        );
    }

    #[test]
    fn ids_have_the_forms_of_the_documentation() {
        let id = documented_request().id;
        assert_eq!(id.rest(), "2490eb57-1c42-4d8f-92c4-8b08a0cf6f5d");
        assert_eq!(id.extended(), "JJDrVxxCTY+SxIs=");
        assert_eq!(id.trace_root(), "Root=1-5e6a879e-1c424d8f92c48b08a0cf6f5d");
    }
}
