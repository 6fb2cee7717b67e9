//! Starting: read the configuration, open the store, bind the sockets, begin the loop on a thread of its own.

use super::carry_out::store_trouble;
use super::errand::Errand;
use super::servers::Directory;
use super::sign_in::{ACCOUNT, Signing};
use super::sound::{PROCESSING, SOUND, SoundDesk};
use super::studio::{ON_ANSWER, StudioDesk};
use super::{Fixed, Inlets, Outlets, Run, unix_millis};
use crate::choices::{Choices, Chosen};
use crate::engine::{self, Engine, IceMode, Input, Kept, MediaRules, SignIn};
use crate::handle::{Phone, Views};
use crate::happening::What;
use crate::keep;
use crate::media::Media;
use crate::options::{Options, StartError};
use crate::processing::Processing;
use crate::settings::{self, Remembered, SoundSettings};
use crate::view::Levels;
use sidetone_desk::Update;
use sidetone_desk::view::{ChoiceView, ContactId, TroubleKind, UnixMillis};
use sidetone_media::level::FLOOR_DBFS;
use sidetone_media::sdp::{Identity, Security};
use sidetone_net::Transports;
use sidetone_store::config::{Config, Layers, Loaded};
use sidetone_store::{CallFolder, FoundCall, GreetingFolder, Keychain, RecordingFolder, StoreThread};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// The settings key of this installation's name.
const INSTANCE: &str = "instance";
/// Requests that wait at most; more callers wait their turn.
const WAITING_REQUESTS: usize = 64;
const WAITING_ERRANDS: usize = 64;
/// Those whose calls are being brought back are asked for so much patience with a request that comes too early.
const GRACE: Duration = Duration::from_secs(10);
/// Happenings that a slow listener may be behind.
const WAITING_HAPPENINGS: usize = 1024;

