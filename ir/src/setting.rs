//! What a `service` can be told: names, variables, defaults and limits, in one table.
//!
//! The file says a setting; a variable of the environment says it instead. Both end here, so that they
//! have the same limits, and so that documents, reports and `quater check --settings` say the same.
mod read;
mod show;

use crate::Service;
use crate::operation::Limit;
use crate::surface::Template;
use serde_json::Value as Json;
use smol_str::SmolStr;

pub use read::{host, origin};
pub use show::{bytes, length, limit};

/// Least and most milliseconds that a call may be given.
pub const TIMEOUT: (u64, u64) = (100, 3_600_000);

/// Least and most bytes that a body may be given.
pub const BODY: (u64, u64) = (1, 1 << 30);

/// Least and most bytes that an upload may be given.
pub const UPLOAD: (u64, u64) = (1, 5 << 30);

/// Least and most milliseconds that somebody is waited for.
pub const PATIENCE: (u64, u64) = (1_000, 600_000);

/// Least and most bytes that the head of a request may be given.
pub const HEADERS: (u64, u64) = (8 << 10, 1 << 20);

/// Least and most of what there may be at once.
pub const AT_ONCE: (u64, u64) = (1, 1 << 16);

/// Most proxies that may stand before a service.
pub const MOST_PROXIES: u32 = 16;

/// Most calls that a limit may allow in its time.
pub const MOST_CALLS: u32 = 1_000_000;

/// Paths that a service answers by itself, its documentation aside.
pub const OWN_PATHS: &[&str] = &["/openapi.json", "/mcp", "/healthz", "/readyz", ACTIONS];

/// Pages that a service shows by itself where it has them, parameters without names.
pub const OWN_PAGES: &[&str] = &[
    "/approvals",
    "/_files/{}",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
];

/// Where the action protocol begins; all below it is its own too.
pub const ACTIONS: &str = "/quater/v1";

/// What people should know of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// How a line of it begins.
    pub word: &'static str,
    /// The variable that says it instead.
    pub variable: &'static str,
    /// What it is for.
    pub says: &'static str,
    /// What its values are.
    pub unit: &'static str,
    /// What holds without it, as in a file.
    pub default: &'static str,
    /// What its values may be.
    pub limits: &'static str,
    /// Whether callers notice a change: it is part of the contract.
    pub contract: bool,
}

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident $word:literal $variable:literal $says:literal
        $unit:literal $default:literal $limits:literal $contract:literal,)*) => {
        /// A setting of a service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $($(#[$doc])* $name,)*
        }

        impl Setting {
            /// All of them, in the order they are written.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What people should know of it.
            pub const fn about(self) -> About {
                match self {
                    $(Self::$name => About {
                        word: $word, variable: $variable, says: $says,
                        unit: $unit, default: $default, limits: $limits, contract: $contract,
                    },)*
                }
            }
        }
    };
}

settings! {
    /// `base /api`
    Base "base" "QUATER_BASE" "what every path of a route begins with"
        "path" "/" "fixed segments" true,
    /// `hosts "store.example"`
    Hosts "hosts" "QUATER_HOSTS" "host names that are answered to; others get 421"
        "host names" "loopback" "names without scheme or path" true,
    /// `cors "https://app.store.example"`
    Cors "cors" "QUATER_CORS" "origins whose pages may call"
        "origins" "none" "`\"https://name\"`, or `\"*\"` alone" true,
    /// `proxies 1`
    Proxies "proxies" "QUATER_PROXIES" "how many proxies stand before the service; as many addresses of `X-Forwarded-For` are believed"
        "number" "0" "0 to 16" false,
    /// `limit 300/min per ip`
    Limit "limit" "QUATER_LIMIT" "how often the service may be called; several may stand"
        "calls a time" "none" "1 to 1,000,000 calls" false,
    /// `docs /manual`, `docs off`
    Docs "docs" "QUATER_DOCS" "where the documentation page is; `off` takes away page and contract"
        "path" "/docs" "fixed segments" false,
    /// `errors as { … }`
    Errors "errors as" "QUATER_ERRORS" "the shape of an error over HTTP"
        "template" "problem details" "objects, lists, literals, `fault.…`" true,
    /// `unknown members ignore`
    UnknownMembers "unknown members" "QUATER_UNKNOWN_MEMBERS" "what is done with members that no input has"
        "word" "refuse" "`refuse`, `ignore`" true,
    /// `decimals numbers`
    Decimals "decimals" "QUATER_DECIMALS" "what decimals are in JSON"
        "word" "texts" "`texts`, `numbers`" true,
    /// `body 2mb`
    Body "body" "QUATER_BODY" "the most that a request may carry"
        "size" "1mb" "1b to 1gb" true,
    /// `upload 50mb`
    Upload "upload" "QUATER_UPLOAD" "the most that a file may hold whose type does not say it"
        "size" "10mb" "1b to 5gb" true,
    /// `timeout 30s`
    Timeout "timeout" "QUATER_TIMEOUT" "how long a call may take"
        "time" "30s" "100ms to 1h" false,
    /// `patience 20s`
    Patience "patience" "QUATER_PATIENCE" "how long the head of a request and its body may take to arrive, and how long nothing of an answer may be taken"
        "time" "20s" "1s to 10m" false,
    /// `headers 32kb`
    Headers "headers" "QUATER_HEADERS" "the most that the head of a request may hold"
        "size" "32kb" "8kb to 1mb" false,
    /// `connections 1024`
    Connections "connections" "QUATER_CONNECTIONS" "how many connections are open at once; others wait"
        "number" "1024" "1 to 65536" false,
    /// `requests 1024`
    Requests "requests" "QUATER_REQUESTS" "how many requests are answered at once; others get 503"
        "number" "1024" "1 to 65536" false,
}

