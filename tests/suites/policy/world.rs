//! The rules of LANGUAGE's section 3, read once more by hand: rows in vectors, three-valued conditions, and
//! nothing of the compiler or the planner.

/// Who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Guest,
    Clerk,
    Chief,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Guest, Self::Clerk, Self::Chief];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Clerk => "clerk",
            Self::Chief => "chief",
        }
    }
}

/// A caller, and a row of `User`.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) branch: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) level: i64,
    pub(crate) owner: Option<usize>,
    pub(crate) branch: &'static str,
    pub(crate) label: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) folder: usize,
    pub(crate) level: i64,
    pub(crate) owner: Option<usize>,
    pub(crate) flag: Option<bool>,
    pub(crate) text: Option<&'static str>,
    pub(crate) tags: Vec<&'static str>,
}

/// Every row.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    pub(crate) folders: Vec<Folder>,
    pub(crate) notes: Vec<Note>,
}

/// A row that a rule is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'w> {
    User(usize),
    Folder(&'w Folder),
    Note(&'w Note),
}

/// What a rule asks.
#[derive(Debug, Clone)]
pub(crate) enum Cond {
    /// `owner == actor`; of a user, `id == actor.id`.
    Mine,
    /// `owner.role == r`; of a user, `role == r`.
    OwnerRole(Role),
    /// `actor.role in [..]`.
    ActorRole(Vec<Role>),
    /// `owner.branch == actor.branch`; of a user, `branch == actor.branch`.
    SameBranch,
    /// `owner is null`, of folders and notes.
    NoOwner,
    /// `level > n`, of folders and notes.
    Above(i64),
    /// `flag == true`, of notes.
    Flag,
    /// `folder.owner == actor`, of notes.
    FolderMine,
    /// `"red" in tags`, of notes.
    Tagged(&'static str),
    /// `folder.level > n`, of notes.
    FolderAbove(i64),
    Not(Box<Cond>),
    And(Vec<Cond>),
    Or(Vec<Cond>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    Create,
    Update,
    Delete,
}

#[derive(Debug, Clone)]
pub(crate) enum Who {
    Public,
    SignedIn,
    Roles(Vec<Role>),
    ViaFolder,
    In(Vec<&'static str>),
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) deny: bool,
    pub(crate) verb: Verb,
    /// Empty for all.
    pub(crate) columns: Vec<&'static str>,
    pub(crate) who: Option<Who>,
    pub(crate) condition: Option<Cond>,
}

/// The rules of every entity, and whether folders belong to branches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    pub(crate) tenant: bool,
    pub(crate) users: Vec<Rule>,
    pub(crate) folders: Vec<Rule>,
    pub(crate) notes: Vec<Rule>,
}

type Truth = Option<bool>;

fn not(truth: Truth) -> Truth {
    truth.map(|it| !it)
}

fn equal<T: PartialEq>(a: Option<T>, b: Option<T>) -> Truth {
    Some(a? == b?)
}

/// Who asks, in which operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'w> {
    pub(crate) world: &'w World,
    pub(crate) rules: &'w Rules,
    pub(crate) caller: Option<usize>,
    pub(crate) operation: &'w str,
}

impl<'w> Asker<'w> {
    fn user(&self, at: Option<usize>) -> Option<&'w User> {
        at.and_then(|at| self.world.users.get(at))
    }

    fn me(&self) -> Option<&'w User> {
        self.user(self.caller)
    }

    /// Whose a row is; a user is its own.
    fn owner(&self, row: Row<'w>) -> Option<usize> {
        match row {
            Row::User(at) => Some(at),
            Row::Folder(folder) => folder.owner,
            Row::Note(note) => note.owner,
        }
    }

    fn holds(&self, condition: &Cond, row: Row<'w>) -> Truth {
        let folder = || if let Row::Note(note) = row { self.world.folders.get(note.folder) } else { None };
        let level = || match row {
            Row::User(_) => None,
            Row::Folder(folder) => Some(folder.level),
            Row::Note(note) => Some(note.level),
        };
        match condition {
            Cond::Mine => equal(self.owner(row), self.caller),
            Cond::OwnerRole(role) => Some(self.user(self.owner(row))?.role == *role),
            Cond::ActorRole(roles) => Some(roles.contains(&self.me()?.role)),
            Cond::SameBranch => {
                equal(self.user(self.owner(row)).map(|it| it.branch), self.me().map(|it| it.branch))
            }
            Cond::NoOwner => Some(self.owner(row).is_none()),
            Cond::Above(least) => Some(level()? > *least),
            Cond::Flag => {
                if let Row::Note(note) = row {
                    note.flag
                } else {
                    None
                }
            }
            Cond::Tagged(tag) => match row {
                Row::Note(note) => Some(note.tags.contains(tag)),
                Row::User(_) | Row::Folder(_) => None,
            },
            Cond::FolderMine => equal(folder()?.owner, self.caller),
            Cond::FolderAbove(least) => Some(folder()?.level > *least),
            Cond::Not(inner) => not(self.holds(inner, row)),
            Cond::And(parts) => self.junction(parts, row, false),
            Cond::Or(parts) => self.junction(parts, row, true),
        }
    }

    /// `and`, which a false decides, and `or`, which a true does; else one unknown makes it unknown.
    fn junction(&self, parts: &[Cond], row: Row<'w>, decides: bool) -> Truth {
        let parts: Vec<Truth> = parts.iter().map(|part| self.holds(part, row)).collect();
        if parts.contains(&Some(decides)) {
            return Some(decides);
        }
        if parts.contains(&None) { None } else { Some(!decides) }
    }

    fn rules_of(&self, row: Row<'w>) -> &'w [Rule] {
        match row {
            Row::User(_) => &self.rules.users,
            Row::Folder(_) => &self.rules.folders,
            Row::Note(_) => &self.rules.notes,
        }
    }

    /// Whether a rule is about this caller and row; unknown where something absent decides.
    fn applies(&self, rule: &Rule, row: Row<'w>) -> Truth {
        let who = match &rule.who {
            None | Some(Who::Public) => Some(true),
            Some(Who::SignedIn) => Some(self.caller.is_some()),
            Some(Who::Roles(roles)) => self.me().map(|me| roles.contains(&me.role)),
            // Inside a projection it is not known who asks: an allowance for some is none, a denial is one.
            Some(Who::In(_)) if self.operation.is_empty() => Some(rule.deny),
            Some(Who::In(operations)) => Some(operations.contains(&self.operation)),
            Some(Who::ViaFolder) => {
                let Row::Note(note) = row else { return Some(false) };
                let verb = if rule.verb == Verb::Read { Verb::Read } else { Verb::Update };
                self.world.folders.get(note.folder).map(|folder| self.may(verb, &[], Row::Folder(folder)))
            }
        };
        let asks = rule.condition.as_ref().map_or(Some(true), |condition| self.holds(condition, row));
        match (who, asks) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Whether the row is of the caller's tenant, where it has one.
    fn at_home(&self, row: Row<'w>) -> bool {
        let branch = match row {
            Row::User(_) => return true,
            Row::Folder(folder) => Some(folder.branch),
            Row::Note(note) => self.world.folders.get(note.folder).map(|folder| folder.branch),
        };
        !self.rules.tenant || equal(branch, self.me().map(|me| me.branch)) == Some(true)
    }

    /// Whether something may be done to a row, and to columns of it.
    pub(crate) fn may(&self, verb: Verb, columns: &[&str], row: Row<'w>) -> bool {
        self.at_home(row)
            && self.granted(verb, None, row)
            && columns.iter().all(|column| self.granted(verb, Some(column), row))
    }

    fn granted(&self, verb: Verb, column: Option<&str>, row: Row<'w>) -> bool {
        let covers = |rule: &Rule| {
            rule.columns.is_empty() || column.is_some_and(|column| rule.columns.contains(&column))
        };
        let rules = || self.rules_of(row).iter().filter(|rule| rule.verb == verb);
        let denied = rules().filter(|rule| rule.deny && covers(rule));
        let allowed = rules().filter(|rule| !rule.deny && (covers(rule) || column.is_none()));
        denied.map(|rule| self.applies(rule, row)).all(|it| it == Some(false))
            && allowed.map(|rule| self.applies(rule, row)).any(|it| it == Some(true))
    }
}
