//! Mail addresses and URLs: what is taken at the doors is what may be written in a file.
use crate::types::{EMAIL_LIMIT, URL_LIMIT};
use http::Uri;

/// A mail address, trimmed and lower-cased: one `@`, something before it, and behind it a host name of letters,
/// digits, `-` and `.`.
pub fn mail(value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    let plain = |it: char| !it.is_whitespace() && !it.is_control() && !"@,;<>()[]\\\"".contains(it);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|it| it.is_alphanumeric() || it == '-')
    };
    let good = value.len() <= EMAIL_LIMIT as usize
        && value.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && local.len() <= 64 && local.chars().all(plain) && host.split('.').all(label)
        });
    good.then_some(value)
}

/// Whether a text is an absolute URL, and no longer than one may be.
pub fn is_url(value: &str) -> bool {
    let absolute = |uri: Uri| uri.scheme().is_some() && uri.host().is_some();
    value.len() <= URL_LIMIT as usize && value.parse::<Uri>().is_ok_and(absolute)
}
