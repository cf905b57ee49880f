//! Instruction counts by valgrind's callgrind, which unlike times do not differ from run to run.
//!
//! gungraun, which also drives callgrind, counts whole runs of a command; here a count is the difference of two runs that
//! the driver feeds with events.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use futures_util::future::try_join_all;

use crate::figures::{Figure, Figures, median};
use crate::handler::Handler;
use crate::live::Live;
use crate::scene::Scene;

/// Attempts under valgrind.
const ATTEMPTS: usize = 3;
/// Invocations that are counted, if they come one after the other.
const INVOCATIONS: u32 = 40;

/// Counts the init phase of `handler`, and a warm invocation.
pub(crate) async fn count(
    handler: &Handler,
    scene: &Scene,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let init = init_instructions(handler, scene).await?;
    figures.add(handler.name, Figure::InitInstructions, init);
    if !handler.name.is_init_alone() {
        let events = scene.events(handler.name.tokens())?;
        let waves: Vec<_> = events.chunks(1).collect();
        let warm = warm_instructions(handler, scene, &[], &waves).await?;
        figures.add(handler.name, Figure::WarmInstructions, warm);
    }
    Ok(())
}

/// Instructions of the init phase: the median of some runs, because on a busy machine the broker may give up connecting.
pub(crate) async fn init_instructions(handler: &Handler, scene: &Scene) -> Result<f64, Box<dyn Error>> {
    let mut counts = Vec::new();
    for _ in 0..ATTEMPTS {
        counts.push(instructions(handler, scene, &[]).await?);
    }
    median(&counts).ok_or_else(|| "not counted".into())
}

/// Instructions of one warm invocation, after the events in `before`. The events of a wave are in progress at the same
/// time; all waves have one size and are repeated.
pub(crate) async fn warm_instructions(
    handler: &Handler,
    scene: &Scene,
    before: &[Bytes],
    waves: &[&[Bytes]],
) -> Result<f64, Box<dyn Error>> {
    let concurrency = u32::try_from(waves[0].len())?;
    let counted = INVOCATIONS.div_ceil(concurrency).max(2);
    let mut wanted = waves.iter().copied().cycle();
    let mut given: Vec<&[Bytes]> = before.chunks(1).collect();
    given.extend(wanted.next());
    let first = instructions(handler, scene, &given).await?;
    given.extend(wanted.take(counted as usize));
    let all = instructions(handler, scene, &given).await?;
    Ok((all - first) / f64::from(counted * concurrency))
}

/// Repeats [`counted`] if it fails, because valgrind can slow a handler down to its timeouts.
async fn instructions(handler: &Handler, scene: &Scene, waves: &[&[Bytes]]) -> Result<f64, Box<dyn Error>> {
    for _ in 1..ATTEMPTS {
        match counted(handler, scene, waves).await {
            Ok(count) => return Ok(count),
            Err(error) => eprintln!("counting again: {error}"),
        }
    }
    counted(handler, scene, waves).await
}

/// Instructions of a whole process, which is ended after `waves` of invocations.
async fn counted(handler: &Handler, scene: &Scene, waves: &[&[Bytes]]) -> Result<f64, Box<dyn Error>> {
    let log = scene.file("valgrind.log");
    let profile = format!("callgrind.{}.{}", handler.name.key(), waves.len());
    let option = |name: &str, file: &Path| {
        let mut option = OsString::from(name);
        option.push(file);
        option
    };
    let log_option = option("--log-file=", &log);
    let out = option("--callgrind-out-file=", &scene.file(&profile));
    let tool = OsString::from("--tool=callgrind");
    let live = Live::start(handler, scene, &["valgrind".into(), tool, out, log_option]).await?;
    for wave in waves {
        try_join_all(wave.iter().map(|event| live.invoke(event))).await?;
    }
    live.process.terminate()?;
    let log = fs::read_to_string(log)?;
    collected(&log).ok_or_else(|| format!("valgrind did not count {}: {log}", handler.name.key()).into())
}

fn collected(log: &str) -> Option<f64> {
    let (_, count) = log.lines().find_map(|line| line.split_once("Collected : "))?;
    count.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_valgrinds_log() {
        let log = "==7== Events    : Ir\n==7== Collected : 4284211\n==7== \n";
        assert_eq!(collected(log), Some(4_284_211.0));
        assert_eq!(collected("==7== Killed\n"), None);
    }
}