/// Starts the phone; returns when it listens.
///
/// # Errors
/// See [`StartError`].
pub(crate) fn start(options: Options) -> Result<(Phone, Views), StartError> {
    let (started, outcome) = std::sync::mpsc::channel();
    std::thread::Builder::new().name("phone".to_owned()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(error.into()))),
        };
        runtime.block_on(async {
            match prepare(options).await {
                Ok((run, inlets, phone, views)) => {
                    if started.send(Ok((phone, views))).is_ok() {
                        run.run(inlets).await;
                    }
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
    })?;
    outcome.recv().unwrap_or(Err(StartError::Stopped))
}

async fn prepare(options: Options) -> Result<(Run, Inlets, Phone, Views), StartError> {
    let loaded = Layers::standard().load();
    report(&loaded);
    let config = &loaded.config;
    let desk = settings::desk(config, options.headless.as_ref());
    let (calls, found) = open_calls(&options);
    let ice = options.ice.clone().unwrap_or_else(|| settings::ice(config));
    let anchor = (Instant::now(), unix_millis());
    let grace = if found.is_empty() { Duration::ZERO } else { GRACE };
    let engine_config = engine_config(&loaded, &options, grace, ice.mode);
    let engine = Engine::new(engine_config, (anchor.0, UnixMillis(anchor.1)), rand::random());

    let port = if options.port == 0 { config.sip.port } else { options.port };
    let (transports, received, no_tls) = open(settings::network(config, &options, port), &options).await?;
    let (store, store_failed) = open_store(&options)?;
    let remembered: Option<Remembered> = store.run(|store| store.setting(ACCOUNT)).await.unwrap_or_default();
    let on_answer: Option<String> = store.run(|store| store.setting(ON_ANSWER)).await.unwrap_or_default();
    let sound = sound(&loaded, &store, &options).await;
    let (media, reports) = Media::start(sound.setup())?;

    let (errands, errands_in) = mpsc::channel(WAITING_ERRANDS);
    let (requests_out, requests) = mpsc::channel(WAITING_REQUESTS);
    let (outlets, views) = outlets(&engine, &sound);
    let first_port = u16::try_from(config.sip.rtp_first).unwrap_or(16384);
    let last_port = u16::try_from(config.sip.rtp_last).unwrap_or(32767);
    let keychain = if options.forget { Keychain::in_memory() } else { Keychain::system() };
    let fixed = Fixed {
        recordings: recordings(config, &options),
        greetings: GreetingFolder::new(own_data(&options).join("greetings")),
        desk,
        rtp_ports: first_port..=last_port.max(first_port),
        instance: instance(&store).await,
        register_for: Duration::from_secs(u64::from(config.sip.register_s)),
        beside: if options.headless.is_some() { Vec::new() } else { settings::beside(config) },
        configuration: settings::configuration(&loaded),
        servers: Directory::new(ice, keychain.clone()),
        keychain,
    };
    let mut run = Run {
        engine,
        transports,
        media,
        store,
        calls,
        store_failed: false,
        sound,
        outlets,
        errands,
        fixed,
        studio: StudioDesk::new(on_answer),
        signing: Signing { remembered, ..Signing::default() },
        stopping: None,
    };
    run.begin(&options, store_failed);
    if let Some(detail) = no_tls {
        run.update(Update::Trouble(TroubleKind::Other { detail }));
    }
    run.go_on(found);
    run.mend_recordings();
    let network = sidetone_net::watch();
    let inlets = Inlets { requests, received, network, reports, errands: errands_in };
    Ok((run, inlets, Phone::new(requests_out), views))
}

/// Sound as the configuration says, and above it what the agent chose.
async fn sound(loaded: &Loaded, store: &StoreThread, options: &Options) -> SoundDesk {
    let locked: Vec<String> = loaded.locked().collect();
    let (audio, only) = (&loaded.config.audio, options.processing.as_deref());
    let chosen =
        async |key| store.run(move |store| store.setting(key)).await.ok().flatten().unwrap_or_default();
    let processing = match only {
        // Given on the command line: stands above what is chosen.
        Some(stages) => Choices::new(Processing::configured(audio).only(stages), Chosen::new(), &locked),
        None => Choices::new(Processing::configured(audio), chosen(PROCESSING).await, &locked),
    };
    SoundDesk::new(
        Choices::new(SoundSettings::configured(audio), chosen(SOUND).await, &locked),
        processing,
        options,
    )
}

/// How the engine is to be. Who knew calls of before a crash asks for patience with a request that comes too early.
fn engine_config(loaded: &Loaded, options: &Options, grace: Duration, ice: IceMode) -> engine::Config {
    let config = &loaded.config;
    engine::Config {
        sip: sidetone_sip::Config {
            callers: settings::callers(config, options.headless.as_ref()),
            grace,
            session_expires: Duration::from_secs(u64::from(config.sip.session_timer_s)),
            ..sidetone_sip::Config::default()
        },
        desk: settings::desk(config, options.headless.as_ref()),
        rules: settings::rules(loaded),
        media: MediaRules {
            codecs: settings::codecs(config),
            opus: settings::opus(config),
            comfort_noise: config.media.comfort_noise,
            security: Security { identity: identity(), ..settings::security(config, options) },
        },
        follows_refers: config.sip.follow_refers
            || options.headless.as_ref().is_some_and(|headless| headless.follow_refers),
        media_timeout: settings::media_timeout(config),
        ice,
        collector: settings::collector(config, options),
    }
}

impl Run {
    fn begin(&mut self, options: &Options, store_failed: Option<NoStore>) {
        self.open_studio();
        self.happened(None, What::Listening { address: self.transports.local_addr().to_string() });
        self.look_for_devices();
        self.tell_volumes();
        match store_failed {
            Some(NoStore::Gone(detail)) => self.on_errand(Errand::StoreFailed(detail)),
            // The new one works; a banner would go with the first thing that is kept.
            Some(NoStore::Begun(detail)) => self.update(Update::Trouble(TroubleKind::Other { detail })),
            None => {}
        }
        let restored = self.store.run(|store| {
            let rows = store.pending_wrap_ups()?;
            // Rows of this run count from 1.
            let rows = rows.into_iter().map(|row| keep::from_disk(row, ContactId(0))).collect();
            Ok((rows, store.agent_state::<Option<ChoiceView>>()?.flatten()))
        });
        let headless = options.headless.as_ref();
        if headless.is_none() {
            self.send_for(async move {
                let (rows, state) = restored.await.unwrap_or_default();
                Errand::Restored(rows, state)
            });
        }
        if let Some(direct) = headless.and_then(|headless| headless.direct.clone()) {
            self.tell(Input::SignIn(SignIn::Direct {
                aor: direct.aor,
                transport: direct.transport.transport(),
            }));
        }
    }

    /// Goes on with calls of before a crash; the agent's sign-in is part of that.
    fn go_on(&mut self, found: Vec<FoundCall>) {
        for call in found {
            match Kept::from_text(&call.text) {
                Ok(kept) => {
                    self.tell(Input::Found { kept: Box::new(kept), gap: call.age });
                }
                Err(error) => {
                    tracing::warn!(%error, "a kept call cannot be read");
                    if let Some(folder) = &self.calls {
                        folder.keep(&call.name, None);
                    }
                }
            }
        }
        if self.engine.is_waking() && self.signing.remembered.is_some() {
            // Where it does not work, the agent is asked to sign in, as always.
            let _ = self.sign_in_remembered();
        }
    }
}

/// Binds the sockets. A file of certificates that is no good does not keep the window from opening: without it TLS
/// trusts fewer servers than the admin wanted, never more. What is wrong with it comes back.
async fn open(
    setup: sidetone_net::Setup,
    options: &Options,
) -> Result<(Transports, sidetone_net::Receiver, Option<String>), StartError> {
    match Transports::open(setup.clone()).await {
        Ok((transports, received)) => Ok((transports, received, None)),
        Err(error @ sidetone_net::Error::Pem { .. }) if options.headless.is_none() => {
            tracing::error!(%error, "TLS goes without it");
            let setup = sidetone_net::Setup { tls: sidetone_net::Tls::default(), ..setup };
            let (transports, received) = Transports::open(setup).await?;
            Ok((transports, received, Some(error.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

fn outlets(engine: &Engine, sound: &SoundDesk) -> (Outlets, Views) {
    let (desk, desk_out) = watch::channel(engine.view());
    let (audio, audio_out) = watch::channel(sound.view());
    let (levels, levels_out) = watch::channel(Levels { microphone_dbfs: FLOOR_DBFS, far_dbfs: FLOOR_DBFS });
    let (greetings, greetings_out) = watch::channel(StudioDesk::default().view(false));
    let (happenings, happenings_out) = broadcast::channel(WAITING_HAPPENINGS);
    let views = Views {
        desk: desk_out,
        audio: audio_out,
        levels: levels_out,
        greetings: greetings_out,
        happenings: happenings_out,
    };
    (Outlets { desk, audio, levels, greetings, happenings }, views)
}

/// The agent's own folder for data.
fn own_data(options: &Options) -> PathBuf {
    options.data.clone().or_else(sidetone_store::data_folder).unwrap_or_default()
}

/// Where recordings are written: where the admin says, or beside the agent's own data. `None`: nothing is to be kept, and
/// nobody named a folder; the agent's own recordings are not a script's to mend either.
fn recordings(config: &Config, options: &Options) -> Option<RecordingFolder> {
    let recording = &config.media.recording;
    let folder = match (recording.folder.as_os_str().is_empty(), &options.data) {
        (false, _) => recording.folder.clone(),
        (true, None) if options.forget => return None,
        (true, _) => own_data(options).join("recordings"),
    };
    Some(RecordingFolder::new(folder, recording.kbit_s * 1_000))
}

/// Where running calls are kept, and those of before.
fn open_calls(options: &Options) -> (Option<CallFolder>, Vec<FoundCall>) {
    let folder = options.data.clone().or_else(sidetone_store::data_folder);
    let Some(folder) = folder.filter(|_| !options.forget) else { return (None, Vec::new()) };
    match CallFolder::open(&folder.join("calls")) {
        Ok((calls, found)) => (Some(calls), found),
        Err(error) => {
            // Not the path, which has the agent's name in it.
            tracing::warn!(%error, "running calls cannot be kept: none would outlive a crash");
            (None, Vec::new())
        }
    }
}

/// Why there is nothing of what was kept before.
enum NoStore {
    /// Nothing can be kept.
    Gone(String),
    /// The file was broken; a new one is begun.
    Begun(String),
}

/// The store, or one that forgets and the reason for it: calls go on without a disk.
fn open_store(options: &Options) -> Result<(StoreThread, Option<NoStore>), StartError> {
    let folder = options.data.clone().or_else(sidetone_store::data_folder);
    let trouble = match folder {
        _ if options.forget => None,
        Some(folder) => match StoreThread::open(&folder.join("sidetone.db")) {
            Ok(store) => {
                let begun = store.moved_aside().map(|aside| {
                    NoStore::Begun(format!("history and notes were broken and begin anew: {}", aside.reason))
                });
                return Ok((store, begun));
            }
            Err(error) => Some(NoStore::Gone(store_trouble(&error))),
        },
        None => Some(NoStore::Gone("the system names no folder for data".to_owned())),
    };
    let store = StoreThread::in_memory().map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok((store, trouble))
}

/// Who this installation is, the same at every start.
async fn instance(store: &StoreThread) -> String {
    let kept: Option<String> = store.run(|store| store.setting(INSTANCE)).await.unwrap_or_default();
    if let Some(kept) = kept {
        return kept;
    }
    let made = settings::new_instance(rand::random());
    let keeping = made.clone();
    if let Err(error) = store.run(move |store| store.put_setting(INSTANCE, &keeping)).await {
        tracing::warn!(%error, "this installation has no name that lasts");
    }
    made
}

/// Our end of DTLS handshakes: made at every start, and proved by its fingerprint alone (RFC 5763). Says nothing of who
/// we are.
fn identity() -> Option<Identity> {
    let made = rcgen::generate_simple_self_signed(["sidetone".to_owned()]);
    match made {
        Ok(made) => Some(Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der())),
        Err(error) => {
            tracing::error!(%error, "no keys can be agreed on by DTLS");
            None
        }
    }
}

fn report(loaded: &Loaded) {
    for problem in &loaded.problems {
        tracing::error!(%problem, "a configuration file is left out");
    }
    for notice in &loaded.notices {
        tracing::warn!(%notice, "a setting has no effect");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_nothing_records_nothing_but_where_that_is_said() {
        let given = |folder: &str, data: Option<&str>| {
            let mut config = Config::default();
            config.media.recording.folder = folder.into();
            let options =
                Options { forget: data.is_none(), data: data.map(PathBuf::from), ..Options::default() };
            recordings(&config, &options).is_some()
        };
        assert!(!given("", None), "not among the desktop's");
        assert!(given("", Some("data")));
        assert!(given("recordings", None));
    }
}
