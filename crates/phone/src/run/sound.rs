//! Sound as the agent sees it: which devices, how loud, what rings. Changes act at once and are kept.

use super::Run;
use super::errand::Errand;
use crate::happening::What;
use crate::media::{Order, SoundSetup};
use crate::options::Options;
use crate::processing::Processing;
use crate::settings::SoundSettings;
use crate::view::{AudioCommand, AudioView, DeviceKind, DeviceView};
use sidetone_audio::{Choice, Device, DeviceId, Event, Kind, Ringer, Sound, Trouble};
use sidetone_desk::{Ring, Update};

/// The settings key of the agent's choices.
pub(super) const SOUND: &str = "sound";
/// The settings key of what is done to sound.
pub(super) const PROCESSING: &str = "processing";
/// Below it a volume is too low to work: 24 dB below the source.
const LEAST_PERCENT: u8 = 20;
/// How loud a waiting call is beside a running one (CALL-14), against the ringer's volume.
const CALL_WAITING: f32 = 0.25;

/// What of the settings a command changed.
enum Changed {
    /// Devices and volumes.
    Devices,
    /// What is done to sound.
    Processing,
    /// Nothing that is kept.
    Nothing,
}

/// Devices, choices and ringers.
pub(crate) struct SoundDesk {
    settings: SoundSettings,
    processing: Processing,
    devices: Vec<Device>,
    /// Given on the command line: stands above what is chosen.
    microphone: Option<Choice>,
    speaker: Option<Choice>,
    silent: bool,
    in_use: String,
    testing: bool,
    headset_ringer: Option<Ringer>,
    second_ringer: Option<Ringer>,
}

impl SoundDesk {
    pub(super) fn new(settings: SoundSettings, processing: Processing, options: &Options) -> Self {
        let only = options.processing.as_deref();
        Self {
            settings,
            processing: only.map_or(processing, |stages| processing.only(stages)),
            devices: Vec::new(),
            microphone: options.microphone.clone(),
            speaker: options.speaker.clone(),
            silent: options.headless.is_some(),
            in_use: String::new(),
            testing: false,
            headset_ringer: None,
            second_ringer: None,
        }
    }

    /// What the media thread is to use.
    pub(super) fn setup(&self) -> SoundSetup {
        SoundSetup {
            microphone: self
                .microphone
                .clone()
                .unwrap_or_else(|| self.choice(self.settings.microphone.as_deref())),
            speaker: self.speaker_choice(),
            microphone_gain: gain(self.settings.microphone_volume),
            near: self.processing.near(),
            far: self.processing.far(gain(self.settings.speaker_volume)),
        }
    }

    fn speaker_choice(&self) -> Choice {
        self.speaker.clone().unwrap_or_else(|| self.choice(self.settings.speaker.as_deref()))
    }

    /// An id or a name; a device that is not there keeps its id, so that nothing else is used in its place unasked.
    fn choice(&self, wanted: Option<&str>) -> Choice {
        let Some(wanted) = wanted else { return Choice::Default };
        let known = self.devices.iter().find(|device| device.id.0 == wanted || device.name == wanted);
        Choice::Device(known.map_or_else(|| DeviceId(wanted.to_owned()), |device| device.id.clone()))
    }

    pub(super) fn ring(&mut self, ring: Ring) {
        if self.silent {
            return;
        }
        let loud = gain(self.settings.ringer_volume);
        let (volume, second) = match ring {
            Ring::Full => (loud, self.settings.ringer_on),
            Ring::CallWaiting => (loud * CALL_WAITING, false),
        };
        let headset = self.speaker_choice();
        start(&mut self.headset_ringer, &headset, volume);
        if second {
            let choice = self.choice(self.settings.ringer.as_deref());
            start(&mut self.second_ringer, &choice, volume);
        }
    }

    pub(super) fn stop_ringing(&self) {
        for ringer in [&self.headset_ringer, &self.second_ringer].into_iter().flatten() {
            ringer.stop();
        }
    }

    pub(super) fn test_ended(&mut self) {
        self.testing = false;
    }

    pub(super) fn view(&self) -> AudioView {
        let settings = self.settings.clone();
        AudioView {
            devices: self.devices.iter().map(shown).collect(),
            headset: self.headset_name(),
            testing: self.testing,
            processing: self.processing,
            speaker: settings.speaker,
            microphone: settings.microphone,
            ringer: settings.ringer,
            ringer_on: settings.ringer_on,
            speaker_volume: settings.speaker_volume,
            microphone_volume: settings.microphone_volume,
            ringer_volume: settings.ringer_volume,
        }
    }

    /// The speaker in use, or the one that would be.
    fn headset_name(&self) -> String {
        if !self.in_use.is_empty() {
            return self.in_use.clone();
        }
        let mut outputs = self.devices.iter().filter(|device| device.kind == Kind::Output);
        let chosen = match self.speaker_choice() {
            Choice::Device(id) => outputs.find(|device| device.id == id),
            Choice::Default => outputs.find(|device| device.is_default),
            _ => None,
        };
        chosen.map(|device| device.name.clone()).unwrap_or_default()
    }

