//! A client's request: the parts of it that events carry.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

/// `12/Mar/2020:19:03:58 +0000`, the form of `requestContext.time` and `requestTime`.
const COMMON_LOG_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// One request of a client.
#[derive(Clone, Debug)]
pub(super) struct ClientRequest {
    pub(super) id: RequestId,
    pub(super) received: OffsetDateTime,
    pub(super) method: String,
    /// Path with the stage, as on the wire.
    pub(super) path: String,
    /// Query without the question mark, as on the wire.
    pub(super) query: String,
    pub(super) source_ip: IpAddr,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl ClientRequest {
    /// Protocol in the event's context.
    pub(super) const PROTOCOL: &str = "HTTP/1.1";

    /// Request that arrived now from `source_ip`; its body is still empty.
    pub(super) fn new(head: Parts, source_ip: IpAddr) -> Self {
        let received = OffsetDateTime::now_utc();
        Self {
            id: RequestId::new(Uuid::new_v4(), received),
            received,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            source_ip,
            headers: head.headers,
            body: Bytes::new(),
        }
    }

    /// Names, in lower case, and values of all headers.
    pub(super) fn header_pairs(&self) -> impl Iterator<Item = (String, String)> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers
            .iter()
            .map(move |(name, value)| (name.to_string(), text(value)))
    }

    /// Values of a header.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(name)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
    }

    /// First value of a header.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
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

    /// Sets the headers that the gateway adds on the way to the function.
    ///
    /// Source: the example events of the API Gateway developer guide. A client's `X-Forwarded-For` is continued.
    pub(super) fn add_forwarded_headers(&mut self) {
        let client = self.source_ip.to_string();
        let chain: Vec<&str> = self.values("x-forwarded-for").chain([client.as_str()]).collect();
        for (name, value) in [
            ("x-forwarded-for", chain.join(", ")),
            ("x-amzn-trace-id", self.id.trace_root()),
            ("x-forwarded-port", "443".to_owned()),
            ("x-forwarded-proto", "https".to_owned()),
        ] {
            // Each value is made of header values and addresses, which are valid again.
            if let Ok(value) = HeaderValue::from_str(&value) {
                self.headers.insert(name, value);
            }
        }
    }
}

/// Id of one request, in the forms that API Gateway gives it.
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

    /// `Root=1-...`, the X-Ray id that the gateway creates.
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
    use http::HeaderName;
    use time::macros::datetime;
    use uuid::uuid;

    pub(in crate::gateway) fn header_map(pairs: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| {
            (
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_str(value).expect("a value"),
            )
        };
        pairs.iter().map(header).collect()
    }

    /// The request of the developer guide's example events.
    pub(in crate::gateway) fn documented_request() -> ClientRequest {
        let received = datetime!(2020-03-12 19:03:58.390 UTC);
        ClientRequest {
            id: RequestId::new(uuid!("2490eb57-1c42-4d8f-92c4-8b08a0cf6f5d"), received),
            received,
            method: "POST".to_owned(),
            path: "/my/path".to_owned(),
            query: "parameter1=value1&parameter1=value2&parameter2=value".to_owned(),
            source_ip: IpAddr::from([192, 0, 2, 1]),
            headers: header_map(&[
                ("Header1", "value1"),
                ("Header2", "value1"),
                ("header2", "value2"),
                ("Cookie", "cookie1; cookie2"),
                ("Content-Type", "text/plain"),
                ("User-Agent", "agent"),
            ]),
            body: Bytes::from_static(b"Hello from Lambda"),
        }
    }

    #[test]
    fn continues_the_chain_of_forwarders() {
        let mut request = documented_request();
        request.headers = header_map(&[("x-forwarded-for", "198.51.100.7")]);
        request.add_forwarded_headers();
        assert_eq!(
            request.values("x-forwarded-for").collect::<Vec<_>>(),
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
