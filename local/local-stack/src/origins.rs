//! Addresses of the parts of a running stack, and the further origins whose pages may use it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::Serialize;
use url::{Host, Position, Url};

/// Origin of each part. Only `api` may have a path: that of a named stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// API Gateway stand-in, with the stage's path.
    pub api: String,
    /// Demo page.
    pub page: String,
    /// Connect stand-in.
    pub connect: String,
    /// Object store.
    pub store: String,
    /// OIDC issuer.
    pub oidc: String,
    /// EventBridge stand-in.
    pub events: String,
    /// DynamoDB-compatible server, where one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamodb: Option<String>,
}

/// Port `port` of 127.0.0.1.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Origin of the server at `addr`.
pub(crate) fn origin(addr: SocketAddr) -> String {
    format!("http://{addr}")
}

/// Ports of the development servers that people use most: Create React App and Next.js beside the API's own 3000, Vite's
/// preview, Vite, `python -m http.server`, and Metro.
const DEV_PORTS: [u16; 5] = [3001, 4173, 5173, 8000, 8081];

/// Origins of pages beside the demo page that may call the API, the bucket and the issuer.
///
/// Shape: origins as a browser sends them, separated by spaces or commas. The default is every [development
/// port](DEV_PORTS) on `localhost` and 127.0.0.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevOrigins(Vec<String>);

/// Texts that are not origins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin: {}; write `SCHEME://HOST[:PORT]` and nothing more, http only on localhost or a loopback address", quoted(.0))]
pub struct DevOriginsError(Vec<String>);

impl DevOrigins {
    /// Admits no page but the demo page.
    #[must_use]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// `first` and these origins, each once.
    pub(crate) fn and(&self, first: &str) -> Vec<String> {
        let others = self.0.iter().filter(|origin| *origin != first);
        std::iter::once(first)
            .chain(others.map(String::as_str))
            .map(str::to_owned)
            .collect()
    }
}

impl Default for DevOrigins {
    fn default() -> Self {
        let hosts = ["localhost", "127.0.0.1"];
        let origins = DEV_PORTS
            .iter()
            .flat_map(|port| hosts.map(|host| format!("http://{host}:{port}")));
        Self(origins.collect())
    }
}

impl FromStr for DevOrigins {
    type Err = DevOriginsError;

    fn from_str(text: &str) -> Result<Self, DevOriginsError> {
        let texts = text.split([' ', ',']).filter(|text| !text.is_empty());
        let (origins, others): (Vec<&str>, Vec<&str>) = texts.partition(|text| is_origin(text));
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        if others.is_empty() {
            Ok(Self(owned(origins)))
        } else {
            Err(DevOriginsError(owned(others)))
        }
    }
}

impl fmt::Display for DevOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether the text is an origin as a browser sends it. Plain http is for this machine only, as in the broker's rules.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(addr)) => addr.is_loopback(),
        Some(Host::Ipv6(addr)) => addr.is_loopback(),
        None => return false,
    };
    match url.scheme() {
        "https" => url.origin().ascii_serialization() == text,
        "http" => is_here && url.origin().ascii_serialization() == text,
        // An app's own scheme, such as `capacitor://localhost`, which has no default port.
        _ => url.as_str() == text && url[Position::AfterPort..].is_empty(),
    }
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("`{text}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_ten_origins_that_it_reads_itself() {
        let default = DevOrigins::default();
        assert_eq!(default.0.len(), 10);
        assert_eq!(default.to_string().parse(), Ok(default));
    }

    #[test]
    fn reads_origins_between_spaces_or_commas() {
        for (text, expected) in [
            ("", vec![]),
            ("http://localhost:3100", vec!["http://localhost:3100"]),
            (
                " https://app.example.com,http://[::1]:5000 capacitor://localhost",
                vec![
                    "https://app.example.com",
                    "http://[::1]:5000",
                    "capacitor://localhost",
                ],
            ),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(text.parse(), Ok(DevOrigins(expected)), "{text:?}");
        }
    }

    #[test]
    fn names_every_text_that_is_not_an_origin() {
        let refused = [
            "http://localhost:5173/",
            "HTTP://localhost",
            "http://localhost:80",
            "http://192.168.1.5:3000",
            "http://localhost.example.com",
            "localhost:5173",
            "capacitor://localhost/page",
            "null",
            "*",
        ];
        let text = format!("http://localhost:3001 {}", refused.join(" "));
        let expected = DevOriginsError(refused.map(str::to_owned).into());
        assert_eq!(text.parse::<DevOrigins>(), Err(expected));
    }

    #[test]
    fn names_an_origin_once() {
        let origins: DevOrigins = "http://localhost:8000 http://127.0.0.1:8080"
            .parse()
            .expect("origins");
        assert_eq!(
            origins.and("http://127.0.0.1:8080"),
            ["http://127.0.0.1:8080", "http://localhost:8000"]
        );
    }
}
