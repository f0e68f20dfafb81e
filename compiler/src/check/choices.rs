//! Orders that callers choose from: `sort by caller`.
use super::Checker;
use super::offered::joined;
use crate::ast;
use crate::report::Code;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::operation::Operation;
use quater_ir::types::Enum;
use smol_str::SmolStr;

impl Checker<'_> {
    /// The names that callers choose an order by: the first is the order of those who do not.
    pub(super) fn choices(&mut self, entity: Id<Entity>, sort: &ast::SortBy) -> Option<Vec<SmolStr>> {
        let mut names = Vec::new();
        for key in &sort.keys {
            self.sort_key(entity, key)?;
            let name = joined(&key.path, "_");
            let both = [name.clone(), format!("{name}_desc")];
            let [first, second] = if key.descending { [1, 0] } else { [0, 1] };
            for at in [first, second] {
                let name: SmolStr = both.get(at).map(SmolStr::new)?;
                if names.contains(&name) {
                    return self.error(Code::E0622, key.at, format!("the order `{name}` is there already"));
                }
                names.push(name);
            }
        }
        Some(names)
    }

    /// The enum of the orders of an operation, which has one name for as long as there is one.
    pub(super) fn sort_enum(
        &mut self,
        id: Id<Operation>,
        operation: &Operation,
        members: &[SmolStr],
    ) -> Id<Enum> {
        let mut name: String = operation.name.split('_').map(capital).collect();
        name.push_str("Sort");
        let own = self.orders.get(&id).copied();
        let taken = |checker: &Self, name: &str| {
            let mut others = checker.orders.values().filter(|order| Some(**order) != own);
            checker.names.is_declared(name) || others.any(|order| checker.enums[*order].name == name)
        };
        while taken(self, &name) {
            name.push('_');
        }
        let docs = format!("Orders of `{}`.", operation.name);
        let made = Enum {
            name: name.into(),
            docs,
            members: members.to_vec(),
            renamed: Vec::new(),
            told: Vec::new(),
        };
        if let Some(own) = own {
            self.enums[own] = made;
            return own;
        }
        let made = self.enums.add(made);
        self.orders.insert(id, made);
        made
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
