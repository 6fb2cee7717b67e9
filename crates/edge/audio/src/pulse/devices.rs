//! The daemon's microphones and speakers, and which of them it takes by default.

use std::ffi::{CStr, CString};

use pulseaudio::protocol::{
    Command, GetSinkInfo, GetSourceInfo, ServerInfo, SinkInfo, SinkInfoList, SourceInfo, SourceInfoList,
};

use super::{Connection, PREFIX};
use crate::device::{Device, DeviceId, Kind};
use crate::event::Trouble;

/// The daemon's own names of its default devices.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    input: Option<CString>,
    output: Option<CString>,
}

impl Defaults {
    fn of(&self, kind: Kind) -> Option<&CStr> {
        match kind {
            Kind::Input => self.input.as_deref(),
            Kind::Output => self.output.as_deref(),
        }
    }

    /// Whether `name` is the default of its kind.
    pub(crate) fn is(&self, kind: Kind, name: &str) -> bool {
        self.of(kind).is_some_and(|default| default.to_bytes() == name.as_bytes())
    }
}

/// Asks for the defaults.
pub(crate) fn defaults(connection: &mut Connection) -> Result<Defaults, Trouble> {
    let info: ServerInfo = connection.ask(&Command::GetServerInfo)?;
    Ok(Defaults { input: info.default_source_name, output: info.default_sink_name })
}

/// Asks for everything there is. Monitors are no microphones.
pub(crate) fn list(connection: &mut Connection) -> Result<Vec<Device>, Trouble> {
    let defaults = defaults(connection)?;
    let sinks: SinkInfoList = connection.ask(&Command::GetSinkInfoList)?;
    let sources: SourceInfoList = connection.ask(&Command::GetSourceInfoList)?;
    let device = |kind, name: &CStr, description: Option<&CStr>| Device {
        id: DeviceId(format!("{PREFIX}{}", name.to_string_lossy())),
        name: description.unwrap_or(name).to_string_lossy().into_owned(),
        kind,
        is_default: defaults.of(kind) == Some(name),
    };
    let speakers = sinks.iter().map(|sink| device(Kind::Output, &sink.name, sink.description.as_deref()));
    let microphones = sources
        .iter()
        .filter(|source| !is_monitor(source))
        .map(|source| device(Kind::Input, &source.name, source.description.as_deref()));
    Ok(speakers.chain(microphones).collect())
}

fn is_monitor(source: &SourceInfo) -> bool {
    source.monitor_of_sink_index.is_some()
}

/// What people call the device that `name`, or else the default, stands for. Fails when there is none.
pub(crate) fn title(connection: &mut Connection, kind: Kind, name: Option<&CStr>) -> Result<String, Trouble> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => defaults(connection)?.of(kind).ok_or(Trouble::NoDevice)?.to_owned(),
    };
    let description = match kind {
        Kind::Input => {
            let wanted = GetSourceInfo { index: None, name: Some(name.clone()) };
            let source: SourceInfo = connection.ask(&Command::GetSourceInfo(wanted))?;
            // The daemon's last resort when no microphone is left: the far end would hear itself.
            if is_monitor(&source) {
                return Err(Trouble::NoDevice);
            }
            source.description
        }
        Kind::Output => {
            let wanted = GetSinkInfo { index: None, name: Some(name.clone()) };
            connection.ask::<SinkInfo>(&Command::GetSinkInfo(wanted))?.description
        }
    };
    Ok(description.unwrap_or(name).to_string_lossy().into_owned())
}
