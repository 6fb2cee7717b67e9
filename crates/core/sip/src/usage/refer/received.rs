//! REFERs of theirs (RFC 3515 section 2.4): who may send one, when it is answered, and what its sender is told.
//!
//! - It is answered when our side decides: 202 for [`follow`](Refers::follow), else the code given. After [`ANSWER_WITHIN`]
//!   it is answered with 202 anyway, for it must not run out (RFC 4320); a refusal is then told by NOTIFY. Who has not
//!   decided [`DECIDE_WITHIN`] that refuses with 603.
//! - What is told are status lines: 100 at once, then what our call hears, one NOTIFY at a time and the newest only.
//! - `Refer-Sub: false` is honoured (RFC 4488 section 4): nothing is told.
//! - At most [`MAX_REFERS`] at a time; more get 503.

use super::{
    REFER, SIPFRAG,
    admit::{place_of, target_of},
    fragment::Fragment,
    sent::wants_silence,
};
use crate::{
    api::{Address, CallKey, EndCause, Event, Failure, IncomingRefer, ReferKey},
    dialog::Dialog,
    message::{Method, NameAddr, Request, Response, name},
    stack::{Owner, Stack},
    transaction::{Answer, ClientId, ServerId, Timer},
    usage::{challenge, invite::Calls},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a REFER waits for our side before it is answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How long our side may take to decide about one that was answered.
const DECIDE_WITHIN: Duration = Duration::from_secs(60);
/// How long its sender is told of the call that follows it.
const TOLD_FOR: Duration = Duration::from_secs(300);
/// The most REFERs at one time.
const MAX_REFERS: usize = 16;

/// Where a REFER stands.
enum Stage {
    /// It is not answered.
    Asked { server: ServerId, request: Box<Request> },
    /// It is answered, and nobody decided.
    Taken,
    /// A call of ours follows it.
    Followed { call: CallKey },
    /// Its end is known.
    Settled,
}

/// What is to be told next.
#[derive(Clone, Copy, PartialEq, Eq)]
struct News {
    code: u16,
    /// Why nothing comes after it (RFC 6665 section 4.1.3).
    ending: Option<&'static str>,
}

/// A NOTIFY under way, and whether it is the last.
#[derive(Clone, Copy)]
struct Telling {
    client: ClientId,
    is_last: bool,
}

/// A REFER of theirs.
struct Received {
    stage: Stage,
    /// When the stage is over.
    until: Instant,
    /// The call in whose dialog it came.
    call: Option<CallKey>,
    /// Its own dialog; for one that came in a call's, what that was when it was last seen (RFC 5057 section 4.1: it stays
    /// when the call is over).
    dialog: Dialog,
    /// The CSeq that names it, where it is not the first in its dialog (RFC 3515 section 2.4.6).
    id: Option<u32>,
    news: Option<News>,
    telling: Option<Telling>,
}

/// Every REFER of theirs.
#[derive(Default)]
pub(crate) struct Refers {
    refers: BTreeMap<ReferKey, Received>,
    next: u32,
}

impl Refers {
    /// A new REFER.
    pub(crate) fn on_refer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        calls: &mut Calls,
        server: ServerId,
        request: Request,
    ) {
        let admitted = place_of(stack, calls, server, &request)
            .and_then(|place| if self.refers.len() < MAX_REFERS { Ok(place) } else { Err(503) })
            .and_then(|place| Ok((place, target_of(&request)?)));
        let (place, target) = match admitted {
            Ok(admitted) => admitted,
            Err(code) => return stack.reply(now, server, &request, code),
        };
        let refer = ReferKey(self.next);
        self.next = self.next.wrapping_add(1);
        let referred_by = request.headers.get(name::REFERRED_BY).and_then(|by| NameAddr::parse(by).ok());
        stack.say(Event::ReferReceived(Box::new(IncomingRefer {
            refer,
            call: place.about,
            account: stack.servers.flow(server).and_then(|flow| stack.accounts.asked(&request, flow)),
            target,
            referred_by: referred_by
                .map(|by| Address { display_name: by.display_name, uri: by.uri.to_string() }),
        })));
        self.refers.insert(
            refer,
            Received {
                stage: Stage::Asked { server, request: Box::new(request) },
                until: now + ANSWER_WITHIN,
                call: place.call,
                dialog: place.dialog,
                id: place.id,
                news: None,
                telling: None,
            },
        );
    }

    /// It is followed by this call. Said before the call is placed, or at once after it: what the call hears before is not
    /// told. A REFER that is settled is left alone.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        calls: &mut Calls,
        (refer, call): (ReferKey, CallKey),
    ) {
        let Some(received) = self.refers.get_mut(&refer) else { return };
        let told = match &received.stage {
            Stage::Asked { .. } => received.accept(now, stack),
            Stage::Taken => Told::Wanted,
            Stage::Followed { .. } | Stage::Settled => return,
        };
        match told {
            Told::Wanted => {
                received.stage = Stage::Followed { call };
                received.until = now + TOLD_FOR;
                received.tell(now, stack, calls, refer);
            }
            Told::Unwanted => drop(self.refers.remove(&refer)),
        }
    }

    /// It is refused.
    pub(crate) fn refuse(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        calls: &mut Calls,
        (refer, code): (ReferKey, u16),
    ) {
        let code = if (300..700).contains(&code) { code } else { 603 };
        let Some(received) = self.refers.get_mut(&refer) else { return };
        match &received.stage {
            Stage::Asked { server, request } => {
                let response = Response::to(request, code).with_to_tag(received.dialog.local_tag());
                stack.respond(now, *server, response);
                self.refers.remove(&refer);
            }
            Stage::Taken => {
                received.settle(code, "noresource");
                received.tell(now, stack, calls, refer);
            }
            Stage::Followed { .. } | Stage::Settled => {}
        }
    }

    /// A call that was to follow is given up, and was never placed.
    pub(crate) fn give_up(&mut self, call: CallKey) {
        for received in self.refers.values_mut() {
            match received.stage {
                Stage::Followed { call: followed } if followed == call => received.settle(487, "noresource"),
                Stage::Asked { .. } | Stage::Taken | Stage::Followed { .. } | Stage::Settled => {}
            }
        }
    }

    /// Hears what was said of the calls that follow, and tells it; keeps the dialogs of calls that may end.
    pub(crate) fn watch(&mut self, now: Instant, stack: &mut Stack, calls: &mut Calls) {
        let news: Vec<(CallKey, u16)> = stack.out.news().filter_map(status_of).collect();
        for (refer, received) in &mut self.refers {
            if let Stage::Followed { call: followed } = received.stage {
                for (_, code) in news.iter().filter(|(call, _)| *call == followed) {
                    received.hear(*code);
                }
            }
            received.tell(now, stack, calls, *refer);
            if let Some(dialog) = received.call.and_then(|call| calls.dialog_mut(call)) {
                received.dialog = dialog.clone();
            }
        }
        self.refers.retain(|_, received| !received.is_told());
    }

    /// The answer to a NOTIFY of ours. What is not taken ends the subscription (RFC 6665 section 4.2.2).
    pub(crate) fn on_answer(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        calls: &mut Calls,
        (refer, answer): (ReferKey, Answer<Owner>),
    ) {
        let Some(received) = self.refers.get_mut(&refer) else { return };
        let Some(telling) = received.telling.filter(|telling| telling.client == answer.id) else { return };
        match answer.response.code {
            0..=199 => {}
            200..=299 if !telling.is_last => {
                received.telling = None;
                received.tell(now, stack, calls, refer);
            }
            401 | 407 => match challenge::retried(stack, &answer) {
                Ok(mut notify) => {
                    received.dialog_in_use(calls).number(&mut notify);
                    received.send(now, stack, calls, (refer, notify, telling.is_last));
                }
                Err(_) => drop(self.refers.remove(&refer)),
            },
            _ => drop(self.refers.remove(&refer)),
        }
    }

    /// A NOTIFY of ours got no answer: nobody listens.
    pub(crate) fn on_lost(&mut self, refer: ReferKey) {
        self.refers.remove(&refer);
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        let open = self.refers.values().filter(|received| !matches!(received.stage, Stage::Settled));
        open.map(|received| (received.until, Timer::Refer)).min()
    }

    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack, calls: &mut Calls) {
        let mut over = Vec::new();
        for (refer, received) in self.refers.iter_mut().filter(|(_, received)| received.until <= now) {
            match &received.stage {
                Stage::Asked { .. } => match received.accept(now, stack) {
                    Told::Wanted => received.tell(now, stack, calls, *refer),
                    Told::Unwanted => over.push(*refer),
                },
                Stage::Taken => {
                    received.settle(603, "noresource");
                    received.tell(now, stack, calls, *refer);
                }
                Stage::Followed { .. } => {
                    received.settle(100, "timeout");
                    received.tell(now, stack, calls, *refer);
                }
                Stage::Settled => {}
            }
        }
        over.iter().for_each(|refer| drop(self.refers.remove(refer)));
    }
}