/// A value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of [`Setting::Base`]: empty, or with a slash at its head.
    Base(SmolStr),
    /// Of [`Setting::Hosts`].
    Hosts(Vec<SmolStr>),
    /// Of [`Setting::Cors`].
    Cors(Vec<SmolStr>),
    /// Of [`Setting::Proxies`].
    Proxies(u32),
    /// Of [`Setting::Limit`].
    Limits(Vec<Limit>),
    /// Of [`Setting::Docs`]; none for `off`.
    Docs(Option<SmolStr>),
    /// Of [`Setting::Errors`]; none for problem details.
    Errors(Option<Template>),
    /// Of [`Setting::UnknownMembers`]: whether they are passed over.
    UnknownMembers(bool),
    /// Of [`Setting::Decimals`]: whether they are numbers.
    Decimals(bool),
    /// Of [`Setting::Body`], in bytes.
    Body(u64),
    /// Of [`Setting::Upload`], in bytes.
    Upload(u64),
    /// Of [`Setting::Timeout`], in milliseconds.
    Timeout(u64),
    /// Of [`Setting::Patience`], in milliseconds.
    Patience(u64),
    /// Of [`Setting::Headers`], in bytes.
    Headers(u64),
    /// Of [`Setting::Connections`].
    Connections(u64),
    /// Of [`Setting::Requests`].
    Requests(u64),
}

impl Setting {
    /// The setting that a variable says.
    pub fn of_variable(variable: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|setting| setting.about().variable == variable)
    }

    /// Whether a built service has it in its routes and documents, so that no variable says it afterwards.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::Base | Self::Errors | Self::UnknownMembers | Self::Decimals => true,
            Self::Hosts
            | Self::Cors
            | Self::Proxies
            | Self::Limit
            | Self::Docs
            | Self::Body
            | Self::Upload
            | Self::Timeout
            | Self::Patience
            | Self::Headers
            | Self::Connections
            | Self::Requests => false,
        }
    }

    /// Reads the text of a variable.
    ///
    /// # Errors
    /// With the reason, where the text is no value of the setting.
    pub fn read(self, text: &str) -> Result<Value, String> {
        read::value(self, text.trim())
    }

    /// What a service is told, as it is written in a file behind the word; a line each where it has several.
    pub fn shown(self, service: &Service) -> Vec<String> {
        show::shown(self, service)
    }

    /// The same for programs.
    pub fn json(self, service: &Service) -> Json {
        show::json(self, service)
    }
}

impl Value {
    /// Tells a service.
    pub fn tell(self, service: &mut Service) {
        match self {
            Self::Base(base) => service.base = base,
            Self::Hosts(hosts) => service.hosts = hosts,
            Self::Cors(origins) => service.cors = origins,
            Self::Proxies(count) => service.proxies = count,
            Self::Limits(limits) => service.limits = limits,
            Self::Docs(path) => service.docs_path = path,
            Self::Errors(template) => service.errors = template,
            Self::UnknownMembers(ignored) => service.ignore_unknown_members = ignored,
            Self::Decimals(numbers) => service.decimals_as_numbers = numbers,
            Self::Body(most) => service.body_limit = most,
            Self::Upload(most) => service.upload_limit = most,
            Self::Timeout(length) => service.timeout = length,
            Self::Patience(length) => service.patience = length,
            Self::Headers(most) => service.header_limit = most,
            Self::Connections(most) => service.connections = most,
            Self::Requests(most) => service.requests = most,
        }
    }
}

impl Service {
    /// A service that is told nothing: every setting is at its default.
    pub fn new(name: SmolStr, version: u32, docs: String) -> Self {
        Self {
            name,
            version,
            docs,
            base: SmolStr::default(),
            hosts: Vec::new(),
            docs_path: Some(SmolStr::new_static("/docs")),
            cors: Vec::new(),
            proxies: 0,
            limits: Vec::new(),
            errors: None,
            timeout: 30_000,
            body_limit: 1 << 20,
            upload_limit: 10 << 20,
            patience: 20_000,
            header_limit: 32 << 10,
            connections: 1_024,
            requests: 1_024,
            ignore_unknown_members: false,
            decimals_as_numbers: false,
        }
    }
}

#[cfg(test)]
mod tests;
