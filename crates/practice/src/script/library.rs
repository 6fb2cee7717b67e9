//! The scripts there are: those built in, and those given at the start.

use super::{Script, ScriptError, ScriptInfo};
use std::collections::BTreeMap;
use std::sync::Arc;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$((concat!($name, ".toml"), include_str!(concat!("../../scripts/", $name, ".toml")))),*]
    };
}

/// In the order of the menu.
const FILES: &[(&str, &str)] = files![
    "welcome",
    "password",
    "delivery",
    "impatient",
    "hangs-up",
    "holds",
    "keypad",
    "silent",
    "echo",
    "colleague",
    "answers-colleague",
    "answers-echo",
];

/// Every script, in the order of the menu.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    scripts: BTreeMap<String, Arc<Script>>,
    order: Vec<String>,
}

impl Library {
    /// What is built in, and `own` behind it; one of ours gives way to one of the same id.
    ///
    /// # Errors
    /// A script built in is wrong, which a test rules out.
    pub(crate) fn new(own: Vec<Script>) -> Result<Self, ScriptError> {
        let mut library = Self { scripts: BTreeMap::new(), order: Vec::new() };
        for (file, text) in FILES {
            library.add(Script::parse(file, text)?);
        }
        own.into_iter().for_each(|script| library.add(script));
        Ok(library)
    }

    fn add(&mut self, script: Script) {
        let id = script.id.clone();
        if self.scripts.insert(id.clone(), Arc::new(script)).is_none() {
            self.order.push(id);
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Script>> {
        self.scripts.get(id).cloned()
    }

    pub(crate) fn rush_hour(&self) -> Vec<Arc<Script>> {
        self.all().filter(|script| script.rush_hour).cloned().collect()
    }

    /// What the menu shows.
    pub(crate) fn menu(&self) -> Vec<ScriptInfo> {
        let shown = self.all().filter(|script| script.menu);
        let info = |script: &Arc<Script>| ScriptInfo {
            id: script.id.clone(),
            title: script.title.clone(),
            about: script.about.clone(),
        };
        shown.map(info).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Script>> {
        self.order.iter().filter_map(|id| self.scripts.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_built_in_is_right_and_named_like_its_file() {
        let library = Library::new(Vec::new()).unwrap();
        for (file, _) in FILES {
            let script = library.get(file.trim_end_matches(".toml")).unwrap();
            assert!(script.customer.number.contains("555"), "{file}: a number that may be somebody's");
        }
        assert_eq!(library.order.len(), FILES.len());
        assert_eq!(library.menu().first().unwrap().id, "welcome");
        assert!(library.rush_hour().len() >= 3);
    }

    #[test]
    fn a_script_of_ones_own_takes_the_place_of_ours() {
        let (file, text) = FILES[0];
        let own = Script::parse(file, &text.replacen("title = \"", "title = \"My ", 1)).unwrap();
        let menu = Library::new(vec![own]).unwrap().menu();
        assert!(menu[0].title.starts_with("My "));
        assert_eq!(menu.iter().filter(|info| info.id == "welcome").count(), 1);
    }
}
