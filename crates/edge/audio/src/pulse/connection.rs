//! A connection to the daemon: greeting, questions with their answers, and what the daemon says unasked. Every wait
//! ends; nothing the daemon sends can do more than end the connection.

use std::ffi::CString;
use std::io::{self, Cursor, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use pulseaudio::protocol::{
    AuthParams, AuthReply, Command, CommandReply, MAX_VERSION, MIN_VERSION, Prop, Props, PulseError,
    SetClientNameReply, TagStructReader, encode_command_message,
};

use super::address;
use super::inbox::Inbox;
use crate::event::Trouble;

/// How long the daemon may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long the daemon may take to accept what is written: its socket has room for a second of sound.
const ACCEPT: Duration = Duration::from_secs(1);
/// The channel of commands.
const COMMANDS: u32 = u32::MAX;

/// What the daemon sends.
#[allow(clippy::large_enum_variant, reason = "looked at and dropped, never stored")]
pub(crate) enum Message<'a> {
    /// A microphone's samples.
    Sound(&'a [u8]),
    /// A command or an answer. An answer's content follows in the rest.
    Said { number: u32, command: Command, rest: &'a [u8] },
    /// A command we do not know.
    Unknown,
}

/// A connection, with at most one stream on it.
pub(crate) struct Connection {
    socket: UnixStream,
    inbox: Inbox,
    version: u16,
    next_number: u32,
    patience: Option<Duration>,
}

impl Connection {
    /// Connects to the first daemon that greets us.
    pub(crate) fn open() -> Option<Self> {
        let greet = |path| {
            let socket = UnixStream::connect(path).ok()?;
            socket.set_write_timeout(Some(ACCEPT)).ok()?;
            Self::greet(socket).ok()
        };
        address::sockets().into_iter().find_map(greet)
    }

    fn greet(socket: UnixStream) -> Result<Self, Trouble> {
        let inbox = Inbox::new();
        let mut connection = Self { socket, inbox, version: MAX_VERSION, next_number: 0, patience: None };
        let auth = AuthParams {
            version: MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: address::cookie(),
        };
        let reply: AuthReply = connection.ask(&Command::Auth(auth))?;
        if reply.version < MIN_VERSION {
            return Err(Trouble::Unsupported);
        }
        connection.version = reply.version.min(MAX_VERSION);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Sidetone");
        if let Ok(process) = CString::new(std::process::id().to_string()) {
            props.set(Prop::ApplicationProcessId, process);
        }
        let _: SetClientNameReply = connection.ask(&Command::SetClientName(props))?;
        Ok(connection)
    }

    /// Asks and waits for the answer. What else the daemon says meanwhile is passed over: a stream is made last.
    pub(crate) fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, Trouble> {
        let asked = self.next_number;
        self.tell(command)?;
        let deadline = Instant::now() + ANSWER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::System);
            }
            let version = self.version;
            match self.receive(left)? {
                Some(Message::Said { number, command: Command::Reply, mut rest }) if number == asked => {
                    return TagStructReader::new(&mut rest, version).read().map_err(|_| Trouble::System);
                }
                Some(Message::Said { number, command: Command::Error(error), .. }) if number == asked => {
                    return Err(trouble(error));
                }
                Some(Message::Said { .. } | Message::Sound(_) | Message::Unknown) | None => {}
            }
        }
    }

    /// Sends a command and does not wait for the answer.
    pub(crate) fn tell(&mut self, command: &Command) -> Result<(), Trouble> {
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        let mut bytes = Vec::new();
        encode_command_message(&mut bytes, number, command, self.version).map_err(|_| Trouble::System)?;
        self.send(&bytes)
    }

    /// Waits for the next message, about as long as `patience`.
    pub(crate) fn receive(&mut self, patience: Duration) -> Result<Option<Message<'_>>, Trouble> {
        let frame = match self.inbox.take()? {
            Some(frame) => frame,
            None => {
                if !self.read(patience)? {
                    return Ok(None);
                }
                let Some(frame) = self.inbox.take()? else { return Ok(None) };
                frame
            }
        };
        let payload = self.inbox.payload(&frame);
        if frame.channel != COMMANDS {
            return Ok(Some(Message::Sound(payload)));
        }
        let mut cursor = Cursor::new(payload);
        let Ok((number, command)) = Command::read_tag_prefixed(&mut cursor, self.version) else {
            return Ok(Some(Message::Unknown));
        };
        let read = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        Ok(Some(Message::Said { number, command, rest: payload.get(read..).unwrap_or_default() }))
    }

    /// Reads once; false when nothing came.
    fn read(&mut self, patience: Duration) -> Result<bool, Trouble> {
        if self.patience != Some(patience) {
            self.socket.set_read_timeout(Some(patience)).map_err(|_| Trouble::System)?;
            self.patience = Some(patience);
        }
        match self.inbox.fill(&mut self.socket) {
            Ok(0) => Err(Trouble::Lost),
            Ok(_) => Ok(true),
            Err(error) if is_pause(&error) => Ok(false),
            Err(_) => Err(Trouble::Lost),
        }
    }

    /// Sends a whole message.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.socket.write_all(bytes).map_err(|_| Trouble::Lost)
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn trouble(error: PulseError) -> Trouble {
    match error {
        PulseError::NoEntity => Trouble::NoDevice,
        PulseError::AccessDenied | PulseError::AuthKey => Trouble::Denied,
        PulseError::Busy => Trouble::Busy,
        PulseError::NotSupported | PulseError::Version => Trouble::Unsupported,
        PulseError::Killed => Trouble::Lost,
        // The enum is open: whatever is left is the daemon's own failure to us.
        _ => Trouble::System,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// A daemon that answers every read with `answer` and then hangs up.
    fn against(answer: Vec<u8>) -> Result<Connection, Trouble> {
        let (ours, mut theirs) = UnixStream::pair().expect("a socket");
        std::thread::spawn(move || {
            let mut asked = [0; 4_096];
            let _ = theirs.read(&mut asked);
            let _ = theirs.write_all(&answer);
        });
        Connection::greet(ours)
    }

    #[test]
    fn whatever_a_broken_daemon_answers_is_an_error() {
        let descriptor = |length: u32| {
            let mut bytes = length.to_be_bytes().to_vec();
            bytes.extend([0xff; 4]);
            bytes.extend([0; 12]);
            bytes
        };
        let with = |length, payload: &[u8]| [descriptor(length), payload.to_vec()].concat();
        // A reply (command 2) to question 0 that breaks off, one with an impossible version, noise, nothing.
        let reply = b"L\0\0\0\x02L\0\0\0\0";
        let answers = [
            with(10, reply),
            with(15, &[&reply[..], b"L\0\0\0\x01"].concat()),
            with(4, b"\xde\xad\xbe\xef"),
            with(u32::MAX, b""),
            Vec::new(),
        ];
        for answer in answers {
            assert!(against(answer.clone()).is_err(), "{answer:?}");
        }
    }

    #[test]
    fn an_error_of_the_daemon_is_told_apart() {
        // An error (command 0) to question 0: 5, no such entity.
        let mut answer = 15_u32.to_be_bytes().to_vec();
        answer.extend([0xff; 4]);
        answer.extend([0; 12]);
        answer.extend_from_slice(b"L\0\0\0\0L\0\0\0\0L\0\0\0\x05");
        assert_eq!(against(answer).err(), Some(Trouble::NoDevice));
    }
}
