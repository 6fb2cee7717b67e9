//! `cargo xtask bench flood`: a registered `sidetone-cli` among strangers who send calls by the thousand and hold
//! connections open. It prints what they cost and whether the phone's own exchange still reaches it. It judges nothing
//! else: only a phone that does not work makes it fail.

use super::figures::Range;
use super::parts::Followed;
use super::usage::{self, Memory};
use crate::console::{self, Trouble};
use crate::run;
use clap::Args;
use serde_json::json;
use sidetone_lab::flood::{self, Exchange, HalfOpen, Invites};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a phone may take to register.
const PATIENCE: Duration = Duration::from_secs(15);
/// An answer that takes longer is none.
const ANSWER: Duration = Duration::from_secs(2);
/// How often the exchange asks.
const PAUSE: Duration = Duration::from_millis(100);
/// Files beside the connections.
const SPARE: u64 = 256;
/// Whatever a stranger's transaction or half a message keeps is forgotten after so long (64 * T1, the message limit).
const FORGOTTEN: Duration = Duration::from_secs(36);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// INVITEs in a second.
    #[arg(long, default_value_t = 5000)]
    rate: u32,
    /// For how many seconds, and how long connections drip.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Connections that send a byte at a time.
    #[arg(long, default_value_t = 10_000)]
    connections: u32,
    /// What is built already will do.
    #[arg(long)]
    no_build: bool,
    /// The phone; the release build by default.
    #[arg(long)]
    phone: Option<PathBuf>,
}

/// One stretch of time: what was measured in it.
struct Stage {
    name: &'static str,
    answers: Vec<f64>,
    unanswered: usize,
    resident_mb: f64,
    processor_percent: f64,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    if !arguments.no_build && arguments.phone.is_none() {
        super::build()?;
    }
    let subject = Subject::start(arguments)?;
    let time = Duration::from_secs(arguments.seconds.into());
    let mut stages = vec![subject.stage("before", Duration::from_secs(3), || ())?.0];

    console::step(&format!("{} INVITE/s for {time:?}", arguments.rate));
    let flood = || Invites::send(subject.target(), arguments.rate, time);
    let (stage, invites) = subject.stage("INVITEs", time, flood)?;
    let invites = invites?;
    stages.push(stage);
    console::note(&format!("{} sent, {} answered", invites.sent, invites.answered));
    stages.push(subject.stage("right after", Duration::from_secs(2), || ())?.0);

    console::step(&format!("{} connections, a byte at a time", arguments.connections));
    let allowed = flood::allow_files(u64::from(arguments.connections) + SPARE)?;
    let count = u64::from(arguments.connections).min(allowed.saturating_sub(SPARE));
    if count < u64::from(arguments.connections) {
        console::note(&format!("this machine allows {allowed} files: {count} connections instead"));
    }
    let (stage, (opened, left)) =
        subject.stage("connections", time, || hold(subject.target(), count, time))?;
    stages.push(stage);
    console::note(&format!("{opened} made, {left} still open when they gave up"));
    stages.push(subject.stage("right after", Duration::from_secs(2), || ())?.0);
    console::step(&format!("{FORGOTTEN:?} of rest"));
    std::thread::sleep(FORGOTTEN);
    stages.push(subject.stage("rested", Duration::from_secs(3), || ())?.0);
    report(&stages, &subject);
    Ok(())
}

/// How many were made, and how many the phone still bore in the end.
fn hold(phone: SocketAddr, count: u64, time: Duration) -> (usize, usize) {
    let until = Instant::now() + time;
    let mut crowd = HalfOpen::open(phone, usize::try_from(count).unwrap_or(usize::MAX));
    let mut left = crowd.drip();
    while Instant::now() < until {
        std::thread::sleep(PAUSE);
        left = crowd.drip();
    }
    (crowd.opened(), left)
}

