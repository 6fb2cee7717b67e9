//! The practice exchange's side (RFC 3261 section 10.3): it registers the agent, calls where he is, is called by him,
//! and notices when he is gone.

use crate::{
    kit::{CALLEE, CALLER, Net, agent, place, register_as},
    register::account,
};
use sidetone_sip::{
    Config, RegistrarConfig,
    api::{Address, BoundContact, CallKey, Command, EndCause, Event, Outgoing},
};
use std::time::Duration;

fn exchange() -> Net {
    let users = vec![("agent".to_owned(), "secret".to_owned()), ("other".to_owned(), "hers".to_owned())];
    let server = Config { registrar: Some(RegistrarConfig::new("practice", users)), ..Config::default() };
    Net::of(vec![agent(Config::default(), 1), agent(server, 2)], 1)
}

fn bound(net: &mut Net) -> BoundContact {
    let account = account(net, "agent", "secret");
    net.command(CALLER, register_as(account));
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
    net.expect(CALLEE, "Binding", |e| match e {
        Event::Binding { aor_user, contact: Some(contact) } if aor_user == "agent" => Some(contact.clone()),
        _ => None,
    })
}

#[test]
fn the_exchange_calls_the_agent_where_he_registered_many_times_at_once() {
    let mut net = exchange();
    let contact = bound(&mut net);
    for number in 100..110 {
        let (target, via) = (contact.uri.clone(), Some(contact.flow));
        net.command(CALLEE, place(CallKey(number), &target, via));
    }
    for _ in 0..10 {
        let call = net.incoming(CALLER);
        net.command(CALLER, Command::Answer { call, sdp: "answer".into() });
        net.expect(CALLER, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
    }
    for number in 100..110 {
        net.expect(CALLEE, "Answered", |e| {
            matches!(e, Event::Answered { call, .. } if call.0 == number).then_some(())
        });
        net.command(CALLEE, Command::Hangup { call: CallKey(number) });
        assert_eq!((net.ended(CALLEE), net.ended(CALLER)), (EndCause::Local, EndCause::Remote));
    }
}

#[test]
fn the_agent_calls_the_exchange() {
    let mut net = exchange();
    bound(&mut net);
    let call = CallKey(40);
    net.command(CALLER, place(call, "sip:200@example.org", None));
    let uri = net.incoming_with(CALLEE, |incoming| incoming.request_uri.clone());
    assert_eq!(uri, "sip:200@example.org");
}

#[test]
fn a_binding_that_is_not_renewed_runs_out() {
    let mut net = exchange();
    bound(&mut net);
    net.world.set_link(CALLER, CALLEE, sidetone_sim::Link::lossy(1.0));
    net.expect(CALLEE, "Binding", |e| matches!(e, Event::Binding { contact: None, .. }).then_some(()));
    assert!(net.world.elapsed() > Duration::from_secs(3_590));
}

#[test]
fn a_renewal_is_no_news() {
    let mut net = exchange();
    bound(&mut net);
    net.world.run_for(Duration::from_secs(7_000));
    assert_eq!(net.said(CALLEE, |e| matches!(e, Event::Binding { .. })), 0);
    assert!(net.said(CALLER, |e| matches!(e, Event::Registered { .. })) >= 2);
}

#[test]
fn nobody_registers_as_somebody_else() {
    let mut net = exchange();
    let mut account = account(&net, "agent", "hers");
    account.auth_user = "other".to_owned();
    net.command(CALLER, register_as(account));
    net.expect(CALLER, "403", |e| {
        use sidetone_sip::api::Failure::Status;
        matches!(e, Event::RegistrationFailed { why: Status { code: 403, .. }, retry_in: None, .. })
            .then_some(())
    });
}

#[test]
fn the_exchange_calls_for_a_customer_with_headers_of_its_own() {
    let mut net = exchange();
    let contact = bound(&mut net);
    let from = Address { display_name: Some("Ann".to_owned()), uri: "sip:+15551234@example.net".to_owned() };
    let headers = vec![("X-Queue".to_owned(), "Sales".to_owned())];
    let (target, via) = (contact.uri, Some(contact.flow));
    let call = CallKey(100);
    net.command(
        CALLEE,
        Command::Call {
            call,
            outgoing: Box::new(Outgoing {
                from: Some(from.clone()),
                headers,
                ..Outgoing::to(&target, via, "o".into())
            }),
        },
    );
    net.incoming_with(CALLER, |incoming| {
        assert!(incoming.from == from);
        assert!(incoming.headers.contains(&("X-Queue".to_owned(), "Sales".to_owned())));
    });
}
