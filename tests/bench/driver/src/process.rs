//! A handler's process: its start, its figures in `/proc`, and its end.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// Everything that a process is started from.
pub(crate) struct Spec<'a> {
    /// Program and arguments.
    pub(crate) command: &'a [OsString],
    /// Its whole environment.
    pub(crate) environment: &'a [(String, OsString)],
    /// Its working directory.
    pub(crate) folder: &'a Path,
    /// Destination of its standard error.
    pub(crate) complaints: &'a Path,
}

/// A running handler, ended when it is dropped.
pub(crate) struct Process {
    child: Child,
    started: Instant,
}

impl Process {
    /// Starts a process.
    pub(crate) fn start(spec: &Spec<'_>) -> io::Result<Self> {
        let (program, arguments) = spec.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(spec.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(spec.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(spec.complaints)?);
        let started = Instant::now();
        let child = command.spawn()?;
        Ok(Self { child, started })
    }

    /// When it was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Processor time of all its threads so far, in steps of a clock tick.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let ticks = cpu_ticks(&stat).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Duration::from_secs(1) * ticks / ticks_per_second())
    }

    /// Its resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> io::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes = resident_kib(&status).ok_or(io::ErrorKind::InvalidData)?;
        Ok(f64::from(kibibytes) / 1024.0)
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn terminate(mut self) -> io::Result<()> {
        rustix::process::kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ticks_per_second() -> u32 {
    u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100)
}

/// User and system time: fields 14 and 15 of `/proc/PID/stat`, counted behind the name, which may hold spaces.
fn cpu_ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u32>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

fn resident_kib(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 3 2 20 0 1 0 1 1 1";
        assert_eq!(cpu_ticks(stat), Some(12));
        assert_eq!(cpu_ticks("42 (cat) S 1"), None);
    }

    #[test]
    fn memory_is_what_is_resident_now() {
        assert_eq!(resident_kib("VmHWM:\t  20 kB\nVmRSS:\t  12 kB\n"), Some(12));
        assert_eq!(resident_kib("VmHWM:\t  20 kB\n"), None);
    }
}
