//! Signals that end a run or save it. One that the program was started to ignore stays ignored: that is how `nohup`, and a script's `&`,
//! let a run outlive its terminal.

use std::io;

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Save and end with this exit code, as a shell expects it of the signal: 130 for Ctrl-C, 143 for SIGTERM.
    Stop(u8),
    /// Save and go on: what schedulers send before a time limit (SIGUSR1, SIGUSR2).
    Save,
}

/// Calls `tell`, on a thread of its own, whenever a signal arrives.
///
/// # Errors
/// Where the system does not let signals be watched.
#[cfg(unix)]
pub fn listen(tell: impl Fn(Asked) + Send + 'static) -> io::Result<()> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2},
        iterator::Signals,
    };
    let watched: Vec<i32> = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].into_iter().filter(|signal| !ignored(*signal)).collect();
    let mut signals = Signals::new(&watched)?;
    let wait = move || {
        for signal in signals.forever() {
            tell(if [SIGUSR1, SIGUSR2].contains(&signal) { Asked::Save } else { Asked::Stop(128 + signal as u8) });
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait).map(|_| ())
}

/// Whether the program was started with this signal ignored.
#[cfg(unix)]
fn ignored(signal: i32) -> bool {
    // SAFETY: a zeroed `sigaction` is a valid one to be written to, and without a new action the call only reads.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Calls `tell`, on a thread of its own, whenever Ctrl-C is pressed or the console is closed.
///
/// # Errors
/// Where the system does not let this be watched.
#[cfg(not(unix))]
pub fn listen(tell: impl Fn(Asked) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || tell(Asked::Stop(130))).map_err(io::Error::other)
}
