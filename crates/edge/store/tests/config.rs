//! Configuration: exact places of errors, layers, locks, and what stays in force.
#![allow(clippy::unwrap_used)]

use sidetone_store::config::{Codec, Config, Layers, Origin, Role, SipTransport};
use std::{
    fs,
    path::{Path, PathBuf},
};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Files { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn layers(&self) -> Layers {
        let [machine, user, above] = ["machine", "user", "above"].map(|name| Some(self.path(name)));
        Layers::from_files(machine, user, above, Some(self.path("copies")))
    }
}

fn file(origin: Option<&Origin>) -> Option<(&Path, usize, bool)> {
    match origin? {
        Origin::BuiltIn => None,
        Origin::File { file, line, locked } => Some((file, *line, *locked)),
    }
}

#[test]
fn without_files_the_built_in_values_hold() {
    let loaded = Files::new().layers().load();
    assert_eq!(loaded.config, Config::default());
    assert_eq!((loaded.config.accept_timeout_s, loaded.config.wrap_up.timer_s), (20, 60));
    assert_eq!(loaded.config.codecs, [Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu]);
    assert!(loaded.problems.is_empty() && loaded.notices.is_empty());
    assert_eq!(loaded.origin("wrap_up.timer_s"), Some(&Origin::BuiltIn));
    assert_eq!(loaded.origin("wrap_up.nonsense"), None);
}

/// `defaults.toml` is the list of keys, for locks and for readers: a key of the schema must not be missing there.
#[test]
fn every_key_has_its_default_in_the_file() {
    let text = include_str!("../src/config/defaults.toml");
    let table: toml::Table = toml::from_str(text).unwrap();
    // serde names every field of a struct when one is unknown.
    let fields = |text: &str| -> Vec<String> {
        let error = toml::from_str::<Config>(text).unwrap_err().message().to_owned();
        error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    };
    let top = fields("zz = 1");
    assert_eq!(top.len(), table.len());
    for key in top {
        let value = table.get(&key).unwrap_or_else(|| panic!("`{key}` is not in defaults.toml"));
        if let Some(inner) = value.as_table() {
            for field in fields(&format!("[{key}]\nzz = 1")) {
                assert!(inner.contains_key(&field), "`{key}.{field}` is not in defaults.toml");
            }
        }
    }
}

#[test]
fn each_layer_lies_over_the_ones_below_and_is_named() {
    let files = Files::new();
    files.write("machine", "accept_timeout_s = 30\n\n[wrap_up]\ntimer_s = 120\nmandatory = true\n");
    files.write("user", "# mine\n[wrap_up]\ntimer_s = 90\n[audio]\nspeaker = \"Headset\"\n");
    files.write("above", "audio.speaker = \"Test\"");
    let loaded = files.layers().load();
    let config = &loaded.config;
    assert_eq!(config.accept_timeout_s, 30);
    assert_eq!((config.wrap_up.timer_s, config.wrap_up.mandatory), (90, true));
    assert_eq!((config.audio.speaker.as_str(), config.audio.speaker_volume), ("Test", 80));
    let [machine, user, above] = ["machine", "user", "above"].map(|name| files.path(name));
    assert_eq!(file(loaded.origin("wrap_up.mandatory")), Some((machine.as_path(), 5, false)));
    assert_eq!(file(loaded.origin("wrap_up.timer_s")), Some((user.as_path(), 3, false)));
    assert_eq!(file(loaded.origin("audio.speaker")), Some((above.as_path(), 1, false)));
    assert!(loaded.problems.is_empty());
}

