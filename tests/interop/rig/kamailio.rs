//! Kamailio on loopback: registrar and proxy of `kamailio/proxy.cfg`, alone or as a pair that shares its work, or presence
//! server of `presence.cfg`.

use super::{Program, SOON, ports, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "open-sesame";

/// The address of record of a user. The domain has no port: the GRUUs that Kamailio makes for one with a port lead
/// nowhere.
pub(crate) fn aor(user: &str) -> String {
    format!("sip:{user}@proxy.test")
}

/// A running Kamailio.
#[derive(Debug)]
pub(crate) struct Kamailio {
    program: Program,
    seen: usize,
    port: u16,
    folder: tempfile::TempDir,
}

/// How a Kamailio is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// `MD5` or `SHA-256`.
    pub(crate) algorithm: &'static str,
    /// It has a certificate of this kind, and listens for TLS and WSS too.
    pub(crate) certificate: Option<Certificate>,
    /// What it runs, in `tests/interop/kamailio`.
    pub(crate) script: &'static str,
    /// What it does to calls besides.
    pub(crate) besides: Besides,
}

/// What a proxy does to calls besides passing them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Besides {
    Nothing,
    /// It announces another certificate than carol's.
    Forging,
    /// Sound goes by an rtpengine that is reached at this port. Towards bob it is protected as these words of its say.
    Relaying(u16, &'static str),
}

impl Besides {
    /// The word by which the script knows it.
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Forging => Some("FORGER"),
            Self::Relaying(..) => Some("RELAY"),
        }
    }
}

/// What is to be said about a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// It is for `proxy.test` and 127.0.0.1.
    Good,
    /// It is for somebody else.
    WrongName,
    /// It was good once.
    Expired,
}

impl Default for Manner {
    fn default() -> Self {
        Self { algorithm: "MD5", certificate: None, script: "proxy.cfg", besides: Besides::Nothing }
    }
}

impl Kamailio {
    /// One that is alone.
    pub(crate) fn start() -> Self {
        Self::with(Manner::default())
    }

    /// One that is alone, and is like this.
    pub(crate) fn with(manner: Manner) -> Self {
        let port = ports::free(2);
        Self::at(port, port, manner)
    }

    /// Two that take each other's routes for their own.
    pub(crate) fn pair() -> [Self; 2] {
        let [one, other] = [ports::free(2), ports::free(2)];
        [Self::at(one, other, Manner::default()), Self::at(other, one, Manner::default())]
    }

    fn at(port: u16, peer: u16, manner: Manner) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(root().join("tests/interop/kamailio").join(manner.script)).unwrap();
        let (relay, towards_bob) = match manner.besides {
            Besides::Relaying(port, words) => (port, words),
            Besides::Nothing | Besides::Forging => (0, ""),
        };
        let filled = [
            ("@RELAY@", relay.to_string()),
            ("@TOWARDS_BOB@", towards_bob.to_owned()),
            ("@PORT@", port.to_string()),
            ("@TLS_PORT@", (port + 1).to_string()),
            ("@PEER@", format!("127.0.0.1:{peer}")),
            ("@RUN@", folder.path().display().to_string()),
            ("@PASSWORD@", PASSWORD.to_owned()),
            ("@ALGORITHM@", manner.algorithm.to_owned()),
        ];
        let text = filled.into_iter().fold(text, |text, (word, value)| text.replace(word, &value));
        let file = folder.path().join("proxy.cfg");
        fs::write(&file, text).unwrap();
        let mut command = Command::new("kamailio");
        if let Some(certificate) = manner.certificate {
            certify(folder.path(), certificate);
            command.args(["-A", "TLS"]);
        }
        command.args(manner.besides.word().into_iter().flat_map(|word| ["-A", word]));
        command.args(["-DD", "-E", "-m", "32", "-M", "4", "-f"]).arg(file);
        command.arg("-P").arg(folder.path().join("pid")).arg("-Y").arg(folder.path());
        let program = Program::start("kamailio", &mut command);
        let mut kamailio = Self { program, seen: 0, port, folder };
        kamailio.says("ready");
        kamailio
    }

    /// Where it listens for TLS and WSS, as `127.0.0.1:PORT`.
    pub(crate) fn secure(&self) -> String {
        format!("127.0.0.1:{}", self.port + 1)
    }

    /// The certificate of the authority that its own is signed by.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Where it listens for UDP and TCP, as `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Waits for the next line of its log, behind the one waited for last, that has these words.
    pub(crate) fn says(&mut self, words: &str) -> String {
        let found =
            self.program.said().wait(self.seen, SOON, |line| line.contains(words).then(|| line.to_owned()));
        let Some((line, seen)) = found else { panic!("kamailio did not say {words:?}") };
        self.seen = seen;
        line
    }

    /// Ends it at once, with all its children, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.program.kill();
    }
}

/// An authority, and a certificate signed by it.
pub(super) fn certify(folder: &Path, certificate: Certificate) {
    let names = match certificate {
        Certificate::Good | Certificate::Expired => vec!["proxy.test".to_owned(), "127.0.0.1".to_owned()],
        Certificate::WrongName => vec!["elsewhere.test".to_owned()],
    };
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Authority of a test");
    fs::write(folder.join("authority.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();
    let authority = rcgen::Issuer::new(authority, key);

    let mut server = rcgen::CertificateParams::new(names).unwrap();
    server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    if certificate == Certificate::Expired {
        (server.not_before, server.not_after) =
            (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2020, 2, 1));
    }
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(folder.join("server.pem"), server.signed_by(&key, &authority).unwrap().pem()).unwrap();
    fs::write(folder.join("server-key.pem"), key.serialize_pem()).unwrap();
}
