//! Connections that carry media to a server that relays it (RFC 8656 section 2.1), by TCP or TLS over it. Made within the
//! runtime, used by a thread that never waits: what can't be sent soon is dropped, as a network would.

use crate::{failure::FlowError, stream::Shared};
use rustls::ClientConnection;
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

/// Bytes that may wait for the network: a second of speech and some.
const MOST_UNSENT: usize = 16 * 1024;

/// A connection that is made.
pub struct MediaLine {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    local: SocketAddr,
    unsent: Vec<u8>,
}

impl std::fmt::Debug for MediaLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaLine").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// Makes them, with the trust that all connections have. Not counted by any limit: a call has few.
#[derive(Debug, Clone)]
pub struct MediaDialer(Arc<Shared>);

impl MediaDialer {
    pub(crate) const fn new(shared: Arc<Shared>) -> MediaDialer {
        MediaDialer(shared)
    }

    /// Connects; `domain`: by TLS, to whoever must be that. Within a tokio runtime.
    ///
    /// # Errors
    /// It can't be reached, or is not whom it should be.
    pub async fn connect(&self, server: SocketAddr, domain: Option<&str>) -> Result<MediaLine, FlowError> {
        let failed = |error: io::Error| FlowError::from_io(&error, "");
        let stream = tokio::net::TcpStream::connect(server).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let local = stream.local_addr().map_err(failed)?;
        let (stream, tls) = match domain {
            None => (stream, None),
            Some(domain) => {
                let (stream, tls) = self.0.tls.connect(stream, domain).await?.into_inner();
                (stream, Some(Box::new(tls)))
            }
        };
        // It stays as it is: non-blocking.
        Ok(MediaLine { stream: stream.into_std().map_err(failed)?, tls, local, unsent: Vec::new() })
    }
}

impl MediaLine {
    /// Our end of it.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends a whole message, now or as soon as the network takes it; drops it where too much waits already.
    ///
    /// # Errors
    /// The connection is over.
    pub fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if self.unsent.len() + message.len() <= MOST_UNSENT {
            self.unsent.extend_from_slice(message);
        }
        self.flush()
    }

    /// Takes what came, some of it; 0: nothing now.
    ///
    /// # Errors
    /// The connection is over.
    pub fn receive(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.flush()?;
        let over = || io::Error::from(ErrorKind::UnexpectedEof);
        let Some(tls) = &mut self.tls else {
            return match none_yet(self.stream.read(room))? {
                Some(0) => Err(over()),
                read => Ok(read.unwrap_or(0)),
            };
        };
        if let Some(read) = none_yet(tls.reader().read(room))? {
            return if read == 0 { Err(over()) } else { Ok(read) };
        }
        if none_yet(tls.read_tls(&mut self.stream))? == Some(0) {
            return Err(over());
        }
        tls.process_new_packets().map_err(io::Error::other)?;
        Ok(none_yet(tls.reader().read(room))?.unwrap_or(0))
    }

    fn flush(&mut self) -> io::Result<()> {
        let Self { stream, tls, unsent, .. } = self;
        loop {
            if let Some(tls) = tls {
                while tls.wants_write() {
                    if none_yet(tls.write_tls(stream))?.is_none() {
                        return Ok(());
                    }
                }
            }
            if unsent.is_empty() {
                return Ok(());
            }
            let written = match tls {
                Some(tls) => tls.writer().write(unsent)?,
                None => match none_yet(stream.write(unsent))? {
                    Some(written) => written,
                    None => return Ok(()),
                },
            };
            unsent.drain(..written);
        }
    }
}

/// `None`: it would have to wait.
fn none_yet(done: io::Result<usize>) -> io::Result<Option<usize>> {
    match done {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}
