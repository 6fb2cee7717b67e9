//! What is kept: SQLite, configuration layers, keychain.