#[test]
fn locked_keys_stay_as_the_machine_has_them() {
    let files = Files::new();
    files.write("machine", "locked = [\"wrap_up.timer_s\", \"audio\", \"codecs\"]\nwrap_up.timer_s = 120\n");
    files.write(
        "user",
        "codecs = [\"pcmu\"]\n[wrap_up]\ntimer_s = 0\nmandatory = true\n[audio]\nspeaker = \"x\"\n",
    );
    files.write("above", "wrap_up.timer_s = 5");
    let loaded = files.layers().load();
    assert_eq!((loaded.config.wrap_up.timer_s, loaded.config.wrap_up.mandatory), (120, true));
    assert_eq!(loaded.config.audio, Config::default().audio);
    assert_eq!(loaded.config.codecs, Config::default().codecs);
    let notices: Vec<String> = loaded.notices.iter().map(ToString::to_string).collect();
    let locked = "is locked by the machine's configuration and stays as it is";
    let (user, above) = (files.path("user"), files.path("above"));
    let expected = [
        format!("{}:6: `audio.speaker` {locked}", user.display()),
        format!("{}:1: `codecs` {locked}", user.display()),
        format!("{}:3: `wrap_up.timer_s` {locked}", user.display()),
        format!("{}:1: `wrap_up.timer_s` {locked}", above.display()),
    ];
    let mut sorted = (notices, expected.to_vec());
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1);
    assert_eq!(file(loaded.origin("wrap_up.timer_s")), Some((files.path("machine").as_path(), 2, true)));
    assert!(loaded.locked().any(|key| key == "audio.microphone"));
    assert!(loaded.problems.is_empty());
}

/// What is written, and what is said of it after the file's name.
const MISTAKES: &[(&str, &str)] = &[
    ("accept_timeout_s = 3", "1:20: 3 is not between 5 and 300"),
    ("accept_timeout_s = -1", "1:20: -1 is not between 5 and 300"),
    ("accept_timeout_s = \"20\"", "1:20: invalid type: string \"20\", expected i64"),
    ("# é\n[wrap_up]\n  é = 1", "3:3: "),
    ("[wrap_up]\nmandatroy = true", "2:1: unknown field `mandatroy`, expected one of `timer_s`, `mandatory`"),
    ("colour = \"red\"", "1:1: unknown field `colour`, expected one of "),
    (
        "[[accounts]]\naor = \"sip:a@b\"\n[[accounts]]\naor = \"100\"",
        "4:7: must be of the form sip:user@domain",
    ),
    ("[[accounts]]\ndisplay_name = \"Ann\"", "1:1: missing field `aor`"),
    (
        "codecs = [\"opus\", \"g729\"]",
        "1:19: unknown variant `g729`, expected one of `opus`, `g722`, `pcmu`, `pcma`",
    ),
    ("codecs = []", "1:10: at least one codec is needed"),
    (
        "[wrap_up]\nreasons = [\n  { id = \"a\", label = \"A\" },\n  { id = \"a\", label = \"B\" },\n]",
        "2:11: the id `a` is given twice",
    ),
    ("[wrap_up]\nreasons = [\n  { id = \"a\" },\n]", "3:3: missing field `label`"),
    ("wrap_up = 5", "1:11: invalid type: integer `5`, expected struct WrapUp"),
    ("[audio\nspeaker = 1", "1:7: "),
    ("a = 1\na = 2", "2:1: "),
    ("locked = [\"dial\"]", "1:1: only the machine's configuration can lock keys"),
    ("[sip]\nrtp_first = 20000\nrtp_last = 20001", "3:1: no room for a call from port 20000 to port 20001"),
    ("\n[wrap_up]\nlongest_s = 30", "3:1: 30 is shorter than wrap_up.timer_s, 60"),
];

#[test]
fn a_mistake_is_told_with_file_line_column_and_reason() {
    for (text, expected) in MISTAKES {
        let files = Files::new();
        files.write("user", text);
        files.write("machine", "accept_timeout_s = 33");
        let loaded = files.layers().load();
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let start = format!("{}:{expected}", files.path("user").display());
        assert!(problems.len() == 1 && problems[0].starts_with(&start), "{text}\n{problems:?}\n{start}");
        assert!(!problems[0].contains('\n'));
        assert_eq!(loaded.config.accept_timeout_s, 33, "the layer below holds");
    }
}

#[test]
fn a_lock_on_a_key_that_does_not_exist_is_a_mistake() {
    let files = Files::new();
    files.write("machine", "locked = [\"audio.speaker\",\n  \"wrap_up.tmier_s\"]");
    let problem = files.layers().load().problems.remove(0).to_string();
    let expected =
        format!("{}:2:3: there is no key `wrap_up.tmier_s` to lock", files.path("machine").display());
    assert_eq!(problem, expected);
}

