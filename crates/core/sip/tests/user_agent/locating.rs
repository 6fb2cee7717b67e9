//! From names to paths (RFC 3263): what is asked, in which order, and what comes out.

use crate::{
    kit::{CALLEE, CALLER, Net, address, register_as},
    register::{account, registrar},
};
use sidetone_sim::Names;
use sidetone_sip::api::{Command, Event, Failure, Flow, LookupKey, Server, Transport};

fn with(names: Names) -> Net {
    let mut net = Net::agent_and_wire();
    net.set_names(CALLER, names);
    net
}

fn at_home() -> Names {
    Names::at(address(CALLER))
}

fn located(net: &mut Net, target: &str) -> Result<Vec<String>, Failure> {
    let lookup = LookupKey(7);
    net.command(CALLER, Command::Locate { lookup, target: target.to_owned() });
    let shown = |path: &Flow| format!("{} {}", path.transport.in_via(), path.remote);
    net.expect(CALLER, "Located", |event| match event {
        Event::Located { lookup: LookupKey(7), paths } => {
            Some(paths.clone().map(|paths| paths.iter().map(shown).collect()))
        }
        _ => None,
    })
}

#[test]
fn an_address_is_taken_as_it_is() {
    let mut net = with(at_home());
    for (target, path) in [
        ("sip:100@192.0.2.2", "UDP 192.0.2.2:5060"),
        ("sip:100@192.0.2.2:5070;transport=tcp", "TCP 192.0.2.2:5070"),
        ("sips:100@192.0.2.2", "TLS 192.0.2.2:5061"),
        ("sips:100@192.0.2.2;transport=tcp", "TLS 192.0.2.2:5061"),
        ("sip:100@192.0.2.2;transport=ws", "WSS 192.0.2.2:443"),
        ("sip:100@example.org;maddr=192.0.2.9", "UDP 192.0.2.9:5060"),
    ] {
        assert_eq!(located(&mut net, target), Ok(vec![path.to_owned()]), "{target}");
    }
}

#[test]
fn an_ipv6_address_is_one_too() {
    let mut names = at_home();
    names.locals.push("[2001:db8::1]:5060".parse().unwrap());
    let mut net = with(names);
    assert_eq!(located(&mut net, "sip:100@[2001:db8::9]"), Ok(vec!["UDP [2001:db8::9]:5060".to_owned()]));
}

#[test]
fn a_port_asks_for_no_service() {
    let mut net = with(at_home().host("example.org", "192.0.2.2".parse().unwrap()));
    assert_eq!(located(&mut net, "sip:100@example.org:5080"), Ok(vec!["UDP 192.0.2.2:5080".to_owned()]));
    assert_eq!(net.asked(CALLER), ["UDP example.org:5080"]);
}

/// The example of RFC 3263 section 4.1 and 4.2.
#[test]
fn naptr_srv_and_addresses_in_their_order() {
    let names = at_home()
        .pointer("example.com", (50, 50), "SIPS+D2T", "_sips._tcp.example.com")
        .pointer("example.com", (90, 50), "SIP+D2T", "_sip._tcp.example.com")
        .pointer("example.com", (100, 50), "SIP+D2U", "_sip._udp.example.com")
        .pointer("example.com", (10, 50), "E2U+sip", "unknown.example.com")
        .service("_sip._tcp.example.com", (1, 1), (5060, "server2.example.com"))
        .service("_sip._tcp.example.com", (0, 1), (5061, "server1.example.com"))
        .service("_sip._udp.example.com", (0, 1), (5060, "server1.example.com"))
        .host("server1.example.com", "192.0.2.11".parse().unwrap())
        .host("server2.example.com", "192.0.2.12".parse().unwrap())
        .host("server2.example.com", "192.0.2.13".parse().unwrap());
    let mut net = with(names);
    let paths = located(&mut net, "sip:100@example.com").unwrap();
    assert_eq!(
        paths,
        ["TCP 192.0.2.11:5061", "TCP 192.0.2.12:5060", "TCP 192.0.2.13:5060", "UDP 192.0.2.11:5060"]
    );
}

