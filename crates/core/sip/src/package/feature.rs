//! `application/x-as-feature-event+xml`: agent state, do not disturb and forwarding as the server has them, in the words
//! of ECMA-323 (CSTA), as BroadWorks and its kin speak them in the `as-feature-event` package. Requests go in a
//! SUBSCRIBE, events come in a NOTIFY.

use super::xml::{Broken, child_text, escape, is_true, read_any};
use roxmltree::Node;
use std::fmt;

const CSTA: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";
const PRIVATE: &str = "http://schema.broadsoft.com/CSTAPrivateData";

/// Where an agent stands at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentState {
    /// `loggedOn`: signed in, and nothing else said.
    LoggedOn,
    /// `loggedOff`.
    LoggedOff,
    /// `ready`: takes contacts.
    Ready,
    /// `notReady`, with the server's reason code, where there is one.
    NotReady(Option<String>),
    /// `workingAfterCall`.
    WorkingAfterCall,
}

/// Where calls go instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// When: `forwardImmediate`, `forwardBusy`, `forwardNoAns`.
    pub kind: String,
    /// Whether it is on.
    pub is_on: bool,
    /// To whom.
    pub to: Option<String>,
}

/// What the server tells.
#[derive(Clone, PartialEq, Eq)]
pub enum FeatureEvent {
    /// The agent's state.
    Agent(AgentState),
    /// Whether calls are turned away.
    DoNotDisturb(bool),
    /// Where calls go instead.
    Forwarding(Forwarding),
    /// Something else, by the name of its element.
    Other(String),
}

/// What is asked of the server.
#[derive(Clone, PartialEq, Eq)]
pub enum FeatureRequest {
    /// To be in this state.
    SetAgentState(AgentState),
    /// To turn calls away, or not.
    SetDoNotDisturb(bool),
    /// To send calls elsewhere, or not.
    SetForwarding(Forwarding),
}

impl FeatureEvent {
    /// Reads one.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        read_any(body, |root| {
            Some(match root.tag_name().name() {
                "AgentLoggedOnEvent" => FeatureEvent::Agent(AgentState::LoggedOn),
                "AgentLoggedOffEvent" => FeatureEvent::Agent(AgentState::LoggedOff),
                "AgentReadyEvent" => FeatureEvent::Agent(AgentState::Ready),
                "AgentNotReadyEvent" => FeatureEvent::Agent(AgentState::NotReady(reason(root))),
                "AgentWorkingAfterCallEvent" => FeatureEvent::Agent(AgentState::WorkingAfterCall),
                // The same in one word, as some servers have it.
                "AgentStateEvent" => FeatureEvent::Agent(state(root)?),
                "DoNotDisturbEvent" => {
                    FeatureEvent::DoNotDisturb(is_true(&child_text(root, "doNotDisturbOn")?))
                }
                "ForwardingEvent" => FeatureEvent::Forwarding(forwarding(root)?),
                other => FeatureEvent::Other(other.chars().take(64).collect()),
            })
        })
    }
}

fn state(root: Node<'_, '_>) -> Option<AgentState> {
    let word = child_text(root, "agentState").or_else(|| child_text(root, "state"))?;
    Some(match word.as_str() {
        "loggedOn" | "LoggedIn" | "agentNull" => AgentState::LoggedOn,
        "loggedOff" | "LoggedOut" => AgentState::LoggedOff,
        "ready" | "Ready" | "agentReady" => AgentState::Ready,
        "notReady" | "NotReady" | "agentNotReady" => AgentState::NotReady(reason(root)),
        "workingAfterCall" | "WorkingAfterCall" | "agentWorkingAfterCall" => AgentState::WorkingAfterCall,
        _ => return None,
    })
}

/// The code stands in private data, deep inside, under one of these names.
fn reason(root: Node<'_, '_>) -> Option<String> {
    let names = ["AgentNotReadyReasonValue", "ReasonCodeValue", "reasonCode"];
    let node = root.descendants().find(|node| names.contains(&node.tag_name().name()))?;
    super::xml::text(node)
}

fn forwarding(root: Node<'_, '_>) -> Option<Forwarding> {
    let is_on = child_text(root, "forwardStatus").is_some_and(|on| is_true(&on));
    let to = child_text(root, "forwardTo").or_else(|| child_text(root, "forwardDN"));
    Some(Forwarding { kind: child_text(root, "forwardingType")?, is_on, to })
}

impl FeatureRequest {
    /// As it stands in a SUBSCRIBE.
    pub fn write(&self) -> String {
        match self {
            FeatureRequest::SetAgentState(state) => document("SetAgentState", &agent_state(state)),
            FeatureRequest::SetDoNotDisturb(is_on) => {
                document("SetDoNotDisturb", &format!("<doNotDisturbOn>{is_on}</doNotDisturbOn>"))
            }
            FeatureRequest::SetForwarding(Forwarding { kind, is_on, to }) => {
                let to = to.as_deref().map(escape).unwrap_or_default();
                let kind = escape(kind);
                document(
                    "SetForwarding",
                    &format!(
                        "<forwardingType>{kind}</forwardingType><forwardDN>{to}</forwardDN>\
                         <activateForward>{is_on}</activateForward>"
                    ),
                )
            }
        }
    }
}

