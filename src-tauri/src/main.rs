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
use sidetone_phone::{Phone, Views};
use tauri::Manager;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SIDETONE_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let (phone, views) = Phone::start(args.phone_options())?;
    run(&args, phone, views)
}

fn run(args: &Args, phone: Phone, views: Views) -> Result<(), Box<dyn std::error::Error>> {
    let bindings = bindings::builder();
    let practice = Practice::new(args.practice_recordings.clone());
    let journal = args.events.as_deref().map(std::fs::File::create).transpose()?;
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _args, _folder| window::focus(app)))
        .invoke_handler(bindings.invoke_handler())
        .manage(phone.clone())
        .manage(practice)
        .setup(move |app| {
            bindings.mount_events(app);
            window::open(app.handle())?;
            if let Some(file) = journal {
                journal::keep(file, views.happenings.resubscribe());
            }
            app.manage(views::Latest::new(&views));
            views::forward(app.handle(), views);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(move |app, event| {
        if let tauri::RunEvent::Exit = event {
            // Calls are ended and the server is told before the program goes.
            tauri::async_runtime::block_on(async {
                app.state::<Practice>().stop().await;
                phone.stop().await;
            });
        }
    });
    Ok(())
}
