//! What of a service its settings alone let strangers meet: found when it is checked, and again where it was built and
//! is told other settings.
use crate::Service;

/// The code of a finding that limits of the whole service make moot.
pub const UNLIMITED: &str = "W0502";

/// Something that settings decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposed {
    /// Its code, as in `W0801`.
    pub code: &'static str,
    /// Its sentence.
    pub message: &'static str,
    /// Whether it is so.
    pub holds: bool,
}

/// What the settings of a service say of it: about its hosts, its origins, its documents and what stands before it.
pub fn exposed(service: &Service) -> [Exposed; 4] {
    let one = |code, holds, message| Exposed { code, message, holds };
    let any_origin = service.cors.iter().any(|origin| origin == "*");
    [
        one("W0801", service.hosts.is_empty(), "no host name is declared, so none is answered to"),
        one("W0802", any_origin, "pages of every origin may call"),
        one(
            "W0803",
            service.docs_path.is_some(),
            "the documentation, the contract and what can be called are open to everybody",
        ),
        one("W0804", service.proxies == 0, "it speaks plain HTTP, and no proxy before it is declared"),
    ]
}
