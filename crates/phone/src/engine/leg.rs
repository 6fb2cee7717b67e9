//! The calls of this phone between desk and user agent: which is which, and how far each negotiation is.

use super::{Way, privacy::Private, resume::Waking};
use bytes::Bytes;
use sidetone_desk::{LegId, Pii};
use sidetone_media::quality::Summary;
use sidetone_media::tone::Signal;
use sidetone_media::{Codec, Direction, Negotiation, Plan};
use sidetone_sip::api::{CallKey, Flow, Outgoing};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Instant;

/// What the media thread is to do with a leg.
#[derive(Debug, Clone)]
pub enum MediaOrder {
    /// Start, or go on by this plan.
    Apply(Box<Plan>),
    /// Whether this leg has the agent's microphone and speaker; without, it sends silence and is not heard.
    Sound(bool),
    /// Whether, while it has sound, it hears the others in the conference, and they hear it.
    Join(bool),
    /// Whether anybody hears it (CONF-2).
    Heard(bool),
    /// Whether it hears anybody (CONF-2).
    Hears(bool),
    /// Silence in place of the microphone.
    Mute(bool),
    /// Send a digit.
    Digit(Pii<char>),
    /// Play the ringing tone to the agent, or stop it.
    Ringback(bool),
    /// A short beep to the agent: a call was taken by itself.
    Beep,
    /// Begin or end another tone for the agent alone (CALL-14).
    Tone(Signal, bool),
    /// End the recording that is being played to somebody.
    StopPlaying,
    /// Record nothing for now, or go on (CALL-8).
    PauseRecording(bool),
    /// End the recording.
    StopRecording,
    /// Say goodbye and close the sockets.
    Close,
}

/// Who hears a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ears {
    /// The agent alone: a whisper (CALL-14, OFFER-7).
    Agent,
    /// The party and the agent: a greeting (CALL-15).
    Both,
}

/// One call.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) call: CallKey,
    pub(super) number: u32,
    pub(super) negotiation: Option<Negotiation>,
    /// What was agreed last.
    pub(super) codec: Option<Codec>,
    pub(super) digits_by_rtp: bool,
    /// Whether what was agreed makes them send.
    pub(super) should_be_heard: bool,
    /// When they were heard last, or gave another sign of life.
    pub(super) heard: Option<Instant>,
    /// What is to be offered once what is under way is answered.
    pub(super) owes: Option<Change>,
    /// The path that it went over to after it was taken and before it was up: its media follows then.
    pub(super) goes_by: Option<Flow>,
    pub(super) private: Private,
    /// How it has sounded from its beginning.
    pub(super) sounded: Option<Box<Summary>>,
    /// What the agent is to hear before it is taken by itself.
    pub(super) whisper: Option<Pii<PathBuf>>,
    pub(super) stage: Stage,
}

impl Leg {
    /// Whether it waits to be answered here.
    pub(super) fn is_offered(&self) -> bool {
        matches!(self.stage, Stage::Offered { .. } | Stage::Answering { .. } | Stage::Whispering { .. })
    }
}

/// How far a call is.
pub(super) enum Stage {
    /// It wants to be answered. `offer` is theirs.
    Offered { local: IpAddr, offer: Option<Bytes> },
    /// The agent took it; the sockets are being opened.
    Answering { offer: Option<Bytes>, beep: bool },
    /// The agent hears a whisper before it is taken; the sockets are there.
    Whispering { offer: Option<Bytes>, way: Box<Way>, until: Instant },
    /// The 200 is sent, the ACK is awaited.
    Answered,
    /// We call; the sockets are being opened.
    Opening { target: String, wish: Wish },
    /// The INVITE is out. `early` once there is early media; `again` is what may be asked for otherwise, where it is
    /// refused as it is.
    Calling { early: bool, again: Option<Box<Outgoing>> },
    /// It is of before a crash, and sleeps until then, or until the server knows us.
    Waking { until: Instant, waking: Box<Waking> },
    /// Its sockets are being opened anew.
    Reopening(Box<Waking>),
    /// The other side was asked to go on.
    Resuming(Box<Waking>),
    /// Both sides are through.
    Up(Hold),
}

/// Whose wish a call of ours is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// The agent's.
    Agent,
    /// A REFER's, sent by somebody who may be named.
    Refer { by: Option<String> },
}

impl std::fmt::Debug for Stage {
    /// Offers have keys, targets are numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stage::Offered { .. } => "Offered",
            Stage::Answering { .. } => "Answering",
            Stage::Whispering { .. } => "Whispering",
            Stage::Answered => "Answered",
            Stage::Opening { .. } => "Opening",
            Stage::Calling { .. } => "Calling",
            Stage::Waking { .. } => "Waking",
            Stage::Reopening(_) => "Reopening",
            Stage::Resuming(_) => "Resuming",
            Stage::Up(_) => "Up",
        })
    }
}

/// Who holds whom, as agreed, and what is being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nothing is under way. `ours`: we hold them, as agreed.
    Settled { ours: bool },
    /// We asked to hold (`true`) or to go on (`false`); until the answer, `ours` is what was agreed before. `next` is
    /// what the agent wants by now, where that is something else.
    Asking { hold: bool, ours: bool, next: Option<bool> },
    /// We offered the same once more.
    Changing { change: Change, ours: bool, next: Option<bool> },
}

/// Why the same is offered once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Our address is another one.
    Path,
    /// Media goes another way than was said.
    Way,
    /// To see whether anybody is there.
    Probe,
}

impl Hold {
    /// Which way we want sound to go, for their offers.
    pub(super) fn direction(self) -> Direction {
        direction(self.wanted())
    }