#[test]
fn a_secure_uri_goes_by_secure_paths_only() {
    let names = at_home()
        .pointer("example.com", (10, 1), "SIP+D2U", "_sip._udp.example.com")
        .pointer("example.com", (20, 1), "SIPS+D2T", "_sips._tcp.example.com")
        .pointer("example.com", (30, 1), "SIPS+D2W", "_sips._ws.example.com")
        .service("_sip._udp.example.com", (1, 1), (5060, "a.example.com"))
        .service("_sips._tcp.example.com", (1, 1), (5061, "a.example.com"))
        .service("_sips._ws.example.com", (1, 1), (443, "a.example.com"))
        .host("a.example.com", "192.0.2.11".parse().unwrap());
    let mut net = with(names);
    let paths = located(&mut net, "sips:100@example.com").unwrap();
    assert_eq!(paths, ["TLS 192.0.2.11:5061", "WSS 192.0.2.11:443"]);
}

#[test]
fn without_naptr_services_are_guessed_and_without_services_the_host_is_taken() {
    let names = at_home()
        .service("_sip._udp.example.org", (1, 1), (5070, "a.example.org"))
        .host("a.example.org", "192.0.2.11".parse().unwrap())
        .host("plain.org", "192.0.2.12".parse().unwrap());
    let mut net = with(names);
    assert_eq!(located(&mut net, "sip:100@example.org"), Ok(vec!["UDP 192.0.2.11:5070".to_owned()]));
    assert_eq!(located(&mut net, "sip:100@plain.org"), Ok(vec!["UDP 192.0.2.12:5060".to_owned()]));
    let asked = net.asked(CALLER);
    let of_plain = asked.iter().filter(|asked| asked.contains("plain")).map(String::as_str);
    assert_eq!(
        of_plain.collect::<Vec<_>>(),
        [
            "NAPTR plain.org",
            "SRV _sips._tcp.plain.org",
            "SRV _sip._tcp.plain.org",
            "SRV _sip._udp.plain.org",
            "UDP plain.org:5060"
        ]
    );
}

#[test]
fn a_wrong_name_is_told_from_silence() {
    let mut net = with(at_home());
    assert_eq!(located(&mut net, "sip:100@nowhere.example"), Err(Failure::NoSuchName));
    net.change_names(CALLER, |names| names.away = true);
    assert_eq!(located(&mut net, "sip:100@example.org"), Err(Failure::Transport));
    assert_eq!(located(&mut net, "tel:+15550100"), Err(Failure::Protocol));
    assert_eq!(located(&mut net, "sips:100@example.org;transport=udp"), Err(Failure::Protocol));
}

#[test]
fn a_service_that_is_not_there_says_so() {
    let names = at_home().pointer("example.org", (1, 1), "SIP+D2U", "_sip._udp.example.org").service(
        "_sip._udp.example.org",
        (0, 0),
        (0, "."),
    );
    assert_eq!(located(&mut with(names), "sip:100@example.org"), Err(Failure::NoSuchName));
}

#[test]
fn a_flood_of_records_costs_a_bounded_number_of_questions() {
    let mut names = at_home();
    for number in 0..500 {
        let (service, host) = (format!("_sip._udp.s{number}.example.org"), format!("h{number}.example.org"));
        names = names.pointer("example.org", (1, number), "SIP+D2U", &service);
        for copy in 0..50 {
            names = names.service(&service, (copy, copy), (5060, &host));
        }
        names = names.host(&host, std::net::Ipv4Addr::from(0x0A00_0000 + u32::from(number)).into());
    }
    let mut net = with(names);
    let paths = located(&mut net, "sip:100@example.org").unwrap();
    assert!(!paths.is_empty() && paths.len() <= 16, "{}", paths.len());
    assert!(net.asked(CALLER).len() <= 40, "{}", net.asked(CALLER).len());
}

#[test]
fn an_account_registers_at_what_its_servers_name_leads_to() {
    let mut net = registrar(|_| {});
    let names = at_home()
        .service("_sip._tcp.example.org", (1, 1), (5060, "a.example.org"))
        .host("a.example.org", address(CALLEE).ip());
    net.set_names(CALLER, names);
    let mut account = account(&net, "agent", "secret");
    account.servers = vec![Server::Named { host: "example.org".to_owned(), port: None, transport: None }];
    net.command(CALLER, register_as(account));
    let path = net.expect(CALLER, "Registered", |event| match event {
        Event::Registered { path, .. } => Some(*path),
        _ => None,
    });
    assert_eq!((path.transport, path.remote), (Transport::Tcp, address(CALLEE)));
}
