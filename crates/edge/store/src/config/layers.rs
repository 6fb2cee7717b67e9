//! The layers, and what they come to together.

use super::{
    check::{Checked, check},
    problem::{Notice, Problem},
    schema::Config,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The layer below all files.
const DEFAULTS: &str = include_str!("defaults.toml");
/// Names the file of the layer above all others. It can do no more than the agent's own file.
const VARIABLE: &str = "SIDETONE_CONFIG";
/// No file of ours comes near; whatever is longer is not a configuration.
const LARGEST: u64 = 1024 * 1024;

/// Which file set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// None.
    BuiltIn,
    /// This one.
    File {
        /// Which.
        file: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Whether it cannot be set above it.
        locked: bool,
    },
}

/// One file.
#[derive(Debug, Clone)]
struct Layer {
    /// The name of its last good copy.
    name: &'static str,
    file: PathBuf,
    may_lock: bool,
    /// As it was when it was last right.
    good: Option<Checked>,
}

/// The files, lowest first. Keep it to load again when a file has changed.
#[derive(Debug, Clone)]
pub struct Layers {
    layers: Vec<Layer>,
    copies: Option<PathBuf>,
}

/// What the files come to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Always whole and right.
    pub config: Config,
    /// What is wrong; each file with a problem counts as it last was right.
    pub problems: Vec<Problem>,
    /// What has no effect.
    pub notices: Vec<Notice>,
    origins: BTreeMap<Vec<String>, Origin>,
}

impl Loaded {
    /// Which file set `key`, for example `wrap_up.timer_s`; `None` when there is no such key.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins.get(&split(key))
    }

    /// The keys that the agent cannot change.
    pub fn locked(&self) -> impl Iterator<Item = String> {
        let is_locked = |origin: &Origin| matches!(origin, Origin::File { locked: true, .. });
        self.origins.iter().filter(move |(_, origin)| is_locked(origin)).map(|(path, _)| path.join("."))
    }
}

impl Layers {
    /// The system's places for the machine's file and the agent's, then the file `SIDETONE_CONFIG` names. Copies of
    /// what was last right are kept beside the agent's data.
    #[must_use]
    pub fn standard() -> Layers {
        let directories = directories::ProjectDirs::from("", "", "sidetone");
        let user = directories.as_ref().map(|directories| directories.config_dir().join("config.toml"));
        let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let copies = directories.map(|directories| directories.data_local_dir().join("last-good"));
        Self::from_files(Some(machine_file()), user, variable, copies)
    }

    /// The same with files of one's own. `copies` is a folder.
    #[must_use]
    pub fn from_files(
        machine: Option<PathBuf>,
        user: Option<PathBuf>,
        above: Option<PathBuf>,
        copies: Option<PathBuf>,
    ) -> Layers {
        let layers = [("machine.toml", machine), ("user.toml", user), ("above.toml", above)];
        let layers = layers.into_iter().enumerate().filter_map(|(index, (name, file))| {
            Some(Layer { name, file: file?, may_lock: index == 0, good: None })
        });
        Layers { layers: layers.collect(), copies }
    }

    /// Reads every file anew. A missing file is an empty one.
    pub fn load(&mut self) -> Loaded {
        let defaults = Config::defaults_table();
        let known = |path: &[String]| look_up(&defaults, path).is_some();
        let mut problems = Vec::new();
        for layer in &mut self.layers {
            match layer.read(self.copies.as_deref(), known) {
                Ok(good) => layer.good = Some(good),
                Err(problem) => {
                    // The reason may quote a value, and the path a name.
                    tracing::warn!(layer = layer.name, place = ?problem.place, "a configuration file is wrong");
                    problems.push(problem);
                    layer.good = layer.good.take().or_else(|| layer.copy(self.copies.as_deref(), known));
                }
            }
        }
        self.merge(defaults, problems)
    }

    fn merge(&mut self, defaults: Table, mut problems: Vec<Problem>) -> Loaded {
        let mut values = defaults;
        let mut origins = BTreeMap::new();
        note_built_in(&values, &mut Vec::new(), &mut origins);
        let mut config = Config::default();
        let (mut locks, mut notices): (Vec<Vec<String>>, Vec<Notice>) = (Vec::new(), Vec::new());
        for layer in &self.layers {
            let Some(good) = &layer.good else { continue };
            let (mut merged, mut merged_origins) = (values.clone(), origins.clone());
            for (path, line) in &good.keys {
                if locks.iter().any(|lock| path.starts_with(lock)) {
                    notices.push(Notice { file: layer.file.clone(), line: *line, key: path.join(".") });
                    continue;
                }
                if let Some(value) = look_up(&good.values, path) {
                    put(&mut merged, path, value.clone());
                    let origin = Origin::File { file: layer.file.clone(), line: *line, locked: false };
                    merged_origins.insert(path.clone(), origin);
                }
            }
            // Each file is right by itself; what they come to together may still not be.
            match whole(&merged) {
                Ok(right) => (config, values, origins) = (right, merged, merged_origins),
                Err((key, reason)) => problems.push(Problem {
                    file: layer.file.clone(),
                    place: good
                        .keys
                        .iter()
                        .find(|(path, _)| path.join(".") == key)
                        .map(|(_, line)| (*line, 1)),
                    reason,
                }),
            }
            locks.extend(good.locked.iter().cloned());
            mark_locked(&mut origins, &good.locked, &layer.file);
        }
        Loaded { config, problems, notices, origins }
    }
}

