//! `channel`: typed messages to those who listen.
use super::body::Finished;
use super::offered::OfferedFilter;
use super::outside::Wanted;
use super::record::null;
use super::scope::{Doer, Place, Scope, slot_value};
use super::{Checker, Typed, Unit, docs};
use crate::ast::{self, ClauseKind, ModifierKind, Transport};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::{Body, Filter, Statement};
use quater_ir::channel::{Channel, Receives, Watched};
use quater_ir::expr::Slot;
use quater_ir::fault::{self, Fault};
use quater_ir::lifecycle::Lifecycle;
use quater_ir::operation::{Access, Operation, Place as Where};
use quater_ir::surface::{Method, Route};
use quater_ir::types::Type;
use smol_str::SmolStr;
use std::collections::BTreeSet;

impl<'a> Checker<'a> {
    /// Inputs, messages, doors and access of every channel.
    pub(crate) fn channel_signatures(&mut self) {
        for index in 0..self.names.channels.len() {
            let Some((declaration, node)) = self.names.channels.get(index).copied() else { continue };
            self.inlined = 0;
            let id: Id<Channel> = Id::new(index as u32);
            let mut channel = Channel {
                name: node.name.text.clone(),
                docs: docs(declaration.docs.as_ref()),
                lifecycle: Lifecycle::default(),
                inputs: Vec::new(),
                sends: None,
                path: SmolStr::default(),
                socket: false,
                events: false,
                access: Vec::new(),
                limits: Vec::new(),
                watches: Vec::new(),
                receives: None,
                opening: Body { slots: Vec::new(), prelude: 0, block: Vec::new() },
                faults: Vec::new(),
            };
            if let Some(ty) = &node.sends {
                channel.sends = self.message_type(ty);
                if channel.sends.is_none() {
                    self.half_known.insert(Doer::Channel(id));
                }
            }
            self.channel_door(id, &mut channel, node);
            self.channel_clauses(&mut channel, node);
            self.channels.add(channel);
        }
    }

    /// What is sent is shown to listeners, as an output is to callers.
    fn message_type(&mut self, node: &ast::Type) -> Option<Type> {
        let ty = self.ty(node)?;
        if let Some(shown) = self.secret_in(&ty, &mut BTreeSet::new()) {
            return self.error(Code::E0403, node.at, format!("{shown} would leave the service here"));
        }
        if let Type::Ref(entity) = ty.required() {
            let name = self.entities[*entity].name.clone();
            let message = format!("a message shows a projection of `{name}`, not the row");
            let report = Report::new(Code::E0301, node.at, message);
            return self.report(report.help(format!("write `sends {name}(id, …)`")));
        }
        self.bounded_output(&ty, node.at);
        Some(ty)
    }

    /// A channel is begun like an operation that only reads: inputs in the path and the query.
    fn channel_door(&mut self, id: Id<Channel>, channel: &mut Channel, node: &ast::Channel) {
        let mut begin = Operation::new(channel.name.clone(), String::new());
        for parameter in &node.parameters {
            self.only_modifiers(parameter, |kind| matches!(kind, ModifierKind::Default(_)));
        }
        self.operation_inputs(&mut begin, &node.parameters);
        if begin.inputs.len() != node.parameters.len() {
            self.half_known.insert(Doer::Channel(id));
        }
        for (at, clause) in node.clauses.iter().enumerate() {
            if let ClauseKind::On(change) = &clause.kind
                && let Some(filters) = self.channel_filters(&mut begin, change)
            {
                self.listened.insert((id, at), filters);
            }
        }
        begin.inputs.iter_mut().for_each(|input| input.place = Where::Query);
        let mut doors = node.clauses.iter().filter_map(|clause| {
            let ClauseKind::Http(http) = &clause.kind else { return None };
            Some((http, clause.at))
        });
        if let Some((http, at)) = doors.next() {
            self.channel_route(channel, &mut begin, http, at);
        } else {
            let message = format!("`{}` does not say where it is listened to", channel.name);
            let report = Report::new(Code::E0536, node.name.at, message);
            self.sink.push(report.help("add a line such as `http GET /orders/feed via ws, sse`"));
        }
        if let Some((_, at)) = doors.next() {
            self.error::<()>(Code::E0504, at, "a channel has one `http` line");
        }
        channel.inputs = begin.inputs;
    }

