//! The Lambda Runtime API of one process, with a clock on each invocation.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// What the process may take, as the broker is deployed.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(25);

/// What the process answered to an event, and how long that took.
pub(crate) struct Answer {
    /// From the event's delivery to the whole response.
    pub(crate) took: Duration,
    /// The response, or the report of an error.
    pub(crate) body: Bytes,
}

struct InFlight {
    delivered: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

struct Shared {
    asked: mpsc::UnboundedSender<Instant>,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<(u64, Bytes)>>,
    in_flight: Mutex<HashMap<u64, InFlight>>,
}

/// A Runtime API on a port of its own, so that no event reaches a process that has been ended.
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    asked: mpsc::UnboundedReceiver<Instant>,
    events: mpsc::UnboundedSender<(u64, Bytes)>,
    last_id: AtomicU64,
    _server: JoinSet<()>,
}

impl RuntimeApi {
    /// A Runtime API that nobody has asked yet.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (asked_sender, asked) = mpsc::unbounded_channel();
        let (events, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            asked: asked_sender,
            events: tokio::sync::Mutex::new(queue),
            in_flight: Mutex::default(),
        });
        let mut server = JoinSet::new();
        server.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            asked,
            events,
            last_id: AtomicU64::new(0),
            _server: server,
        })
    }

    /// Value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// When the process asked for its first event: the end of its init phase.
    pub(crate) async fn ready(&mut self) -> Instant {
        self.asked.recv().await.expect("the server keeps a sender")
    }

    /// The answer to `event`, or nothing where the process never gives one.
    pub(crate) async fn invoke(&self, event: Bytes) -> Option<Answer> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.shared.put(
            id,
            InFlight {
                delivered: None,
                answer,
            },
        );
        self.events.send((id, event)).ok()?;
        answered.await.ok()
    }
}

impl Shared {
    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashMap<u64, InFlight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, id: u64, invocation: InFlight) {
        self.in_flight().insert(id, invocation);
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let _ = self.asked.send(Instant::now());
        let Some((id, event)) = self.events.lock().await.recv().await else {
            return status(StatusCode::GONE);
        };
        if let Some(invocation) = self.in_flight().get_mut(&id) {
            invocation.delivered = Some(Instant::now());
        }
        let deadline = SystemTime::now() + FUNCTION_TIMEOUT;
        let deadline_ms = deadline
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        Response::builder()
            .header("content-type", "application/json")
            .header(
                "lambda-runtime-aws-request-id",
                format!("00000000-0000-4000-8000-{id:012}"),
            )
            .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-west-1:111122223333:function:bench",
            )
            .header(
                "lambda-runtime-trace-id",
                "Root=1-69a1f2c3-0123456789abcdef01234567;Sampled=0",
            )
            .body(Full::new(event))
            .expect("every header is sound")
    }

    fn answered(&self, id: &str, body: Bytes) {
        let now = Instant::now();
        let number = id.rsplit('-').next().and_then(|digits| digits.parse().ok());
        let Some(InFlight {
            delivered: Some(delivered),
            answer,
        }) = number.and_then(|number: u64| self.in_flight().remove(&number))
        else {
            return;
        };
        let _ = answer.send(Answer {
            took: now - delivered,
            body,
        });
    }

    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().trim_start_matches("/2018-06-01/runtime/");
        match (&head.method, path.split('/').collect::<Vec<_>>().as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response" | "error"]) => {
                self.answered(id, whole(body).await);
                status(StatusCode::ACCEPTED)
            }
            (&Method::POST, ["init", "error"]) => {
                eprintln!("init: {}", String::from_utf8_lossy(&whole(body).await));
                status(StatusCode::ACCEPTED)
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

async fn whole(body: Incoming) -> Bytes {
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    body.unwrap_or_default()
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&shared)));
    }
}

/// A process that is ended in mid-request leaves a broken connection: no fault of the server's.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, std::convert::Infallible>(shared.handle(request).await) }
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