fn agent_state(state: &AgentState) -> String {
    let (word, code) = match state {
        AgentState::LoggedOn => ("loggedOn", None),
        AgentState::LoggedOff => ("loggedOff", None),
        AgentState::Ready => ("ready", None),
        AgentState::NotReady(code) => ("notReady", code.as_deref()),
        AgentState::WorkingAfterCall => ("workingAfterCall", None),
    };
    let code = code.map(escape).map(|code| {
        format!(
            "<extensions><privateData><private xmlns:pri=\"{PRIVATE}\">\
             <pri:AgentNotReadyReasonValue>{code}</pri:AgentNotReadyReasonValue></private></privateData></extensions>"
        )
    });
    format!("<requestedAgentState>{word}</requestedAgentState>{}", code.unwrap_or_default())
}

fn document(root: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{CSTA}\"><device/>{inside}</{root}>\n"
    )
}

/// Numbers are private.
impl fmt::Debug for Forwarding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forwarding({}, {})", self.kind, self.is_on)
    }
}

impl fmt::Debug for FeatureEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeatureEvent::Agent(state) => write!(f, "{state:?}"),
            FeatureEvent::DoNotDisturb(is_on) => write!(f, "DoNotDisturb({is_on})"),
            FeatureEvent::Forwarding(forwarding) => write!(f, "{forwarding:?}"),
            FeatureEvent::Other(_) => write!(f, "Other"),
        }
    }
}

impl fmt::Debug for FeatureRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeatureRequest::SetAgentState(state) => write!(f, "SetAgentState({state:?})"),
            FeatureRequest::SetDoNotDisturb(is_on) => write!(f, "SetDoNotDisturb({is_on})"),
            FeatureRequest::SetForwarding(forwarding) => write!(f, "Set{forwarding:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(inside: &str) -> Result<FeatureEvent, Broken> {
        let (root, rest) = inside.split_once('>').unwrap();
        let text = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><{root} xmlns=\"{CSTA}\">{rest}");
        FeatureEvent::read(text.as_bytes())
    }

    #[test]
    fn every_state_of_an_agent_is_read() {
        let code = format!(
            "<extensions><privateData><private><x:AgentNotReadyReasonValue xmlns:x=\"{PRIVATE}\">10000500\
             </x:AgentNotReadyReasonValue></private></privateData></extensions>"
        );
        for (name, inside, state) in [
            ("AgentLoggedOnEvent", "", AgentState::LoggedOn),
            ("AgentLoggedOffEvent", "", AgentState::LoggedOff),
            ("AgentReadyEvent", "", AgentState::Ready),
            ("AgentNotReadyEvent", "", AgentState::NotReady(None)),
            ("AgentNotReadyEvent", code.as_str(), AgentState::NotReady(Some("10000500".to_owned()))),
            ("AgentWorkingAfterCallEvent", "", AgentState::WorkingAfterCall),
            ("AgentStateEvent", "<agentState>ready</agentState>", AgentState::Ready),
        ] {
            let event = told(&format!("{name}><device>a</device><agentID>a</agentID>{inside}</{name}>"));
            assert_eq!(event, Ok(FeatureEvent::Agent(state)), "{name}");
        }
    }

    #[test]
    fn do_not_disturb_and_forwarding_are_read() {
        let event =
            told("DoNotDisturbEvent><device/><doNotDisturbOn>true</doNotDisturbOn></DoNotDisturbEvent>");
        assert_eq!(event, Ok(FeatureEvent::DoNotDisturb(true)));
        let event = told(
            "ForwardingEvent><device/><forwardingType>forwardImmediate</forwardingType>\
             <forwardStatus>true</forwardStatus><forwardTo>100</forwardTo></ForwardingEvent>",
        );
        let kind = "forwardImmediate".to_owned();
        let forwarding = Forwarding { kind, is_on: true, to: Some("100".to_owned()) };
        assert_eq!(event, Ok(FeatureEvent::Forwarding(forwarding)));
        assert_eq!(
            told("CallRecordingModeEvent></CallRecordingModeEvent>"),
            Ok(FeatureEvent::Other("CallRecordingModeEvent".to_owned()))
        );
        assert_eq!(told("DoNotDisturbEvent></DoNotDisturbEvent>"), Err(Broken::Unexpected));
    }

    #[test]
    fn requests_are_written_as_servers_read_them() {
        let request = FeatureRequest::SetAgentState(AgentState::NotReady(Some("7 & 8".to_owned()))).write();
        let (state, code) = read_any(request.as_bytes(), |root| {
            assert_eq!((root.tag_name().name(), root.tag_name().namespace()), ("SetAgentState", Some(CSTA)));
            Some((child_text(root, "requestedAgentState")?, reason(root)?))
        })
        .unwrap();
        assert_eq!((state.as_str(), code.as_str()), ("notReady", "7 & 8"));
        let ready = FeatureRequest::SetAgentState(AgentState::Ready).write();
        assert!(ready.contains("<device/><requestedAgentState>ready</requestedAgentState></SetAgentState>"));
        let dnd = FeatureRequest::SetDoNotDisturb(false).write();
        assert!(dnd.contains("<doNotDisturbOn>false</doNotDisturbOn>"));
        let forwarding =
            Forwarding { kind: "forwardBusy".to_owned(), is_on: true, to: Some("1<".to_owned()) };
        let request = FeatureRequest::SetForwarding(forwarding).write();
        assert!(request.contains("<forwardDN>1&lt;</forwardDN><activateForward>true</activateForward>"));
    }
}
