//! A call with files, as it is sent to a service elsewhere (RFC 7578).
use crate::failure::Failure;
use crate::given_file::GivenFile;
use std::io::{Cursor, Read};
use uuid::Uuid;

/// A body of several parts (RFC 7578): the call, then its files as they are read; and the boundary between them.
pub(crate) fn body(call: &str, files: &[GivenFile]) -> Result<(Box<dyn Read + Send>, String), Failure> {
    let boundary = Uuid::new_v4().simple().to_string();
    let text = |text: String| Cursor::new(text.into_bytes());
    let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"call\"\r\n\r\n{call}\r\n");
    let mut body: Box<dyn Read + Send> = Box::new(text(head));
    for file in files {
        let (input, name, media) = (&file.input, file.name(), file.media());
        let quoted: String = name.chars().filter(|it| !it.is_control()).collect();
        let quoted = quoted.replace('"', "%22");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"input.{input}\"; filename=\"{quoted}\"\r\n\
             Content-Type: {media}\r\n\r\n"
        );
        body = Box::new(body.chain(text(head)).chain(file.open()?).chain(text("\r\n".to_owned())));
    }
    Ok((Box::new(body.chain(text(format!("--{boundary}--\r\n")))), boundary))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::body;
    use crate::given_file::GivenFile;
    use std::io::Read;

    #[test]
    fn a_body_has_the_call_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\"b.csv");
        std::fs::write(&path, "1,2").unwrap();
        let file = GivenFile::new("sheet", &format!("@{}", path.display()));
        let (mut body, boundary) = body("{}", &[file]).unwrap();
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        let wanted = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"call\"\r\n\r\n{{}}\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"input.sheet\"; filename=\"a%22b.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n1,2\r\n--{boundary}--\r\n"
        );
        assert_eq!(text.replace("; charset=utf-8", ""), wanted);
    }
}
