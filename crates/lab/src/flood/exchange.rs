//! A registrar of one phone that takes whoever comes, without a password, and asks with OPTIONS whether it is there.

use super::header;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Not the address of the strangers: a phone knows its server by it.
const HERE: &str = "127.0.0.2:0";

/// How often a listening thread looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(100);

/// The exchange. It ends with this value.
#[derive(Debug)]
pub struct Exchange {
    socket: UdpSocket,
    address: SocketAddr,
    heard: Arc<Heard>,
    asked: AtomicU32,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Heard {
    state: Mutex<State>,
    more: Condvar,
    over: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    phone: Option<SocketAddr>,
    /// When which OPTIONS was answered.
    answers: BTreeMap<u32, Instant>,
}

impl Exchange {
    /// On a port that is free.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind(HERE)?;
        socket.set_read_timeout(Some(GLANCE))?;
        let address = socket.local_addr()?;
        let heard = Arc::new(Heard::default());
        let (ears, told) = (socket.try_clone()?, Arc::clone(&heard));
        let listening = std::thread::spawn(move || listen(&ears, &told));
        Ok(Self { socket, address, heard, asked: AtomicU32::new(0), listening: Some(listening) })
    }

    /// Where phones register.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the phone is that registered last, as soon as one did.
    #[must_use]
    pub fn registered(&self, patience: Duration) -> Option<SocketAddr> {
        self.wait(patience, |state| state.phone)
    }

    /// Asks the phone once whether it is there, and takes the time until it says so.
    ///
    /// # Errors
    /// When nothing can be sent, or nobody registered.
    pub fn ask(&self, patience: Duration) -> io::Result<Option<Duration>> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let here = self.address;
        let phone = self.registered(Duration::ZERO).ok_or(io::ErrorKind::NotConnected)?;
        let options = format!(
            "OPTIONS sip:phone SIP/2.0\r\nVia: SIP/2.0/UDP {here};rport;branch=z9hG4bKask{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:exchange@{here}>;tag=e{number}\r\nTo: <sip:phone@{here}>\r\n\
             Call-ID: ask-{number}-{}\r\nCSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n",
            here.port()
        );
        let began = Instant::now();
        self.socket.send_to(options.as_bytes(), phone)?;
        let answered = self.wait(patience, |state| state.answers.remove(&number));
        Ok(answered.map(|at| at.saturating_duration_since(began)))
    }

    fn wait<T>(&self, patience: Duration, look: impl Fn(&mut State) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.heard.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let found = look(&mut state);
            let left = deadline.saturating_duration_since(Instant::now());
            if found.is_some() || left.is_zero() {
                return found;
            }
            state = self.heard.more.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.heard.over.store(true, Ordering::Relaxed);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn listen(socket: &UdpSocket, heard: &Heard) {
    let mut datagram = vec![0; 65_535];
    while !heard.over.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut datagram) else { continue };
        let now = Instant::now();
        let text = String::from_utf8_lossy(datagram.get(..length).unwrap_or_default());
        let mut state = heard.state.lock().unwrap_or_else(PoisonError::into_inner);
        if text.starts_with("REGISTER ") {
            state.phone = Some(from);
            let _ = socket.send_to(accept(&text).as_bytes(), from);
        } else if text.starts_with("SIP/2.0 2")
            && let Some(number) = header(&text, "CSeq").and_then(|cseq| cseq.split(' ').next()?.parse().ok())
        {
            state.answers.insert(number, now);
        }
        drop(state);
        heard.more.notify_all();
    }
}

/// 200, for an hour.
fn accept(register: &str) -> String {
    let line = |name: &str| {
        let value = header(register, name).unwrap_or_default();
        format!("{name}: {value}\r\n")
    };
    let contact = header(register, "Contact").unwrap_or_default();
    let contact = contact.split_once('>').map_or(contact.to_owned(), |(uri, _)| format!("{uri}>"));
    format!(
        "SIP/2.0 200 OK\r\n{}{}To: {};tag=exchange\r\n{}{}Contact: {contact};expires=3600\r\nContent-Length: 0\r\n\r\n",
        line("Via"),
        line("From"),
        header(register, "To").unwrap_or_default(),
        line("Call-ID"),
        line("CSeq"),
    )
}
