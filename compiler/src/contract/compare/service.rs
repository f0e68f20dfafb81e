//! What holds for every call: settings, ways to sign in, errors.
use super::allowances::{self, Callers};
use super::decimals;
use super::{Comparison, Subject, members, pairs};
use crate::contract::{DOCUMENTED, Envelope};
use crate::report::Code;
use quater_ir::operation::{Door, Doors};

type Rule = fn(&mut Comparison<'_>);

/// Every rule about the service as a whole.
pub(super) const RULES: &[Rule] = &[
    a_host_that_is_gone_breaks_its_callers,
    a_smaller_body_breaks_those_who_fill_it,
    refusing_unknown_members_breaks_those_who_send_them,
    decimals_of_another_form_break_those_who_meet_them,
    documents_that_are_gone_break_their_readers,
    an_origin_that_is_gone_breaks_its_pages,
    a_smaller_upload_breaks_those_who_fill_it,
    errors_of_another_form_break_those_who_read_them,
    fewer_calls_of_the_service_are_noted,
    files_that_are_gone_break_their_readers,
    a_way_to_sign_in_that_is_gone_breaks_its_callers,
    a_new_way_to_sign_in_is_noted,
    an_error_of_another_status_breaks_those_who_tell_it_by_that,
    an_error_that_carries_less_breaks_those_who_read_it,
];

fn a_host_that_is_gone_breaks_its_callers(all: &mut Comparison<'_>) {
    for host in all.before.service.hosts.difference(&all.after.service.hosts) {
        let text = format!("the service does not answer to `{host}` any more");
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn a_smaller_body_breaks_those_who_fill_it(all: &mut Comparison<'_>) {
    let (was, is) = (all.before.service.body, all.after.service.body);
    if is < was {
        let text = format!("a request may carry {is} bytes, and could carry {was}");
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn refusing_unknown_members_breaks_those_who_send_them(all: &mut Comparison<'_>) {
    if all.before.service.ignores_unknown_members && !all.after.service.ignores_unknown_members {
        let text = "unknown members are refused, and were passed over".to_owned();
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

/// Texts are taken where decimals are numbers, too; numbers are not where they are texts.
fn decimals_of_another_form_break_those_who_meet_them(all: &mut Comparison<'_>) {
    let form = |numbers: bool| if numbers { "numbers" } else { "texts" };
    let (was, is) = (all.before.service.decimals_are_numbers, all.after.service.decimals_are_numbers);
    let met = decimals::given(all.before).or_else(|| decimals::taken(all.before).filter(|_| was));
    if was != is
        && let Some(place) = met
    {
        let text = format!("decimals are {} in JSON, and were {}, as in {place}", form(is), form(was));
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn documents_that_are_gone_break_their_readers(all: &mut Comparison<'_>) {
    let (was, is) = (&all.before.service.docs, &all.after.service.docs);
    if all.before.lock < DOCUMENTED || was == is {
        return;
    }
    let text = match (was, is) {
        (None, Some(is)) => {
            return all.adds(
                Subject::Service,
                format!("there is a page at `{is}`, and the contract at `/openapi.json`"),
            );
        }
        (Some(was), None) => {
            format!("there is no page at `{was}` any more, and no contract at `/openapi.json`")
        }
        (Some(was), Some(is)) => {
            format!("the page is at `{is}`, and was at `{was}`, which the `type` of each error names")
        }
        (None, None) => return,
    };
    all.breaks(Code::E0714, Subject::Service, text);
}

fn an_origin_that_is_gone_breaks_its_pages(all: &mut Comparison<'_>) {
    for origin in all.before.service.cors.difference(&all.after.service.cors) {
        let text = format!("pages of `{origin}` can't call any more");
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn a_smaller_upload_breaks_those_who_fill_it(all: &mut Comparison<'_>) {
    let (was, is) = (all.before.service.upload, all.after.service.upload);
    if is < was {
        let text = format!("a file may have {is} bytes, and could have {was}");
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn errors_of_another_form_break_those_who_read_them(all: &mut Comparison<'_>) {
    let (was, is) = (&all.before.service.errors, &all.after.service.errors);
    let holds = match (was, is) {
        (Some(was), Some(is)) => is.holds(was),
        (was, is) => was == is,
    };
    if !holds {
        let shown = |form: &Option<Envelope>| {
            form.as_ref().map_or("problem details".to_owned(), |it| format!("`{it}`"))
        };
        let text = format!("errors are {}, and were {}", shown(is), shown(was));
        all.breaks(Code::E0714, Subject::Service, text);
    }
}

fn fewer_calls_of_the_service_are_noted(all: &mut Comparison<'_>) {
    let (before, after) = (all.before, all.after);
    let callers = Callers { subject: &Subject::Service, name: &after.service.name, verb: "called" };
    allowances::limits(&callers, &before.service.limits, &after.service.limits, all);
}

fn files_that_are_gone_break_their_readers(all: &mut Comparison<'_>) {
    for pair in pairs(&all.before.assets, &all.after.assets) {
        let (path, subject) = (pair.name, Subject::Assets(pair.name.clone()));
        match (pair.was, pair.is) {
            (Some(_), None) => {
                all.breaks(Code::E0709, subject, format!("there are no files under `{path}` any more"))
            }
            (None, Some(_)) => all.adds(subject, format!("there are files under `{path}`")),
            (Some(was), Some(is)) if was.spa && !is.spa => {
                let text = format!("a path under `{path}` without a file gives no page any more");
                all.breaks(Code::E0709, subject, text);
            }
            (_, _) => {}
        }
    }
}

fn a_way_to_sign_in_that_is_gone_breaks_its_callers(all: &mut Comparison<'_>) {
    for pair in pairs(&all.before.auths, &all.after.auths) {
        let Some(was) = pair.was else { continue };
        let name = pair.name;
        let text = match pair.is {
            None => format!("nobody signs in by `{name}` any more"),
            Some(is)
                if is.scheme != was.scheme
                    || is.proof != was.proof
                    || !is.algorithms.is_superset(&was.algorithms) =>
            {
                format!("`{name}` takes other credentials")
            }
            Some(is) => match lost(was.on, is.on) {
                Some(door) => format!("nobody signs in by `{name}` through {} any more", door.name()),
                None => continue,
            },
        };
        all.breaks(Code::E0715, Subject::Auth(name.clone()), text);
    }
}

fn a_new_way_to_sign_in_is_noted(all: &mut Comparison<'_>) {
    for pair in pairs(&all.before.auths, &all.after.auths) {
        let name = pair.name;
        let text = match (pair.was, pair.is) {
            (None, Some(_)) => format!("callers may sign in by `{name}`"),
            (Some(was), Some(is)) => match lost(is.on, was.on) {
                Some(door) => format!("callers may sign in by `{name}` through {} too", door.name()),
                None => continue,
            },
            (_, None) => continue,
        };
        all.breaks(Code::W0708, Subject::Auth(name.clone()), text);
    }
}

/// A door of one set that is not in the other.
fn lost(was: Doors, is: Doors) -> Option<Door> {
    Door::ALL.into_iter().find(|door| was.has(*door) && !is.has(*door))
}

fn an_error_of_another_status_breaks_those_who_tell_it_by_that(all: &mut Comparison<'_>) {
    for pair in pairs(&all.before.errors, &all.after.errors) {
        if let (Some(was), Some(is)) = (pair.was, pair.is)
            && was.status != is.status
        {
            let text = format!("`{}` has the status {}, and had {}", pair.name, is.status, was.status);
            all.breaks(Code::E0712, Subject::Error(pair.name.clone()), text);
        }
    }
}

fn an_error_that_carries_less_breaks_those_who_read_it(all: &mut Comparison<'_>) {
    for pair in pairs(&all.before.errors, &all.after.errors) {
        if let (Some(was), Some(is)) = (pair.was, pair.is) {
            let subject = Subject::Error(pair.name.clone());
            let place = members::Place { subject, root: format!("`{}`", pair.name), path: String::new() };
            members::given(&was.data, &is.data, &place, all);
        }
    }
}
