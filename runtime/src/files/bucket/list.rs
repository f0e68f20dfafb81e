//! What a bucket has that is old: files, and uploads that nobody goes on with.
use super::{Bucket, Inner, NAMESPACE, Refused, SIGNED, document};
use instant_xml::FromXml;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Method as Verb, S3Action, signing};
use std::time::Duration;

/// An answer with uploads that are not whole; the library has none for it.
#[derive(FromXml)]
#[xml(rename = "ListMultipartUploadsResult", ns(NAMESPACE))]
struct Uploads {
    uploads: Vec<Begun>,
}

#[derive(FromXml)]
#[xml(rename = "Upload", ns(NAMESPACE))]
struct Begun {
    #[xml(rename = "Key")]
    key: String,
    #[xml(rename = "UploadId")]
    id: String,
    #[xml(rename = "Initiated")]
    when: String,
}

impl Bucket {
    /// The keys of files that were made longer ago than that.
    pub(in crate::files) fn older(&self, than: Duration) -> std::io::Result<Vec<String>> {
        let before = moment(than);
        Ok(self.wait(move |inner| async move { inner.older(before).await })?)
    }

    /// Throws uploads away that were begun longer ago than that and never became whole.
    pub(in crate::files) fn give_up_older(&self, than: Duration) -> std::io::Result<()> {
        let before = moment(than);
        Ok(self.wait(move |inner| async move { inner.give_up_older(before).await })?)
    }
}

fn moment(ago: Duration) -> Timestamp {
    let ago = SignedDuration::try_from(ago).unwrap_or(SignedDuration::MAX);
    Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN)
}

impl Inner {
    async fn older(&self, before: Timestamp) -> Result<Vec<String>, Refused> {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut action = self.s3.list_objects_v2(Some(&self.credentials));
            action.with_prefix(self.prefix.as_str());
            if let Some(next) = &next {
                action.with_continuation_token(next.as_str());
            }
            let answer = self.done(|| self.ask(Method::GET, action.sign(SIGNED))).await?;
            let page = ListObjectsV2::parse_response(&document(answer).await?);
            let page = page.map_err(|_| Refused::Answer("no list of files"))?;
            for listed in page.contents {
                let old = listed
                    .last_modified
                    .and_then(|when| when.parse().ok())
                    .is_some_and(|when: Timestamp| when < before);
                let key = listed.key.strip_prefix(&self.prefix).map(str::to_owned);
                found.extend(key.filter(|_| old));
            }
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn give_up_older(&self, before: Timestamp) -> Result<(), Refused> {
        // One page: what is left comes with the next start.
        let query = [("prefix", self.prefix.as_str()), ("uploads", "")];
        let signed = signing::sign(
            &Timestamp::now(),
            Verb::Get,
            self.s3.base_url().clone(),
            self.credentials.key(),
            self.credentials.secret(),
            self.credentials.token(),
            self.s3.region(),
            SIGNED.as_secs(),
            query.into_iter(),
            std::iter::empty(),
        );
        let answer = document(self.done(|| self.ask(Method::GET, signed.clone())).await?).await?;
        for upload in begun_before(&answer, before)? {
            if upload.key.starts_with(&self.prefix) {
                self.give_up(&upload.key, &upload.id).await?;
            }
        }
        Ok(())
    }
}

/// The uploads of an answer that were begun before a moment.
fn begun_before(answer: &str, moment: Timestamp) -> Result<Vec<Begun>, Refused> {
    let all: Uploads = instant_xml::from_str(answer).map_err(|_| Refused::Answer("no list of uploads"))?;
    let old = |upload: &Begun| upload.when.parse().is_ok_and(|when: Timestamp| when < moment);
    Ok(all.uploads.into_iter().filter(old).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::begun_before;

    #[test]
    fn old_uploads_are_told_from_young_ones() {
        let upload = |key: &str, id: &str, when: &str| {
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiator><ID>i</ID><DisplayName>n</DisplayName>\
                 </Initiator><Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass>\
                 <Initiated>{when}</Initiated></Upload>"
            )
        };
        let answer = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>media</Bucket>\
             <KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><MaxUploads>1000</MaxUploads>\
             <IsTruncated>false</IsTruncated>{}{}{}</ListMultipartUploadsResult>",
            upload("album/a", "1", "2026-11-10T20:48:33.000Z"),
            upload("album/b", "2", "2026-11-12T20:48:33.000Z"),
            upload("album/c", "3", "some day"),
        );
        let old = begun_before(&answer, "2026-11-11T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(old.iter().map(|it| (&*it.key, &*it.id)).collect::<Vec<_>>(), [("album/a", "1")]);
        assert!(
            begun_before(
                "<Error><Code>NotImplemented</Code></Error>",
                "2026-11-11T00:00:00Z".parse().unwrap()
            )
            .is_err()
        );
    }
}
