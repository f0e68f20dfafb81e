//! A file on its way into a bucket.
use super::{Bucket, Inner, Refused, SIGNED, document};
use bytes::{Bytes, BytesMut};
use reqwest::Method;
use rusty_s3::S3Action;
use rusty_s3::actions::{CompleteMultipartUploadResponse, CreateMultipartUpload};
use std::io;
use tokio::sync::SemaphorePermit;

/// Bytes of a part, where the file cannot become so large that it would have too many.
const PART: u64 = 8 << 20;

/// Most parts that are made; a store takes 10,000.
const PARTS: u64 = 9_000;

/// A file that is being sent on; what does not become whole is given up.
pub(in crate::files) struct Upload<'b> {
    bucket: &'b Bucket,
    key: String,
    /// Bytes of a part of this file.
    part: usize,
    buffer: BytesMut,
    /// By what the store knows the parts, once there is one.
    id: Option<String>,
    /// What the store calls each part.
    tags: Vec<String>,
    /// Whether the store may have something of it.
    begun: bool,
    _turn: SemaphorePermit<'b>,
}

impl<'b> Upload<'b> {
    pub(super) fn new(bucket: &'b Bucket, key: String, most: u64, turn: SemaphorePermit<'b>) -> Self {
        let part = usize::try_from(PART.max(most.div_ceil(PARTS))).unwrap_or(usize::MAX);
        let (buffer, id, tags) = (BytesMut::new(), None, Vec::new());
        Self { bucket, key, part, buffer, id, tags, begun: false, _turn: turn }
    }

    /// Takes the next bytes; a part that is full is sent before more is taken.
    pub(in crate::files) async fn take(&mut self, bytes: &Bytes) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        while self.buffer.len() > self.part {
            let part = self.buffer.split_to(self.part).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    /// Makes the file whole.
    pub(in crate::files) async fn end(&mut self, media: &str) -> io::Result<()> {
        let rest = std::mem::take(&mut self.buffer).freeze();
        if self.id.is_none() {
            self.begun = true;
            let inner = &self.bucket.inner;
            let action = inner.s3.put_object(Some(&inner.credentials), &self.key);
            let put = || {
                inner.ask(Method::PUT, action.sign(SIGNED)).header("content-type", media).body(rest.clone())
            };
            inner.done(put).await?;
        } else {
            self.send(rest).await?;
            self.complete().await?;
        }
        self.begun = false;
        Ok(())
    }

    async fn send(&mut self, part: Bytes) -> Result<(), Refused> {
        let inner = &self.bucket.inner;
        let id = match &self.id {
            Some(id) => id,
            None => {
                self.begun = true;
                let action = inner.s3.create_multipart_upload(Some(&inner.credentials), &self.key);
                let answer = inner.done(|| inner.ask(Method::POST, action.sign(SIGNED))).await?;
                let answer = CreateMultipartUpload::parse_response(&document(answer).await?);
                let answer = answer.map_err(|_| Refused::Answer("no id of an upload"))?;
                self.id.insert(answer.upload_id().to_owned())
            }
        };
        let number = u16::try_from(self.tags.len() + 1).map_err(|_| Refused::Answer("too many parts"))?;
        let action = inner.s3.upload_part(Some(&inner.credentials), &self.key, number, id);
        let answer = inner.done(|| inner.ask(Method::PUT, action.sign(SIGNED)).body(part.clone())).await?;
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
        self.tags.push(tag.ok_or(Refused::Answer("no tag of a part"))?.to_owned());
        Ok(())
    }

    /// Has the store put the parts together. It may say that it cannot after it has said 200.
    async fn complete(&self) -> Result<(), Refused> {
        let inner = &self.bucket.inner;
        let id = self.id.as_deref().unwrap_or("");
        let tags = self.tags.iter().map(String::as_str);
        let action = inner.s3.complete_multipart_upload(Some(&inner.credentials), &self.key, id, tags);
        let (url, body) = (action.sign(SIGNED), action.body());
        let answer = inner.done(|| inner.ask(Method::POST, url.clone()).body(body.clone())).await?;
        let whole = CompleteMultipartUploadResponse::parse(&document(answer).await?);
        whole.map(drop).map_err(|_| Refused::Answer("parts that do not become a file"))
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        if !self.begun {
            return;
        }
        let (key, id) = (std::mem::take(&mut self.key), self.id.take());
        self.bucket.beside(move |inner| async move {
            if let Some(id) = id {
                inner.give_up(&key, &id).await?;
            }
            inner.remove(&key).await
        });
    }
}

impl Inner {
    /// Throws the parts of an upload away.
    pub(super) async fn give_up(&self, key: &str, id: &str) -> Result<(), Refused> {
        let action = self.s3.abort_multipart_upload(Some(&self.credentials), key, id);
        let given_up = self.done(|| self.ask(Method::DELETE, action.sign(SIGNED))).await;
        given_up.map(drop).or_else(|refused| if refused.is_gone() { Ok(()) } else { Err(refused) })
    }
}
