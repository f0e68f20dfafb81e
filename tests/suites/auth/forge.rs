//! Tokens good and bad, each with what is the matter with it.
use crate::issuer::{Issuer, Pair, encoded, now};
use serde_json::{Value as Json, json};

/// Claims with one changed, or without it.
pub(crate) fn with(mut claims: Json, name: &str, value: Json) -> Json {
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

/// The keys of an issuer, one of a stranger, and what a good token says.
pub(crate) struct Forge {
    rsa: Pair,
    curve: Pair,
    edwards: Pair,
    stranger: Pair,
    good: Json,
    issuer: String,
}

fn head(name: &str, alg: &str) -> Json {
    json!({ "alg": alg, "kid": name })
}

impl Forge {
    pub(crate) fn open(issuer: &Issuer, good: Json) -> Self {
        let (rsa, curve, edwards, stranger) = (Pair::rsa(), Pair::curve(), Pair::edwards(), Pair::rsa());
        let small = json!({ "kty": "RSA", "kid": "small", "n": encoded([0xC7; 128]), "e": "AQAB" });
        let shared =
            json!({ "kty": "oct", "kid": "shared", "k": encoded("a secret that everybody can read!") });
        let sealed = with(rsa.public("sealed"), "use", json!("enc"));
        let other = with(rsa.public("other"), "alg", json!("PS256"));
        let own = [rsa.public("r"), curve.public("c"), edwards.public("e")];
        issuer.publish(own.into_iter().chain([small, shared, sealed, other]).collect());
        Self { rsa, curve, edwards, stranger, good, issuer: issuer.url() }
    }

    fn saying(&self, name: &str, value: Json) -> String {
        self.rsa.token(&head("r", "RS256"), &with(self.good.clone(), name, value))
    }

    fn hmac(&self, key: &[u8], name: &str) -> String {
        let text = format!("{}.{}", encoded(head(name, "HS256").to_string()), encoded(self.good.to_string()));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
        format!("{text}.{}", encoded(aws_lc_rs::hmac::sign(&key, text.as_bytes())))
    }

    pub(crate) fn taken(&self) -> Vec<(&'static str, String)> {
        let own = [(&self.rsa, "r"), (&self.curve, "c"), (&self.edwards, "e")];
        let own = own.map(|(pair, name)| (name, pair.token(&head(name, pair.algorithm()), &self.good)));
        let nameless = json!({ "alg": "ES256", "typ": "at+jwt" });
        own.into_iter()
            .chain([
                ("without a name its only key", self.curve.token(&nameless, &self.good)),
                ("one audience of many", self.saying("aud", json!(["x", "gate"]))),
                ("a clock that is behind", self.saying("exp", json!(now() - 30))),
                ("a clock that is ahead", self.saying("nbf", json!(now() + 30))),
            ])
            .collect()
    }

    pub(crate) fn with_wrong_signatures(&self) -> Vec<(&'static str, String)> {
        let signed = self.rsa.token(&head("r", "RS256"), &self.good);
        let parts: Vec<&str> = signed.split('.').collect();
        let none = |header: &str, signature: &str| format!("{}.{}.{signature}", encoded(header), parts[1]);
        let public = self.rsa.public("r");
        let bob = encoded(with(self.good.clone(), "sub", json!("bob")).to_string());
        vec![
            ("alg none without a signature", none(r#"{"alg":"none"}"#, "")),
            ("alg none with a signature", none(r#"{"alg":"none"}"#, parts[2])),
            ("alg nOnE", none(r#"{"alg":"nOnE","kid":"r"}"#, "")),
            ("an empty signature", format!("{}.{}.", parts[0], parts[1])),
            ("another body", format!("{}.{bob}.{}", parts[0], parts[2])),
            ("HS256 with the modulus", self.hmac(public["n"].as_str().unwrap().as_bytes(), "r")),
            ("HS256 with the key as it is published", self.hmac(public.to_string().as_bytes(), "r")),
            ("HS256 with a secret of the set", self.hmac(b"a secret that everybody can read!", "shared")),
            ("somebody else's signature", self.stranger.token(&head("r", "RS256"), &self.good)),
            ("padding", format!("{signed}=")),
            ("two dots and nothing", "..".to_owned()),
            ("four parts", format!("{signed}.x")),
            ("no token", "nonsense".to_owned()),
            ("an endless one", format!("{signed}{}", "A".repeat(20_000))),
        ]
    }

    pub(crate) fn with_wrong_headers(&self) -> Vec<(&'static str, String)> {
        let rsa = |header: Json| self.rsa.token(&header, &self.good);
        let stranger = |header: Json| self.stranger.token(&header, &self.good);
        let elsewhere = format!("{}/other", self.issuer);
        vec![
            ("RS512 is not listed", rsa(head("r", "RS512"))),
            ("PS256 is not listed", rsa(head("r", "PS256"))),
            ("a key for another algorithm", rsa(head("other", "RS256"))),
            ("a key that seals", rsa(head("sealed", "RS256"))),
            ("a key that is too small", rsa(head("small", "RS256"))),
            ("the key of another algorithm", rsa(head("c", "ES256"))),
            ("a key that is not there", rsa(head("../../dev/null", "RS256"))),
            ("a key by SQL", rsa(head("r' OR '1'='1", "RS256"))),
            ("no name of a key", rsa(json!({ "alg": "RS256", "kid": "" }))),
            ("a key that comes along", stranger(json!({ "alg": "RS256", "jwk": self.stranger.public("r") }))),
            ("a key at a URL", stranger(json!({ "alg": "RS256", "kid": "r", "jku": elsewhere }))),
            ("what must be understood", rsa(json!({ "alg": "RS256", "kid": "r", "crit": ["x"], "x": 1 }))),
            ("made for logging out", rsa(json!({ "alg": "RS256", "kid": "r", "typ": "logout+jwt" }))),
        ]
    }

    pub(crate) fn with_wrong_claims(&self) -> Vec<(&'static str, String)> {
        vec![
            ("expired", self.saying("exp", json!(now() - 120))),
            ("without an end", self.saying("exp", Json::Null)),
            ("an end that is text", self.saying("exp", json!("9999999999"))),
            ("not yet valid", self.saying("nbf", json!(now() + 120))),
            ("another audience", self.saying("aud", json!("gate2"))),
            ("a longer audience", self.saying("aud", json!(["gate-admin"]))),
            ("no audience", self.saying("aud", Json::Null)),
            ("another issuer", self.saying("iss", json!("http://evil.example"))),
            ("an issuer that begins the same", self.saying("iss", json!(format!("{}/", self.issuer)))),
            ("no issuer", self.saying("iss", Json::Null)),
            ("no subject", self.saying("sub", Json::Null)),
            ("a subject that is a list", self.saying("sub", json!(["ann"]))),
            ("a subject that nobody is", self.saying("sub", json!("eve"))),
            ("claims that are a list", self.rsa.token(&head("r", "RS256"), &json!(["ann"]))),
        ]
    }
}
