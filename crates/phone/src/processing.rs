//! What is done to sound between the agent and the calls, as the agent switches it or else as the configuration says.

use crate::choices::Settings;
use serde::{Deserialize, Serialize};
use sidetone_media::process::{FarSettings, NearSettings};
use sidetone_store::config;

/// How low the ear protection goes: below it speech itself is cut.
const LOWEST_LIMIT_DBFS: i8 = -40;

/// What is done to sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Processing {
    /// What the speaker plays is taken out of what the agent sends (AUDIO-7).
    pub echo_cancellation: bool,
    /// Steady noise is taken out of what the agent sends (AUDIO-7).
    pub noise_suppression: bool,
    /// The agent's voice is brought to the usual level (AUDIO-7).
    pub gain_control: bool,
    /// All noise is taken out of what the agent sends (CALL-4).
    pub removal_sent: bool,
    /// All noise is taken out of what the agent hears (CALL-4).
    pub removal_heard: bool,
    /// How loud the agent hears themselves: 0 is not at all, 100 as the microphone gives it.
    pub sidetone_percent: u8,
    /// What nothing that the agent hears is above, in dB below full scale: -40 to 0.
    pub ear_limit_dbfs: i8,
}

/// One of the stages that are on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// [`Processing::echo_cancellation`].
    EchoCancellation,
    /// [`Processing::noise_suppression`].
    NoiseSuppression,
    /// [`Processing::gain_control`].
    GainControl,
    /// [`Processing::removal_sent`].
    RemovalSent,
    /// [`Processing::removal_heard`].
    RemovalHeard,
}

impl Stage {
    /// Each of them.
    pub const ALL: [Stage; 5] = [
        Stage::EchoCancellation,
        Stage::NoiseSuppression,
        Stage::GainControl,
        Stage::RemovalSent,
        Stage::RemovalHeard,
    ];

    /// Its name on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::EchoCancellation => "echo",
            Stage::NoiseSuppression => "noise",
            Stage::GainControl => "gain",
            Stage::RemovalSent => "removal-sent",
            Stage::RemovalHeard => "removal-heard",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

impl Settings for Processing {
    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("echoCancellation", "audio.echo_cancellation"),
        ("noiseSuppression", "audio.noise_suppression"),
        ("gainControl", "audio.gain_control"),
        ("removalSent", "audio.noise_removal_sent"),
        ("removalHeard", "audio.noise_removal_heard"),
        ("sidetonePercent", "audio.sidetone"),
        ("earLimitDbfs", "audio.ear_limit_dbfs"),
    ];
}

impl Processing {
    /// What the configuration says.
    pub(crate) fn configured(audio: &config::Audio) -> Processing {
        let mut processing = Processing {
            echo_cancellation: audio.echo_cancellation,
            noise_suppression: audio.noise_suppression,
            gain_control: audio.gain_control,
            removal_sent: audio.noise_removal_sent,
            removal_heard: audio.noise_removal_heard,
            sidetone_percent: 0,
            ear_limit_dbfs: 0,
        };
        processing.set_sidetone(u8::try_from(audio.sidetone).unwrap_or(100));
        processing.set_ear_limit(i8::try_from(audio.ear_limit_dbfs).unwrap_or(LOWEST_LIMIT_DBFS));
        processing
    }

    /// These stages and no others.
    pub(crate) fn only(self, stages: &[Stage]) -> Processing {
        let mut processing = self;
        Stage::ALL.into_iter().for_each(|stage| processing.switch(stage, stages.contains(&stage)));
        processing
    }

    pub(crate) fn switch(&mut self, stage: Stage, on: bool) {
        *match stage {
            Stage::EchoCancellation => &mut self.echo_cancellation,
            Stage::NoiseSuppression => &mut self.noise_suppression,
            Stage::GainControl => &mut self.gain_control,
            Stage::RemovalSent => &mut self.removal_sent,
            Stage::RemovalHeard => &mut self.removal_heard,
        } = on;
    }

    pub(crate) fn set_sidetone(&mut self, percent: u8) {
        self.sidetone_percent = percent.min(100);
    }

    pub(crate) fn set_ear_limit(&mut self, dbfs: i8) {
        self.ear_limit_dbfs = dbfs.clamp(LOWEST_LIMIT_DBFS, 0);
    }

    pub(crate) fn near(self) -> NearSettings {
        NearSettings {
            echo_cancellation: self.echo_cancellation,
            noise_suppression: self.noise_suppression,
            gain_control: self.gain_control,
            noise_removal: self.removal_sent,
        }
    }

    pub(crate) fn far(self, volume: f32) -> FarSettings {
        // Half the way is half as loud to an ear.
        let sidetone = f32::from(self.sidetone_percent) / 100.0;
        FarSettings {
            noise_removal: self.removal_heard,
            volume,
            sidetone: sidetone * sidetone,
            ceiling_dbfs: f32::from(self.ear_limit_dbfs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_store::config::Config;

    #[test]
    fn an_agent_who_chose_nothing_gets_what_the_admin_configured() {
        let mut audio = Config::default().audio;
        let usual = Processing::configured(&audio);
        assert!(usual.echo_cancellation && usual.gain_control && usual.removal_sent);
        assert!(!usual.noise_suppression && !usual.removal_heard);
        assert_eq!((usual.sidetone_percent, usual.ear_limit_dbfs), (0, -6));
        (audio.echo_cancellation, audio.noise_removal_heard) = (false, true);
        (audio.sidetone, audio.ear_limit_dbfs) = (40, -12);
        let theirs = Processing::configured(&audio);
        assert!(!theirs.echo_cancellation && theirs.removal_heard);
        assert_eq!((theirs.sidetone_percent, theirs.ear_limit_dbfs), (40, -12));
    }

    #[test]
    fn every_stage_has_a_name_and_a_switch_of_its_own() {
        let none = Processing::configured(&Config::default().audio).only(&[]);
        for stage in Stage::ALL {
            assert_eq!(Stage::named(stage.name()), Some(stage));
            assert_ne!(none.only(&[stage]), none);
        }
    }
}
