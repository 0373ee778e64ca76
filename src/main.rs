//! The `ganvas` program.

use clap::Parser as _;
use ganvas::{cli::Cli, commands, terminal};
use std::process::ExitCode;

fn main() -> ExitCode {
    // SAFETY: no other thread runs yet.
    unsafe { ganvas::engine::devices::quiet_layers() };
    match commands::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            terminal::note(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