    fn channel_filters(&mut self, begin: &mut Operation, change: &ast::Change) -> Option<Vec<OfferedFilter>> {
        let Some(Meaning::Entity(entity)) = self.names.get(&change.entity) else { return None };
        let mut filters = self.offered_filters(entity, &change.filter)?;
        for (filter, field) in filters.iter_mut().zip(change.filter.iter().cycle()) {
            let docs = std::mem::take(&mut filter.docs);
            filter.slot = self.input(begin, &filter.name, docs, filter.ty.clone(), None, field.at)?;
        }
        Some(filters)
    }

    fn channel_route(
        &mut self,
        channel: &mut Channel,
        begin: &mut Operation,
        http: &ast::HttpDoor,
        at: Span,
    ) {
        if http.method != ast::Method::Get {
            let report = Report::new(Code::E0536, at, "listening begins with a GET");
            self.sink.push(report.help("WebSockets and server-sent events know no other method"));
        }
        if http.returns.is_some() || http.input_as.is_some() || http.output_as.is_some() {
            self.error::<()>(Code::E0310, at, "what listening answers is set by its form");
        }
        channel.socket = http.via.contains(&Transport::WebSocket);
        channel.events = http.via.contains(&Transport::ServerSentEvents);
        if http.via.is_empty() {
            let message = format!("`{}` does not say how it is listened to", channel.name);
            let report = Report::new(Code::E0536, at, message);
            self.sink.push(report.fix("offer both ways", at.after(), " via ws, sse"));
        }
        let Some(path) = self.path(begin, &http.route) else { return };
        self.places_fit(begin, at);
        let operation = Id::new(u32::MAX);
        let route = Route { method: Method::Get, path, operation, status: 200, input: None, output: None };
        self.one_route(&route, http.route.at);
        channel.path = route.path;
    }

    fn channel_clauses(&mut self, channel: &mut Channel, node: &ast::Channel) {
        let mut allows = Vec::new();
        let mut whole = true;
        for clause in &node.clauses {
            match &clause.kind {
                ClauseKind::Allow(access) => allows.push(access),
                ClauseKind::Limit(limit) => {
                    channel.limits = self.limit(std::mem::take(&mut channel.limits), limit);
                }
                ClauseKind::On(_) if node.sends.is_none() => {
                    let report = Report::new(Code::E0536, clause.at, "this channel sends nothing");
                    self.sink.push(report.help("say what is sent: `channel feed() sends OrderCard { … }`"));
                }
                ClauseKind::Receives { .. } if !channel.socket => {
                    let report =
                        Report::new(Code::E0536, clause.at, "nothing can be sent to server-sent events");
                    self.sink.push(report.help("offer WebSockets too: `via ws, sse`"));
                }
                ClauseKind::Http(_) | ClauseKind::On(_) | ClauseKind::Receives { .. } => {}
                ClauseKind::Stray => whole = false,
                ClauseKind::Mcp(_)
                | ClauseKind::Cli(_)
                | ClauseKind::Idempotent
                | ClauseKind::Approve(_)
                | ClauseKind::OnWaiting(_)
                | ClauseKind::Timeout(_)
                | ClauseKind::Cache(_)
                | ClauseKind::Compress
                | ClauseKind::AuditOff(_)
                | ClauseKind::Effects(_)
                | ClauseKind::Fails(_)
                | ClauseKind::ImplRust { .. }
                | ClauseKind::Retry { .. }
                | ClauseKind::Every(_)
                | ClauseKind::EachTenant
                | ClauseKind::AcrossTenants => {
                    self.error::<()>(Code::E0310, clause.at, "this line does not belong into a channel");
                }
            }
        }
        let busy =
            |clause: &ast::Clause| matches!(clause.kind, ClauseKind::Receives { .. } | ClauseKind::On(_));
        if node.sends.is_none() && !node.clauses.iter().any(busy) && whole {
            let message = format!("`{}` neither sends nor receives anything", channel.name);
            self.error::<()>(Code::E0536, node.name.at, message);
        }
        if allows.is_empty() && whole {
            self.no_access(&node.name, &node.clauses);
        }
        channel.access = self.access(&allows);
    }

