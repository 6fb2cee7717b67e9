//! Names, asked of a name server that the test is itself.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, NAPTR, SRV},
    },
};
use sidetone_net::{Listen, Names, Setup, Transports};
use sidetone_sip::api::{Found, LookupError, Question, Transport};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::net::UdpSocket;

/// A name server, until dropped.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn server() -> Server {
    server_at("127.0.0.1:0", answer).await
}

async fn server_at(address: &str, answer: fn(Message) -> Option<Message>) -> Server {
    let socket = UdpSocket::bind(address).await.unwrap();
    let (address, asked) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let task = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            let question = Message::from_vec(&buffer[..length]).unwrap();
            if let Some(answer) = answer(question) {
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        }
    });
    Server { address, asked, task }
}

fn answer(question: Message) -> Option<Message> {
    let query = question.queries.first().unwrap().clone();
    let domain = query.name().to_ascii().to_lowercase();
    let mut answer = question.into_response();
    let found: Vec<RData> = match (domain.as_str(), query.query_type()) {
        ("silent.test.", _) => return None,
        ("broken.test.", _) => {
            answer.metadata.response_code = ResponseCode::ServFail;
            Vec::new()
        }
        ("example.test.", RecordType::NAPTR) => {
            let naptr = |order, preference, service: &str, next: &str| {
                let (flags, service) = (b"s"[..].into(), service.as_bytes().into());
                RData::NAPTR(NAPTR::new(order, preference, flags, service, [].into(), name(next)))
            };
            vec![
                naptr(50, 50, "SIPS+D2T", "_sips._tcp.example.test."),
                naptr(90, 50, "SIP+D2U", "_sip._udp.example.test."),
            ]
        }
        ("_sips._tcp.example.test.", RecordType::SRV) => vec![
            RData::SRV(SRV::new(1, 60, 5061, name("a.example.test."))),
            RData::SRV(SRV::new(2, 0, 5071, name("b.example.test."))),
        ],
        ("_sip._tcp.example.test.", RecordType::SRV) => vec![RData::SRV(SRV::new(0, 0, 0, Name::root()))],
        ("a.example.test.", RecordType::A) => {
            vec![RData::A(A("127.0.0.1".parse().unwrap())), RData::A(A("127.0.0.2".parse().unwrap()))]
        }
        ("b.example.test.", RecordType::AAAA) => vec![RData::AAAA(AAAA("::1".parse().unwrap()))],
        ("example.test." | "a.example.test." | "b.example.test.", _) => Vec::new(),
        _ => {
            answer.metadata.response_code = ResponseCode::NXDomain;
            Vec::new()
        }
    };
    let records = found.into_iter().map(|data| Record::from_rdata(query.name().clone(), 60, data));
    answer.answers.extend(records);
    Some(answer)
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

async fn asking(server: SocketAddr) -> Transports {
    let (listen, names) = (Listen::Everywhere { port: 0 }, Names { server: Some(server) });
    open(Setup { listen, names, ..Setup::default() }).await.0
}

fn paths(host: &str, port: u16, transport: Transport) -> Question {
    Question::Paths { host: host.to_owned(), port, transport, domain: "example.test".to_owned() }
}

#[tokio::test]
async fn a_domain_says_which_transports_it_has() {
    let server = server().await;
    let phone = asking(server.address).await;
    let Ok(Found::Naptr(found)) = phone.look_up(Question::Naptr("example.test".to_owned())).await else {
        panic!("nothing found");
    };
    let mut found: Vec<_> =
        found.into_iter().map(|naptr| (naptr.order, naptr.flags, naptr.service, naptr.replacement)).collect();
    found.sort();
    let row = |order, service: &str, next: &str| (order, "s".to_owned(), service.to_owned(), next.to_owned());
    let wanted =
        [row(50, "SIPS+D2T", "_sips._tcp.example.test"), row(90, "SIP+D2U", "_sip._udp.example.test")];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_service_says_where_its_servers_are_or_that_there_is_none() {
    let server = server().await;
    let phone = asking(server.address).await;
    let srv = async |service: &str| match phone.look_up(Question::Srv(service.to_owned())).await {
        Ok(Found::Srv(mut found)) => {
            found.sort_by_key(|srv| srv.priority);
            found.into_iter().map(|srv| (srv.priority, srv.weight, srv.port, srv.target)).collect::<Vec<_>>()
        }
        Ok(_) | Err(_) => panic!("nothing found"),
    };
    let wanted = [(1, 60, 5061, "a.example.test".to_owned()), (2, 0, 5071, "b.example.test".to_owned())];
    assert_eq!(srv("_sips._tcp.example.test").await, wanted);
    // RFC 2782: decidedly no such service.
    assert_eq!(srv("_sip._tcp.example.test").await, [(0, 0, 0, ".".to_owned())]);
}

#[tokio::test]
async fn a_host_has_a_path_for_each_address_with_ours_on_the_way() {
    let server = server().await;
    let phone = asking(server.address).await;
    let Ok(Found::Paths(found)) = phone.look_up(paths("a.example.test", 5061, Transport::Tls)).await else {
        panic!("nothing found");
    };
    let remotes: Vec<String> = found.iter().map(|flow| flow.remote.to_string()).collect();
    assert_eq!(remotes, ["127.0.0.1:5061", "127.0.0.2:5061"]);
    for flow in found {
        assert_eq!(flow, phone.flow_to(Transport::Tls, flow.remote).unwrap());
    }
    if std::net::UdpSocket::bind("[::1]:0").is_ok() {
        let found = phone.look_up(paths("b.example.test", 5060, Transport::Udp)).await;
        assert!(matches!(found, Ok(Found::Paths(paths)) if paths[0].remote == "[::1]:5060".parse().unwrap()));
    }
}

#[tokio::test]
async fn no_such_name_no_such_record_and_no_answer_are_told_apart() {
    let server = server().await;
    let phone = asking(server.address).await;
    let naptr = async |domain: &str| match phone.look_up(Question::Naptr(domain.to_owned())).await {
        Ok(Found::Naptr(found)) => Ok(found.len()),
        Ok(_) => panic!("the answer to something else"),
        Err(error) => Err(error),
    };
    assert_eq!(naptr("nobody.test").await, Err(LookupError::NoSuchName));
    assert_eq!(naptr("a.example.test").await, Ok(0));
    assert_eq!(naptr("broken.test").await, Err(LookupError::Unavailable));
    assert_eq!(naptr("not a name..").await, Err(LookupError::NoSuchName));
    let host = phone.look_up(paths("nobody.test", 5060, Transport::Udp)).await;
    assert!(matches!(host, Err(LookupError::NoSuchName)));
}

#[tokio::test]
async fn a_server_that_is_silent_or_not_there_is_not_waited_for_long() {
    let server = server().await;
    let (slow, nowhere) = (asking(server.address).await, asking(nobody()).await);
    let started = std::time::Instant::now();
    let (silent, refused) = tokio::join!(
        slow.look_up(Question::Naptr("silent.test".to_owned())),
        nowhere.look_up(Question::Naptr("example.test".to_owned())),
    );
    assert!(matches!(silent, Err(LookupError::Unavailable)));
    assert!(matches!(refused, Err(LookupError::Unavailable)));
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_answer_is_remembered_for_as_long_as_it_says() {
    let server = server().await;
    let phone = asking(server.address).await;
    let question = || Question::Srv("_sips._tcp.example.test".to_owned());
    phone.look_up(question()).await.ok().unwrap();
    let asked = server.asked.load(Ordering::Relaxed);
    phone.look_up(question()).await.ok().unwrap();
    assert_eq!(server.asked.load(Ordering::Relaxed), asked);
}

#[tokio::test]
async fn the_systems_own_names_are_asked_of_the_system() {
    let (phone, _received) = open(Setup::default()).await;
    let found = phone.look_up(paths("localhost", 5060, Transport::Tcp)).await;
    assert!(matches!(found, Ok(Found::Paths(paths)) if !paths.is_empty()
        && paths.iter().all(|flow| flow.remote.ip().is_loopback() && flow.remote.port() == 5060)));
    for host in ["127.0.0.1", "[::1]", "::1"] {
        let found = phone.look_up(paths(host, 5060, Transport::Udp)).await;
        assert!(matches!(found, Ok(Found::Paths(_))), "{host}");
    }
    // Reserved to be nobody's (RFC 6761), with a name server or without.
    assert!(phone.look_up(paths("nobody.invalid", 5060, Transport::Tcp)).await.is_err());
}

/// The name servers of a machine that has changed networks.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn whom_the_system_asks_is_asked_and_whom_it_asks_later_is_asked_later() {
    if !common::namespace::inside_a_namespace(
        "whom_the_system_asks_is_asked_and_whom_it_asks_later_is_asked_later",
    ) {
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let configured = |text: &str| std::fs::write(file.path(), text).unwrap();
    configured("nameserver 127.0.0.2\n");
    common::namespace::mount(file.path(), "/etc/resolv.conf");
    let nothing = |question: Message| {
        let mut answer = question.into_response();
        answer.metadata.response_code = ResponseCode::NXDomain;
        Some(answer)
    };
    let (first, second) = (server_at("127.0.0.2:53", answer).await, server_at("127.0.0.3:53", nothing).await);
    let (phone, _received) = open(Setup::default()).await;
    let question = || Question::Srv("_sips._tcp.example.test".to_owned());
    assert!(matches!(phone.look_up(question()).await, Ok(Found::Srv(found)) if found.len() == 2));
    assert_eq!(second.asked.load(Ordering::Relaxed), 0);
    drop(first);
    configured("nameserver 127.0.0.3\n");
    let later = async {
        while !matches!(phone.look_up(question()).await, Err(LookupError::NoSuchName)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, later).await.unwrap();
    // None at all: said at once.
    configured("");
    let later = async {
        while !matches!(phone.look_up(question()).await, Err(LookupError::Unavailable)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, later).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_hosts_file_counts() {
    if !common::namespace::inside_a_namespace("the_hosts_file_counts") {
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "127.0.0.9 pbx.office\n192.0.2.1 nowhere.office\n").unwrap();
    common::namespace::mount(file.path(), "/etc/hosts");
    let (phone, _received) = open(Setup::default()).await;
    let found = phone.look_up(paths("pbx.office", 5060, Transport::Udp)).await;
    let wanted = phone.flow_to(Transport::Udp, "127.0.0.9:5060".parse().unwrap()).unwrap();
    assert!(matches!(found, Ok(Found::Paths(paths)) if paths == [wanted]));
    // An address that no route leads to is no path: here is nothing but the loopback interface.
    let found = phone.look_up(paths("nowhere.office", 5060, Transport::Udp)).await;
    assert!(matches!(found, Ok(Found::Paths(paths)) if paths.is_empty()));
}
