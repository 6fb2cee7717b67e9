//! TLS 1.2 and 1.3 to servers (RFC 3261 section 26.3, RFC 5922): the system's trust store and nobody else's, but for the
//! authorities that an admin adds. Takes no connection in: a phone has no certificate to show, and is reached by the
//! connection that it made (RFC 5923).

use crate::{
    Error,
    failure::FlowError,
    setup::{OwnCertificate, Tls},
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio::{net::TcpStream, sync::OnceCell};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What is needed to connect by TLS. The trust store is read when it is first needed.
pub(crate) struct Client {
    authorities: Vec<CertificateDer<'static>>,
    ours: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Client {
    /// Reads the files.
    pub(crate) fn new(tls: &Tls) -> Result<Client, Error> {
        let authorities = tls.extra_authorities.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?;
        let ours = tls.ours.as_ref().map(own).transpose()?;
        Ok(Client { authorities, ours, config: OnceCell::new() })
    }

    /// Shakes hands with whoever should be `domain`.
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        domain: &str,
    ) -> Result<TlsStream<TcpStream>, FlowError> {
        let name = server_name(domain)
            .ok_or_else(|| FlowError::Tls("the server's name can't be in a certificate".to_owned()))?;
        let config = self.config.get_or_try_init(|| self.configure()).await?;
        let connected = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
        connected.map_err(|error| FlowError::from_io(&error, domain))
    }

    async fn configure(&self) -> Result<Arc<ClientConfig>, FlowError> {
        let authorities = self.authorities.clone();
        let ours = self.ours.as_ref().map(|(chain, key)| (chain.clone(), key.clone_key()));
        // A trust store is some hundred files.
        let config = tokio::task::spawn_blocking(move || configure(authorities, ours)).await;
        let config = config.map_err(|_| FlowError::Tls("the trust store can't be read".to_owned()))?;
        config.map(Arc::new).map_err(|error| FlowError::Tls(error.to_string()))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tls::Client({} more authorities)", self.authorities.len())
    }
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn configure(
    authorities: Vec<CertificateDer<'static>>,
    ours: Option<Own>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(authorities, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // The name is rustls's: what is set here checks more names, not fewer things.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match ours {
        Some((chain, key)) => config.with_client_auth_cert(chain, key),
        None => Ok(config.with_no_client_auth()),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bad = |why: String| Error::Pem { file: file.to_owned(), why };
    let read = CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))?;
    let read: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))?;
    if read.is_empty() { Err(bad("no certificate in it".to_owned())) } else { Ok(read) }
}

fn own(ours: &OwnCertificate) -> Result<Own, Error> {
    let chain = certificates(&ours.chain)?;
    let bad =
        |error: rustls::pki_types::pem::Error| Error::Pem { file: ours.key.clone(), why: error.to_string() };
    Ok((chain, PrivateKeyDer::from_pem_file(&ours.key).map_err(bad)?))
}

/// `domain` as certificates have it: a name without a last dot, or an address without brackets.
fn server_name(domain: &str) -> Option<ServerName<'static>> {
    let bare = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(domain);
    ServerName::try_from(bare.strip_suffix('.').unwrap_or(bare).to_owned()).ok()
}

/// Whether it is for this domain by a SIP URI (RFC 5922 section 7.1). One with a user in it is a person's, not a domain's.
fn has_sip_uri(certificate: &webpki::EndEntityCert<'_>, name: &ServerName<'_>) -> bool {
    let ServerName::DnsName(domain) = name else { return false };
    let hosts = certificate.valid_uri_names().filter_map(|uri| uri.split_once(':'));
    hosts
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("sip"))
        .any(|(_, host)| host.eq_ignore_ascii_case(domain.as_ref()))
}

/// The platform's verifier, which knows DNS names and addresses, and SIP URIs besides.
#[derive(Debug)]
struct Verifier {
    platform: rustls_platform_verifier::Verifier,
}

/// Where the chain was found good before the name is looked at, a wrong name is all that is wrong. The verifiers of Apple
/// and Microsoft don't say in which order they look.
const CHAIN_FIRST: bool = cfg!(all(unix, not(target_vendor = "apple")));

impl Verifier {
    fn new(
        authorities: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Verifier, rustls::Error> {
        let platform =
            rustls_platform_verifier::Verifier::new_with_extra_roots(authorities, Arc::clone(provider))?;
        Ok(Verifier { platform })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let checked =
            self.platform.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let wrong_name = matches!(
            checked,
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            ))
        );
        let by_uri = || {
            webpki::EndEntityCert::try_from(end_entity).is_ok_and(|parsed| has_sip_uri(&parsed, server_name))
        };
        if CHAIN_FIRST && wrong_name && by_uri() { Ok(ServerCertVerified::assertion()) } else { checked }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}