    /// What every channel sends by itself, and what it does with messages.
    pub(crate) fn channel_bodies(&mut self) {
        for index in 0..self.names.channels.len() {
            let Some((declaration, node)) = self.names.channels.get(index).copied() else { continue };
            if !self.asked.looks_into(declaration.at) {
                continue;
            }
            self.inlined = 0;
            let unit = Unit::Channel(index);
            if !self.told.contains_key(&unit) {
                self.unit(unit, |checker| checker.channel_body(Id::new(index as u32), node));
            }
        }
    }

    fn channel_body(&mut self, id: Id<Channel>, node: &'a ast::Channel) {
        self.opening(id, node);
        for clause in &node.clauses {
            if let ClauseKind::Receives { ty, body } = &clause.kind {
                self.received(id, node, ty, body, clause.at);
            }
        }
    }

    fn listening(&mut self, id: Id<Channel>, node: &ast::Channel) -> Scope {
        let mut scope = Scope::new(Place::Body, Self::presence(&self.channels[id].access), None);
        scope.body.doer = Some(Doer::Channel(id));
        let inputs = self.channels[id].inputs.iter();
        let inputs = inputs.map(|input| (input.name.clone(), input.ty.clone(), input.secret)).collect();
        self.bind_parameters(&mut scope, inputs, &node.parameters);
        scope
    }

    fn opening(&mut self, id: Id<Channel>, node: &'a ast::Channel) {
        let mut scope = self.listening(id, node);
        let mut watches = Vec::new();
        for (at, clause) in node.clauses.iter().enumerate() {
            if let ClauseKind::On(change) = &clause.kind {
                watches.extend(self.watched(&mut scope, id, at, change));
            }
        }
        let Finished { body, mut faults, .. } = self.finished(scope);
        self.listener_faults(id, &mut faults);
        let channel = &mut self.channels[id];
        channel.opening = body;
        channel.watches = watches;
        channel.faults = faults.into_iter().collect();
    }

    fn listener_faults(&self, id: Id<Channel>, faults: &mut BTreeSet<Id<Fault>>) {
        let access = &self.channels[id].access;
        let open = access.iter().any(|access| matches!(access, Access::Public));
        faults.insert(fault::INVALID);
        if !self.names.auths.is_empty() {
            faults.insert(fault::UNAUTHORIZED);
        }
        if !open && access.iter().any(|access| !matches!(access, Access::SignedIn)) {
            faults.insert(fault::FORBIDDEN);
        }
    }

    fn watched(
        &mut self,
        scope: &mut Scope,
        id: Id<Channel>,
        clause: usize,
        change: &ast::Change,
    ) -> Option<Watched> {
        let (watch, sight) = self.watch(scope, change)?;
        let entity = watch.entity;
        let sends = self.channels[id].sends.clone()?;
        let shape = if let Type::Record(shape) = sends { Some(shape) } else { None };
        let Some(shape) = shape.filter(|shape| self.records[*shape].of == Some(entity)) else {
            let name = self.entities[entity].name.clone();
            let other = self.describe(&sends);
            let message = format!("changes of `{name}` are sent as a projection of it, not {other}");
            return self.error(Code::E0301, change.entity.at, message);
        };
        self.readable(shape, &sight.partial, change.entity.at)?;
        let doer = scope.body.doer;
        let mut filters = Vec::new();
        for filter in self.listened.remove(&(id, clause))? {
            let condition = self.filter_condition(entity, &filter, filter.slot, doer, false)?;
            filters.push(Filter { given: filter.slot, condition });
        }
        Some(Watched { watch, guard: sight.rows, masks: self.masks(entity, sight.partial), filters })
    }