impl Layer {
    fn read(&self, copies: Option<&Path>, known: impl Fn(&[String]) -> bool) -> Result<Checked, Problem> {
        let unreadable = |error: io::Error| Problem {
            file: self.file.clone(),
            place: None,
            reason: format!("cannot be read: {error}"),
        };
        let text = match read_text(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.map_err(unreadable)?,
        };
        let good = check(&self.file, &text, self.may_lock, known)?;
        if let Some(folder) = copies {
            self.keep(folder, &good.text);
        }
        Ok(good)
    }

    /// Keeps what is right, for a start at which it no longer is. Without one the phone starts too.
    fn keep(&self, folder: &Path, text: &str) {
        let file = folder.join(self.name);
        if fs::read_to_string(&file).is_ok_and(|kept| kept == text) {
            return;
        }
        let half = file.with_extension("new");
        let kept = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&half, text))
            .and_then(|()| fs::rename(&half, &file));
        if let Err(error) = kept {
            tracing::warn!(%error, "the last good configuration could not be kept");
        }
    }

    fn copy(&self, copies: Option<&Path>, known: impl Fn(&[String]) -> bool) -> Option<Checked> {
        let text = read_text(&copies?.join(self.name)).ok()?;
        check(&self.file, &text, self.may_lock, known).ok()
    }
}

impl Config {
    fn defaults_table() -> Table {
        // A test reads it.
        toml::from_str(DEFAULTS).unwrap_or_default()
    }
}

impl Default for Config {
    /// What `defaults.toml` says.
    #[allow(clippy::expect_used)]
    fn default() -> Self {
        toml::from_str(DEFAULTS).expect("defaults.toml is part of the program, and a test reads it")
    }
}

/// The machine's file, where the system has such files.
fn machine_file() -> PathBuf {
    if cfg!(windows) {
        let data = std::env::var_os("PROGRAMDATA").unwrap_or_else(|| "C:\\ProgramData".into());
        PathBuf::from(data).join("sidetone").join("config.toml")
    } else if cfg!(target_os = "macos") {
        PathBuf::from("/Library/Application Support/sidetone/config.toml")
    } else {
        PathBuf::from("/etc/sidetone/config.toml")
    }
}

fn read_text(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long for a configuration"));
    }
    fs::read_to_string(file)
}

/// The configuration, or the key that does not go with the others and why.
fn whole(values: &Table) -> Result<Config, (&'static str, String)> {
    let config = Config::deserialize(values.clone()).map_err(|error| ("", error.message().to_owned()))?;
    let (sip, wrap_up) = (&config.sip, &config.wrap_up);
    if sip.rtp_last < sip.rtp_first + 3 {
        let reason = format!("no room for a call from port {} to port {}", sip.rtp_first, sip.rtp_last);
        return Err(("sip.rtp_last", reason));
    }
    if sip.tls.certificate.as_os_str().is_empty() != sip.tls.key.as_os_str().is_empty() {
        let key = if sip.tls.key.as_os_str().is_empty() { "sip.tls.certificate" } else { "sip.tls.key" };
        return Err((key, "a certificate and its key are given together or not at all".to_owned()));
    }
    if wrap_up.longest_s < wrap_up.timer_s {
        let reason = format!("{} is shorter than wrap_up.timer_s, {}", wrap_up.longest_s, wrap_up.timer_s);
        return Err(("wrap_up.longest_s", reason));
    }
    Ok(config)
}

fn note_built_in(table: &Table, path: &mut Vec<String>, origins: &mut BTreeMap<Vec<String>, Origin>) {
    for (key, value) in table {
        path.push(key.clone());
        match value {
            Value::Table(inner) => note_built_in(inner, path, origins),
            _ => {
                origins.insert(path.clone(), Origin::BuiltIn);
            }
        }
        path.pop();
    }
}

/// A locked key counts as the locking file's, even where that leaves it as it is.
fn mark_locked(origins: &mut BTreeMap<Vec<String>, Origin>, locked: &[Vec<String>], by: &Path) {
    for (path, origin) in origins.iter_mut() {
        if locked.iter().any(|lock| path.starts_with(lock)) {
            match origin {
                Origin::File { locked, .. } => *locked = true,
                Origin::BuiltIn => *origin = Origin::File { file: by.to_owned(), line: 1, locked: true },
            }
        }
    }
}

fn split(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

fn look_up<'a>(table: &'a Table, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(first)?;
    if rest.is_empty() { Some(value) } else { look_up(value.as_table()?, rest) }
}

fn put(table: &mut Table, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return;
    }
    let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(inner) = inner {
        put(inner, rest, value);
    }
}
