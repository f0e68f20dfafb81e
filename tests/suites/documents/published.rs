//! The JSON Schema of a built service, read off the types of `quater-ir` as serde writes them.
use quater_ir::FORMAT;
use quater_ir::builtin::Builtin;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use syn::{Attribute, Fields, GenericArgument, Item, PathArguments, Type, UseTree};

/// A type that is written, and where it stands.
struct Declared {
    module: String,
    item: Item,
    /// What its file takes from other modules: the name, and the module.
    imports: Vec<(String, String)>,
}

struct Schemas {
    declared: Vec<Declared>,
    /// Those that were referred to, by their names in the document.
    defs: BTreeMap<String, Value>,
    open: Vec<(usize, Option<Type>)>,
}

/// The schema of the second line of a built service.
pub(crate) fn schema(folder: &Path) -> Value {
    let mut schemas = Schemas { declared: Vec::new(), defs: BTreeMap::new(), open: Vec::new() };
    let mut files = Vec::new();
    rust_files(folder, &mut files);
    files.sort();
    for path in files {
        schemas.take(folder, &path);
    }
    let root = schemas.position("Artifact", None);
    let mut root = schemas.written(root, None);
    while let Some((at, argument)) = schemas.open.pop() {
        let name = schemas.name(at, argument.as_ref());
        let written = schemas.written(at, argument.as_ref());
        schemas.defs.insert(name, written);
    }
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:quater:artifact:{FORMAT}"),
        "title": format!("The second line of a built service, format {FORMAT}"),
    });
    let mut whole = head.as_object().unwrap().clone();
    whole.append(root.as_object_mut().unwrap());
    whole.insert("$defs".into(), json!(schemas.defs));
    Value::Object(whole)
}

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

