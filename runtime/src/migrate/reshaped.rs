//! JSON that is stored, written anew by the database: texts that have another name, members that are new.
use super::fill::Fills;
use crate::plan::dialect::Dialect;
use crate::store::schema::text;
use quater_ir::expr::Expr;
use quater_ir::storage::shape::Rewrite;
use smol_str::SmolStr;

/// Writes values anew.
pub(crate) struct Rewriter<'a> {
    pub(crate) fills: &'a Fills<'a>,
    pub(crate) dialect: Dialect,
}

impl Rewriter<'_> {
    /// JSON as it is written anew, as an expression; `depth` parts around it are.
    pub(crate) fn sql(&self, it: &str, rewrite: &Rewrite, depth: usize) -> String {
        match rewrite {
            Rewrite::Texts(texts) => self.texts(it, texts),
            Rewrite::Items(of) => {
                let item = self.sql(&self.value(depth), of, depth + 1);
                self.guarded(it, "array", &self.items(it, &item, depth))
            }
            Rewrite::Entries(keys, values) => self.entries(it, keys, values.as_deref(), depth),
            Rewrite::Places(places) => self.bound(it, depth, |it| self.places(it, places, depth + 1)),
            Rewrite::Members(changed, added) => {
                self.bound(it, depth, |it| self.members(it, changed, added, depth + 1))
            }
            Rewrite::Kinds(kinds) => self.bound(it, depth, |it| {
                let case = |(kind, rewrite): &(SmolStr, Rewrite)| {
                    format!(" WHEN {} THEN {}", text(kind), self.sql(it, rewrite, depth + 1))
                };
                let cases: String = kinds.iter().map(case).collect();
                format!("CASE {it} ->> 'kind'{cases} ELSE {it} END")
            }),
        }
    }

    /// Names a value, so that it is said and worked out once.
    fn bound(&self, it: &str, depth: usize, inside: impl FnOnce(&str) -> String) -> String {
        if depth == 0 {
            return inside(it);
        }
        let name = format!("v{depth}");
        format!("(SELECT {} FROM (SELECT {it} AS {name}) AS s{depth})", inside(&name))
    }

    fn guarded(&self, it: &str, kind: &str, then: &str) -> String {
        let function = match self.dialect {
            Dialect::Sqlite => "json_type",
            Dialect::Postgres => "jsonb_typeof",
        };
        format!("CASE {function}({it}) WHEN '{kind}' THEN {then} ELSE {it} END")
    }

    /// A constant of JSON.
    fn json(&self, json: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => text(json),
            Dialect::Postgres => format!("{}::jsonb", text(json)),
        }
    }

    fn texts(&self, it: &str, texts: &[(SmolStr, SmolStr)]) -> String {
        let one = |name: &str| self.json(&serde_json::Value::from(name).to_string());
        let cases: String =
            texts.iter().map(|(now, was)| format!(" WHEN {} THEN {}", one(was), one(now))).collect();
        format!("CASE {it}{cases} ELSE {it} END")
    }

    /// What is written anew has no other kind than these.
    fn value(&self, depth: usize) -> String {
        match self.dialect {
            Dialect::Sqlite => format!(
                "CASE e{depth}.type WHEN 'text' THEN json_quote(e{depth}.value) WHEN 'null' THEN 'null' \
                 ELSE e{depth}.value END"
            ),
            Dialect::Postgres => format!("e{depth}.v"),
        }
    }

    fn items(&self, it: &str, item: &str, depth: usize) -> String {
        match self.dialect {
            Dialect::Sqlite => format!(
                "(SELECT json_group_array(json({item}) ORDER BY e{depth}.key) FROM json_each({it}) AS e{depth})"
            ),
            Dialect::Postgres => format!(
                "(SELECT coalesce(jsonb_agg({item} ORDER BY e{depth}.o), '[]'::jsonb) \
                 FROM jsonb_array_elements({it}) WITH ORDINALITY AS e{depth}(v, o))"
            ),
        }
    }

    fn entries(
        &self,
        it: &str,
        keys: &[(SmolStr, SmolStr)],
        values: Option<&Rewrite>,
        depth: usize,
    ) -> String {
        let name = match self.dialect {
            Dialect::Sqlite => format!("e{depth}.key"),
            Dialect::Postgres => format!("e{depth}.k"),
        };
        let cases: String =
            keys.iter().map(|(now, was)| format!(" WHEN {} THEN {}", text(was), text(now))).collect();
        let key = if keys.is_empty() { name.clone() } else { format!("CASE {name}{cases} ELSE {name} END") };
        // Members of an enum stand in a path as they are, and what they name may be of any kind.
        let found = match self.dialect {
            Dialect::Sqlite if !keys.is_empty() => format!("({it} -> ('$.' || {name}))"),
            Dialect::Sqlite | Dialect::Postgres => self.value(depth),
        };
        let value = values.map_or_else(|| found.clone(), |rewrite| self.sql(&found, rewrite, depth + 1));
        let all = match self.dialect {
            Dialect::Sqlite => {
                format!("(SELECT json_group_object({key}, json({value})) FROM json_each({it}) AS e{depth})")
            }
            Dialect::Postgres => format!(
                "(SELECT coalesce(jsonb_object_agg({key}, {value}), '{{}}'::jsonb) \
                 FROM jsonb_each({it}) AS e{depth}(k, v))"
            ),
        };
        self.guarded(it, "object", &all)
    }

    fn places(&self, it: &str, places: &[(usize, Rewrite)], depth: usize) -> String {
        let (mut whole, mut parts) = (it.to_owned(), String::new());
        for (at, rewrite) in places {
            let value = self.sql(&format!("({it} -> {at})"), rewrite, depth);
            match self.dialect {
                Dialect::Sqlite => parts.push_str(&format!(", '$[{at}]', json({value})")),
                Dialect::Postgres => whole = format!("jsonb_set({whole}, '{{{at}}}', {value}, false)"),
            }
        }
        let all = match self.dialect {
            Dialect::Sqlite => format!("json_replace({it}{parts})"),
            Dialect::Postgres => whole,
        };
        self.guarded(it, "array", &all)
    }

    fn members(
        &self,
        it: &str,
        changed: &[(SmolStr, Rewrite)],
        added: &[(SmolStr, Expr)],
        depth: usize,
    ) -> String {
        let changed = changed
            .iter()
            .map(|(name, rewrite)| (name, self.sql(&format!("({it} -> {})", text(name)), rewrite, depth)));
        // What has no value here stays away, and is found where each value is looked at.
        let added = added.iter().filter_map(|(name, fill)| Some((name, self.fills.json(fill)?)));
        let all = match self.dialect {
            Dialect::Sqlite => {
                let parts: String =
                    changed.map(|(name, value)| format!(", '$.{name}', json({value})")).collect();
                let more: String =
                    added.map(|(name, json)| format!(", '$.{name}', json({})", text(&json))).collect();
                let kept =
                    if parts.is_empty() { it.to_owned() } else { format!("json_replace({it}{parts})") };
                if more.is_empty() { kept } else { format!("json_insert({kept}{more})") }
            }
            Dialect::Postgres => {
                let part = |(name, value): (&SmolStr, String)| {
                    let name = text(name);
                    format!(
                        " || CASE WHEN {it} ? {name} THEN jsonb_build_object({name}, {value}) ELSE '{{}}'::jsonb END"
                    )
                };
                let more: String = added
                    .map(|(name, json)| format!("{} || ", self.json(&format!("{{\"{name}\":{json}}}"))))
                    .collect();
                let parts: String = changed.map(part).collect();
                format!("{more}{it}{parts}")
            }
        };
        self.guarded(it, "object", &all)
    }
}
