//! Ends for a half-typed line: with one of them it reads, so that the compiler can say what it would have taken.

/// What is written around the rest of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Behind the cursor.
    pub(super) near: &'static str,
    /// Behind the line.
    pub(super) far: String,
}

/// Ends of the line that a text is cut in, the likeliest first; those of one group are looked at together.
pub(super) fn ends(before: &str, behind: &str) -> Vec<Vec<End>> {
    let line = before.rsplit('\n').next().unwrap_or("");
    let rest = behind.split('\n').next().unwrap_or("");
    let plain = || vec![End { near: "", far: String::new() }];
    let Some((hole, open)) = left_open(line, rest) else { return vec![plain()] };
    let far = format!("{open}{}", far_end(line, rest, behind, &open));
    let near = if hole { "}" } else { near_end(line) };
    let end = |near, behind: &str| End { near, far: format!("{far}{behind}") };
    let names = line.trim_end().is_empty() || line.trim_end().ends_with(['(', '{', ',']);
    let arm = line.trim_end().is_empty() && is_in_match(before);
    let group = |comma: &str| {
        let mut group = vec![end(near, comma)];
        group.extend(names.then(|| end(": 1", comma)));
        group.extend(arm.then(|| end(" => {}", comma)));
        group.extend(arm.then(|| end(" => 1", comma)));
        group
    };
    vec![group(""), group(","), plain()]
}

/// Whether the line at the end of a text stands directly inside of a `match`.
fn is_in_match(before: &str) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut above = before.split('\n').rev();
    let own = above.next().map_or(0, depth);
    let opener = above.find(|line| !line.trim().is_empty() && depth(line) < own).unwrap_or("");
    opener.trim_end().ends_with('{') && opener.split_whitespace().any(|word| word == "match")
}

/// What closes all that is open at the end of a line, and whether the cursor stands in a hole of a text that ends
/// behind it; nothing where the line goes on behind the cursor with more than that.
fn left_open(line: &str, rest: &str) -> Option<(bool, String)> {
    let mut open: Vec<char> = Vec::new();
    for letter in line.chars() {
        let in_text = open.last() == Some(&'"');
        match letter {
            '"' if in_text => _ = open.pop(),
            '{' => open.push('}'),
            _ if in_text => {}
            '"' => open.push('"'),
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' | '}' => _ = open.pop_if(|last| *last == letter),
            _ => {}
        }
    }
    let hole = rest.starts_with('"') && open.ends_with(&['"', '}']);
    if hole {
        open.pop();
    }
    for letter in rest.chars().filter(|letter| !letter.is_whitespace()) {
        if open.pop_if(|last| *last == letter).is_none() && !matches!(letter, ',' | '{') {
            return None;
        }
    }
    Some((hole, open.into_iter().rev().collect()))
}

/// What the last word of a line wants behind the next.
fn near_end(line: &str) -> &'static str {
    let last = line.split_whitespace().next_back().unwrap_or("");
    let spaced = line.ends_with(' ');
    match last {
        "as" | "bearer" if spaced => " call x()",
        "call" | "enqueue" | "emit" | "send" if spaced => "()",
        "create" if spaced => " {}",
        "=" if spaced && line.trim_start().starts_with("given ") => " {}",
        "find" | "delete" if spaced => "(a: 1)",
        "list" if spaced => " take 1",
        "actor" if spaced => " where true",
        "reveal" if spaced => " \"\"",
        _ => "",
    }
}

/// What a line of its kind ends with.
fn far_end(line: &str, rest: &str, behind: &str, open: &str) -> &'static str {
    let mut words = line.split_whitespace();
    match words.next().unwrap_or("") {
        "allow" | "deny" if !open.is_empty() => " public",
        "error" if !line.contains(") =") && !open.is_empty() => " = 400",
        "upsert" if !open.is_empty() && !line.contains('{') => " {}",
        "entity" | "operation" | "job" | "channel" | "for" | "if" if !rest.contains('{') => {
            if holds_more(line, behind) { " {" } else { " {}" }
        }
        _ if words.any(|word| word == "group") && !open.is_empty() => " take 1",
        _ => "",
    }
}

/// Whether the lines behind one stand inside of it.
fn holds_more(line: &str, behind: &str) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let next = behind.split('\n').skip(1).find(|next| !next.trim().is_empty());
    next.is_some_and(|next| depth(next) > depth(line) || (depth(next) == depth(line) && next.trim() == "}"))
}
