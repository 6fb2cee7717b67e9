//! What happens at the exchange, said for whoever follows it: tests, and the program's JSON lines. The people are
//! fictional, so names of scripts and queues may be told; what the agent dials or keys in may not.

use crate::queue::CustomerId;
use serde::Serialize;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// The customer it is about: counts from 1, and begins the name of the recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The agent's phone registered.
    Registered,
    /// The agent's phone is gone.
    Unregistered,
    /// A customer arrived and waits.
    Waiting {
        /// The script's id.
        script: String,
        /// The queue; none for a caller who wants the agent in person.
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
    },
    /// The customer is being offered to the agent.
    Offered,
    /// It rings at the agent's.
    Ringing,
    /// The agent did not take the customer, who waits again.
    Refused {
        /// The SIP status code, where there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// The customer waited too long, and is gone.
    Abandoned,
    /// The agent dialled somebody who answers by this script.
    Dialled {
        /// The script's id.
        script: String,
    },
    /// The agent dialled, and nobody is reached.
    NotReached {
        /// The SIP status code the agent gets.
        code: u16,
    },
    /// Both sides can talk.
    Connected,
    /// The agent put the customer on hold, or took them off.
    OnHold {
        /// Which of the two.
        on: bool,
    },
    /// The customer put the agent on hold, or came back.
    Holding {
        /// Which of the two.
        on: bool,
    },
    /// The agent pressed a key.
    Key,
    /// The call is over.
    Ended {
        /// Who ended it.
        by: EndedBy,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The agent hung up.
    Agent,
    /// The customer did.
    Customer,
    /// Nobody: it broke.
    Fault,
}