/// The phone, registered, and its exchange.
struct Subject {
    program: Followed,
    exchange: Exchange,
    phone: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Subject {
    fn start(arguments: &Arguments) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        let exchange = Exchange::start()?;
        let built = run::target().join("release").join("sidetone-cli");
        let mut command = std::process::Command::new(arguments.phone.clone().unwrap_or(built));
        let account = format!("sip:phone@{}", exchange.address());
        command.args(["--account", &account, "--password-env", "SIDETONE_BENCH_PASSWORD"]);
        command.args(["--transport", "udp", "--mic", "none", "--speaker", "none", "--auto-answer"]);
        command.env("SIDETONE_BENCH_PASSWORD", "secret");
        for place in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(place, folder.path());
        }
        let program = Followed::start(&mut command)?;
        let (said, phone) = (program.says("\"registered\"", PATIENCE), exchange.registered(Duration::ZERO));
        match phone.filter(|_| said) {
            Some(phone) => Ok(Self { program, exchange, phone, _folder: folder }),
            None => Err(Trouble::new(format!("the phone did not register; it said:\n{}", program.text()))),
        }
    }

    /// Where strangers find it.
    fn target(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.phone.port()))
    }

    /// Asks again and again while `meanwhile` runs, and for `time` at least.
    fn stage<T: Send>(
        &self,
        name: &'static str,
        time: Duration,
        meanwhile: impl FnOnce() -> T + Send,
    ) -> Result<(Stage, T), Trouble> {
        let id = self.program.id();
        let (began, before) = (Instant::now(), usage::processor_seconds(id)?);
        let (mut answers, mut unanswered) = (Vec::new(), 0);
        let outcome = std::thread::scope(|scope| {
            let running = scope.spawn(meanwhile);
            while began.elapsed() < time || !running.is_finished() {
                match self.exchange.ask(ANSWER)? {
                    Some(answer) => answers.push(answer.as_secs_f64() * 1000.0),
                    None => unanswered += 1,
                }
                std::thread::sleep(PAUSE);
            }
            running.join().map_err(|_| Trouble::new("the flood broke"))
        })?;
        let used = usage::processor_seconds(id)? - before;
        let processor_percent = used / began.elapsed().as_secs_f64() * 100.0;
        let resident_mb = Memory::of(id)?.resident_mb;
        Ok((Stage { name, answers, unanswered, resident_mb, processor_percent }, outcome))
    }
}

fn report(stages: &[Stage], subject: &Subject) {
    console::step("figures: least - median - most");
    let row = |cells: [&str; 5]| {
        console::say(&format!(
            "| {:<12} | {:<24} | {:<10} | {:<12} | {:<20} |",
            cells[0], cells[1], cells[2], cells[3], cells[4]
        ));
    };
    row(["", "OPTIONS answered, ms", "unanswered", "resident, MB", "processor, % of a core"]);
    row(["---"; 5]);
    for stage in stages {
        let answered = Range::of(&stage.answers).map_or_else(|| "-".to_owned(), |range| range.to_string());
        row([
            stage.name,
            &answered,
            &stage.unanswered.to_string(),
            &format!("{:.1}", stage.resident_mb),
            &format!("{:.1}", stage.processor_percent),
        ]);
    }
    let registered = !subject.program.text().contains("\"error\"");
    let slowest = stages.iter().filter(|stage| stage.name == "right after");
    let slowest = slowest.flat_map(|stage| &stage.answers).copied().fold(0.0, f64::max);
    let (first, last) = (stages.first(), stages.last());
    let grown = last.zip(first).map_or(0.0, |(last, first)| last.resident_mb - first.resident_mb);
    console::step("aims");
    let verdict = |aim: &str, met: bool, detail: String| {
        console::note(&format!("{aim:<44} {:<8} ({detail})", if met { "met" } else { "MISSED" }));
    };
    verdict("OPTIONS answered within 50 ms right after", slowest <= 50.0, format!("{slowest:.2} ms"));
    verdict("memory back within 5 MB", grown <= 5.0, format!("{grown:+.1} MB"));
    verdict("still registered", registered, "no error was told".to_owned());
    let line = json!({
        "command": "bench flood",
        "slowest_right_after_ms": slowest,
        "grown_mb": grown,
        "registered": registered,
        "stages": stages.iter().map(|stage| json!({
            "name": stage.name,
            "answered": stage.answers.len(),
            "unanswered": stage.unanswered,
            "resident_mb": stage.resident_mb,
            "processor_percent": stage.processor_percent,
        })).collect::<Vec<_>>(),
    });
    console::say(&line.to_string());
}
