//! What notifications do to a subscription (RFC 6665 section 4.1.3): the first one makes its dialog, all say where it
//! stands, and the last one ends it. Refuses what is not for it.

use super::{
    state_header::{Again, Told, again},
    subscription::{Asking, Context, LONGEST, Renewal, Standing, State, Subscription, Up, renew_at},
};
use crate::{
    api::{Event, Notification, SubscriptionEnd, SubscriptionState},
    dialog::Dialog,
    message::{Request, name},
    usage::refer::event_name,
};
use std::time::Duration;

impl Subscription {
    /// A NOTIFY with our name; what it is answered with.
    pub(super) fn on_notify(&mut self, context: &mut Context<'_>, notify: &Request) -> u16 {
        if event_name(&notify.headers).as_deref() != Some(self.what.package.name()) {
            return 489;
        }
        if !self.takes(notify) {
            return 415;
        }
        match self.take() {
            State::Asking(asking) => self.on_first_notify(context, asking, notify),
            State::Up(mut up) => {
                let code = take(&mut up.dialog, notify);
                self.state = State::Up(up);
                if code == 200 {
                    self.on_told(context, notify);
                }
                code
            }
            State::Leaving(mut leaving) => {
                let code = take(&mut leaving.dialog, notify);
                self.state = State::Leaving(leaving);
                if code == 200 && matches!(Told::of(&notify.headers), Told::Terminated { .. }) {
                    self.end(context);
                }
                code
            }
            other @ (State::Waiting { .. } | State::Queued { .. } | State::Off) => {
                self.state = other;
                481
            }
        }
    }

    /// The dialog begins: our number is the SUBSCRIBE's, and its path is the one that we asked by.
    fn on_first_notify(&mut self, context: &mut Context<'_>, asking: Box<Asking>, notify: &Request) -> u16 {
        let tag = asking.request.headers.from().ok().and_then(|from| from.tag().map(str::to_owned));
        let contact = asking.request.headers.contact().ok().map(|contact| contact.uri);
        let told = Told::of(&notify.headers);
        let dialog =
            tag.zip(contact).and_then(|(tag, contact)| Dialog::of_callee(notify, &tag, contact, asking.flow));
        let Some(mut dialog) = dialog.filter(|dialog| dialog.holds(notify)) else {
            self.state = State::Asking(asking);
            return 400;
        };
        if let Ok(cseq) = asking.request.headers.cseq() {
            dialog.count_from(cseq.number);
        }
        if asking.unwanted {
            match told {
                Told::Terminated { .. } => self.end(context),
                Told::Active(_) | Told::Pending(_) => self.say_goodbye(context, dialog),
            }
            return 200;
        }
        let lasts = asking.granted.unwrap_or(self.expires);
        let renewal = match asking.client {
            Some(client) => Renewal::Asked(client),
            None => Renewal::At(renew_at(context, lasts)),
        };
        let (since, until) = (context.now, context.now + lasts);
        self.state = State::Up(Box::new(Up { dialog, since, until, renewal, told: None }));
        self.on_told(context, notify);
        200
    }

    /// What a NOTIFY in the dialog says.
    fn on_told(&mut self, context: &mut Context<'_>, notify: &Request) {
        match Told::of(&notify.headers) {
            Told::Active(lasts) => self.on_standing(context, Standing::Active, lasts),
            Told::Pending(lasts) => self.on_standing(context, Standing::Pending, lasts),
            Told::Terminated { .. } => {}
        }
        if !notify.body.is_empty() {
            let content_type = notify.headers.get(name::CONTENT_TYPE).unwrap_or_default().to_owned();
            let notification = Notification { content_type, body: notify.body.clone() };
            context.stack.say(Event::Notified { subscription: context.key, notification });
        }
        if let Told::Terminated { reason, retry_after } = Told::of(&notify.headers) {
            if let State::Up(up) = &self.state {
                self.settle_mood(context.now, up.since);
            }
            let again = if self.what.expires.is_zero() { Again::Never } else { again(reason, retry_after) };
            self.pause(context, SubscriptionEnd::Terminated(reason), again);
        }
    }

    fn on_standing(&mut self, context: &mut Context<'_>, standing: Standing, lasts: Option<Duration>) {
        let State::Up(up) = &mut self.state else { return };
        if let Some(lasts) = lasts.map(|lasts| lasts.min(LONGEST)) {
            up.until = context.now + lasts;
            if let Renewal::At(at) = &mut up.renewal {
                *at = renew_at(context, lasts);
            }
        }
        if up.told != Some(standing) {
            up.told = Some(standing);
            let lasts = up.until.saturating_duration_since(context.now);
            context.say(match standing {
                Standing::Active => SubscriptionState::Active(lasts),
                Standing::Pending => SubscriptionState::Pending,
            });
        }
    }

    /// Whether its body is of a kind that we asked for (RFC 6665 section 4.1.3).
    fn takes(&self, notify: &Request) -> bool {
        let encoding = notify.headers.get("Content-Encoding");
        let plain = encoding.is_none_or(|how| how.eq_ignore_ascii_case("identity"));
        let kind = notify.headers.content_type().unwrap_or_default();
        notify.body.is_empty() || (plain && self.what.package.accepts().contains(&kind.as_str()))
    }
}

/// A NOTIFY in its order and in its dialog: one of another leg of a fork is refused (section 5.4.9).
fn take(dialog: &mut Dialog, notify: &Request) -> u16 {
    if !dialog.holds(notify) {
        return 481;
    }
    if dialog.take(notify).is_err() {
        return 500;
    }
    dialog.refresh_target(&notify.headers);
    200
}
