//! Which `auth` judges what a caller presents.
use crate::call::{Credential, Identity, Presented};
use crate::engine::Engine;
use crate::token::Tokens;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quater_ir::auth::{Auth, Carrier, Proof};
use quater_ir::operation::Door;
use quater_ir::{Id, Program};

/// An `auth`, and what it judges.
pub(crate) struct Judged<'a> {
    pub(crate) id: Id<Auth>,
    pub(crate) auth: &'a Auth,
    pub(crate) credential: &'a Credential,
}

/// The first `auth` of a door whose form fits something that is presented.
pub(crate) fn judge<'a>(program: &'a Program, door: Door, presented: &'a Presented) -> Option<Judged<'a>> {
    program.auths.iter().filter(|(_, auth)| auth.doors.has(door)).find_map(|(id, auth)| {
        let credential =
            presented.credentials.iter().find(|it| it.is_carried_by(auth) && fits(auth, &it.text));
        credential.map(|credential| Judged { id, auth, credential })
    })
}

/// Whether a text has the form that an `auth` judges: a token has three parts.
pub(crate) fn fits(auth: &Auth, text: &str) -> bool {
    match auth.proof {
        Proof::Jwt { .. } | Proof::Oauth { .. } => memchr::memchr_iter(b'.', text.as_bytes()).count() == 2,
        Proof::Opaque | Proof::Password { .. } => true,
    }
}

/// The name and the password of a Basic credential (RFC 7617, section 2).
pub(super) fn pair(credential: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    let plain = !text.chars().any(char::is_control);
    plain.then(|| (name.to_owned(), password.to_owned()))
}

impl Credential {
    fn is_carried_by(&self, auth: &Auth) -> bool {
        match (auth.carrier.scheme(), self.carrier.scheme()) {
            (Some(word), Some(given)) => word.eq_ignore_ascii_case(given),
            (None, None) => auth.carrier == self.carrier,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Identity {
    /// Whoever has a bearer token.
    pub fn bearer(text: impl Into<String>) -> Self {
        Self::carried(Carrier::Scheme("Bearer".into()), text)
    }

    /// Whoever has a credential, at a place where no other site could have sent it.
    pub fn carried(carrier: Carrier, text: impl Into<String>) -> Self {
        let credentials = vec![Credential { carrier, text: text.into() }];
        Self::Presented(Presented { credentials, headers: Vec::new(), own: true })
    }

    /// Whoever has a text that the first `auth` of a door judges whose form it fits, however that is carried
    /// elsewhere; a password stands behind its name and a colon.
    pub fn token(program: &Program, door: Door, text: &str) -> Self {
        let auths = program.auths.values().filter(|auth| auth.doors.has(door));
        let judge = auths
            .filter(|auth| fits(auth, text))
            .find(|auth| !matches!(auth.proof, Proof::Password { .. }) || text.contains(':'));
        match judge {
            Some(auth) if auth.carrier == Carrier::Basic => {
                Self::carried(Carrier::Basic, STANDARD.encode(text))
            }
            Some(auth) => Self::carried(auth.carrier.clone(), text),
            None => Self::bearer(text),
        }
    }
}

impl Engine {
    /// Sees to it that what a call presents can be judged without asking anybody else.
    pub(crate) async fn introduce(&self, identity: &Identity, door: Door) {
        let published = self.facts.tokens.iter().flatten().any(Tokens::are_published);
        let Identity::Presented(presented) = identity else { return };
        if !published {
            return;
        }
        let Some(judged) = judge(&self.facts.program, door, presented) else { return };
        if let Some(tokens) = self.facts.tokens_of(judged.id) {
            tokens.prepare(&judged.credential.text).await;
        }
    }

    /// Whether it takes a hash to know a caller.
    pub(crate) fn knows_slowly(&self, identity: &Identity, door: Door) -> bool {
        let hashed = |auth: &Auth| matches!(auth.proof, Proof::Password { .. });
        self.judges(identity, door, hashed)
    }

    /// Whether callers with such a credential get a row where they have none.
    pub(crate) fn welcomes(&self, identity: &Identity, door: Door) -> bool {
        self.judges(identity, door, |auth| auth.actor.create.is_some())
    }

    /// Whether such an `auth` judges a caller. Where there is none nothing has to be judged.
    fn judges(&self, identity: &Identity, door: Door, such: impl Fn(&Auth) -> bool) -> bool {
        let Identity::Presented(presented) = identity else { return false };
        let program = &self.facts.program;
        program.auths.values().any(&such)
            && judge(program, door, presented).is_some_and(|judged| such(judged.auth))
    }
}
