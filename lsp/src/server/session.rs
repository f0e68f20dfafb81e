//! One editor's session.
use super::event::Event;
use super::position::Encoding;
use super::{Broken, Ended, proto, uri, worker};
use crate::ide::{Document, Findings, Snapshot, formatted};
use lsp_server::{Connection, Message};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

/// As much as the main thread of `quater check` has, so that both bear the same files.
const ANALYSIS_STACK: usize = 8 << 20;

struct Session {
    editor: crossbeam_channel::Sender<Message>,
    encoding: Encoding,
    snapshot: Snapshot,
    /// What the editor was last told, by document; absent if nothing yet.
    told: BTreeMap<String, Message>,
    changed: bool,
    shut_down: bool,
}

/// Serves an editor until it leaves.
pub(super) fn run(connection: Connection) -> Result<Ended, Broken> {
    let encoding = proto::handshake(&connection)?;
    let (events, inbox) = channel();
    let (snapshots, to_analyse) = channel();
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
    builder.spawn(move || worker::work(&to_analyse, &events))?;
    let (snapshot, told) = (Snapshot::default(), BTreeMap::new());
    let mut session = Session { editor, encoding, snapshot, told, changed: false, shut_down: false };
    Ok(session.serve(&inbox, &snapshots))
}

impl Session {
    fn serve(&mut self, inbox: &Receiver<Event>, snapshots: &Sender<Snapshot>) -> Ended {
        loop {
            let event = match inbox.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Empty) => {
                    if std::mem::take(&mut self.changed) {
                        _ = snapshots.send(self.snapshot.clone());
                    }
                    inbox.recv().unwrap_or(Event::Gone)
                }
                Err(TryRecvError::Disconnected) => Event::Gone,
            };
            if matches!(event, Event::Exit | Event::Gone) {
                return if self.shut_down { Ended::Orderly } else { Ended::Abrupt };
            }
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Text { uri, version, text } => {
                let path = uri::to_path(&uri);
                self.snapshot.set(uri, Document { path, version, text: text.into() });
                self.changed = true;
            }
            Event::Closed { uri } => {
                self.snapshot.close(&uri);
                self.told.remove(&uri);
                self.send(proto::clear(uri));
                self.changed = true;
            }
            Event::Saved => self.changed = true,
            Event::Analysed(found) => found.into_iter().for_each(|findings| self.publish(&findings)),
            Event::Format { id, uri } => {
                let document = self.snapshot.get(&uri);
                let new = document.and_then(|old| formatted(old).map(|new| (old.text.as_ref(), new)));
                self.send(proto::replacement(id, new, self.encoding));
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

    /// Tells what was found, unless the document has changed since, or the editor knows it already.
    fn publish(&mut self, found: &Findings) {
        let current = self.snapshot.get(&found.uri).map(|document| document.version);
        if current != Some(found.version) {
            return;
        }
        let message = proto::diagnostics(found, self.encoding);
        let known = self.told.get(&found.uri).is_some_and(|told| proto::says_the_same(told, &message));
        if !known {
            self.told.insert(found.uri.clone(), message.clone());
            self.send(message);
        }
    }

    /// A message to an editor that has gone is lost; the loop learns of that by itself.
    fn send(&self, message: Message) {
        _ = self.editor.send(message);
    }
}