/// Whether its sender wants to be told.
enum Told {
    Wanted,
    Unwanted,
}

impl Received {
    /// Answers with 202 and wants to tell 100 (RFC 3515 sections 2.4.2 and 2.4.5).
    fn accept(&mut self, now: Instant, stack: &mut Stack) -> Told {
        let Stage::Asked { server, request } = std::mem::replace(&mut self.stage, Stage::Taken) else {
            return Told::Wanted;
        };
        let silent = wants_silence(&request.headers);
        let mut response = Response::to(&request, 202).with_to_tag(self.dialog.local_tag());
        response.headers.copy_all(name::RECORD_ROUTE, &request.headers);
        response.headers.push(name::CONTACT, format!("<{}>", self.dialog.contact()));
        if silent {
            response.headers.push(name::REFER_SUB, "false");
        }
        stack.respond(now, server, response);
        self.until = now + DECIDE_WITHIN;
        self.news = Some(News { code: 100, ending: None });
        if silent { Told::Unwanted } else { Told::Wanted }
    }

    /// The call that follows heard this.
    fn hear(&mut self, code: u16) {
        match (&self.stage, code) {
            (Stage::Followed { .. }, 0..=199) => self.news = Some(News { code, ending: None }),
            (Stage::Followed { .. }, _) => self.settle(code, "noresource"),
            (Stage::Asked { .. } | Stage::Taken | Stage::Settled, _) => {}
        }
    }

