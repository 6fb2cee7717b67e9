//! What answers to our SUBSCRIBEs do (RFC 6665 sections 4.1.2.1 to 4.1.2.3).

use super::subscription::{Asking, Context, LONGEST, Leaving, Renewal, State, Subscription, Up, renew_at};
use crate::{
    api::Failure,
    message::Response,
    stack::Owner,
    transaction::{Answer, ClientId},
    usage::{backoff::failure_of, challenge},
};
use std::time::Duration;

impl Subscription {
    pub(super) fn on_answer(&mut self, context: &mut Context<'_>, answer: &Answer<Owner>) {
        if answer.response.code < 200 {
            return;
        }
        match self.take() {
            State::Asking(asking) if asking.client == Some(answer.id) => {
                self.on_first_answer(context, asking, answer);
            }
            State::Up(up) if matches!(up.renewal, Renewal::Asked(client) if client == answer.id) => {
                self.on_renewed(context, up, answer);
            }
            State::Leaving(leaving) if leaving.client == Some(answer.id) => {
                self.on_left(context, leaving, answer);
            }
            other => self.state = other,
        }
    }

    fn on_first_answer(
        &mut self,
        context: &mut Context<'_>,
        mut asking: Box<Asking>,
        answer: &Answer<Owner>,
    ) {
        let response = &answer.response;
        match response.code {
            200..=299 => {
                self.note_errand(answer);
                asking.client = None;
                asking.granted = granted(response);
                self.state = State::Asking(asking);
            }
            _ if asking.unwanted => self.end(context),
            401 | 407 => match challenge::retried(context.stack, answer) {
                Ok(request) => {
                    let unwanted = asking.unwanted;
                    self.send_first(context, (request, answer.flow), unwanted);
                }
                Err(why) => self.fail(context, why, None),
            },
            423 if self.lengthen(response) => self.ask(context),
            _ => self.fail(context, failure_of(response), response.headers.retry_after()),
        }
    }

    fn on_renewed(&mut self, context: &mut Context<'_>, mut up: Box<Up>, answer: &Answer<Owner>) {
        let response = &answer.response;
        if matches!(response.code, 401 | 407) {
            match challenge::retried(context.stack, answer) {
                Ok(mut request) => {
                    up.dialog.number(&mut request);
                    self.resend(context, up, (request, answer.flow));
                }
                Err(why) => self.fail(context, why, None),
            }
            return;
        }
        self.note_errand(answer);
        match response.code {
            200..=299 => {
                self.backoff.reset();
                let lasts = granted(response).unwrap_or(self.expires);
                up.until = context.now + lasts;
                up.renewal = Renewal::At(renew_at(context, lasts));
                up.dialog.refresh_target(&response.headers);
                if self.errands.is_empty() {
                    self.state = State::Up(up);
                } else {
                    self.renew(context, up);
                }
            }
            423 if self.lengthen(response) => self.renew(context, up),
            // Section 4.1.2.2: these end the subscription; it lasts until its time in spite of the others.
            404 | 405 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 604 => {
                self.settle_mood(context.now, up.since);
                self.fail(context, failure_of(response), response.headers.retry_after());
            }
            _ => {
                let wanted = response.headers.retry_after();
                self.renew_later(context, up, (failure_of(response), wanted));
            }
        }
    }

    fn on_left(&mut self, context: &mut Context<'_>, mut leaving: Box<Leaving>, answer: &Answer<Owner>) {
        let retry = match answer.response.code {
            401 | 407 => challenge::retried(context.stack, answer).ok(),
            200..=299 => {
                leaving.client = None;
                self.state = State::Leaving(leaving);
                return;
            }
            _ => None,
        };
        leaving.client = retry.and_then(|mut request| {
            leaving.dialog.number(&mut request);
            context.send((request, answer.flow))
        });
        match leaving.client {
            Some(_) => self.state = State::Leaving(leaving),
            None => self.end(context),
        }
    }

    /// A request of ours got no answer.
    pub(super) fn on_lost(&mut self, context: &mut Context<'_>, lost: ClientId, why: Failure) {
        match self.take() {
            State::Asking(asking) if asking.client == Some(lost) && asking.unwanted => self.end(context),
            State::Asking(asking) if asking.client == Some(lost) => self.fail(context, why, None),
            State::Up(up) if matches!(up.renewal, Renewal::Asked(client) if client == lost) => match why {
                Failure::Transport => self.renew_later(context, up, (why, None)),
                Failure::Timeout
                | Failure::Status { .. }
                | Failure::Credentials
                | Failure::NoSuchName
                | Failure::Protocol => {
                    self.settle_mood(context.now, up.since);
                    self.fail(context, why, None);
                }
            },
            State::Leaving(leaving) if leaving.client == Some(lost) => self.end(context),
            other => self.state = other,
        }
    }

    /// An answer came to what we had to tell, whatever it says: it is not told twice.
    fn note_errand(&mut self, answer: &Answer<Owner>) {
        if !answer.request.body.is_empty() {
            self.errands.pop_front();
        }
    }

    /// Section 4.1.2.1: too brief for the server. Whether asking for longer makes sense.
    fn lengthen(&mut self, response: &Response) -> bool {
        let least = response.headers.min_expires().map(|seconds| Duration::from_secs(seconds.into()));
        match least.filter(|least| *least > self.expires && *least <= LONGEST) {
            Some(least) => {
                self.expires = least;
                true
            }
            None => false,
        }
    }
}

fn granted(response: &Response) -> Option<Duration> {
    let seconds = response.headers.expires()?;
    Some(Duration::from_secs(seconds.into()).min(LONGEST))
}
