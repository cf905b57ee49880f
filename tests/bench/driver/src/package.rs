//! Size of a package as it is deployed.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// MB of a zip with `program` alone, which is stripped first if it is a Rust one.
pub(crate) fn zip_mb(program: &Path, is_rust: bool, folder: &Path) -> Result<f64, Box<dyn Error>> {
    let content: PathBuf = if is_rust {
        stripped(program, folder)?
    } else {
        program.into()
    };
    let zip = folder.join("package.zip");
    run(Command::new("python3")
        .args(["-m", "zipfile", "-c"])
        .arg(&zip)
        .arg(content))?;
    let bytes = u32::try_from(zip.metadata()?.len())?;
    Ok(f64::from(bytes) / 1e6)
}

fn stripped(program: &Path, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let copy = folder.join("bootstrap");
    run(Command::new("strip")
        .args(["--strip-all", "-o"])
        .arg(&copy)
        .arg(program))?;
    Ok(copy)
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} failed").into())
    }
}