#[test]
fn a_file_that_goes_bad_stays_as_it_last_was_right_even_over_a_restart() {
    let files = Files::new();
    files.write("machine", "locked = [\"dial\"]\naccept_timeout_s = 40");
    let mut layers = files.layers();
    assert_eq!(layers.load().config.accept_timeout_s, 40);
    files.write("machine", "accept_timeout_s = 4000");
    files.write("user", "rona_on_decline = true\ndial.prefix = \"0\"");
    for loaded in [layers.load(), files.layers().load()] {
        assert_eq!(loaded.config.accept_timeout_s, 40);
        assert!(loaded.config.rona_on_decline, "the other layers go on");
        assert_eq!(loaded.config.dial.prefix, "", "and so do its locks");
        assert_eq!((loaded.problems.len(), loaded.notices.len()), (1, 1));
    }
    files.write("machine", "accept_timeout_s = 50");
    let mended = layers.load();
    assert_eq!((mended.config.accept_timeout_s, mended.problems.len()), (50, 0));
    fs::remove_file(files.path("machine")).unwrap();
    assert_eq!(layers.load().config.accept_timeout_s, 20, "a removed file is no mistake");
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_without_a_place() {
    let files = Files::new();
    fs::create_dir(files.path("user")).unwrap();
    files.write("above", &"#".repeat(2 * 1024 * 1024));
    let loaded = files.layers().load();
    assert_eq!(loaded.problems.len(), 2);
    assert!(loaded.problems.iter().all(|problem| problem.place.is_none()));
    assert_eq!(loaded.config, Config::default());
    let binary = Files::new();
    fs::write(binary.path("user"), b"\xff\xfe").unwrap();
    assert_eq!(binary.layers().load().problems.len(), 1);
}

#[test]
fn an_account_has_servers_a_transport_and_a_role() {
    let files = Files::new();
    files.write(
        "user",
        "[[accounts]]\naor = \"sip:4417@northwind.example\"\nserver = \"sbc0.northwind.example\"\n\
         servers = [\"sbc1.northwind.example:5070\", \"sips:sbc2.northwind.example\"]\ntransport = \"tcp\"\n\
         [[accounts]]\naor = \"sip:17@northwind.example\"\nrole = \"direct\"\n",
    );
    let loaded = files.layers().load();
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let [work, direct] = &loaded.config.accounts[..] else { panic!("two accounts") };
    let servers: Vec<String> = work.servers().map(ToString::to_string).collect();
    assert_eq!(
        servers,
        ["sbc0.northwind.example", "sbc1.northwind.example:5070", "sbc2.northwind.example;transport=tls"]
    );
    assert_eq!((work.role, work.transport), (Role::Work, SipTransport::Tcp));
    assert_eq!((direct.role, direct.transport), (Role::Direct, SipTransport::Auto));
    assert_eq!(direct.servers().count(), 0);
}

#[test]
fn what_is_wrong_with_an_account_is_told_with_its_line() {
    for (text, line, word) in [
        ("[[accounts]]\naor = \"sip:a@b\"\nservers = [\"a:b:c\"]\n", 3, "port"),
        ("[[accounts]]\naor = \"sip:a@b\"\n\nserver = \"a b\"\n", 4, "host"),
        ("[[accounts]]\naor = \"sip:a@b\"\ntransport = \"sctp\"\n", 3, "sctp"),
        ("[[accounts]]\naor = \"sip:a@b\"\nrole = \"fax\"\n", 3, "fax"),
        ("[[accounts]]\naor = \"sip:a@b\"\n[[accounts]]\naor = \"sip:a@b\"\n", 1, "twice"),
        ("[sip]\nsession_timer_s = 30\n", 2, "90"),
        ("[media.quality]\nreport_to = \"collector.example.org\"\n", 2, "sip:user@domain"),
        ("[sip.tls]\nca_file = \"\"\nkey = \"/etc/key.pem\"\n", 3, "together"),
    ] {
        let files = Files::new();
        files.write("user", text);
        let problems = files.layers().load().problems;
        let [problem] = &problems[..] else { panic!("{text}: {problems:?}") };
        assert_eq!(problem.place.map(|(line, _)| line), Some(line), "{text}: {problem}");
        assert!(problem.reason.contains(word), "{text}: {problem}");
    }
}
