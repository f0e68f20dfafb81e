//! What a file is, told from its first bytes: what its sender says counts only where they do not say otherwise.
use smol_str::SmolStr;

/// First bytes that only files of one type have, with where they stand.
const MARKS: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
];

/// Types that are a ZIP archive inside.
const ZIPPED: [&str; 6] = [
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/epub+zip",
    "application/java-archive",
    "application/vnd.android.package-archive",
    "application/x-zip-compressed",
];

/// Beginnings that a browser takes for a page, whatever it is told.
const PAGES: [(&[u8], &str); 8] = [
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<head", "text/html"),
    (b"<body", "text/html"),
    (b"<script", "text/html"),
    (b"<iframe", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
];

const UNKNOWN: &str = "application/octet-stream";

/// The media type that a sender says, without its parameters, in lower case.
pub(super) fn declared(said: &str) -> SmolStr {
    let media = said.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|it| it.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&it))
    };
    let fits = media.len() <= 127 && media.split_once('/').is_some_and(|(kind, of)| part(kind) && part(of));
    if fits { media.into() } else { SmolStr::default() }
}

/// The media type of a file that begins so.
pub(super) fn media(head: &[u8], declared: &str) -> SmolStr {
    let marked =
        |(at, mark, _): &&(usize, &[u8], &str)| head.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    if let Some((_, _, media)) = MARKS.iter().find(marked) {
        let inside = *media == "application/zip" && ZIPPED.iter().any(|kind| declared.starts_with(kind));
        let sound = media.starts_with("video/") && declared.replace("audio/", "video/") == *media;
        return if inside || sound { declared.into() } else { SmolStr::new_static(media) };
    }
    let text = is_text(head);
    if text && let Some(page) = page(head) {
        let xml = page == "application/xml"
            && (declared.ends_with("+xml") && declared != "image/svg+xml" || declared == "text/xml");
        return if xml { declared.into() } else { SmolStr::new_static(page) };
    }
    // Whoever says a type whose files begin otherwise is not believed.
    let known = MARKS.iter().any(|(_, _, media)| *media == declared)
        || PAGES.iter().any(|(_, media)| *media == declared);
    let wordy =
        declared.starts_with("text/") || ["application/json", "application/x-ndjson"].contains(&declared);
    match (text, declared) {
        (true, "") => SmolStr::new_static("text/plain"),
        (false, "") => SmolStr::new_static(UNKNOWN),
        (_, _) if known || wordy && !text => SmolStr::new_static(if text { "text/plain" } else { UNKNOWN }),
        (_, declared) => declared.into(),
    }
}

/// Whether bytes are UTF-8 without controls, as far as they go.
fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !head.iter().any(|byte| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31))
}

fn page(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |mark: &[u8]| head.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    PAGES.iter().find(|(mark, _)| begins(mark)).map(|(_, media)| *media)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file begins with, what its sender says, what it is.
    const CASES: &[(&[u8], &str, &str)] = &[
        (b"\x89PNG\r\n\x1a\n....", "image/png", "image/png"),
        (b"\x89PNG\r\n\x1a\n....", "text/html", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/png", "image/jpeg"),
        (b"GIF89a<script>", "image/gif", "image/gif"),
        (b"<script>alert(1)</script>", "image/png", "text/html"),
        (b"  <!DOCTYPE HTML><p>", "text/csv", "text/html"),
        (b"\xef\xbb\xbf<svg onload=x>", "text/plain", "image/svg+xml"),
        (b"<?xml version=\"1.0\"?>", "application/atom+xml", "application/atom+xml"),
        (b"<?xml version=\"1.0\"?><svg>", "image/svg+xml", "application/xml"),
        (b"a,b\n1,2\n", "text/csv", "text/csv"),
        (b"a,b\n1,2\n", "image/png", "text/plain"),
        (b"a,b\0", "text/csv", "application/octet-stream"),
        (b"{}", "application/json", "application/json"),
        (b"MZ\x90\0", "image/png", "application/x-msdownload"),
        (
            b"PK\x03\x04",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"PK\x03\x04", "image/png", "application/zip"),
        (b"%PDF-1.7", "", "application/pdf"),
        (b"\x01\x02", "", "application/octet-stream"),
        (b"", "", "text/plain"),
        (b"", "image/png", "text/plain"),
        ("r\u{e9}sum\u{e9}".as_bytes(), "", "text/plain"),
        (b"\xc3", "", "text/plain"),
        (b"\xc3\x28", "", "application/octet-stream"),
    ];

    #[test]
    fn a_file_is_what_it_begins_as() {
        for (head, said, wanted) in CASES {
            assert_eq!(
                media(head, &declared(said)),
                *wanted,
                "{:?} said to be {said}",
                head.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn what_is_said_is_a_media_type_or_nothing() {
        assert_eq!(declared("Text/CSV; charset=utf-8"), "text/csv");
        for said in ["", "text", "text/", "/csv", "text/c s v", "text/csv\r\nx: y", "text/html,image/png"] {
            assert_eq!(declared(said), "", "{said:?}");
        }
    }
}
