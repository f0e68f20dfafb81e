//! Whose a database is: the name of the service that made its tables, so that no other takes them over.
use crate::service::StartError;

/// Refuses a database that is another service's, unless that is what this one was called before.
pub(crate) fn judged(
    owner: Option<&str>,
    service: &str,
    before: Option<&str>,
    url: &str,
) -> Result<(), StartError> {
    match owner {
        Some(owner) if owner != service && before != Some(owner) => Err(StartError::OtherService {
            url: url.to_owned(),
            owner: owner.to_owned(),
            service: service.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}