fn docs(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
        pair.path.is_ident("doc").then(|| text.value().trim().to_owned())
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn says(attributes: &[Attribute], list: &str, word: &str) -> bool {
    attributes.iter().filter(|it| it.path().is_ident(list)).any(|it| {
        let syn::Meta::List(list) = &it.meta else { return false };
        list.tokens.clone().into_iter().any(|token| token.to_string() == word)
    })
}

fn imports(tree: &UseTree, module: &str, found: &mut Vec<(String, String)>) {
    match tree {
        UseTree::Path(path) => imports(&path.tree, &path.ident.to_string(), found),
        UseTree::Name(name) => found.push((name.ident.to_string(), module.to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|it| imports(it, module, found)),
        UseTree::Rename(_) | UseTree::Glob(_) => {}
    }
}

impl Schemas {
    fn take(&mut self, folder: &Path, path: &Path) {
        let inside = path.strip_prefix(folder).unwrap().with_extension("");
        let module = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>();
        let module = module.join(".").replace(".mod", "");
        let file = syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut taken = Vec::new();
        for item in &file.items {
            if let Item::Use(item) = item {
                imports(&item.tree, "", &mut taken);
            }
        }
        for item in file.items {
            let attributes = match &item {
                Item::Struct(item) => &item.attrs,
                Item::Enum(item) => &item.attrs,
                _ => continue,
            };
            if says(attributes, "derive", "Deserialize") {
                self.declared.push(Declared { module: module.clone(), item, imports: taken.clone() });
            }
        }
    }

    /// The type of a name, as the file of another type knows it.
    fn position(&self, name: &str, user: Option<usize>) -> usize {
        let called = |it: &Declared| match &it.item {
            Item::Struct(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            _ => false,
        };
        let found: Vec<usize> = (0..self.declared.len()).filter(|at| called(&self.declared[*at])).collect();
        if let [only] = found[..] {
            return only;
        }
        let user = &self.declared[user.unwrap_or_else(|| panic!("there are several `{name}`"))];
        let module = user.imports.iter().find(|(known, _)| known == name).map(|(_, module)| module.as_str());
        let module = module.unwrap_or_else(|| user.module.rsplit('.').next().unwrap());
        // A module hands on what stands in those below it.
        let fits = |at: &usize| self.declared[*at].module.split('.').any(|part| part == module);
        found.into_iter().find(fits).unwrap_or_else(|| panic!("no type `{name}` in `{}`", user.module))
    }

    fn name(&self, at: usize, argument: Option<&Type>) -> String {
        let Declared { module, item, .. } = &self.declared[at];
        let ident = match item {
            Item::Struct(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            _ => unreachable!("only these are kept"),
        };
        let of = argument.map(|ty| format!(".{}", last(ty).0)).unwrap_or_default();
        format!("{module}.{ident}{of}")
    }

    fn reference(&mut self, at: usize, argument: Option<Type>) -> Value {
        let name = self.name(at, argument.as_ref());
        if !self.defs.contains_key(&name) {
            self.defs.insert(name.clone(), Value::Null);
            self.open.push((at, argument));
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn written(&mut self, at: usize, argument: Option<&Type>) -> Value {
        let item = self.declared[at].item.clone();
        let (attributes, mut schema) = match &item {
            Item::Struct(item) => {
                let schema = self.fields(&item.fields, at, argument);
                (&item.attrs, schema)
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|it| self.variant(it, at, argument));
                (&item.attrs, json!({ "oneOf": variants.collect::<Vec<_>>() }))
            }
            _ => unreachable!("only these are kept"),
        };
        described(&mut schema, &docs(attributes));
        schema
    }

    fn variant(&mut self, variant: &syn::Variant, at: usize, argument: Option<&Type>) -> Value {
        let name = variant.ident.to_string();
        let mut schema = match &variant.fields {
            Fields::Unit => json!({ "const": name }),
            fields @ (Fields::Named(_) | Fields::Unnamed(_)) => json!({
                "type": "object", "additionalProperties": false, "required": [name],
                "properties": { name.as_str(): self.fields(fields, at, argument) },
            }),
        };
        described(&mut schema, &docs(&variant.attrs));
        schema
    }

    fn fields(&mut self, fields: &Fields, at: usize, argument: Option<&Type>) -> Value {
        let mut required = Vec::new();
        let mut properties = Map::new();
        match fields {
            Fields::Unit => return json!({ "type": "null" }),
            Fields::Unnamed(fields) => {
                let types: Vec<Type> = fields.unnamed.iter().map(|it| it.ty.clone()).collect();
                if let [only] = &types[..] {
                    return self.ty(only, at, argument);
                }
                return self.row(&types, at, argument);
            }
            Fields::Named(fields) => {
                for field in &fields.named {
                    if says(&field.attrs, "serde", "skip") {
                        continue;
                    }
                    let name = field.ident.as_ref().unwrap().to_string();
                    let mut schema = self.ty(&field.ty, at, argument);
                    described(&mut schema, &docs(&field.attrs));
                    let may_miss = ["default", "skip_serializing_if"];
                    if !may_miss.iter().any(|word| says(&field.attrs, "serde", word)) {
                        required.push(name.clone());
                    }
                    properties.insert(name, schema);
                }
            }
        }
        json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
    }

    fn row(&mut self, types: &[Type], at: usize, argument: Option<&Type>) -> Value {
        let parts: Vec<Value> = types.iter().map(|ty| self.ty(ty, at, argument)).collect();
        json!({ "type": "array", "prefixItems": parts, "minItems": parts.len(), "items": false })
    }

    fn ty(&mut self, ty: &Type, at: usize, argument: Option<&Type>) -> Value {
        if let Type::Tuple(tuple) = ty {
            return self.row(&tuple.elems.iter().cloned().collect::<Vec<_>>(), at, argument);
        }
        let (name, inner) = last(ty);
        match (name.as_str(), inner.as_slice()) {
            ("T", []) => {
                let argument = argument.expect("a type for `T`").clone();
                self.ty(&argument, at, None)
            }
            ("bool", []) => json!({ "type": "boolean" }),
            ("u8" | "u16" | "u32" | "u64" | "usize", []) => json!({ "type": "integer", "minimum": 0 }),
            ("i64" | "i32", []) => json!({ "type": "integer" }),
            ("f64", []) => json!({ "type": "number" }),
            ("String" | "SmolStr" | "Decimal", []) => json!({ "type": "string" }),
            ("Uuid", []) => json!({ "type": "string", "format": "uuid" }),
            ("Builtin", []) => json!({ "enum": Builtin::ALL }),
            ("Option", [of]) => json!({ "anyOf": [self.ty(of, at, argument), { "type": "null" }] }),
            ("Box", [of]) => self.ty(of, at, argument),
            ("Vec" | "Arena", [of]) => json!({ "type": "array", "items": self.ty(of, at, argument) }),
            ("BTreeMap" | "IndexMap", [_, of]) => {
                json!({ "type": "object", "additionalProperties": self.ty(of, at, argument) })
            }
            ("Id", [of]) => {
                let of = last(of).0;
                json!({ "type": "integer", "minimum": 0, "description": format!("The place of a `{of}` in its list, from 0.") })
            }
            ("Self", []) => self.reference(at, argument.cloned()),
            (name, inner) => {
                let found = self.position(name, Some(at));
                self.reference(found, inner.first().cloned())
            }
        }
    }
}

/// The last name of a path, and its arguments.
fn last(ty: &Type) -> (String, Vec<Type>) {
    let Type::Path(path) = ty else { panic!("a type that is not known here") };
    let segment = path.path.segments.last().unwrap();
    let inner = match &segment.arguments {
        PathArguments::AngleBracketed(inner) => inner.args.iter().filter_map(|it| match it {
            GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        }),
        PathArguments::None | PathArguments::Parenthesized(_) => {
            return (segment.ident.to_string(), Vec::new());
        }
    };
    (segment.ident.to_string(), inner.collect())
}

/// Puts a description before what a schema says, unless there is none or it says more already.
fn described(schema: &mut Value, docs: &str) {
    let Value::Object(schema) = schema else { return };
    if docs.is_empty() {
        return;
    }
    let told = schema.get("description").and_then(Value::as_str).map(|more| format!(" {more}"));
    let description = format!("{docs}{}", told.unwrap_or_default());
    let rest = std::mem::take(schema);
    schema.insert("description".into(), description.into());
    schema.extend(rest.into_iter().filter(|(name, _)| name != "description"));
}
