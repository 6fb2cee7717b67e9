//! One whole call by the scripted agent: sign in, answer, talk, mute, hold, resume, end, wrap up, look it up in the
//! history. It succeeds only when both sides heard the other speak.

use super::events::Follower;
use super::folder::Folder;
use super::proof::{self, Speech};
use crate::console::{self, Trouble};
use crate::run;
use sidetone_lab::agent::Agent;
use sidetone_lab::ears::Recording;
use sidetone_lab::stage::{HEADSET, Stage};
use std::time::Duration;

/// How long the first customer may take to call.
const CUSTOMER: Duration = Duration::from_secs(60);
/// How long a sentence may take, and the answer to it.
const SPEECH: Duration = Duration::from_secs(30);
const NOTES: &str = "Practice call taken by the scripted agent.";

/// Takes one call and proves it.
pub(super) fn take_one() -> Result<(), Trouble> {
    console::step("no display: a scripted agent takes one call on a virtual one");
    let folder = Folder::new()?;
    let place = folder.path().to_path_buf();
    let outcome = on_stage(&folder);
    console::step(&format!("left behind in {}", place.display()));
    console::note(
        "offer.png, call.png, history.png; agent-heard.wav, customers-heard/; events.jsonl, window.log",
    );
    if outcome.is_ok() {
        console::note("the call carried speech both ways");
    }
    outcome
}

fn on_stage(folder: &Folder) -> Result<(), Trouble> {
    let (agents, customers) = (proof::speeches("agent")?, proof::speeches("customer")?);
    let mut stage = Stage::set(&run::built("sidetone"), folder.path())?;
    console::note("virtual display, virtual headset, and the window on them");
    let events = Follower::start(&stage.events());
    let played = play(&stage, folder, &agents, &customers);
    if played.is_err() {
        // The last thing on the screen says more than any message.
        let _ = stage.picture("failed.png");
    }
    let heard = played?;
    stage.close()?;
    drop(events);
    console::step("proof: what each side heard, against what the other said");
    proof::judge("the agent", &customers, &heard)?;
    let others = proof::customers_heard(&stage.customers())?;
    let told = others.iter().map(|heard| proof::judge("the customer", &agents, heard));
    told.reduce(Result::or).unwrap_or_else(|| Err(Trouble::new("no customer recorded anything")))
}

/// The call itself; gives what the agent heard, which is saved too.
fn play(
    stage: &Stage,
    folder: &Folder,
    agents: &[Speech],
    customers: &[Speech],
) -> Result<Recording, Trouble> {
    let window = stage.window()?;
    let mut agent = Agent::new(window, |step| console::note(&format!("the agent {step}")));
    agent.sign_in_to_practice()?;
    agent.wait_for_offer(CUSTOMER)?;
    stage.picture("offer.png")?;
    let ear = stage.sound.record(HEADSET)?;
    agent.accept()?;
    speak(stage, agents)?;
    console::note("the agent listens");
    if !ear.wait_until(SPEECH, |heard| proof::any_heard(customers, heard)) {
        console::note("the agent heard nothing of the customer yet");
    }
    stage.picture("call.png")?;
    agent.mute(true)?;
    agent.mute(false)?;
    agent.hold()?;
    agent.resume()?;
    let heard = ear.stop()?;
    heard.save(&folder.agent_heard())?;
    agent.end()?;
    agent.wrap_up(None, NOTES)?;
    console::note(&format!("it says: {}", agent.history_row(NOTES)?));
    stage.picture("history.png")?;
    Ok(heard)
}

/// Says everything the agent has to say, one sentence after the other.
fn speak(stage: &Stage, agents: &[Speech]) -> Result<(), Trouble> {
    for speech in agents {
        console::note(&format!("the agent says {}", speech.name));
        let mut voice = stage.sound.speak(HEADSET, &speech.file)?;
        if voice.wait(SPEECH)?.is_none() {
            return Err(Trouble::new(format!("{} does not end", speech.name)));
        }
    }
    Ok(())
}
