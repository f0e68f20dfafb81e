//! One editor's session.
use super::event::{Edit, Event, Settings};
use super::position::offset;
use super::proto::{self, Client};
use super::question::Asked;
use super::worker::{self, Task};
use super::{Broken, Ended, uri};
use crate::ide::{Document, Service, Snapshot};
use lsp_server::{Connection, Message, RequestId};
use quater_compiler::session::Explain;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

/// As much as the main thread of `quater check` has, so that both bear the same files.
const ANALYSIS_STACK: usize = 8 << 20;

struct Session {
    editor: crossbeam_channel::Sender<Message>,
    client: Client,
    snapshot: Snapshot,
    settings: Settings,
    /// What the editor was last told, by document; absent if nothing yet.
    told: BTreeMap<String, Message>,
    /// Questions that wait, with the switch that calls them off.
    waiting: Vec<(RequestId, Arc<AtomicBool>)>,
    changed: bool,
    /// Whether anything was looked at yet.
    looked: bool,
    /// Whether the first look is under way, and the editor was told so.
    beginning: bool,
    shut_down: bool,
}

/// Serves an editor until it leaves.
pub(super) fn run(connection: Connection, explain: Explain) -> Result<Ended, Broken> {
    let (client, settings) = proto::handshake(&connection)?;
    let (events, inbox) = channel();
    let (tasks, to_do) = channel();
    let Connection { sender: editor, receiver: messages } = connection;
    let from_editor = events.clone();
    thread::spawn(move || {
        for message in messages {
            if from_editor.send(proto::event(message)).is_err() {
                return;
            }
        }
        _ = from_editor.send(Event::Gone);
    });
    let builder = thread::Builder::new().name("analysis".to_owned()).stack_size(ANALYSIS_STACK);
    builder.spawn(move || worker::work(&to_do, &events, client.encoding, explain))?;
    let mut session = Session {
        editor,
        client,
        snapshot: Snapshot::default(),
        settings,
        told: BTreeMap::new(),
        waiting: Vec::new(),
        changed: false,
        looked: false,
        beginning: false,
        shut_down: false,
    };
    proto::registrations(client).into_iter().for_each(|message| session.send(message));
    Ok(session.serve(&inbox, &tasks))
}

impl Session {
    fn serve(&mut self, inbox: &Receiver<Event>, tasks: &Sender<Task>) -> Ended {
        loop {
            let event = match inbox.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Empty) => {
                    self.look(tasks);
                    inbox.recv().unwrap_or(Event::Gone)
                }
                Err(TryRecvError::Disconnected) => Event::Gone,
            };
            if matches!(event, Event::Exit | Event::Gone) {
                return if self.shut_down { Ended::Orderly } else { Ended::Abrupt };
            }
            self.handle(event, tasks);
        }
    }

    /// Has the documents looked at, if they changed.
    fn look(&mut self, tasks: &Sender<Task>) {
        if std::mem::take(&mut self.changed) {
            if !std::mem::replace(&mut self.looked, true) && self.client.progress {
                self.beginning = true;
                proto::begun().into_iter().for_each(|message| self.send(message));
            }
            _ = tasks.send(Task::Look(self.snapshot.clone()));
        }
    }

    fn handle(&mut self, event: Event, tasks: &Sender<Task>) {
        match event {
            Event::Opened { uri, version, text } => {
                let path = uri::to_path(&uri);
                self.snapshot.set(uri, Document { path, version, text: text.into() });
                self.changed = true;
            }
            Event::Edited { uri, version, edits } => self.edit(uri, version, edits),
            Event::Closed { uri } => {
                self.snapshot.close(&uri);
                self.told.remove(&uri);
                self.send(proto::clear(uri));
                self.changed = true;
            }
            Event::Disk => self.changed = true,
            Event::Set(settings) => {
                self.settings = settings;
                proto::shown_anew(self.client).into_iter().for_each(|message| self.send(message));
            }
            Event::Looked(services) => self.publish(&services),
            Event::Ask { id, asked } => self.ask(id, asked, tasks),
            Event::Cancel { id } => {
                if self.settled(&id) {
                    self.send(proto::cancelled(id));
                }
            }
            Event::Answered { id, answer } => {
                if self.settled(&id) {
                    self.send(answer);
                }
            }
            Event::Shutdown { id } => {
                self.shut_down = true;
                self.send(proto::done(id));
            }
            Event::Unknown { id, method } => self.send(proto::unknown(id, &method)),
            Event::Malformed { id, why } => self.send(proto::malformed(id, why)),
            Event::Nothing | Event::Exit | Event::Gone => {}
        }
    }

    fn edit(&mut self, uri: String, version: i32, edits: Vec<Edit>) {
        let Some(document) = self.snapshot.get(&uri) else { return };
        let mut text = document.text.to_string();
        for Edit { at, text: new } in edits {
            match at {
                None => text = new,
                Some(at) => {
                    let from = offset(&text, at.start, self.client.encoding);
                    let to = offset(&text, at.end, self.client.encoding).max(from);
                    text.replace_range(from..to, &new);
                }
            }
        }
        let path = document.path.clone();
        self.snapshot.set(uri, Document { path, version, text: text.into() });
        self.changed = true;
    }

    fn ask(&mut self, id: RequestId, asked: Asked, tasks: &Sender<Task>) {
        let cancelled = Arc::new(AtomicBool::new(false));
        self.waiting.push((id.clone(), Arc::clone(&cancelled)));
        let (snapshot, settings) = (self.snapshot.clone(), self.settings);
        _ = tasks.send(Task::Answer { id, asked, snapshot, settings, cancelled });
    }

    /// Takes a question off the list of those that wait; false where it is not on it.
    fn settled(&mut self, id: &RequestId) -> bool {
        let Some(at) = self.waiting.iter().position(|(waiting, _)| waiting == id) else { return false };
        let (_, cancelled) = self.waiting.swap_remove(at);
        cancelled.store(true, Ordering::Relaxed);
        true
    }

    /// Tells what was found on each document, unless the document has changed since, or the editor knows
    /// it already, or asks for it itself.
    fn publish(&mut self, services: &[Arc<Service>]) {
        if std::mem::take(&mut self.beginning) {
            self.send(proto::ended());
        }
        for (uri, problems) in services.iter().filter_map(|service| proto::lock_problem(service)) {
            let said = self.told.contains_key(&uri) || !problems.is_empty();
            if said {
                self.tell(uri.clone(), proto::published(uri, None, problems));
            }
        }
        if self.client.pulls {
            proto::reports_anew(self.client).into_iter().for_each(|message| self.send(message));
            return;
        }
        let found = services.iter().flat_map(|service| proto::diagnostics(service, self.client.encoding));
        for (uri, text, reports) in found.collect::<Vec<_>>() {
            let Some(document) = self.snapshot.get(&uri).filter(|document| document.text == text) else {
                continue;
            };
            let message = proto::published(uri.clone(), Some(document.version), reports);
            self.tell(uri, message);
        }
    }

    /// Tells what is to be said on a document, unless the editor knows it.
    fn tell(&mut self, uri: String, message: Message) {
        let known = self.told.get(&uri).is_some_and(|told| proto::says_the_same(told, &message));
        if !known {
            self.told.insert(uri, message.clone());
            self.send(message);
        }
    }

    /// A message to an editor that has gone is lost; the loop learns of that by itself.
    fn send(&self, message: Message) {
        _ = self.editor.send(message);
    }
}
