//! Random rules and rows, and the service that has them.
use super::world::{Cond, Folder, Note, Role, Rule, Rules, User, Verb, Who, World};

/// Xorshift: every run makes the same.
pub(crate) struct Maker(pub(crate) u64);

/// Operations that a rule may name.
const NAMED: [&str; 7] =
    ["list_notes", "get_note", "list_folders", "set_level", "page_notes", "find_folders", "label_notes"];
const BRANCHES: [&str; 2] = ["north", "south"];
const TAGS: [&str; 2] = ["red", "blue"];

/// What a condition may be about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    User,
    Folder,
    Note,
}

impl Maker {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let kept: Vec<T> = of.iter().copied().filter(|_| self.below(2) == 0).collect();
        if kept.is_empty() { vec![self.one(of)] } else { kept }
    }

    fn condition(&mut self, of: Of, depth: usize) -> Cond {
        if depth > 0 {
            match self.below(6) {
                0 => return Cond::Not(Box::new(self.condition(of, depth - 1))),
                1 => return Cond::And((0..2).map(|_| self.condition(of, depth - 1)).collect()),
                2 => return Cond::Or((0..2).map(|_| self.condition(of, depth - 1)).collect()),
                _ => {}
            }
        }
        match self.below(match of {
            Of::User => 4,
            Of::Folder => 6,
            Of::Note => 10,
        }) {
            0 => Cond::Mine,
            1 => Cond::OwnerRole(self.one(&Role::ALL)),
            2 => Cond::ActorRole(self.some(&Role::ALL[..2])),
            3 => Cond::SameBranch,
            4 => Cond::NoOwner,
            5 => Cond::Above(self.below(4) as i64),
            6 => Cond::Flag,
            7 => Cond::FolderMine,
            8 => Cond::Tagged(self.one(&TAGS)),
            _ => Cond::FolderAbove(self.below(4) as i64),
        }
    }

    fn rule(&mut self, of: Of, verb: Verb, deny: bool) -> Rule {
        let who = match self.below(7) {
            0 => Some(Who::Public),
            1 => Some(Who::SignedIn),
            2 => Some(Who::Roles(self.some(&Role::ALL[..2]))),
            3 if of == Of::Note => Some(Who::ViaFolder),
            4 => Some(Who::In(self.some(&NAMED))),
            _ => None,
        };
        let asks = who.is_none() || self.below(2) == 0;
        let condition = asks.then(|| self.condition(of, 2));
        let columns = match (of, verb) {
            (Of::Note, Verb::Read) if self.below(3) == 0 => self.some(&["flag", "text"]),
            (Of::Folder, Verb::Read) if self.below(4) == 0 => vec!["label"],
            (Of::Note, Verb::Update) if self.below(3) == 0 => vec!["level"],
            _ => Vec::new(),
        };
        // A rule for some columns gives the row, and of it what no other rule takes: these must be readable.
        let columns = match (columns.is_empty(), deny, verb, of) {
            (false, false, Verb::Read, Of::Note) => {
                [&["id", "level", "owner", "folder", "tags"][..], &columns].concat()
            }
            (false, false, Verb::Read, Of::Folder) => vec!["id", "level", "owner", "label"],
            _ => columns,
        };
        Rule { deny, verb, columns, who, condition }
    }

    fn rules_of(&mut self, of: Of, verbs: &[Verb]) -> Vec<Rule> {
        let mut rules = Vec::new();
        for verb in verbs {
            let allows = 1 + self.below(3);
            rules.extend((0..allows).map(|_| self.rule(of, *verb, false)));
            if self.below(3) == 0 {
                rules.push(self.rule(of, *verb, true));
            }
        }
        rules
    }

    pub(crate) fn rules(&mut self) -> Rules {
        Rules {
            tenant: self.below(2) == 0,
            users: self.rules_of(Of::User, &[Verb::Read]),
            folders: self.rules_of(Of::Folder, &[Verb::Read, Verb::Create, Verb::Update]),
            notes: self.rules_of(Of::Note, &[Verb::Read, Verb::Create, Verb::Update, Verb::Delete]),
        }
    }

    pub(crate) fn world(&mut self) -> World {
        let users: Vec<User> = (0..4)
            .map(|at| User {
                name: format!("u{at}"),
                role: self.one(&Role::ALL),
                branch: self.one(&BRANCHES),
            })
            .collect();
        let owner = |maker: &mut Self| (maker.below(4) > 0).then(|| maker.below(4));
        let folders = (0..4).map(|_| Folder {
            level: self.below(5) as i64,
            owner: owner(self),
            branch: self.one(&BRANCHES),
            label: self.one(&[None, Some("red"), Some("blue")]),
        });
        let folders: Vec<Folder> = folders.collect();
        let notes = (0..9).map(|_| Note {
            folder: self.below(folders.len()),
            level: self.below(5) as i64,
            owner: owner(self),
            flag: self.one(&[None, Some(true), Some(false)]),
            text: self.one(&[None, Some("long"), Some("short")]),
            tags: TAGS.into_iter().filter(|_| self.below(2) == 0).collect(),
        });
        let notes = notes.collect();
        World { users, folders, notes }
    }
}

