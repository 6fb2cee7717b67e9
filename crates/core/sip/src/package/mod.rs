//! Event packages (RFC 6665): what can be subscribed to, and what notifications say. Every reader takes what another
//! side wrote, and has limits; none asks anybody for anything.

mod conference;
mod dialog_info;
mod feature;
mod message_summary;
mod presence;
mod resource_list;
mod told;
mod xml;

pub use conference::{Conference, ConferenceInfo, Endpoint, EndpointStatus, Participant};
pub use dialog_info::{
    DialogEntry, DialogInfo, DialogNames, DialogState, Dialogs, Direction, Line, Merged, Scope, Side,
};
pub use feature::{AgentState, FeatureEvent, FeatureRequest, Forwarding};
pub use message_summary::{Counts, MessageSummary};
pub use presence::{Activity, Basic, Presence, Tuple};
pub use resource_list::{Instance, InstanceState, Resource, ResourceList};
pub use told::Told;
pub use xml::Broken;

/// What can be subscribed to or published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// Who talks to whom (RFC 4235).
    Dialog,
    /// Whether somebody is there (RFC 3856).
    Presence,
    /// Whether voice messages wait (RFC 3842).
    MessageSummary,
    /// Who is in a conference (RFC 4575).
    Conference,
    /// Agent state and call handling as the server has it (ECMA-323 bodies).
    AsFeatureEvent,
}

/// The types of the bodies of lists (RFC 4662 section 5.2).
const LISTS: [&str; 2] = ["application/rlmi+xml", "multipart/related"];

/// Several states at once, as servers send them at first.
const MIXED: [&str; 1] = ["multipart/mixed"];

impl Package {
    pub(crate) const ALL: [Package; 5] = [
        Package::Dialog,
        Package::Presence,
        Package::MessageSummary,
        Package::Conference,
        Package::AsFeatureEvent,
    ];

    /// All of them, as in Allow-Events (RFC 6665 section 8.2.2).
    pub(crate) const ALLOW_EVENTS: &str = "dialog, presence, message-summary, conference, as-feature-event";

    /// As in Event.
    pub const fn name(self) -> &'static str {
        match self {
            Package::Dialog => "dialog",
            Package::Presence => "presence",
            Package::MessageSummary => "message-summary",
            Package::Conference => "conference",
            Package::AsFeatureEvent => "as-feature-event",
        }
    }

    /// The type of the state of one resource.
    pub const fn content_type(self) -> &'static str {
        match self {
            Package::Dialog => "application/dialog-info+xml",
            Package::Presence => "application/pidf+xml",
            Package::MessageSummary => "application/simple-message-summary",
            Package::Conference => "application/conference-info+xml",
            Package::AsFeatureEvent => "application/x-as-feature-event+xml",
        }
    }

    /// Whether one subscription can be to many resources at once (RFC 4662).
    pub(crate) const fn has_lists(self) -> bool {
        match self {
            Package::Dialog | Package::Presence => true,
            Package::MessageSummary | Package::Conference | Package::AsFeatureEvent => false,
        }
    }

    /// Every type that a notification may have.
    pub(crate) fn accepts(self) -> Vec<&'static str> {
        let containers: &[&str] = match self {
            Package::Dialog | Package::Presence => &LISTS,
            Package::AsFeatureEvent => &MIXED,
            Package::MessageSummary | Package::Conference => &[],
        };
        [self.content_type()].iter().chain(containers).copied().collect()
    }
}
