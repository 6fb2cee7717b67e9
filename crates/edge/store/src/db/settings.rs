//! What the desk remembers between two runs: chosen devices, volumes, the last account (never its password), and the
//! state the agent was in (STATE-5). Values are JSON.

use super::{error::StoreError, open::Store};
use rusqlite::OptionalExtension;
use serde::{Serialize, de::DeserializeOwned};

/// The key of the agent's state.
const AGENT_STATE: &str = "agent-state";

impl Store {
    /// Keeps `value` under `key`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_setting<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), StoreError> {
        let value = serde_json::to_string(value).map_err(|_| StoreError::Value { what: "setting" })?;
        let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute((key, value))?;
        Ok(())
    }

    /// What was kept under `key`.
    ///
    /// # Errors
    /// When it cannot be read, or is not a `T`.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let sql = "SELECT value FROM setting WHERE key = ?1";
        let value: Option<String> =
            self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
        let parsed = value.map(|value| serde_json::from_str(&value)).transpose();
        parsed.map_err(|_| StoreError::Value { what: "setting" })
    }

    /// Forgets `key`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove_setting(&mut self, key: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM setting WHERE key = ?1")?.execute([key])?;
        Ok(())
    }

    /// Keeps the state the agent is in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_agent_state<T: Serialize + ?Sized>(&mut self, state: &T) -> Result<(), StoreError> {
        self.put_setting(AGENT_STATE, state)
    }

    /// The state the agent was in.
    ///
    /// # Errors
    /// When it cannot be read, or is not a `T`.
    pub fn agent_state<T: DeserializeOwned>(&self) -> Result<Option<T>, StoreError> {
        self.setting(AGENT_STATE)
    }
}
