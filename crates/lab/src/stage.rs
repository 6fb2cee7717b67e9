//! A stage for Sidetone's window: a virtual display, a virtual headset, and the program on them with a folder of its
//! own for everything it keeps. All of it goes with the [`Stage`], but for the folder.

use crate::bus::Bus;
use crate::display::Display;
use crate::headset::{self, SoundRig};
use crate::process;
use crate::webdriver::{App, Driven, Error};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Large enough for the wide shape.
const SCREEN: (u32, u32) = (1280, 900);
/// Comes back when the page was painted twice.
const TWO_FRAMES: &str =
    "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";
/// The headset's name on the virtual sound device.
pub const HEADSET: &str = "headset";

/// The program's configuration in the stage's folder: whoever wants one writes it before the stage is set.
pub const CONFIGURATION: &str = "sidetone.toml";

/// Why a stage could not be set.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A helper program or a file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The window.
    #[error(transparent)]
    Window(#[from] Error),
}

/// What a play needs.
#[derive(Debug)]
pub struct Stage {
    // In the order in which they are to go.
    driven: Option<Driven>,
    /// The virtual headset.
    pub sound: SoundRig,
    display: Display,
    // Of the program that is open: what is left of the one before must not look like a first start.
    bus: Option<Bus>,
    binary: PathBuf,
    folder: PathBuf,
}

impl Stage {
    /// Sets it up and opens the window of `binary`; what it keeps and says goes to `folder`.
    ///
    /// # Errors
    /// A helper program is missing, or the window does not open.
    pub fn set(binary: &Path, folder: &Path) -> Result<Self, StageError> {
        let mut sound = SoundRig::pulse()?;
        sound.plug(HEADSET, "Practice headset")?;
        make_default(&sound)?;
        Self::set_with(sound, binary, folder)
    }

    /// The same on a machine without any sound.
    ///
    /// # Errors
    /// As [`Stage::set`].
    pub fn set_without_sound(binary: &Path, folder: &Path) -> Result<Self, StageError> {
        Self::set_with(SoundRig::none()?, binary, folder)
    }

    fn set_with(sound: SoundRig, binary: &Path, folder: &Path) -> Result<Self, StageError> {
        let mut display = Display::start(SCREEN.0, SCREEN.1)?;
        display.manage()?;
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        let mut stage = Self { driven: None, sound, display, bus: None, binary, folder };
        stage.open()?;
        Ok(stage)
    }

    /// Opens the window again after [`Stage::close`], with what it kept.
    ///
    /// # Errors
    /// The window does not open.
    pub fn open(&mut self) -> Result<(), StageError> {
        for made in [self.data(), self.customers()] {
            fs::create_dir_all(made)?;
        }
        self.bus = Some(Bus::start()?);
        self.driven = Some(Driven::start(&self.app(), &self.display, &self.folder.join("window.log"))?);
        Ok(())
    }

    /// Closes the window; display and headset stay.
    ///
    /// # Errors
    /// The window does not close.
    pub fn close(&mut self) -> Result<(), StageError> {
        if let Some(driven) = self.driven.take() {
            driven.close()?;
        }
        Ok(())
    }

    /// Ends the window's program as a crash does, with no time to save anything.
    ///
    /// # Errors
    /// There is none.
    pub fn crash(&mut self) -> Result<(), StageError> {
        let driven = self.driven.take().ok_or_else(|| io::Error::other("the window is closed"))?;
        let program = process::child_of(driven.id())?;
        process::kill(program)?;
        // The driver has nothing to close any more, and says so.
        let _ = driven.close();
        Ok(())
    }

    /// Starts the program a second time beside the first, and waits for it to end; says whether it ended well.
    ///
    /// # Errors
    /// It does not start, or does not end within `patience`.
    pub fn start_again(&self, patience: Duration) -> Result<bool, StageError> {
        let mut command = self.app().command();
        self.display.dress(&mut command);
        let mut second = process::Child::start(&mut command)?;
        let ended = second.wait(patience)?;
        let ended = ended.ok_or_else(|| io::Error::other("the second start of the program goes on"))?;
        Ok(ended.success())
    }

    /// The window.
    ///
    /// # Errors
    /// It is closed.
    pub fn window(&self) -> Result<&Driven, StageError> {
        self.driven.as_ref().ok_or_else(|| io::Error::other("the window is closed").into())
    }

    /// Saves the whole screen, window and all, into the folder.
    ///
    /// # Errors
    /// The picture cannot be taken or written.
    pub fn picture(&self, name: &str) -> Result<(), StageError> {
        if let Some(window) = &self.driven {
            // What the page says now is on the screen two frames later.
            window.execute(TWO_FRAMES, &[])?;
        }
        Ok(self.display.screenshot(&self.folder.join(name))?)
    }

    /// What happens, one JSON object a line.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.folder.join("events.jsonl")
    }

    /// What each customer heard, one WAV file each.
    #[must_use]
    pub fn customers(&self) -> PathBuf {
        self.folder.join("customers-heard")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn app(&self) -> App {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let data = text(&self.data());
        let app = App::new(&self.binary)
            .arg("--data")
            .arg(data.as_str())
            .arg("--events")
            .arg(text(&self.events()))
            .arg("--practice-recordings")
            .arg(text(&self.customers()))
            // Whoever runs this keeps their own settings and caches.
            .env("XDG_CONFIG_HOME", data.as_str())
            .env("XDG_CACHE_HOME", data.as_str())
            .env("XDG_DATA_HOME", data)
            .env("SIDETONE_CONFIG", text(&self.folder.join(CONFIGURATION)))
            .env("LANG", "C.UTF-8")
            .env("LANGUAGE", "en");
        // A second start finds the first on this bus, and nobody finds a keychain.
        let bus = self.bus.as_ref().map(Bus::address).unwrap_or_default();
        let app = app.env("DBUS_SESSION_BUS_ADDRESS", bus);
        let sound = self.sound.env().into_iter();
        app.envs(sound.map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned())))
    }
}

/// The headset is what a program takes that was told nothing.
fn make_default(sound: &SoundRig) -> Result<(), StageError> {
    let microphone = headset::microphone(HEADSET);
    for arguments in [["set-default-sink", HEADSET], ["set-default-source", microphone.as_str()]] {
        process::output_of(sound.command("pactl").args(arguments))?;
    }
    Ok(())
}
