//! The agent's choices above the configuration: only what they changed is theirs, and what the administrator locked is not.
//! The rest follows the configuration from start to start.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the agent changed, by the names of the settings' fields, as it is kept in the store.
pub(crate) type Chosen = Map<String, Value>;

/// Settings that the agent may choose.
pub(crate) trait Settings: Serialize + DeserializeOwned + Clone {
    /// Each field's name, as it is written, with the configuration's key.
    const KEYS: &'static [(&'static str, &'static str)];
}

/// Settings, and which of them are whose.
pub(crate) struct Choices<T> {
    configured: T,
    chosen: Chosen,
    locked: Vec<&'static str>,
    now: T,
}

impl<T: Settings> Choices<T> {
    /// What was `chosen` counts where its key is not among the `locked` ones.
    pub(crate) fn new(configured: T, chosen: Chosen, locked: &[String]) -> Choices<T> {
        let is_locked = |(_, key): &&(&str, &str)| locked.iter().any(|locked| locked == key);
        let locked = T::KEYS.iter().filter(is_locked).map(|(field, _)| *field).collect();
        let now = configured.clone();
        let mut choices = Choices { configured, chosen, locked, now };
        choices.now = choices.over();
        choices
    }

    pub(crate) const fn now(&self) -> &T {
        &self.now
    }

    /// The fields that are the administrator's.
    pub(crate) fn locked(&self) -> &[&'static str] {
        &self.locked
    }

    /// Changes what may be changed; what is to be kept now.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut T)) -> Chosen {
        let mut wanted = self.now.clone();
        change(&mut wanted);
        let before = fields(&self.now);
        let changed = fields(&wanted).into_iter().filter(|(field, value)| before.get(field) != Some(value));
        self.chosen.extend(changed.filter(|(field, _)| !self.locked.contains(&field.as_str())));
        self.now = self.over();
        self.chosen.clone()
    }

    /// The configured ones with the chosen ones above them. What an older version kept and this one can't read is left out.
    fn over(&self) -> T {
        let mut all = fields(&self.configured);
        for (field, value) in &self.chosen {
            if self.locked.contains(&field.as_str()) {
                continue;
            }
            let before = all.insert(field.clone(), value.clone());
            if read::<T>(&all).is_none() {
                match before {
                    Some(before) => all.insert(field.clone(), before),
                    None => all.remove(field),
                };
            }
        }
        read(&all).unwrap_or_else(|| self.configured.clone())
    }
}

fn fields<T: Serialize>(settings: &T) -> BTreeMap<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        Ok(_) | Err(_) => BTreeMap::new(),
    }
}

fn read<T: DeserializeOwned>(fields: &BTreeMap<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(fields.clone().into_iter().collect())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processing::Processing;
    use sidetone_store::config::Audio;

    const LIMIT: &str = "audio.ear_limit_dbfs";

    fn configured(ear_limit_dbfs: i32) -> Processing {
        Processing::configured(&Audio { ear_limit_dbfs, ..Audio::default() })
    }

    #[test]
    fn what_the_agent_did_not_choose_follows_the_configuration() {
        let mut choices = Choices::new(configured(-6), Chosen::new(), &[]);
        let kept = choices.change(|now| now.set_sidetone(30));
        let later = Choices::new(configured(-12), kept, &[]);
        assert_eq!((later.now().sidetone_percent, later.now().ear_limit_dbfs), (30, -12));
    }

    #[test]
    fn it_2_what_is_locked_is_the_administrators_chosen_before_or_now() {
        let mut choices = Choices::new(configured(-6), Chosen::new(), &[]);
        let kept = choices.change(|now| now.set_ear_limit(0));
        assert_eq!(choices.now().ear_limit_dbfs, 0);
        let mut locked = Choices::new(configured(-12), kept, &[LIMIT.to_owned()]);
        assert_eq!(locked.now().ear_limit_dbfs, -12, "what was chosen before it was locked");
        locked.change(|now| now.set_ear_limit(0));
        assert_eq!((locked.now().ear_limit_dbfs, locked.locked()), (-12, &["earLimitDbfs"][..]));
    }

    #[test]
    fn what_can_not_be_read_is_left_out_alone() {
        let kept = [("sidetonePercent", Value::from("loud")), ("gainControl", Value::from(false))];
        let kept = kept.map(|(field, value)| (field.to_owned(), value)).into_iter().collect();
        let choices = Choices::new(configured(-6), kept, &[]);
        assert_eq!((choices.now().sidetone_percent, choices.now().gain_control), (0, false));
    }

    #[test]
    fn every_field_has_its_key_and_every_key_is_one_of_the_configuration() {
        fn check<T: Settings>(settings: &T) {
            let fields = fields(settings);
            let loaded = sidetone_store::config::Layers::from_files(None, None, None, None).load();
            for (field, key) in T::KEYS {
                assert!(fields.contains_key(*field), "{field}");
                assert!(loaded.origin(key).is_some(), "{key}");
            }
            assert_eq!(fields.len(), T::KEYS.len());
        }
        check(&configured(-6));
        check(&crate::settings::SoundSettings::default());
    }
}
