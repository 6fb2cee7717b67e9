//! Sound as the agent sees it: which devices, how loud, what rings. Changes act at once and are kept.

use super::Run;
use super::errand::Errand;
use crate::choices::{Choices, Chosen};
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
    Devices(Chosen),
    /// What is done to sound.
    Processing(Chosen),
    /// Nothing that is kept.
    Nothing,
}

/// Devices, choices and ringers.
pub(crate) struct SoundDesk {
    settings: Choices<SoundSettings>,
    processing: Choices<Processing>,
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
    pub(super) fn new(
        settings: Choices<SoundSettings>,
        processing: Choices<Processing>,
        options: &Options,
    ) -> Self {
        Self {
            settings,
            processing,
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
                .unwrap_or_else(|| self.choice(self.settings.now().microphone.as_deref())),
            speaker: self.speaker_choice(),
            microphone_gain: gain(self.settings.now().microphone_volume),
            near: self.processing.now().near(),
            far: self.processing.now().far(gain(self.settings.now().speaker_volume)),
        }
    }

    fn speaker_choice(&self) -> Choice {
        self.speaker.clone().unwrap_or_else(|| self.choice(self.settings.now().speaker.as_deref()))
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
        let loud = gain(self.settings.now().ringer_volume);
        let (volume, second) = match ring {
            Ring::Full => (loud, self.settings.now().ringer_on),
            Ring::CallWaiting => (loud * CALL_WAITING, false),
        };
        let headset = self.speaker_choice();
        start(&mut self.headset_ringer, &headset, volume);
        if second {
            let choice = self.choice(self.settings.now().ringer.as_deref());
            start(&mut self.second_ringer, &choice, volume);
        }
    }

    pub(super) fn stop_ringing(&self) {
        for ringer in [&self.headset_ringer, &self.second_ringer].into_iter().flatten() {
            ringer.stop();
        }
    }

    pub(super) fn view(&self) -> AudioView {
        let settings = self.settings.now().clone();
        AudioView {
            devices: self.devices.iter().map(shown).collect(),
            headset: self.headset_name(),
            testing: self.testing,
            processing: *self.processing.now(),
            managed: self.processing.locked().iter().map(ToString::to_string).collect(),
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
        use AudioCommand as To;
        let (settings, processing) = (&mut self.settings, &mut self.processing);
        let devices = match command {
            To::ChooseSpeaker { device } => {
                self.in_use.clear();
                settings.change(|now| now.speaker.clone_from(device))
            }
            To::ChooseMicrophone { device } => settings.change(|now| now.microphone.clone_from(device)),
            To::ChooseRinger { device } => settings.change(|now| now.ringer.clone_from(device)),
            To::SetSpeakerVolume { percent } => {
                settings.change(|now| now.speaker_volume = (*percent).min(100))
            }
            To::SetMicrophoneVolume { percent } => {
                settings.change(|now| now.microphone_volume = (*percent).min(100))
            }
            To::SetRingerVolume { percent } => settings.change(|now| now.ringer_volume = (*percent).min(100)),
            To::SetRinger { on } => settings.change(|now| now.ringer_on = *on),
            To::SwitchStage { stage, on } => {
                return Changed::Processing(processing.change(|now| now.switch(*stage, *on)));
            }
            To::SetSidetone { percent } => {
                return Changed::Processing(processing.change(|now| now.set_sidetone(*percent)));
            }
            To::SetEarLimit { dbfs } => {
                return Changed::Processing(processing.change(|now| now.set_ear_limit(*dbfs)));
            }
            To::TestSpeaker | To::TestRinger | To::WatchLevels { .. } | To::Refresh => {
                return Changed::Nothing;
            }
        };
        Changed::Devices(devices)
    }
}

impl Run {
    pub(super) fn audio(&mut self, command: AudioCommand) {
        match self.sound.change(&command) {
            Changed::Devices(chosen) => self.keep_chosen(SOUND, chosen),
            Changed::Processing(chosen) => self.keep_chosen(PROCESSING, chosen),
            Changed::Nothing => {}
        }
        self.media.tell(Order::Sound(self.sound.setup()));
        self.tell_volumes();
        match command {
            AudioCommand::TestSpeaker => {
                self.test(self.sound.speaker_choice(), self.sound.settings.now().speaker_volume)
            }
            AudioCommand::TestRinger => {
                let choice = self.sound.choice(self.sound.settings.now().ringer.as_deref());
                self.test(choice, self.sound.settings.now().ringer_volume);
            }
            AudioCommand::WatchLevels { on } => self.media.tell(Order::Watch(on)),
            AudioCommand::Refresh => self.look_for_devices(),
            _ => {}
        }
        self.publish_sound();
    }

    fn keep_chosen(&self, key: &'static str, chosen: Chosen) {
        self.keep(self.store.run(move |store| store.put_setting(key, &chosen)), || Errand::Stored);
    }

    /// Says whether the volumes are too low to work.
    pub(super) fn tell_volumes(&mut self) {
        let settings = self.sound.settings.now();
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

    pub(super) fn on_test_ended(&mut self) {
        self.sound.testing = false;
        self.publish_sound();
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
