//! The listener: one task per connection, which can also be reset or cut off for a fault.

use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderName, Request, Response, StatusCode, header, response};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use uuid::Uuid;

use crate::front_door::FrontDoor;
use crate::front_door::reply::{Outcome, Reply};
use crate::options::Options;

/// Limit of a request's body. No modelled request is nearly as large.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// Pause after a failed accept, because file descriptors are mostly the reason and more attempts need more.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// A running emulator. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    /// Address that it listens on, with the real port.
    pub addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Running {
    /// Closes the listener and every connection at once.
    pub async fn shutdown(mut self) {
        self.accepting.abort();
        // The task ends as cancelled, because it was aborted.
        let _cancelled = (&mut self.accepting).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Starts an emulator on the address of its options.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind(options.listen).await?;
    let addr = listener.local_addr()?;
    let front_door = Arc::new(FrontDoor::new(options));
    Ok(Running {
        addr,
        accepting: tokio::spawn(accept(listener, front_door)),
    })
}

/// Accepts connections until it is aborted; the connections end with it.
async fn accept(listener: TcpListener, front_door: Arc<FrontDoor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&front_door)));
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection failed");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The connection must be reset instead of answering.
#[derive(Debug, thiserror::Error)]
#[error("the connection must be reset")]
struct ResetError;

async fn serve_connection(stream: TcpStream, front_door: Arc<FrontDoor>) {
    let service = service_fn(|request| Box::pin(exchange(Arc::clone(&front_door), request)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let Err(error) = ended else { return };
    if error.source().is_some_and(<dyn Error>::is::<ResetError>) {
        let stream = connection.into_parts().io.into_inner();
        if let Err(error) = stream.set_zero_linger() {
            tracing::warn!(%error, "a connection is closed instead of reset");
        }
    }
}

/// Answers one request. The operation runs to its end even if the caller closes the connection.
async fn exchange(
    front_door: Arc<FrontDoor>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, io::Error>>, ResetError> {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let outcome = match Limited::new(body, BODY_LIMIT_BYTES).collect().await {
        Ok(body) => {
            let request = Request::from_parts(parts, body.to_bytes());
            let (front_door, id) = (Arc::clone(&front_door), request_id.clone());
            let answering = tokio::spawn(async move { front_door.answer(&request, &id).await });
            answering.await.map_err(|_| ResetError)?
        }
        Err(error) if error.is::<LengthLimitError>() => Outcome::Answer(too_large()),
        Err(_) => return Err(ResetError),
    };
    let (reply, body) = match outcome {
        Outcome::Answer(reply) => (reply.clone(), whole(reply.body)),
        Outcome::Truncated(reply) => (reply.clone(), first_half(&reply.body)),
        Outcome::Reset => return Err(ResetError),
    };
    let date = httpdate::fmt_http_date(front_door.now());
    let head = head(&reply)
        .header(REQUEST_ID, request_id)
        .header(header::DATE, date);
    head.body(body).map_err(|_| ResetError)
}

fn head(reply: &Reply) -> response::Builder {
    let mut head = Response::builder().status(reply.status);
    if reply.status != StatusCode::NO_CONTENT {
        head = head
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, reply.body.len());
    }
    if let Some(error_type) = &reply.error_type {
        head = head.header(ERROR_TYPE, error_type);
    }
    head
}

fn too_large() -> Reply {
    Reply::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLargeException",
        &json!({ "message": format!("the request body is larger than {BODY_LIMIT_BYTES} bytes") }),
    )
}

fn whole(body: Bytes) -> BoxBody<Bytes, io::Error> {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// Half of the body and then an error, on which hyper closes the connection.
fn first_half(body: &Bytes) -> BoxBody<Bytes, io::Error> {
    let half = Frame::data(body.slice(..body.len() / 2));
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    BodyExt::boxed(StreamBody::new(stream::iter([Ok(half)]).chain(broken)))
}
