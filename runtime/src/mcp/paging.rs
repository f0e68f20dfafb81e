//! Lists in pages.
use rmcp::ErrorData;
use rmcp::model::PaginatedRequestParams;

/// Most items of a page.
const MOST: usize = 100;

/// The page that is asked for, and the cursor of the next one.
pub(super) fn page<T>(
    all: Vec<T>,
    request: Option<PaginatedRequestParams>,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let cursor = request.and_then(|request| request.cursor);
    let from = cursor.map_or(Ok(0), |cursor| cursor.parse::<usize>());
    let wrong = || ErrorData::invalid_params("this cursor was not given out", None);
    let from = from.map_err(|_| wrong())?;
    if from % MOST != 0 || (from > 0 && from >= all.len()) {
        return Err(wrong());
    }
    let next = (from + MOST < all.len()).then(|| (from + MOST).to_string());
    Ok((all.into_iter().skip(from).take(MOST).collect(), next))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::page;
    use rmcp::model::PaginatedRequestParams;

    fn at(cursor: Option<String>) -> Option<PaginatedRequestParams> {
        Some(PaginatedRequestParams::default().with_cursor(cursor))
    }

    #[test]
    fn pages_hold_everything_once() {
        for count in [0_usize, 1, 100, 101, 250] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let (items, next) = page((0..count).collect(), at(cursor)).unwrap();
                assert!(items.len() <= 100);
                seen.extend(items);
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn other_cursors_are_refused() {
        for cursor in ["x", "", "-1", "7", "200", "99999999999999999999"] {
            assert!(page((0..150).collect(), at(Some(cursor.to_owned()))).is_err(), "{cursor}");
        }
    }
}
