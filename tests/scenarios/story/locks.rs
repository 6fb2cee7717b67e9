//! What a protected call is in a story.

use super::{Customer, Story, account};
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, ContactId, SessionView};
use sidetone_media::sdp::{Config, KeyAgreement, Policy, Security};
use sidetone_media::{Direction, Negotiation};
use sidetone_sip::api::{Server, Transport};

impl Story {
    /// An agent who is Available by TLS, or by UDP where there is none, and whose calls are protected where they can be.
    pub(crate) fn that_protects_by_tls() -> Self {
        let mut story = Self::made_with(|config| config.media.security = security());
        let [tls, udp] = [Transport::Tls, Transport::Udp].map(|transport| {
            let (host, port) = ("server.example".to_owned(), Some(5060));
            Server::Named { host, port, transport: Some(transport) }
        });
        let mut ours = account("agent", "secret", tls);
        ours.servers.push(udp);
        story.register(ours, Vec::new());
        story.until("signed in", |story| matches!(story.view().session, SessionView::SignedIn { .. }));
        story.command(Command::SetState { to: ChoiceView::Available });
        story
    }

    /// Somebody whose sound is protected, before they said anything.
    pub(crate) fn protecting(seed: u8) -> Negotiation {
        let config = Config::new(([10, 0, 0, 2], 30_000 + u16::from(seed)).into());
        Negotiation::new(Config { security: security(), ..config }, [seed; 32])
    }

    /// A customer whose call is protected, and signalled by this, is talked to.
    pub(crate) fn protected_customer_talks(&mut self, by: Transport) -> (Customer, ContactId) {
        let mut negotiation = Self::protecting(90);
        let sdp = negotiation.offer(Direction::SendRecv);
        let call = self.calls_by(by, ("Ada", "+15550100"), sdp, &[]);
        self.until("ringing", |story| !story.view().popovers.is_empty());
        let (mut customer, id) = (Customer { call, negotiation }, self.contact().id);
        self.accept(&mut customer, id);
        (customer, id)
    }
}

fn security() -> Security {
    Security { policy: Policy::Offer, keys: vec![KeyAgreement::Sdes], identity: None }
}
