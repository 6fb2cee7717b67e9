//! Challenges of the account's server (RFC 3261 section 22): makes the request anew with credentials. Nobody but that
//! server gets them.

use crate::{
    api::{Failure, Flow},
    auth::Refused,
    message::{CSeq, Request, name},
    stack::{Owner, Stack},
    transaction::Answer,
};

/// The request that this 401 or 407 asks for: with credentials and the next CSeq, without Via.
pub(crate) fn retried(stack: &mut Stack, answer: &Answer<Owner>) -> Result<Request, Failure> {
    let response = &answer.response;
    let refused = || Failure::Status { code: response.code, reason: response.reason.clone() };
    let account = stack.accounts.asking(&answer.request, answer.flow);
    let Some(member) = account.and_then(|account| stack.accounts.get_mut(account)) else {
        return Err(refused());
    };
    let authenticator = &mut member.authenticator;
    match authenticator.on_challenge(&answer.request, response) {
        Ok(()) => {}
        Err(Refused::Credentials) => return Err(Failure::Credentials),
        Err(Refused::Unsupported) => return Err(refused()),
    }
    let mut request = anew(&answer.request);
    stack.tokens.authorize(authenticator, &mut request);
    Ok(request)
}

/// The same request to be sent once more: with the next CSeq, without Via.
pub(crate) fn anew(request: &Request) -> Request {
    let mut request = request.clone();
    request.headers.remove(name::VIA);
    request.headers.remove(name::USER_AGENT);
    if let Ok(CSeq { number, method }) = request.headers.cseq() {
        request.headers.set(name::CSEQ, CSeq { number: number + 1, method }.to_string());
    }
    request
}

/// Puts credentials for known challenges into a request before it is challenged again (section 22.3).
pub(crate) fn foresee(stack: &mut Stack, request: &mut Request, flow: Flow) {
    let account = stack.accounts.asking(request, flow);
    if let Some(member) = account.and_then(|account| stack.accounts.get_mut(account)) {
        stack.tokens.authorize(&mut member.authenticator, request);
    }
}
