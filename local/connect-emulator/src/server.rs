use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderName, Request, Response, StatusCode, header};
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

use crate::emulator::Emulator;
use crate::options::Options;
use crate::reply::{Outcome, Reply};

/// No modelled request comes near it.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// Pause after a connection could not be accepted, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An emulator that listens. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens, the port as it was given.
    pub addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Running {
    /// Closes the listener, and every connection with it, whatever it is doing.
    pub async fn shutdown(mut self) {
        self.accepting.abort();
        // Ends as cancelled, which is what was asked for.
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
/// Where the address cannot be bound.
pub async fn serve(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind(options.listen).await?;
    let addr = listener.local_addr()?;
    let emulator = Arc::new(Emulator::new(options));
    Ok(Running {
        addr,
        accepting: tokio::spawn(accept(listener, emulator)),
    })
}

/// Takes connections until it is aborted, and every connection with it.
async fn accept(listener: TcpListener, emulator: Arc<Emulator>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&emulator)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A fault that asks for the connection to be reset instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to be reset")]
struct ResetConnection;

async fn serve_connection(stream: TcpStream, emulator: Arc<Emulator>) {
    let service = service_fn(|request| Box::pin(exchange(Arc::clone(&emulator), request)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let Err(error) = ended else { return };
    if error.source().is_some_and(<dyn Error>::is::<ResetConnection>) {
        let stream = connection.into_parts().io.into_inner();
        if let Err(error) = stream.set_zero_linger() {
            tracing::warn!(%error, "a connection is closed where it should be reset");
        }
    }
}

/// What is asked for is done to its end, also where the caller hangs up meanwhile.
async fn exchange(
    emulator: Arc<Emulator>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, io::Error>>, ResetConnection> {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let outcome = match Limited::new(body, BODY_LIMIT_BYTES).collect().await {
        Ok(body) => {
            let request = Request::from_parts(parts, body.to_bytes());
            let (emulator, id) = (Arc::clone(&emulator), request_id.clone());
            let answering = tokio::spawn(async move { emulator.answer(&request, &id).await });
            answering.await.map_err(|_| ResetConnection)?
        }
        Err(error) if error.is::<LengthLimitError>() => Outcome::Answer(too_large()),
        Err(_) => return Err(ResetConnection),
    };
    let (reply, truncated) = match outcome {
        Outcome::Answer(reply) => (reply, false),
        Outcome::Truncated(reply) => (reply, true),
        Outcome::Reset => return Err(ResetConnection),
    };
    let mut response = Response::builder()
        .status(reply.status)
        .header(REQUEST_ID, request_id)
        .header(
            header::DATE,
            httpdate::fmt_http_date(emulator.options.clock.now()),
        );
    if reply.status != StatusCode::NO_CONTENT {
        response = response
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, reply.body.len());
    }
    if let Some(error_type) = reply.error_type {
        response = response.header(ERROR_TYPE, error_type);
    }
    let body = if truncated {
        first_half(&reply.body)
    } else {
        whole(reply.body)
    };
    response.body(body).map_err(|_| ResetConnection)
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

/// Half of the body, and, once that is flushed, the error that makes hyper close the connection.
fn first_half(body: &Bytes) -> BoxBody<Bytes, io::Error> {
    let half = Frame::data(body.slice(..body.len() / 2));
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    BodyExt::boxed(StreamBody::new(stream::iter([Ok(half)]).chain(broken)))
}
