//! Credentials of an `auth`: what carries them, and how they are judged.
use super::resource::is_header;
use super::scope::{Place, Presence, Scope};
use super::{Checker, Typed};
use crate::ast::{self, ArgumentKind, CarrierKind, ExprKind, ProofKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::auth::{Algorithm, Auth, Carrier, JwtKey, Proof};
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::operation::{Door, Doors};
use quater_ir::types::Type;
use smol_str::SmolStr;

/// Headers that say something else.
const TAKEN_HEADERS: &[&str] =
    &["authorization", "cookie", "host", "origin", "content-type", "content-length", "connection"];

/// Doors at which one of two ways to sign in may hide the other.
const DOORS: [Door; 4] = [Door::Http, Door::Mcp, Door::Cli, Door::Socket];

/// What a proof is told, by name.
#[derive(Default)]
struct Told {
    secret: Option<Expr>,
    jwks: Option<Expr>,
    issuer: Option<Expr>,
    audience: Option<Expr>,
    algorithms: Option<(Vec<(Algorithm, bool)>, Span)>,
}

impl Checker<'_> {
    /// `bearer jwt(secret: env.KEY)`
    pub(crate) fn credential(
        &mut self,
        auth: &mut Auth,
        carrier: &ast::Carrier,
        proof: Option<&ast::Proof>,
    ) -> Option<()> {
        auth.carrier = self.carrier(carrier)?;
        let proof = proof?;
        let named = auth.carrier == Carrier::Basic;
        if named != (proof.kind == ProofKind::Password) {
            let report = Report::new(
                Code::E0530,
                proof.at,
                if named { "`basic` brings a name and a password" } else { "a `password` comes with a name" },
            );
            return self.report(report.help("write `basic password`: the name is `claims.name`"));
        }
        auth.proof = self.proof(proof)?;
        Some(())
    }

    fn carrier(&mut self, carrier: &ast::Carrier) -> Option<Carrier> {
        match &carrier.kind {
            CarrierKind::Bearer(None) => Some(Carrier::Scheme(SmolStr::new_static("Bearer"))),
            CarrierKind::Bearer(Some(word)) => {
                let scheme = SmolStr::new(self.plain(word)?);
                if is_header(&scheme) && !scheme.eq_ignore_ascii_case("basic") {
                    return Some(Carrier::Scheme(scheme));
                }
                let message = format!("`{scheme}` is no word for a token");
                self.report(Report::new(Code::E0530, word.at, message).help("letters, digits and `-`"))
            }
            CarrierKind::Header(name) => {
                let header = SmolStr::new(self.plain(name)?.to_ascii_lowercase());
                if is_header(&header) && !TAKEN_HEADERS.contains(&header.as_str()) {
                    return Some(Carrier::Header(header));
                }
                let message = format!("`{header}` is no header for a credential");
                self.report(
                    Report::new(Code::E0530, name.at, message)
                        .help("choose one of your own, such as `x-api-key`; `bearer` is for `Authorization`"),
                )
            }
            CarrierKind::Cookie(name) => {
                let cookie = SmolStr::new(self.plain(name)?);
                if is_header(&cookie) {
                    return Some(Carrier::Cookie(cookie));
                }
                let message = format!("`{cookie}` is no name of a cookie");
                self.report(Report::new(Code::E0530, name.at, message).help("letters, digits, `-` and `_`"))
            }
            CarrierKind::Basic => Some(Carrier::Basic),
        }
    }

    fn proof(&mut self, proof: &ast::Proof) -> Option<Proof> {
        let known: &[&str] = match proof.kind {
            ProofKind::Opaque | ProofKind::Password => &[],
            ProofKind::Jwt => &["secret", "jwks", "issuer", "audience", "algorithms"],
            ProofKind::Oauth => &["issuer", "audience", "algorithms"],
        };
        let told = self.proof_told(proof, known)?;
        match proof.kind {
            ProofKind::Opaque => Some(Proof::Opaque),
            // The look-up says of which entity the column is.
            ProofKind::Password => Some(Proof::Password { column: Id::new(0) }),
            ProofKind::Jwt => self.token(told, proof.at),
            ProofKind::Oauth => {
                let algorithms = self.signatures(told.algorithms, false)?;
                let Some(issuer) = told.issuer else {
                    let report = Report::new(Code::E0304, proof.at, "`oauth` needs to know the issuer");
                    return self.report(report.help("write `oauth(issuer: env.ISSUER)`"));
                };
                Some(Proof::Oauth { issuer, audience: told.audience, algorithms })
            }
        }
    }

    fn token(&mut self, told: Told, at: Span) -> Option<Proof> {
        let (secret, jwks) = (told.secret, told.jwks);
        let shared = secret.is_some();
        let key = match (secret, jwks, &told.issuer) {
            (Some(_), Some(_), _) => {
                let report =
                    Report::new(Code::E0531, at, "a token has a secret key or public keys, not both");
                return self.report(
                    report.help(
                        "whoever knows the public keys could sign with them as if they were the secret",
                    ),
                );
            }
            (Some(secret), None, _) => JwtKey::Secret(secret),
            (None, Some(jwks), _) => JwtKey::Jwks(jwks),
            (None, None, Some(_)) => JwtKey::Issuer,
            (None, None, None) => {
                let report = Report::new(Code::E0304, at, "`jwt` needs to know the key");
                return self.report(report.help(
                    "write `jwt(secret: env.SIGNING_KEY)`, `jwt(jwks: env.KEYS_URL)` or `jwt(issuer: env.ISSUER)`",
                ));
            }
        };
        let algorithms = self.signatures(told.algorithms, shared)?;
        Some(Proof::Jwt { key, issuer: told.issuer, audience: told.audience, algorithms })
    }

    fn proof_told(&mut self, proof: &ast::Proof, known: &[&str]) -> Option<Told> {
        let mut told = Told::default();
        let mut said: Vec<&str> = Vec::new();
        for argument in &proof.arguments {
            let ArgumentKind::Named { name, value, .. } = &argument.kind else {
                if matches!(argument.kind, ArgumentKind::Stray) {
                    return None;
                }
                let report = Report::new(Code::E0304, argument.at, "what a proof is told has a name");
                return self.report(report.help("write `jwt(secret: env.SIGNING_KEY)`"));
            };
            if !known.contains(&name.text.as_str()) {
                let message = format!("this proof can't be told `{}`", name.text);
                return self.unknown(Code::E0304, name, message, known.iter().copied());
            }
            if said.contains(&name.text.as_str()) {
                return self.error(Code::E0202, name.at, format!("`{}` is there twice", name.text));
            }
            said.push(&name.text);
            match name.text.as_str() {
                "secret" => told.secret = Some(self.at_start(value, &Type::TEXT)?),
                "jwks" => told.jwks = Some(self.at_start(value, &Type::Url)?),
                "issuer" => told.issuer = Some(self.at_start(value, &Type::TEXT)?),
                "audience" => told.audience = Some(self.at_start(value, &Type::TEXT)?),
                _ => told.algorithms = Some((self.algorithms(value)?, value.at)),
            }
        }
        Some(told)
    }

    fn at_start(&mut self, value: &ast::Expr, ty: &Type) -> Option<Expr> {
        let mut scope = Scope::new(Place::Start, Presence::Never, None);
        self.expect(&mut scope, value, ty, "").map(|value| value.expr)
    }

    /// `["ES256", "EdDSA"]`
    fn algorithms(&mut self, value: &ast::Expr) -> Option<Vec<(Algorithm, bool)>> {
        let ExprKind::List(items) = &value.kind else {
            let report = Report::new(Code::E0304, value.at, "signatures are written out by their names");
            return self.report(report.help("write `algorithms: [\"ES256\"]`"));
        };
        let mut found = Vec::new();
        for item in items {
            let ExprKind::Text(text) = &item.kind else {
                return self.error(Code::E0304, item.at, "the name of a signature is a text");
            };
            let name = self.plain(text)?;
            match Algorithm::ALL.into_iter().find(|known| known.name() == name) {
                Some(algorithm) => found.push((algorithm, algorithm.is_shared())),
                None => {
                    let message = format!("`{name}` is no signature that is taken");
                    let known = Algorithm::ALL.map(Algorithm::name);
                    let report = Report::new(Code::E0531, item.at, message);
                    return self.report(report.help(format!("they are {}", known.join(", "))));
                }
            }
        }
        if found.is_empty() {
            return self.error(Code::E0531, value.at, "a token without a signature proves nothing");
        }
        Some(found)
    }

    /// The signatures that are taken: a shared secret verifies its own kind alone, public keys the other.
    fn signatures(
        &mut self,
        said: Option<(Vec<(Algorithm, bool)>, Span)>,
        shared: bool,
    ) -> Option<Vec<Algorithm>> {
        let Some((said, at)) = said else {
            let usual: &[Algorithm] = if shared {
                &[Algorithm::Hs256]
            } else {
                &[Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]
            };
            return Some(usual.to_vec());
        };
        if said.iter().all(|(_, needs)| *needs == shared) {
            return Some(said.into_iter().map(|(algorithm, _)| algorithm).collect());
        }
        let (message, help) = if shared {
            ("a secret verifies HS256, HS384 and HS512 alone", "for the others give `jwks` or `issuer`")
        } else {
            (
                "public keys verify no HS256, HS384 or HS512",
                "whoever knows the public keys could sign with them as if they were a secret",
            )
        };
        self.report(Report::new(Code::E0531, at, message).help(help))
    }

    /// `header "x"`: of the request, in an `auth`.
    pub(crate) fn header(&mut self, scope: &Scope, call: &ast::Call) -> Option<Typed> {
        if scope.place != Place::Auth {
            let report = Report::new(Code::E0310, call.at, "a header is looked at in an `auth`");
            return self
                .report(report.help("elsewhere make it an input: `key: text(..99) from header \"x\"`"));
        }
        let [ast::Argument { kind: ArgumentKind::Value(value), .. }] = call.arguments.as_slice() else {
            return self.error(Code::E0304, call.at, "a header has one name");
        };
        let ExprKind::Text(text) = &value.kind else {
            return self.error(Code::E0304, value.at, "the name of a header is a text");
        };
        let name = SmolStr::new(self.plain(text)?.to_ascii_lowercase());
        let node = Node::Context(Context::Header(name));
        Some(Typed { expr: Expr::new(node, Type::TEXT.optional()), secret: true, at: call.at })
    }

    /// Of several ways to sign in, the first whose form fits judges: none may hide another.
    pub(crate) fn each_is_asked(&mut self) {
        let proved = self.auths.iter().zip(&self.names.auths);
        let proved = proved.filter(|((id, _), _)| !self.caller.unproved.contains(id));
        let auths: Vec<(&Auth, Span)> = proved.map(|((_, auth), (_, node))| (auth, node.name.at)).collect();
        let mut found = Vec::new();
        for (index, (auth, at)) in auths.iter().enumerate() {
            let before = auths.iter().take(index);
            let hiding = before.filter(|(first, _)| hides(first, auth));
            let first =
                hiding.filter_map(|(first, at)| Some((first, at, shared(first.doors, auth.doors)?))).next();
            if let Some((first, first_at, door)) = first {
                let message = format!(
                    "`{}` is never asked through {}: `{}` judges every such credential",
                    auth.name,
                    door.name(),
                    first.name
                );
                let report = Report::new(Code::E0532, *at, message).label(*first_at, "this one");
                found.push(report.help(
                    "give it another carrier or other doors; a `jwt` in front of an `opaque` leaves it the rest",
                ));
            }
        }
        found.into_iter().for_each(|report| self.sink.push(report));
    }
}

/// A claim is read as the type of the column that it meets.
pub(crate) fn claimed(mut value: Typed, expected: Option<&Type>) -> Typed {
    let single =
        |ty: &&Type| !matches!(ty.required(), Type::Record(_) | Type::Row(_) | Type::List(..) | Type::Null);
    if let (Node::Context(Context::Claim(_)), Some(ty)) = (&value.expr.node, expected.filter(single)) {
        value.expr.ty = ty.clone();
    }
    value
}

/// Whether everything that the second would judge fits the first.
fn hides(first: &Auth, second: &Auth) -> bool {
    let same = match (&first.carrier, &second.carrier) {
        (Carrier::Scheme(a), Carrier::Scheme(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    };
    let token = |auth: &Auth| matches!(auth.proof, Proof::Jwt { .. } | Proof::Oauth { .. });
    same && (!token(first) || token(second))
}

fn shared(a: Doors, b: Doors) -> Option<Door> {
    DOORS.into_iter().find(|door| a.has(*door) && b.has(*door))
}
