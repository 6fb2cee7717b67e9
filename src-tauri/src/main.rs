//! The shell: a window, commands that pass the agent's wishes to the phone, and events that pass its views back.
//! It decides nothing; all that happens, happens in `sidetone-phone`.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app_view;
mod args;
mod bindings;
mod commands;
mod journal;
mod practice;
mod views;
mod window;

use args::Args;
use clap::Parser;
use practice::Practice;
use sidetone_phone::Phone;
use std::time::Duration;
use tauri::{AppHandle, Manager, RunEvent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SIDETONE_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    run(&args)
}

/// How long the practice exchange may take to stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let bindings = bindings::builder();
    // A second start of the program ends in here (SESSION-7), before it wants a port or a file of the first.
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _args, _folder| window::focus(app)))
        .invoke_handler(bindings.invoke_handler())
        .manage(Practice::new(args.practice_recordings.clone()))
        .build(tauri::generate_context!())?;
    bindings.mount_events(&app);
    let (phone, views) = Phone::start(args.phone_options())?;
    if let Some(file) = args.events.as_deref().map(std::fs::File::create).transpose()? {
        journal::keep(file, views.happenings.resubscribe());
    }
    app.manage(phone.clone());
    app.manage(views::Latest::new(&views));
    views::forward(app.handle(), views);
    app.run(move |app, event| on(app, &phone, &event));
    Ok(())
}

fn on(app: &AppHandle, phone: &Phone, event: &RunEvent) {
    if let RunEvent::Ready = event
        && let Err(error) = window::open(app)
    {
        tracing::error!(%error, "the window did not open");
        app.exit(1);
    }
    if let RunEvent::Exit = event {
        // Calls are ended and the server is told before the program goes; the practice exchange is such a server.
        tauri::async_runtime::block_on(async {
            phone.stop().await;
            let practice = app.state::<Practice>();
            if tokio::time::timeout(LAST_WORDS, practice.stop()).await.is_err() {
                tracing::warn!("the practice exchange did not stop in time");
            }
        });
    }
}
