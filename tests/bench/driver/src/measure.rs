//! One round of one handler: cold starts, and a run of warm invocations.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;

use crate::figures::{Figure, Figures, median, percentile_99};
use crate::handler::Handler;
use crate::live::Live;
use crate::scene::Scene;

/// Cold starts in a round; the last process also gets the warm invocations.
const COLD_STARTS: usize = 9;
/// Invocations before the counted ones, so that just-in-time compilers have seen the code.
const UNCOUNTED: usize = 100;
/// Warm invocations that are counted.
pub(crate) const COUNTED: u32 = 1000;

/// Measures `handler` once, with `events` in turn, and adds the figures.
pub(crate) async fn round(
    handler: &Handler,
    scene: &Scene,
    events: &[Bytes],
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    if handler.name.is_init_alone() {
        return init_alone(handler, scene, figures).await;
    }
    let (mut inits, mut firsts) = (Vec::new(), Vec::new());
    for number in 1..=COLD_STARTS {
        let live = Live::start(handler, scene, &[]).await?;
        inits.push(millis(live.init()));
        firsts.push(millis(live.invoke(&events[0]).await?));
        if number == COLD_STARTS {
            warm(handler, &live, scene, events, figures).await?;
        }
    }
    let colds: Vec<f64> = inits
        .iter()
        .zip(&firsts)
        .map(|(init, first)| init + first)
        .collect();
    for (figure, values) in [
        (Figure::Init, inits),
        (Figure::First, firsts),
        (Figure::Cold, colds),
    ] {
        figures.add(handler.name, figure, median(&values).ok_or("no cold start")?);
    }
    Ok(())
}

/// Init up to the first connection. The process is ended only after it gave up connecting and is ready.
async fn init_alone(handler: &Handler, scene: &Scene, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    let mut inits = Vec::new();
    for _ in 1..=COLD_STARTS {
        let live = Live::start(handler, scene, &[]).await?;
        let started = live.process.started();
        let connected = scene.silent.first_after(started).ok_or("it never connected")?;
        inits.push(millis(connected - started));
    }
    figures.add(handler.name, Figure::Init, median(&inits).ok_or("no start")?);
    Ok(())
}

async fn warm(
    handler: &Handler,
    live: &Live,
    scene: &Scene,
    events: &[Bytes],
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let connections_before = scene.connect.connections();
    let mut events = events.iter().cycle();
    for event in events.by_ref().take(UNCOUNTED) {
        live.invoke(event).await?;
    }
    let (calls_before, cpu_before) = (scene.connect.requests(), live.process.cpu()?);
    let mut latencies = Vec::new();
    for event in events.take(COUNTED as usize) {
        latencies.push(micros(live.invoke(event).await?));
    }
    let cpu = live.process.cpu()?.saturating_sub(cpu_before) / COUNTED;
    let calls = scene.connect.requests() - calls_before;
    if handler.name.calls_connect() && calls != u64::from(COUNTED) {
        return Err(format!(
            "{} made {calls} calls in {COUNTED} invocations",
            handler.name.key()
        )
        .into());
    }
    let new_connections = u32::try_from(scene.connect.connections() - connections_before)?;
    for (figure, value) in [
        (Figure::Warm, median(&latencies).ok_or("no invocation")?),
        (Figure::WarmP99, percentile_99(&latencies).ok_or("no invocation")?),
        (Figure::Cpu, micros(cpu)),
        (Figure::Rss, live.process.resident_mib()?),
        (Figure::NewConnections, f64::from(new_connections)),
    ] {
        figures.add(handler.name, figure, value);
    }
    Ok(())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
