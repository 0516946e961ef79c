//! Whose certificates are believed.

use std::sync::Arc;

use thiserror::Error;

/// Whose certificates are believed.
#[derive(Clone, Debug, Default)]
pub(crate) enum Roots {
    /// The authorities that browsers believe.
    #[default]
    Public,
    /// These alone, each as DER.
    Own(Arc<Vec<ureq::tls::Certificate<'static>>>),
}

/// Why a text names no authority.
#[derive(Debug, Error)]
pub(crate) enum NoCertificates {
    #[error("a certificate in it cannot be read")]
    Unreadable(#[source] Box<ureq::Error>),
    #[error("it has no certificate; one begins with -----BEGIN CERTIFICATE-----")]
    Empty,
}

impl Roots {
    /// Reads the certificates of a PEM file.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, NoCertificates> {
        let mut certificates = Vec::new();
        for item in ureq::tls::parse_pem(pem) {
            let item = item.map_err(|error| NoCertificates::Unreadable(Box::new(error)))?;
            if let ureq::tls::PemItem::Certificate(certificate) = item {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            return Err(NoCertificates::Empty);
        }
        Ok(Self::Own(Arc::new(certificates)))
    }

    pub(super) fn for_ureq(&self) -> Option<ureq::tls::RootCerts> {
        match self {
            Self::Public => None,
            Self::Own(certificates) => {
                Some(ureq::tls::RootCerts::Specific(Arc::clone(certificates)))
            }
        }
    }
}
