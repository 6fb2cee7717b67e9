//! One search (RFC 3263 section 4): an ordered row of leads, each of which is asked for and replaced by what it leads
//! to, until only paths are left. The answers may come in any order: the row keeps the order of preference.

use super::{Place, order::by_priority_and_weight};
use crate::{
    api::{Flow, Found, LookupError, Naptr, Question, Srv, Transport},
    tokens::Tokens,
};
use std::net::IpAddr;

/// The most records of one answer that are followed.
const MAX_RECORDS: usize = 12;
/// The most questions of one search.
const MAX_QUESTIONS: usize = 40;
/// The most paths that come out.
const MAX_PATHS: usize = 16;

/// What stands in the row.
enum Lead {
    /// The domain's own word on transports (section 4.1).
    Naptr,
    /// The hosts of a service (section 4.2).
    Srv { name: String, transport: Transport },
    /// The paths to a host.
    Host { host: String, port: u16, transport: Transport },
    /// Found.
    Paths(Vec<Flow>),
}

/// Whether a lead is followed already.
enum Mark {
    New,
    Asked(usize),
    Done,
}

/// How far the search has come: what is tried when the row leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The domain's NAPTR records; services by guess come next.
    Domain,
    /// Services; the bare address comes next.
    Services,
    /// The bare address; nothing comes next.
    Address,
}

/// One search.
pub(crate) struct Search {
    place: Place,
    stage: Stage,
    row: Vec<(Mark, Lead)>,
    questions: usize,
    unavailable: bool,
}

impl Search {
    pub(crate) fn of(place: Place) -> Self {
        let direct = place.is_numeric() || place.port.is_some();
        let (stage, row) = match place.transport {
            _ if direct => (Stage::Address, vec![bare_address(&place)]),
            // A WebSocket's place is told by its URI, not by services (RFC 7118 section 5).
            Some(Transport::Wss) => (Stage::Address, vec![bare_address(&place)]),
            Some(transport) => (Stage::Services, vec![service(&place, transport)]),
            None => (Stage::Domain, vec![Lead::Naptr]),
        };
        let row = row.into_iter().map(|lead| (Mark::New, lead)).collect();
        Search { place, stage, row, questions: 0, unavailable: false }
    }

    /// The next question, and its number; `None`: none for now.
    pub(crate) fn next_question(&mut self) -> Option<(usize, Question)> {
        loop {
            let fresh = self.row.iter_mut().find(|(mark, _)| matches!(mark, Mark::New));
            let Some((mark, lead)) = fresh else {
                if self.is_at_an_end() && self.widen() {
                    continue;
                }
                return None;
            };
            *mark = Mark::Done;
            let question = match lead {
                Lead::Paths(_) => continue,
                _ if self.questions >= MAX_QUESTIONS => continue,
                Lead::Naptr => Question::Naptr(self.place.host.clone()),
                Lead::Srv { name, .. } => Question::Srv(name.clone()),
                Lead::Host { host, port, transport } => Question::Paths {
                    host: host.clone(),
                    port: *port,
                    transport: *transport,
                    domain: self.place.host.clone(),
                },
            };
            let number = self.questions;
            self.questions += 1;
            *mark = Mark::Asked(number);
            return Some((number, question));
        }
    }

    /// The answer to a question: it takes the lead's place in the row.
    pub(crate) fn take(&mut self, number: usize, found: Result<Found, LookupError>, tokens: &mut Tokens) {
        let asked = |(mark, _): &(Mark, Lead)| matches!(mark, Mark::Asked(asked) if *asked == number);
        let Some(at) = self.row.iter().position(asked) else { return };
        let (_, lead) = self.row.remove(at);
        self.unavailable |= matches!(found, Err(LookupError::Unavailable));
        let leads = match (lead, found) {
            (Lead::Naptr, Ok(Found::Naptr(records))) => self.services(records),
            (Lead::Srv { transport, .. }, Ok(Found::Srv(records))) => hosts(records, transport, tokens),
            (Lead::Host { .. }, Ok(Found::Paths(paths))) => vec![Lead::Paths(paths)],
            (Lead::Naptr | Lead::Srv { .. } | Lead::Host { .. } | Lead::Paths(_), _) => Vec::new(),
        };
        if matches!(self.stage, Stage::Domain) && !leads.is_empty() {
            self.stage = Stage::Services;
        }
        self.row.splice(at..at, leads.into_iter().map(|lead| (Mark::New, lead)));
    }

