//! Certificates, made for the test: an authority, and servers and clients that it signs.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use sidetone_net::{OwnCertificate, Setup, Tls};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Who signs.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// A certificate and its key.
pub struct Signed {
    certificate: Certificate,
    key: KeyPair,
}

/// What a certificate says, to be changed by the test.
pub fn for_server(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

pub fn for_sip_uri(uri: &str) -> CertificateParams {
    let mut params = for_server(&[]);
    params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    params
}

pub fn for_client() -> CertificateParams {
    let mut params = for_server(&["phone.example.org"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

pub fn expired(mut params: CertificateParams) -> CertificateParams {
    (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    params
}

pub fn not_yet_valid(mut params: CertificateParams) -> CertificateParams {
    (params.not_before, params.not_after) = (date_time_ymd(2999, 1, 1), date_time_ymd(3000, 1, 1));
    params
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Authority { certificate, issuer: Issuer::new(params, key), folder }
    }

    pub fn sign(&self, params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().unwrap();
        Signed { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    /// A phone that trusts this authority.
    pub fn trusted(&self) -> Setup {
        let tls = Tls { extra_authorities: Some(self.folder.path().join("ca.pem")), ours: None };
        Setup { listen: sidetone_net::Listen::At("127.0.0.1:0".parse().unwrap()), tls, ..Setup::default() }
    }

    /// Such a phone that has a certificate of its own.
    pub fn trusted_by(&self, ours: &Signed) -> Setup {
        let (chain, key) = (self.folder.path().join("ours.pem"), self.folder.path().join("key.pem"));
        std::fs::write(&chain, ours.certificate.pem()).unwrap();
        std::fs::write(&key, ours.key.serialize_pem()).unwrap();
        let mut setup = self.trusted();
        setup.tls.ours = Some(OwnCertificate { chain, key });
        setup
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        roots
    }
}

impl Signed {
    pub fn by_itself(params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().unwrap();
        Signed { certificate: params.self_signed(&key).unwrap(), key }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

/// A server that shows `signed` and, where `clients` says so, wants a certificate of theirs.
pub struct Server {
    pub listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Server {
    pub async fn new(signed: &Signed, clients: Option<&Authority>) -> Server {
        Server::of_versions(signed, clients, rustls::ALL_VERSIONS).await
    }

    pub async fn of_versions(
        signed: &Signed,
        clients: Option<&Authority>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Server {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match clients {
            Some(authority) => {
                let roots = Arc::new(authority.roots());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let chain: Vec<CertificateDer<'static>> = vec![signed.certificate.der().clone()];
        let key = PrivateKeyDer::try_from(signed.key.serialize_der()).unwrap();
        let config = builder.with_single_cert(chain, key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Server { listener, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }
}
