//! Sound devices: list, capture, playback, ringer.
