//! Who stands between.

use http::Uri;
use ureq::Proxy;

/// Which proxy requests go through.
#[derive(Clone)]
pub(crate) enum ProxyChoice {
    /// The one that the environment names, unless `NO_PROXY` excepts the server.
    Environment,
    None,
    This(Proxy),
}

impl ProxyChoice {
    /// The proxy on the way to a server.
    pub(super) fn for_url(&self, url: &Uri) -> Option<Proxy> {
        let proxy = match self {
            Self::Environment => Proxy::try_from_env()?,
            Self::None => return None,
            Self::This(proxy) => proxy.clone(),
        };
        (!proxy.is_no_proxy(url)).then_some(proxy)
    }
}

impl std::fmt::Debug for ProxyChoice {
    /// Without the URL, which can hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::None => "None",
            Self::This(_) => "This(..)",
        })
    }
}