    fn received(
        &mut self,
        id: Id<Channel>,
        node: &'a ast::Channel,
        ty: &ast::Type,
        body: &'a ast::Block,
        at: Span,
    ) {
        let mut scope = self.listening(id, node);
        let name = SmolStr::new_static("message");
        let message = self.ty(ty);
        let slot = match &message {
            Some(ty) => {
                let slot = scope.slot(name.clone(), ty.clone());
                self.keys_inside(&mut scope, &slot_value(slot, ty.clone()), at);
                scope.mark(at);
                scope.bind(&name, slot_value(slot, ty.clone()), false);
                slot
            }
            None => {
                scope.unknown(&name);
                Slot(0)
            }
        };
        self.block(&mut scope, body);
        let Finished { body, effects, mut faults, reveals } = self.finished(scope);
        let Some(message) = message else { return };
        self.bounded_input(&message, ty.at);
        self.listener_faults(id, &mut faults);
        if self.channels[id].receives.is_some() {
            self.error::<()>(Code::E0202, at, "a channel receives one type of message");
            return;
        }
        let faults = faults.into_iter().collect();
        self.channels[id].receives = Some(Receives { ty: message, slot, body, effects, reveals, faults });
    }

    /// The channel of a name.
    pub(crate) fn channel_named(&mut self, path: &ast::Path) -> Option<Id<Channel>> {
        let name = path.single();
        match name.and_then(|name| self.names.get(name)) {
            Some(Meaning::Channel(id)) => (!self.half_known.contains(&Doer::Channel(id))).then_some(id),
            Some(Meaning::Unknown) => None,
            _ => match name {
                Some(name) if name.is_hole() => None,
                Some(name) => {
                    let names = self.names;
                    let known = names.all(|meaning| matches!(meaning, Meaning::Channel(_)));
                    self.unknown(Code::E0201, name, format!("there is no channel `{}`", name.text), known)
                }
                None => self.error(Code::E0310, path.at, "the name of a channel belongs here"),
            },
        }
    }

    /// `emit chat(room) { … }`
    pub(crate) fn emit(&mut self, scope: &mut Scope, emit: &ast::Emit, at: Span) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let channel = self.channel_named(&emit.channel.callee)?;
        let count = self.names.channels.get(channel.index()).map_or(0, |(_, node)| node.parameters.len());
        let node = &self.channels[channel];
        let wanted = node.inputs.iter().take(count).map(|input| Wanted {
            name: input.name.clone(),
            ty: input.ty.clone(),
            default: input.default.clone(),
            secret: false,
        });
        let (wanted, name): (Vec<Wanted>, SmolStr) = (wanted.collect(), node.name.clone());
        let sends = node.sends.clone();
        let arguments = self.given_values_of(scope, &emit.channel, &name, &wanted)?;
        let Some(sends) = sends else {
            return self.error(Code::E0301, at, format!("`{name}` sends nothing"));
        };
        let Some(message) = &emit.message else {
            return self.error(Code::E0309, at, format!("`{name}` sends {}", self.describe(&sends)));
        };
        let message = self.expect(scope, message, &sends, "")?;
        self.not_secret(&message)?;
        scope.body.effects.emits.insert(channel);
        scope.body.block.push(Statement::Emit { channel, arguments, message: message.expr });
        Some(Typed { expr: null(Type::Null), secret: false, at })
    }
}
