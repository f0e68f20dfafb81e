//! `file:` URIs (RFC 8089) and paths.
use std::path::{Path, PathBuf};

/// The path of a `file:` URI of this machine.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return None;
    }
    let path = decoded(path)?;
    let drive = path.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    Some(PathBuf::from(drive.unwrap_or(&path)))
}

/// The `file:` URI of an absolute path.
pub(super) fn from_path(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut uri = format!("file://{slash}");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{from_path, to_path};
    use std::path::Path;

    #[test]
    fn uris_and_paths_are_one() {
        for (uri, path) in [("file:///a/b%20%C3%BE.qtr", "/a/b þ.qtr"), ("file:///c%3A/x.qtr", "c:/x.qtr")] {
            assert_eq!(to_path(uri).as_deref(), Some(Path::new(path)));
            assert_eq!(from_path(Path::new(path)), uri);
        }
        for uri in ["untitled:Untitled-1", "file://server/share", "file:///a%", "file:///a%zz", "file:///%ff"]
        {
            assert_eq!(to_path(uri), None, "{uri}");
        }
    }
}
