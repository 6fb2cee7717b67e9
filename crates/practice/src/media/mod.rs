//! The media thread of the exchange: RTP and sound of every customer, in steps of 10 ms while there is a call, asleep
//! otherwise. It decides nothing: orders come from the engine, what is heard goes back.

mod call;
mod recording;
mod upsample;
mod voice;

use crate::customer;
use crate::engine::MediaOrder;
use crate::speech;
use call::Call;
use sidetone_net::RtpPair;
use sidetone_sip::api::CallKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// What the media thread is told.
pub(crate) enum Order {
    /// These are a new call's sockets; what is heard goes into the file.
    Open(CallKey, RtpPair, Option<PathBuf>),
    /// Something about a call.
    Call(CallKey, MediaOrder),
    /// End.
    Stop,
}

/// Something that was heard in a call.
pub(crate) type Report = (CallKey, customer::Input);

const STEP: Duration = Duration::from_millis(10);
/// After a longer stall the steps that were missed are left out.
const LONGEST_STALL: Duration = Duration::from_millis(100);
/// More reports than this unread, and levels are dropped: the next one says the same.
const UNREAD_REPORTS: usize = 1_024;

/// The running media thread. Dropping it ends every call's media.
pub(crate) struct Media {
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Media {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread for us.
    pub(crate) fn start() -> std::io::Result<(Self, mpsc::Receiver<Report>)> {
        let (orders, received) = channel();
        let (report, reports) = mpsc::channel(UNREAD_REPORTS);
        let work = Work { calls: BTreeMap::new(), report };
        let thread = std::thread::Builder::new()
            .name("practice-media".to_owned())
            .spawn(move || work.run(&received))?;
        Ok((Self { orders, thread: Some(thread) }, reports))
    }

    /// Tells the thread something. Never blocks.
    pub(crate) fn tell(&self, order: Order) {
        // A thread that is gone has said so by the end of its reports.
        let _ = self.orders.send(order);
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.tell(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    calls: BTreeMap<CallKey, Call>,
    report: mpsc::Sender<Report>,
}

impl Work {
    fn run(mut self, orders: &Receiver<Order>) {
        speech::load();
        let mut next_step = Instant::now();
        loop {
            let order = if self.calls.is_empty() {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                orders.recv_timeout(next_step.saturating_duration_since(Instant::now()))
            };
            let now = Instant::now();
            match order {
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(order) => self.obey(now, order),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if next_step + LONGEST_STALL < now {
                next_step = now;
            }
            while next_step <= now {
                self.calls.iter_mut().for_each(|(key, call)| call.step(now, *key, &self.report));
                next_step += STEP;
            }
        }
        let now = Instant::now();
        self.calls.values_mut().for_each(|call| call.close(now));
    }

    fn obey(&mut self, now: Instant, order: Order) {
        match order {
            Order::Open(key, sockets, file) => {
                self.calls.insert(key, Call::new(sockets, file));
            }
            Order::Call(key, MediaOrder::Close) => {
                if let Some(mut call) = self.calls.remove(&key) {
                    call.close(now);
                }
            }
            Order::Call(key, order) => {
                if let Some(call) = self.calls.get_mut(&key) {
                    call.obey(now, order);
                }
            }
            Order::Stop => {}
        }
    }
}