fn written(condition: &Cond, of: Of) -> String {
    let user = of == Of::User;
    let list = |parts: &[Cond], word: &str| {
        let parts: Vec<String> = parts.iter().map(|part| written(part, of)).collect();
        format!("({})", parts.join(word))
    };
    match condition {
        Cond::Mine if user => "id == actor.id".to_owned(),
        Cond::Mine => "owner == actor".to_owned(),
        Cond::OwnerRole(role) if user => format!("role == {}", role.name()),
        Cond::OwnerRole(role) => format!("owner.role == {}", role.name()),
        Cond::ActorRole(roles) => format!("actor.role in [{}]", names(roles)),
        Cond::SameBranch if user => "branch == actor.branch".to_owned(),
        Cond::SameBranch => "owner.branch == actor.branch".to_owned(),
        Cond::NoOwner => "owner is null".to_owned(),
        Cond::Above(least) => format!("level > {least}"),
        Cond::Flag => "flag == true".to_owned(),
        Cond::FolderMine => "folder.owner == actor".to_owned(),
        Cond::Tagged(tag) => format!("\"{tag}\" in tags"),
        Cond::FolderAbove(least) => format!("folder.level > {least}"),
        Cond::Not(inner) => format!("not ({})", written(inner, of)),
        Cond::And(parts) => list(parts, " and "),
        Cond::Or(parts) => list(parts, " or "),
    }
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

fn line(rule: &Rule, of: Of) -> String {
    let mut line = format!("  {} ", if rule.deny { "deny" } else { "allow" });
    line.push_str(match rule.verb {
        Verb::Read => "read",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    });
    if !rule.columns.is_empty() {
        line.push_str(&format!("({})", rule.columns.join(", ")));
    }
    line.push_str(&match &rule.who {
        None => String::new(),
        Some(Who::Public) => " public".to_owned(),
        Some(Who::SignedIn) => " signed_in".to_owned(),
        Some(Who::Roles(roles)) => format!(" role {}", names(roles)),
        Some(Who::ViaFolder) => " via folder".to_owned(),
        Some(Who::In(operations)) => format!(" in {}", operations.join(", ")),
    });
    if let Some(condition) = &rule.condition {
        line.push_str(&format!(" when {}", written(condition, of)));
    }
    line.push('\n');
    line
}

fn lines(rules: &[Rule], of: Of) -> String {
    rules.iter().map(|rule| line(rule, of)).collect()
}

/// The service with these rules.
pub(crate) fn service(rules: &Rules) -> String {
    include_str!("service.qtr")
        .replace("  // tenant\n", if rules.tenant { "  tenant branch\n" } else { "" })
        .replace("  // users\n", &lines(&rules.users, Of::User))
        .replace("  // folders\n", &lines(&rules.folders, Of::Folder))
        .replace("  // notes\n", &lines(&rules.notes, Of::Note))
}
