//! One instance's life: a Runtime API, a child process behind it, and how it ends.

use std::io;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::invocation::InvokeError;
use super::output::{LogSink, Output, Stream};
use super::pool::Pool;
use super::slot::Slot;
use super::{Options, environment, stopped};
use crate::runtime_api;
use crate::serving::Server;

/// How long the last lines of a process that ended may take to arrive.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What an instance is made from.
pub(super) struct Birth {
    pub(super) number: u32,
    pub(super) pool: Arc<Pool>,
    pub(super) options: Arc<Options>,
    pub(super) log: LogSink,
}

/// Why a process is being ended, or ended by itself.
enum End {
    Exited(io::Result<ExitStatus>),
    InitOverdue,
    InitError(String),
    TimedOut,
    Stopped,
}

/// Runs one instance from birth to end, and tells the pool of both.
pub(super) async fn live(birth: Birth, stopping: watch::Receiver<bool>) {
    let Birth {
        number,
        pool,
        options,
        log,
    } = birth;
    let slot = Arc::new(Slot::new(
        Arc::clone(&pool),
        options.function_arn(),
        options.timeout,
    ));
    let output = Output::new(number, log);
    let process_id = match start(&slot, &options, &output).await {
        Err(error) => {
            pool.init_failed(&format!(
                "`{}` could not be started: {error}",
                options.binary.display()
            ));
            None
        }
        Ok(mut started) => {
            let process_id = started.child.id();
            process_id.inspect(|id| pool.process_started(*id));
            let end = watch_over(&mut started.child, &slot, options.init_timeout, stopping).await;
            bury(started, end, &slot, &pool, &output).await;
            process_id
        }
    };
    pool.instance_ended(process_id, slot.has_worked());
}

/// A process, the Runtime API it talks to, and the readers of its output.
struct Started {
    child: Child,
    api: Server,
    readers: JoinSet<()>,
}

async fn start(slot: &Arc<Slot>, options: &Options, output: &Output) -> io::Result<Started> {
    let bound = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let runtime_api = bound.addr;
    let api = bound.start(runtime_api::routes(Arc::clone(slot)));
    let mut child = Command::new(&options.binary)
        .env_clear()
        .envs(environment::variables(options, runtime_api))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: Ctrl-C in a terminal reaches this program, which ends its children itself, in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut readers = JoinSet::new();
    if let Some(pipe) = child.stdout.take() {
        readers.spawn(output.clone().drain(Stream::Out, pipe));
    }
    if let Some(pipe) = child.stderr.take() {
        readers.spawn(output.clone().drain(Stream::Err, pipe));
    }
    Ok(Started { child, api, readers })
}

/// Returns with the first reason to end the process.
async fn watch_over(
    child: &mut Child,
    slot: &Slot,
    init_timeout: Duration,
    mut stopping: watch::Receiver<bool>,
) -> End {
    let init_deadline = Instant::now() + init_timeout;
    loop {
        let deadline = if slot.is_initialised() {
            slot.earliest_deadline()
        } else {
            Some(init_deadline)
        };
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => return End::Stopped,
            status = child.wait() => return End::Exited(status),
            () = slot.changed() => {
                if let Some(error) = slot.init_error() {
                    return End::InitError(error);
                }
            }
            () = at(deadline) => {
                if !slot.is_initialised() {
                    return End::InitOverdue;
                }
                if slot.expire(Instant::now()) {
                    return End::TimedOut;
                }
            }
        }
    }
}

/// Returns at `deadline`, or never.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Makes sure that the process is gone, and tells everyone who waited for it.
async fn bury(mut started: Started, end: End, slot: &Slot, pool: &Pool, output: &Output) {
    if let Err(error) = started.child.kill().await {
        tracing::debug!(%error, "the process was gone before it was ended");
    }
    started.api.shutdown().await;
    let _late = timeout(LAST_WORDS, async {
        while started.readers.join_next().await.is_some() {}
    })
    .await;
    let status = match end {
        End::Stopped => return slot.abandon(&InvokeError::Stopped),
        End::Exited(Ok(status)) => status.to_string(),
        End::Exited(Err(error)) => error.to_string(),
        End::InitOverdue => "it did not ask for work in time".to_owned(),
        End::InitError(error) => error,
        End::TimedOut => "ended with another invocation that took too long".to_owned(),
    };
    if !slot.is_initialised() {
        pool.init_failed(&reason(&status, &output.last_lines()));
    }
    slot.abandon(&InvokeError::Exited { status });
}

fn reason(status: &str, last_lines: &str) -> String {
    if last_lines.is_empty() {
        status.to_owned()
    } else {
        format!("{status}\n{last_lines}")
    }
}
