//! What the tokens of each `auth` must be like.
use super::constant;
use crate::facts::Facts;
use crate::service::StartError;
use crate::token::{self, Source, Tokens};
use quater_ir::auth::{Algorithm, Auth, JwtKey, Proof};
use quater_ir::expr::Expr;
use reqwest::Url;
use smol_str::SmolStr;

/// By the ids of auths; nothing for those that take no tokens.
pub(super) fn tokens(facts: &Facts) -> Result<Vec<Option<Tokens>>, StartError> {
    facts.program.auths.values().map(|auth| Told { facts, auth }.tokens()).collect()
}

/// An `auth` and what it is told.
struct Told<'a> {
    facts: &'a Facts,
    auth: &'a Auth,
}

impl Told<'_> {
    fn tokens(&self) -> Result<Option<Tokens>, StartError> {
        match &self.auth.proof {
            Proof::Opaque | Proof::Password { .. } => Ok(None),
            Proof::Jwt { key, issuer, audience, algorithms } => {
                let issuer = issuer.as_ref().map(|it| self.text(it)).transpose()?;
                let audience = audience.as_ref().map(|it| self.text(it)).transpose()?;
                let tokens = match (key, &issuer) {
                    (JwtKey::Secret(secret), _) => self.shared(secret, algorithms)?,
                    (JwtKey::Jwks(url), _) => Tokens::published(Source::At(self.url(url)?), algorithms),
                    (JwtKey::Issuer, Some(issuer)) => self.issued(issuer, algorithms)?,
                    (JwtKey::Issuer, None) => return Err(self.bad("it names no issuer")),
                };
                Ok(Some(tokens.narrowed(issuer, audience.into_iter().collect())))
            }
            Proof::Oauth { issuer, audience, algorithms } => {
                let issuer = self.text(issuer)?;
                let audiences = match audience {
                    Some(audience) => vec![self.text(audience)?],
                    None => self.own_names()?,
                };
                Ok(Some(self.issued(&issuer, algorithms)?.narrowed(Some(issuer), audiences)))
            }
        }
    }

    fn shared(&self, secret: &Expr, algorithms: &[Algorithm]) -> Result<Tokens, StartError> {
        let text = self.text(secret)?;
        let least = token::secret_minimum(algorithms);
        if text.len() < least {
            let reason = format!("a signing secret must have at least {least} bytes");
            return Err(self.bad(reason));
        }
        Ok(Tokens::shared(text.as_bytes(), algorithms))
    }

    fn issued(&self, issuer: &str, algorithms: &[Algorithm]) -> Result<Tokens, StartError> {
        self.checked(issuer)?;
        Ok(Tokens::published(Source::Issuer(issuer.to_owned()), algorithms))
    }

    fn url(&self, expr: &Expr) -> Result<Url, StartError> {
        self.checked(&self.text(expr)?)
    }

    fn checked(&self, text: &str) -> Result<Url, StartError> {
        let url = Url::parse(text).map_err(|_| self.bad(format!("`{text}` is no URL")))?;
        if token::is_safe(&url) {
            return Ok(url);
        }
        Err(self.bad(format!("`{text}` is not `https`; `http` is for loopback alone")))
    }

    /// The addresses that a token may be for where nothing else is said (RFC 8707).
    fn own_names(&self) -> Result<Vec<String>, StartError> {
        let hosts = &self.facts.program.service.hosts;
        if hosts.is_empty() {
            return Err(self.bad(
                "a token for another service would be taken: say `audience: \"…\"`, or name this service by `hosts`",
            ));
        }
        let of = |host: &SmolStr| ["", "/", "/mcp"].map(|path| format!("https://{host}{path}"));
        Ok(hosts.iter().flat_map(of).collect())
    }

    fn text(&self, expr: &Expr) -> Result<String, StartError> {
        let value = constant(self.facts, expr).map_err(|_| self.bad("what it is told has no value"))?;
        value.text().map(str::to_owned).map_err(|_| self.bad("what it is told is no text"))
    }

    fn bad(&self, reason: impl Into<String>) -> StartError {
        StartError::BadAuth { auth: self.auth.name.clone(), reason: reason.into() }
    }
}