    fn settle(&mut self, code: u16, ending: &'static str) {
        self.stage = Stage::Settled;
        self.news = Some(News { code, ending: Some(ending) });
    }

    /// Whether nothing is left to tell.
    fn is_told(&self) -> bool {
        matches!(self.stage, Stage::Settled) && self.news.is_none() && self.telling.is_none()
    }

    /// Tells what is new, when nothing is being told (RFC 3515 section 2.4.5).
    fn tell(&mut self, now: Instant, stack: &mut Stack, calls: &mut Calls, refer: ReferKey) {
        if self.telling.is_some() {
            return;
        }
        let Some(news) = self.news.take() else { return };
        let id = self.id.map_or_else(String::new, |id| format!(";id={id}"));
        let state = match news.ending {
            Some(reason) => format!("terminated;reason={reason}"),
            None => format!("active;expires={}", self.until.saturating_duration_since(now).as_secs()),
        };
        let dialog = self.dialog_in_use(calls);
        let mut notify = dialog.request(Method::Notify);
        notify.headers.push(name::CONTACT, format!("<{}>", dialog.contact()));
        let flow = dialog.flow();
        notify.headers.push(name::EVENT, format!("{REFER}{id}"));
        notify.headers.push(name::SUBSCRIPTION_STATE, state);
        notify.set_body(&format!("{SIPFRAG};version=2.0"), Fragment::write(news.code));
        challenge::foresee(stack, &mut notify, flow);
        self.send(now, stack, calls, (refer, notify, news.ending.is_some()));
    }

    fn send(
        &mut self,
        now: Instant,
        stack: &mut Stack,
        calls: &mut Calls,
        (refer, notify, is_last): (ReferKey, Request, bool),
    ) {
        let dialog = self.dialog_in_use(calls);
        let sent = stack.request(now, notify, dialog.flow(), Owner::Refer(refer));
        self.telling = sent.map(|client| Telling { client, is_last });
    }

    /// While the call lives its dialog numbers our requests; then the one kept of it.
    fn dialog_in_use<'a>(&'a mut self, calls: &'a mut Calls) -> &'a mut Dialog {
        match self.call.and_then(|call| calls.dialog_mut(call)) {
            Some(dialog) => dialog,
            None => &mut self.dialog,
        }
    }
}

/// What an event says of a call that may follow a REFER.
fn status_of(event: &Event) -> Option<(CallKey, u16)> {
    match event {
        Event::Progress { call, code, .. } => Some((*call, *code)),
        Event::Answered { call, .. } => Some((*call, 200)),
        Event::Ended { call, cause } => Some((*call, code_of(cause))),
        _ => None,
    }
}

fn code_of(cause: &EndCause) -> u16 {
    match cause {
        EndCause::Failed(why) | EndCause::Broken(why) => match why {
            Failure::Status { code, .. } => *code,
            Failure::Credentials => 403,
            Failure::Timeout => 408,
            Failure::Transport => 503,
            Failure::NoSuchName => 404,
            Failure::Protocol => 500,
        },
        EndCause::Local | EndCause::Remote | EndCause::Cancelled { .. } | EndCause::Replaced { .. } => 487,
    }
}
