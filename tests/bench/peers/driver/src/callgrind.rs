//! Instructions, counted by valgrind: the same from run to run where times are not.

use std::error::Error;
use std::ffi::OsString;
use std::fs;

use bytes::Bytes;

use crate::figures::{Figure, Figures};
use crate::handler::Handler;
use crate::live::Live;
use crate::scene::Scene;

/// Invocations in the longer of the two runs whose difference is what warm invocations cost.
const INVOCATIONS: u32 = 41;

/// Counts what `handler` needs to start, and for a warm invocation.
pub(crate) async fn count(
    handler: &Handler,
    scene: &Scene,
    event: &Bytes,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let init = instructions(handler, scene, event, 0).await?;
    figures.add(handler.name, Figure::InitInstructions, init);
    if handler.name.is_measured_warm() {
        let warm = warm_instructions(handler, scene, event).await?;
        figures.add(handler.name, Figure::WarmInstructions, warm);
    }
    Ok(())
}

/// Instructions of one warm invocation.
pub(crate) async fn warm_instructions(
    handler: &Handler,
    scene: &Scene,
    event: &Bytes,
) -> Result<f64, Box<dyn Error>> {
    let first = instructions(handler, scene, event, 1).await?;
    let all = instructions(handler, scene, event, INVOCATIONS).await?;
    Ok((all - first) / f64::from(INVOCATIONS - 1))
}

/// Instructions of a whole process that is ended after `invocations`.
async fn instructions(
    handler: &Handler,
    scene: &Scene,
    event: &Bytes,
    invocations: u32,
) -> Result<f64, Box<dyn Error>> {
    let log = scene.file("valgrind.log");
    let mut log_option = OsString::from("--log-file=");
    log_option.push(&log);
    let [tool, out] = ["--tool=callgrind", "--callgrind-out-file=/dev/null"].map(OsString::from);
    let live = Live::start(handler, scene, &["valgrind".into(), tool, out, log_option]).await?;
    for _ in 0..invocations {
        live.invoke(event).await?;
    }
    live.process.terminate()?;
    let log = fs::read_to_string(log)?;
    collected(&log).ok_or_else(|| format!("valgrind has not counted {}: {log}", handler.name.key()).into())
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
