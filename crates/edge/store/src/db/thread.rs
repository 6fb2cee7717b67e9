//! The store on a thread of its own: an event loop hands over what is to be done and never waits for the disk.

use super::{
    error::StoreError,
    open::{MovedAside, Opened, Store},
};
use std::{
    path::{Path, PathBuf},
    pin::Pin,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    task::{Context, Poll},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// How much may wait. A disk that is this far behind is as good as gone.
const WAITING: usize = 1024;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The one who owns the thread. Dropping it does what still waits, then closes the file.
#[derive(Debug)]
pub struct StoreThread {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    moved_aside: Option<MovedAside>,
}

impl StoreThread {
    /// Opens the file as [`Store::open`] does (waiting for that), and keeps it on a thread.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(path: &Path) -> Result<StoreThread, StoreError> {
        let Opened { store, moved_aside } = Store::open(path)?;
        Self::spawn(store, moved_aside, path)
    }

    /// As [`Store::in_memory`].
    ///
    /// # Errors
    /// As [`Store::in_memory`].
    pub fn in_memory() -> Result<StoreThread, StoreError> {
        Self::spawn(Store::in_memory()?, None, &PathBuf::new())
    }

    fn spawn(store: Store, moved_aside: Option<MovedAside>, path: &Path) -> Result<StoreThread, StoreError> {
        let (jobs, waiting) = sync_channel(WAITING);
        let thread =
            std::thread::Builder::new().name("store".to_owned()).spawn(move || work(store, &waiting));
        let thread = thread.map_err(|source| StoreError::File { path: path.to_owned(), source })?;
        Ok(StoreThread { jobs: Some(jobs), thread: Some(thread), moved_aside })
    }

    /// The broken file that was found instead of a store, if one was.
    #[must_use]
    pub fn moved_aside(&self) -> Option<&MovedAside> {
        self.moved_aside.as_ref()
    }

    /// Hands `job` over, in order, without waiting. The reply may be awaited or dropped: the job is done all the
    /// same.
    pub fn run<T, F>(&self, job: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let outcome = job(store);
            if let (Err(error), true) = (&outcome, answer.is_closed()) {
                // Nobody else would say it.
                tracing::error!(%error, "the store did not do what was asked");
            }
            let _ = answer.send(outcome);
        });
        let handed = match &self.jobs {
            Some(jobs) => jobs.try_send(job),
            None => Err(TrySendError::Disconnected(job)),
        };
        match handed {
            Ok(()) => Reply(State::Waiting(waiting)),
            Err(TrySendError::Full(_)) => Reply(State::Refused(Some(StoreError::Busy))),
            Err(TrySendError::Disconnected(_)) => Reply(State::Refused(Some(StoreError::Closed))),
        }
    }
}

impl Drop for StoreThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the store's thread broke");
        }
    }
}

fn work(mut store: Store, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job(&mut store);
    }
}

/// What a job comes to.
#[derive(Debug)]
#[must_use = "an error would go unseen"]
pub struct Reply<T>(State<T>);

#[derive(Debug)]
enum State<T> {
    Waiting(oneshot::Receiver<Result<T, StoreError>>),
    Refused(Option<StoreError>),
}

impl<T> Reply<T> {
    /// Waits on this thread; not within a tokio runtime.
    ///
    /// # Errors
    /// The job's, [`StoreError::Busy`] or [`StoreError::Closed`].
    pub fn wait(self) -> Result<T, StoreError> {
        match self.0 {
            State::Waiting(waiting) => waiting.blocking_recv().unwrap_or(Err(StoreError::Closed)),
            State::Refused(error) => Err(error.unwrap_or(StoreError::Closed)),
        }
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Waiting(waiting) => {
                Pin::new(waiting).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
            }
            State::Refused(error) => Poll::Ready(Err(error.take().unwrap_or(StoreError::Closed))),
        }
    }
}
