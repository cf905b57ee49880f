//! One instance: a child process behind a Runtime API, from start to end.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::environment;
use super::invocation::InvokeError;
use super::options::Options;
use super::output::{LogSink, Output, Stream};
use super::pool::Pool;
use super::runtime_api::RuntimeApi;
use super::slot::Slot;

/// How long the last lines of an ended process may take to arrive.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// Everything that an instance is started from.
pub(super) struct InstanceSpec {
    pub(super) number: u32,
    pub(super) pool: Arc<Pool>,
    pub(super) options: Arc<Options>,
    pub(super) log: LogSink,
}

/// Why a process ended, or is to be ended.
enum End {
    Exited(io::Result<ExitStatus>),
    InitOverdue,
    InitError(String),
    TimedOut,
    Stopped,
}

/// Returns once the function is to stop.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _gone = stopping.wait_for(|stop| *stop).await;
}

/// Runs one instance from start to end and reports both to the pool.
pub(super) async fn run(spec: InstanceSpec, stopping: watch::Receiver<bool>) {
    let InstanceSpec {
        number,
        pool,
        options,
        log,
    } = spec;
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
            stop(started, end, &slot, &pool, &output).await;
            process_id
        }
    };
    pool.instance_ended(process_id, slot.has_worked());
}

/// A process, its Runtime API, and the readers of its output.
struct Started {
    child: Child,
    api: RuntimeApi,
    readers: JoinSet<()>,
}

async fn start(slot: &Arc<Slot>, options: &Options, output: &Output) -> io::Result<Started> {
    let api = RuntimeApi::serve(Arc::clone(slot)).await?;
    let mut child = Command::new(&options.binary)
        .env_clear()
        .envs(environment::variables(options, api.addr))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that Ctrl-C in a terminal reaches this program only, which then ends its children.
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

/// Waits for the first reason to end the process.
async fn watch_over(
    child: &mut Child,
    slot: &Slot,
    init_timeout: Duration,
    mut stopping: watch::Receiver<bool>,
) -> End {
    let init_deadline = Instant::now() + init_timeout;
    loop {
        let deadline = if slot.initialised().is_some() {
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
                if slot.initialised().is_none() {
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

/// Kills the process if it is still running, and ends the invocations that waited for it.
async fn stop(mut started: Started, end: End, slot: &Slot, pool: &Pool, output: &Output) {
    if let Err(error) = started.child.kill().await {
        tracing::debug!(%error, "the process had already ended");
    }
    started.api.shutdown().await;
    let _late = timeout(OUTPUT_TIMEOUT, async {
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
    if slot.initialised().is_none() {
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
