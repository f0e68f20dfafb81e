//! What is told of files that go up.
use super::{AS_PNG, Album, PNG, body, path_of};

/// A dry run leaves no row, so it leaves no bytes and no link that leads to them.
pub(super) async fn leaves_nothing_when_tried(album: &Album, card: &str) {
    let typed = ("Content-Type", "multipart/form-data; boundary=cut");
    let headers = [("X-Key", "open"), typed, ("Dry-Run", "true")];
    let other = [PNG, b"other"].concat();
    let sent = body(&[("picture", AS_PNG, &other)]);
    let tried = album.ask("PUT", &format!("/cards/{card}/picture"), &headers, &sent).await;
    assert_eq!(tried.status, 200, "{}", String::from_utf8_lossy(&tried.body));
    let link = path_of(tried.json()["result"]["url"].as_str().unwrap());
    album.has_files(3, "a dry run keeps no file").await;
    assert_eq!(album.ask("GET", &link, &[], b"").await.status, 404, "nor a link to one");
}

/// What is a text here is UTF-8, and says so.
pub(super) async fn texts_say_how_they_are_written(album: &Album, card: &str) {
    for (film, media) in
        [("h\u{e9}llo".as_bytes(), "text/plain; charset=utf-8"), (b"h\xe9llo", "application/octet-stream")]
    {
        let typed = "; filename=\"a.txt\"\r\nContent-Type: text/plain";
        let put = album.send("PUT", &format!("/cards/{card}/film"), &[("film", typed, film)]).await.json();
        let link = path_of(put["url"].as_str().unwrap());
        assert_eq!(album.ask("GET", &link, &[], b"").await.header("content-type"), Some(media));
    }
}

/// A part is asked for by GET alone.
pub(super) async fn heads_are_of_the_whole(album: &Album, link: &str) {
    for headers in [&[][..], &[("Range", "bytes=8-")]] {
        let head = album.ask("HEAD", link, headers, b"").await;
        assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("18"), 0));
    }
}
