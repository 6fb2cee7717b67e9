//! The stage for the scripted agent: a folder for what it leaves behind, a virtual display, a virtual headset, and the
//! window's program on them. All of it goes with this value, but for the folder.

use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::display::Display;
use sidetone_lab::headset::SoundRig;
use sidetone_lab::webdriver::{App, Driven};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Large enough for the wide shape.
const SCREEN: (u32, u32) = (1280, 900);
/// The headset's name on the virtual sound device.
pub(super) const HEADSET: &str = "headset";

/// What the scripted agent plays on.
pub(super) struct Stage {
    // In the order in which they are to go.
    driven: Driven,
    pub(super) sound: SoundRig,
    display: Display,
    pub(super) folder: Folder,
}

impl Stage {
    /// Sets it up and opens the window.
    pub(super) fn set(folder: Folder) -> Result<Self, Trouble> {
        let mut display = Display::start(SCREEN.0, SCREEN.1)?;
        display.manage()?;
        console::note(&format!("virtual display {}", display.name()));
        let mut sound = SoundRig::pulse()?;
        sound.plug(HEADSET, "Practice headset")?;
        make_default(&sound)?;
        console::note("virtual headset plugged in");
        let app = app(&folder, &sound)?;
        let driven = Driven::start(&app, &display, &folder.file("window.log"))?;
        console::note("the window is open");
        Ok(Self { driven, sound, display, folder })
    }

    pub(super) fn window(&self) -> &Driven {
        &self.driven
    }

    /// Saves the whole screen, window and all.
    pub(super) fn picture(&self, name: &str) -> Result<(), Trouble> {
        self.display.screenshot(&self.folder.file(name))?;
        Ok(())
    }

    /// Closes the window, then takes the rest away.
    pub(super) fn clear(self) -> Result<Folder, Trouble> {
        let Self { driven, sound, display, folder } = self;
        driven.close()?;
        drop((sound, display));
        Ok(folder)
    }
}

/// The headset is what a program takes that was told nothing.
fn make_default(sound: &SoundRig) -> Result<(), Trouble> {
    let microphone = sidetone_lab::headset::microphone(HEADSET);
    for arguments in [["set-default-sink", HEADSET], ["set-default-source", microphone.as_str()]] {
        sidetone_lab::process::output_of(sound.command("pactl").args(arguments))?;
    }
    Ok(())
}

fn app(folder: &Folder, sound: &SoundRig) -> Result<App, Trouble> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (data, customers) = (folder.file("data"), folder.customers());
    for made in [&data, &customers] {
        fs::create_dir_all(made)?;
    }
    let app = App::new(run::built("sidetone"))
        .arg("--data")
        .arg(text(&data))
        .arg("--events")
        .arg(text(&folder.events()))
        .arg("--practice-recordings")
        .arg(text(&customers))
        // Whoever runs this keeps their own settings and caches.
        .env("XDG_CONFIG_HOME", text(&data))
        .env("XDG_CACHE_HOME", text(&data))
        .env("XDG_DATA_HOME", text(&data))
        .env("LANG", "C.UTF-8")
        .env("LANGUAGE", "en");
    let sound = sound.env().into_iter();
    Ok(app.envs(sound.map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned()))))
}

/// What a run leaves behind: `out/practice-<time>/`.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new one, named for now (UTC).
    pub(super) fn new() -> Result<Self, Trouble> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let folder = run::root().join("out").join(format!("practice-{}", stamp(now)));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What happens, one JSON object a line.
    pub(super) fn events(&self) -> PathBuf {
        self.file("events.jsonl")
    }

    /// What the agent heard.
    pub(super) fn agent_heard(&self) -> PathBuf {
        self.file("agent-heard.wav")
    }

    /// What each customer heard.
    pub(super) fn customers(&self) -> PathBuf {
        self.file("customers-heard")
    }
}

/// `20260131-235959` for seconds since 1970: days to civil date by Howard Hinnant's `civil_from_days`.
fn stamp(unix_seconds: u64) -> String {
    let (days, second) = (unix_seconds / 86_400 + 719_468, unix_seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn a_stamp_is_the_civil_date_and_time() {
        assert_eq!(stamp(0), "19700101-000000");
        assert_eq!(stamp(951_782_399), "20000228-235959");
        assert_eq!(stamp(951_782_400), "20000229-000000");
        assert_eq!(stamp(1_798_761_599), "20261231-235959");
    }
}