    /// Whether the agent wants it held, by now.
    pub(super) fn wanted(self) -> bool {
        match self {
            Hold::Settled { ours } => ours,
            Hold::Asking { hold, next, .. } => next.unwrap_or(hold),
            Hold::Changing { ours, next, .. } => next.unwrap_or(ours),
        }
    }

    /// What was agreed last.
    pub(super) fn agreed(self) -> bool {
        match self {
            Hold::Settled { ours } | Hold::Asking { ours, .. } | Hold::Changing { ours, .. } => ours,
        }
    }
}

/// What holding means in an offer (RFC 3264 section 8.4).
pub(super) fn direction(held: bool) -> Direction {
    if held { Direction::SendOnly } else { Direction::SendRecv }
}

/// Every call there is.
#[derive(Debug, Default)]
pub(super) struct Legs {
    legs: BTreeMap<LegId, Leg>,
    by_call: BTreeMap<CallKey, LegId>,
    count: u32,
}

impl Legs {
    pub(super) fn insert(&mut self, id: LegId, call: CallKey, stage: Stage) {
        self.count += 1;
        self.by_call.insert(call, id);
        let leg = Leg {
            call,
            number: self.count,
            negotiation: None,
            codec: None,
            digits_by_rtp: true,
            should_be_heard: false,
            heard: None,
            owes: None,
            goes_by: None,
            private: Private::default(),
            sounded: None,
            whisper: None,
            stage,
        };
        self.legs.insert(id, leg);
    }

    pub(super) fn get(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.get_mut(&id)
    }

    pub(super) fn find(&mut self, call: CallKey) -> Option<(LegId, &mut Leg)> {
        let id = *self.by_call.get(&call)?;
        self.legs.get_mut(&id).map(|leg| (id, leg))
    }

    /// The leg goes on in another call.
    pub(super) fn move_to(&mut self, id: LegId, call: CallKey) {
        if let Some(leg) = self.legs.get_mut(&id) {
            self.by_call.remove(&leg.call);
            leg.call = call;
            self.by_call.insert(call, id);
        }
    }

    pub(super) fn remove(&mut self, id: LegId) -> Option<Leg> {
        let leg = self.legs.remove(&id)?;
        self.by_call.remove(&leg.call);
        Some(leg)
    }

    pub(super) fn number(&self, id: LegId) -> Option<u32> {
        self.legs.get(&id).map(|leg| leg.number)
    }

    /// The leg with this number, or the newest one.
    pub(super) fn numbered(&self, number: Option<u32>) -> Option<LegId> {
        let legs = self.legs.iter().filter(|(_, leg)| number.is_none_or(|number| leg.number == number));
        legs.max_by_key(|(_, leg)| leg.number).map(|(id, _)| *id)
    }

    pub(super) fn call(&self, id: LegId) -> Option<CallKey> {
        self.legs.get(&id).map(|leg| leg.call)
    }

    pub(super) fn ids(&self) -> Vec<LegId> {
        self.legs.keys().copied().collect()
    }

    pub(super) fn any(&self, is: impl Fn(&Stage) -> bool) -> bool {
        self.legs.values().any(|leg| is(&leg.stage))
    }

    /// Those that sleep, and until when.
    pub(super) fn waking(&self) -> impl Iterator<Item = (LegId, Instant)> {
        self.legs.iter().filter_map(|(id, leg)| match &leg.stage {
            Stage::Waking { until, .. } => Some((*id, *until)),
            _ => None,
        })
    }

    /// When the next whisper is long enough.
    pub(super) fn whispers_until(&self) -> Option<Instant> {
        let until = self.legs.values().filter_map(|leg| match &leg.stage {
            Stage::Whispering { until, .. } => Some(*until),
            _ => None,
        });
        until.min()
    }

    /// Those whose whisper is long enough.
    pub(super) fn whispering(&self, now: Instant) -> Vec<LegId> {
        let long = |leg: &Leg| matches!(&leg.stage, Stage::Whispering { until, .. } if *until <= now);
        self.legs.iter().filter(|(_, leg)| long(leg)).map(|(id, _)| *id).collect()
    }

    /// Nobody sleeps longer than until `now`.
    pub(super) fn hurry(&mut self, now: Instant) {
        for leg in self.legs.values_mut() {
            if let Stage::Waking { until, .. } = &mut leg.stage {
                *until = now;
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_media::sdp::{Config, KeyAgreement, Policy, Security};

    #[test]
    fn a_call_is_printed_without_keys_and_numbers() {
        let security = Security { policy: Policy::Offer, keys: vec![KeyAgreement::Sdes], identity: None };
        let config = Config { security, ..Config::new(([192, 0, 2, 1], 4000).into()) };
        let mut negotiation = Negotiation::new(config, [1; 32]);
        let offer = negotiation.offer(Direction::SendRecv);
        assert!(String::from_utf8_lossy(&offer).contains("inline:"));
        let (mut legs, id) = (Legs::default(), LegId::Incoming(1));
        for stage in [
            Stage::Offered { local: [192, 0, 2, 1].into(), offer: Some(offer.clone()) },
            Stage::Answering { offer: Some(offer), beep: false },
            Stage::Opening { target: "sip:+15550100@10.0.0.2".into(), wish: Wish::Agent },
        ] {
            legs.insert(id, CallKey(1), stage);
            if let Some(leg) = legs.get(id) {
                leg.negotiation = Some(Negotiation::new(negotiation.config().clone(), [2; 32]));
                leg.negotiation
                    .iter_mut()
                    .for_each(|negotiation| drop(negotiation.offer(Direction::SendRecv)));
            }
            let printed = format!("{legs:?}");
            assert!(!printed.contains("inline") && !printed.contains("15550100"), "{printed}");
        }
    }
}
