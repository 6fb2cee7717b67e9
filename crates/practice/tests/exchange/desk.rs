//! One exchange, and one phone signed in to it with WAV files for a headset.

use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::{ContactView, DeskView, SessionView};
use sidetone_phone::view::{SignIn, TransportChoice};
use sidetone_phone::{Choice, Happening as PhoneHappening, Headless, Phone, Views, What as PhoneWhat};
use sidetone_practice::queue::Pace;
use sidetone_practice::{Exchange, Happening, Options, Script, What};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// Far more than anything here takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// Exchange and phone.
pub(crate) struct Desk {
    exchange: Exchange,
    happenings: broadcast::Receiver<Happening>,
    phone: Phone,
    views: Views,
    folder: TempDir,
}

/// How it is set up.
pub(crate) struct Setup {
    pub(crate) auto_answer: bool,
    pub(crate) transport: TransportChoice,
    pub(crate) first: Option<&'static str>,
    pub(crate) microphone: Choice,
    /// How long the exchange lets it ring.
    pub(crate) ring: Duration,
    /// Steps of a script of the test's own, `own`, in the queue Own; with how many seconds of patience.
    pub(crate) own: (&'static str, f32),
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            auto_answer: true,
            transport: TransportChoice::Udp,
            first: None,
            microphone: Choice::Silence,
            ring: Duration::from_secs(60),
            own: ("", 60.0),
        }
    }
}

/// A file of the project's speech.
pub(crate) fn speech(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/speech").join(format!("{name}.wav"))
}

fn own_script(steps: &str, patience_s: f32) -> Script {
    let text = format!(
        "id = \"own\"\ntitle = \"Own\"\nabout = \"A test's own\"\nqueue = \"Own\"\ndnis = \"+15550199\"\n\
         patience_s = {patience_s}\ncustomer = {{ name = \"Ann \\\"A\\\" Lee\", number = \"+15550123\" }}\n\
         steps = [{steps}]\n[variables]\nOrder = \"4711\"\n"
    );
    Script::parse("own.toml", &text).unwrap()
}

impl Desk {
    /// Starts both, signs in, and waits until the agent is registered.
    pub(crate) async fn open(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            recordings: Some(folder.path().join("customers")),
            seed: Some(7),
            first: setup.first.map(str::to_owned),
            first_after: Duration::from_millis(50),
            pace: Pace { ring: setup.ring, again: Duration::from_millis(150) },
            scripts: vec![own_script(setup.own.0, setup.own.1)],
            ..Options::default()
        };
        let mut exchange = Exchange::start(options).await.unwrap();
        let happenings = exchange.happenings();
        let (phone, views) = Phone::start(sidetone_phone::Options {
            forget: true,
            bind: Some([127, 0, 0, 1].into()),
            microphone: Some(setup.microphone),
            speaker: Some(Choice::File(folder.path().join("agent-heard.wav"))),
            headless: Some(Headless { auto_answer: setup.auto_answer, follow_refers: false, direct: None }),
            ..sidetone_phone::Options::default()
        })
        .unwrap();
        let account = exchange.account().clone();
        let sign_in = SignIn {
            address: account.address,
            display_name: account.display_name,
            auth_user: String::new(),
            servers: Vec::new(),
            password: account.password,
            transport: setup.transport,
            remember: false,
        };
        phone.practise(sign_in).await.unwrap();
        let mut desk = Self { exchange, happenings, phone, views, folder };
        desk.until(&What::Registered).await;
        let signed_in = |view: &DeskView| matches!(view.session, SessionView::SignedIn { .. }).then_some(());
        desk.desk_shows(signed_in).await;
        desk
    }

    pub(crate) fn play(&self, script: &str) {
        self.exchange.play(script).unwrap();
    }

    pub(crate) fn rush_hour(&self) {
        self.exchange.rush_hour().unwrap();
    }

    /// The next thing that happens at the exchange.
    pub(crate) async fn next(&mut self) -> What {
        let next = timeout(DEADLINE, self.happenings.recv()).await;
        next.expect("nothing happens at the exchange").expect("the exchange stopped").what
    }

    /// What happens until this does, without it.
    pub(crate) async fn until(&mut self, wanted: &What) -> Vec<What> {
        let mut before = Vec::new();
        loop {
            let what = self.next().await;
            if what == *wanted {
                return before;
            }
            before.push(what);
            assert!(before.len() < 200, "no {wanted:?} in {before:?}");
        }
    }

    /// The next thing that happens at the phone and is wanted.
    pub(crate) async fn phone_says<T>(&mut self, wanted: impl Fn(&PhoneWhat) -> Option<T>) -> T {
        let search = async {
            loop {
                let PhoneHappening { what, .. } =
                    self.views.happenings.recv().await.expect("the phone stopped");
                if let Some(found) = wanted(&what) {
                    return found;
                }
            }
        };
        timeout(DEADLINE, search).await.expect("the phone does not say it")
    }

    /// Waits until the desk looks like that.
    pub(crate) async fn desk_shows<T>(&mut self, wanted: impl Fn(&DeskView) -> Option<T>) -> T {
        let mut found = None;
        let shown = self.views.desk.wait_for(|view| {
            found = wanted(view);
            found.is_some()
        });
        timeout(DEADLINE, shown).await.expect("the desk does not show it").expect("the phone stopped");
        found.unwrap()
    }

    /// The one contact, once it is there and like that.
    pub(crate) async fn contact(&mut self, is: impl Fn(&ContactView) -> bool) -> ContactView {
        self.desk_shows(|view| view.contacts.iter().find(|contact| is(contact)).cloned()).await
    }

    pub(crate) async fn send(&self, command: Command) {
        self.phone.send(command).await.unwrap();
    }

    pub(crate) fn agent_heard(&self) -> PathBuf {
        self.folder.path().join("agent-heard.wav")
    }

    pub(crate) fn customer_heard(&self, name: &str) -> PathBuf {
        self.folder.path().join("customers").join(name)
    }

    /// Stops both; what was recorded stays until this is dropped.
    pub(crate) async fn close(self) -> TempDir {
        self.phone.stop().await;
        self.exchange.stop().await;
        self.folder
    }
}
