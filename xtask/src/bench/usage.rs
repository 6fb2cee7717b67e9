//! What a process takes of the machine, as Linux tells it under `/proc`.

use crate::console::Trouble;
use sidetone_lab::process;
use std::fs;
use std::process::Command;

const MB: f64 = 1024.0;

/// Memory of a process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// `VmRSS`: every page that is there, shared ones too.
    pub(super) resident_mb: f64,
    /// `Pss`: a page shared by n processes counts for a n-th.
    pub(super) share_mb: f64,
}

impl Memory {
    pub(super) fn of(process: u32) -> Result<Self, Trouble> {
        let resident = kilobytes(&read(process, "status")?, "VmRSS:");
        let share = kilobytes(&read(process, "smaps_rollup")?, "Pss:");
        match (resident, share) {
            (Some(resident), Some(share)) => Ok(Self { resident_mb: resident / MB, share_mb: share / MB }),
            _ => Err(Trouble::new(format!("the system does not say how much memory {process} takes"))),
        }
    }
}

/// Seconds of processor time that a process had so far, its own and the system's for it.
pub(super) fn processor_seconds(process: u32) -> Result<f64, Trouble> {
    let ticks = ticks(&read(process, "stat")?);
    let ticks = ticks.ok_or_else(|| Trouble::new("the system does not say how long a process ran"))?;
    let a_second = process::output_of(Command::new("getconf").arg("CLK_TCK"))?;
    Ok(ticks / a_second.trim().parse().unwrap_or(100.0))
}

fn read(process: u32, file: &str) -> Result<String, Trouble> {
    fs::read_to_string(format!("/proc/{process}/{file}"))
        .map_err(|error| Trouble::new(format!("/proc/{process}/{file}: {error}")))
}

fn kilobytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// utime and stime, proc_pid_stat(5). The program's name, in brackets, may hold anything.
fn ticks(stat: &str) -> Option<f64> {
    let behind_name = stat.rsplit_once(')')?.1;
    let fields: Vec<f64> = behind_name.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    Some(fields.get(11)? + fields.get(12)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read() {
        assert_eq!(kilobytes("VmHWM:\t 9 kB\nVmRSS:\t    2048 kB\n", "VmRSS:"), Some(2048.0));
        assert_eq!(kilobytes("VmHWM: 9 kB", "VmRSS:"), None);
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 1 0 0 0 25 17 0 0 20 0 5 0 1";
        assert_eq!(ticks(stat), Some(42.0));
    }
}
