//! `sidetone-practice`: the practice exchange without the window, for any phone on this machine. What happens goes to
//! standard output, one JSON object a line; how to sign in goes to standard error. Runs until Ctrl-C.

use clap::Parser;
use serde::Serialize;
use sidetone_practice::{Error, Exchange, Happening, Options, Script};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::broadcast::error::RecvError;

/// A small phone exchange on this machine with scripted customers.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// The SIP port, UDP and TCP; any free one by default.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// The customer who calls by themself once the agent registered; none for nobody.
    #[arg(long, value_name = "ID", default_value = "welcome")]
    script: String,
    /// A script of your own beside those built in; may be given again.
    #[arg(long, value_name = "FILE.toml")]
    script_file: Vec<PathBuf>,
    /// Write what each customer hears into this folder.
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Let several customers wait from the start.
    #[arg(long)]
    rush_hour: bool,
    /// The environment variable that holds the agent's password; a new one is made and told otherwise.
    #[arg(long, value_name = "VAR")]
    password_env: Option<String>,
    /// List the scripts, and leave.
    #[arg(long)]
    list: bool,
}

/// One line: when, and what.
#[derive(Serialize)]
struct Line<'a, T> {
    at_ms: u64,
    #[serde(flatten)]
    what: &'a T,
}

/// The first line.
#[derive(Serialize)]
#[serde(tag = "event", rename = "listening")]
struct Listening<'a> {
    account: &'a str,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let level = tracing_subscriber::EnvFilter::try_from_env("SIDETONE_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(level).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match options(&args).map(|options| runtime.block_on(run(&args, options))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("sidetone-practice: {error}");
    ExitCode::from(2)
}

fn options(args: &Args) -> Result<Options, String> {
    let password = args.password_env.as_ref().map(|variable| match std::env::var(variable) {
        Ok(password) if !password.is_empty() => Ok(password),
        Ok(_) | Err(_) => Err(format!("the environment has no {variable}")),
    });
    let read = |file: &PathBuf| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        Script::parse(&name, &text).map_err(|error| error.to_string())
    };
    Ok(Options {
        port: args.port,
        password: password.transpose()?,
        first: (args.script != "none").then(|| args.script.clone()),
        recordings: args.recordings.clone(),
        scripts: args.script_file.iter().map(read).collect::<Result<_, _>>()?,
        ..Options::default()
    })
}

async fn run(args: &Args, options: Options) -> Result<(), Error> {
    let mut exchange = Exchange::start(options).await?;
    if args.list {
        for script in exchange.scripts() {
            eprintln!("{:<12} {}: {}", script.id, script.title, script.about);
        }
        exchange.stop().await;
        return Ok(());
    }
    let mut happenings = exchange.happenings();
    say(&Listening { account: &exchange.account().address });
    explain(args, &exchange);
    if args.rush_hour {
        exchange.rush_hour()?;
    }
    loop {
        tokio::select! {
            happening = happenings.recv() => match happening {
                Ok(happening) => say::<Happening>(&happening),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    exchange.stop().await;
    Ok(())
}

fn explain(args: &Args, exchange: &Exchange) {
    let account = exchange.account();
    let (variable, told) = match &args.password_env {
        Some(variable) => (variable.as_str(), String::new()),
        None => ("PRACTICE_PASSWORD", format!("PRACTICE_PASSWORD={} ", account.password)),
    };
    eprintln!("Sign in as {}, for example:", account.address);
    eprintln!("  {told}sidetone-cli --account {} --password-env {variable} --auto-answer", account.address);
    eprintln!(
        "Dial 600 for an echo, 601 for busy, 602 for no answer, 603 for nobody, any other for a colleague."
    );
}

fn say<T: Serialize>(what: &T) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let line = Line { at_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX), what };
    let mut out = std::io::stdout().lock();
    // Whoever reads us may be gone: then there is nobody to tell.
    if let Ok(text) = serde_json::to_string(&line) {
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}