    /// Takes a change over.
    fn change(&mut self, command: &AudioCommand) -> Changed {
        let settings = &mut self.settings;
        match command {
            AudioCommand::ChooseSpeaker { device } => {
                settings.speaker.clone_from(device);
                self.in_use.clear();
            }
            AudioCommand::ChooseMicrophone { device } => settings.microphone.clone_from(device),
            AudioCommand::ChooseRinger { device } => settings.ringer.clone_from(device),
            AudioCommand::SetSpeakerVolume { percent } => settings.speaker_volume = (*percent).min(100),
            AudioCommand::SetMicrophoneVolume { percent } => settings.microphone_volume = (*percent).min(100),
            AudioCommand::SetRingerVolume { percent } => settings.ringer_volume = (*percent).min(100),
            AudioCommand::SetRinger { on } => settings.ringer_on = *on,
            AudioCommand::SwitchStage { stage, on } => {
                self.processing.switch(*stage, *on);
                return Changed::Processing;
            }
            AudioCommand::SetSidetone { percent } => {
                self.processing.set_sidetone(*percent);
                return Changed::Processing;
            }
            AudioCommand::SetEarLimit { dbfs } => {
                self.processing.set_ear_limit(*dbfs);
                return Changed::Processing;
            }
            AudioCommand::TestSpeaker
            | AudioCommand::TestRinger
            | AudioCommand::WatchLevels { .. }
            | AudioCommand::Refresh => return Changed::Nothing,
        }
        Changed::Devices
    }
}

impl Run {
    pub(super) fn audio(&mut self, command: AudioCommand) {
        match self.sound.change(&command) {
            Changed::Devices => {
                let settings = self.sound.settings.clone();
                self.keep(self.store.run(move |store| store.put_setting(SOUND, &settings)), || {
                    Errand::Stored
                });
            }
            Changed::Processing => {
                let kept = self.sound.processing;
                self.keep(self.store.run(move |store| store.put_setting(PROCESSING, &kept)), || {
                    Errand::Stored
                });
            }
            Changed::Nothing => {}
        }
        self.media.tell(Order::Sound(self.sound.setup()));
        self.tell_volumes();
        match command {
            AudioCommand::TestSpeaker => {
                self.test(self.sound.speaker_choice(), self.sound.settings.speaker_volume)
            }
            AudioCommand::TestRinger => {
                let choice = self.sound.choice(self.sound.settings.ringer.as_deref());
                self.test(choice, self.sound.settings.ringer_volume);
            }
            AudioCommand::WatchLevels { on } => self.media.tell(Order::Watch(on)),
            AudioCommand::Refresh => self.look_for_devices(),
            _ => {}
        }
        self.publish_sound();
    }

    /// Says whether the volumes are too low to work.
    pub(super) fn tell_volumes(&mut self) {
        let settings = &self.sound.settings;
        let low = |percent: u8| percent < LEAST_PERCENT;
        let (microphone_low, speaker_low) = (low(settings.microphone_volume), low(settings.speaker_volume));
        self.update(Update::Volumes { microphone_low, speaker_low });
    }

    fn test(&mut self, choice: Choice, volume: u8) {
        self.sound.testing = true;
        let outcome = sidetone_audio::play_test(&choice, gain(volume));
        self.send_for(async move {
            // How it ended is heard.
            let _ = tokio::task::spawn_blocking(move || outcome.recv()).await;
            Errand::TestEnded
        });
    }

    pub(super) fn look_for_devices(&self) {
        self.send_for(async {
            let devices = tokio::task::spawn_blocking(sidetone_audio::devices).await;
            Errand::Devices(devices.unwrap_or_default())
        });
    }

    pub(super) fn on_devices(&mut self, devices: Vec<Device>) {
        let has = |kind: Kind| devices.iter().any(|device| device.kind == kind);
        let microphone = self.sound.microphone.is_some() || has(Kind::Input);
        let speaker = self.sound.speaker.is_some() || has(Kind::Output);
        self.sound.devices = devices;
        self.update(Update::Devices { microphone, speaker });
        self.media.tell(Order::Sound(self.sound.setup()));
        self.publish_sound();
    }

    pub(super) fn on_sound(&mut self, which: &'static str, event: &Event) {
        let detail = match event {
            Event::Opened { device } => {
                if which == "speaker" {
                    self.sound.in_use.clone_from(device);
                    self.publish_sound();
                }
                return;
            }
            Event::Moved => format!("the {which} moved to another device"),
            Event::Stopped(Trouble::Chosen) => return,
            Event::Stopped(trouble) => {
                self.sound.in_use.clear();
                // Which devices are left?
                self.look_for_devices();
                format!("{which}: {trouble}")
            }
        };
        self.happened(None, What::Sound { detail });
    }

    pub(super) fn publish_sound(&self) {
        let view = self.sound.view();
        self.outlets.audio.send_if_modified(|shown| {
            let changed = *shown != view;
            *shown = view;
            changed
        });
    }
}

fn start(ringer: &mut Option<Ringer>, choice: &Choice, volume: f32) {
    let ringer = ringer.get_or_insert_with(|| Ringer::new(choice));
    ringer.set_choice(choice);
    ringer.start(Sound::Peaceful, volume);
}

/// Percent to a factor, so that half the way is half as loud to an ear: 80 % leaves the sound as it comes.
fn gain(percent: u8) -> f32 {
    let way = f32::from(percent.min(100)) / 80.0;
    way * way
}

fn shown(device: &Device) -> DeviceView {
    DeviceView {
        id: device.id.0.clone(),
        name: device.name.clone(),
        kind: match device.kind {
            Kind::Input => DeviceKind::Input,
            Kind::Output => DeviceKind::Output,
        },
        is_default: device.is_default,
    }
}