    /// What came out of it; `None`: answers are missing.
    pub(crate) fn outcome(&self) -> Option<Result<Vec<Flow>, LookupError>> {
        if self.row.iter().any(|(mark, _)| !matches!(mark, Mark::Done)) {
            return None;
        }
        let paths = self.paths();
        Some(match (paths.is_empty(), self.unavailable) {
            (false, _) => Ok(paths),
            (true, true) => Err(LookupError::Unavailable),
            (true, false) => Err(LookupError::NoSuchName),
        })
    }

    fn is_at_an_end(&self) -> bool {
        self.row.iter().all(|(mark, _)| matches!(mark, Mark::Done)) && self.paths().is_empty()
    }

    /// Puts into an empty row what is tried next; `false`: nothing is.
    fn widen(&mut self) -> bool {
        let leads = match self.stage {
            Stage::Domain => {
                let guesses: &[Transport] = if self.place.secure {
                    &[Transport::Tls]
                } else {
                    &[Transport::Tls, Transport::Tcp, Transport::Udp]
                };
                self.stage = Stage::Services;
                guesses.iter().map(|transport| service(&self.place, *transport)).collect()
            }
            Stage::Services => {
                self.stage = Stage::Address;
                vec![bare_address(&self.place)]
            }
            Stage::Address => return false,
        };
        self.row = leads.into_iter().map(|lead| (Mark::New, lead)).collect();
        true
    }

    /// The services that NAPTR records name, as far as we speak them (RFC 3263 section 4.1, RFC 7118 section 8).
    fn services(&self, mut records: Vec<Naptr>) -> Vec<Lead> {
        records.sort_by_key(|record| (record.order, record.preference));
        let mut leads = Vec::new();
        for record in records {
            let transport = match record.service.to_ascii_uppercase().as_str() {
                "SIPS+D2T" => Transport::Tls,
                "SIPS+D2W" => Transport::Wss,
                "SIP+D2T" if !self.place.secure => Transport::Tcp,
                "SIP+D2U" if !self.place.secure => Transport::Udp,
                _ => continue,
            };
            let name = record.replacement.trim_end_matches('.').to_owned();
            if record.flags.eq_ignore_ascii_case("s") && !name.is_empty() && leads.len() < MAX_RECORDS {
                leads.push(Lead::Srv { name, transport });
            }
        }
        leads
    }

    fn paths(&self) -> Vec<Flow> {
        let mut paths: Vec<Flow> = Vec::new();
        for (_, lead) in &self.row {
            let Lead::Paths(found) = lead else { continue };
            for path in found {
                if paths.len() < MAX_PATHS && is_fit(path) && !paths.contains(path) {
                    paths.push(*path);
                }
            }
        }
        paths
    }
}

/// The service of a domain by its usual name (RFC 3263 section 4.2).
fn service(place: &Place, transport: Transport) -> Lead {
    let (service, protocol) = match transport {
        Transport::Tls | Transport::Wss => ("_sips", "_tcp"),
        Transport::Tcp => ("_sip", "_tcp"),
        Transport::Udp => ("_sip", "_udp"),
    };
    Lead::Srv { name: format!("{service}.{protocol}.{}", place.host), transport }
}

fn bare_address(place: &Place) -> Lead {
    let transport = place.default_transport();
    let port = place.port.unwrap_or(transport.default_port());
    Lead::Host { host: place.host.clone(), port, transport }
}

/// A lone `.` says that there is no such service (RFC 2782).
fn hosts(records: Vec<Srv>, transport: Transport, tokens: &mut Tokens) -> Vec<Lead> {
    let ordered = by_priority_and_weight(records, tokens).into_iter();
    let named = ordered.map(|record| (record.target.trim_end_matches('.').to_owned(), record.port));
    let fit = named.filter(|(host, port)| !host.is_empty() && *port != 0).take(MAX_RECORDS);
    fit.map(|(host, port)| Lead::Host { host, port, transport }).collect()
}

/// Nobody listens at no address or at port 0, and a group is no server.
fn is_fit(path: &Flow) -> bool {
    let ip: IpAddr = path.remote.ip();
    path.remote.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()
}
