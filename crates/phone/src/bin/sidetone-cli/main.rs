//! `sidetone-cli`: the same phone without a window, for scripts, monitoring and measuring. What happens goes to standard
//! output, one JSON object a line; the exit code is 0 only when what was asked for happened.

mod args;
mod commands;
mod devices;
mod follow;
mod ways;

use args::{Args, Task};
use clap::Parser;
use sidetone_phone::{Phone, Views, What};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SIDETONE_LOG").unwrap_or_else(|_| "error".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    if let Some(Task::Devices) = args.task {
        return devices::print();
    }
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            follow::print(None, What::Error { detail: error, tracking: None });
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool, String> {
    let plan = args.plan()?;
    let (phone, views) = Phone::start(plan.options.clone()).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(attend(&phone, views, plan))
}

async fn attend(phone: &Phone, views: Views, plan: args::Plan) -> Result<bool, String> {
    let mut follow = follow::Follow::new(phone.clone(), plan);
    let outcome = tokio::select! {
        outcome = follow.until_done(views) => outcome,
        _ = tokio::signal::ctrl_c() => Ok(follow.asked_for_happened()),
    };
    phone.stop().await;
    outcome
}
