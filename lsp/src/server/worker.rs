//! Looks at services and answers in the background, always with the newest texts.
use super::event::{Event, Settings};
use super::position::Encoding;
use super::proto;
use super::question::Asked;
use crate::ide::{Snapshot, Workspace};
use lsp_server::RequestId;
use quater_compiler::session::Explain;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

/// Something for the worker to do.
#[derive(Debug)]
pub(super) enum Task {
    /// Look at the documents.
    Look(Snapshot),
    /// Answer a question about the documents as they were when it was asked.
    Answer {
        /// The question's number.
        id: RequestId,
        /// The question.
        asked: Asked,
        /// The documents.
        snapshot: Snapshot,
        /// What is set.
        settings: Settings,
        /// Whether nobody waits for it any more.
        cancelled: Arc<AtomicBool>,
    },
}

/// Works until nobody sends any task; of looks that wait, only the last is made.
pub(super) fn work(tasks: &Receiver<Task>, events: &Sender<Event>, encoding: Encoding, explain: Explain) {
    let mut workspace = Workspace::new(explain);
    while let Ok(first) = tasks.recv() {
        let waiting: Vec<Task> = std::iter::once(first).chain(tasks.try_iter()).collect();
        let last_look = waiting.iter().rposition(|task| matches!(task, Task::Look(_)));
        for (at, task) in waiting.into_iter().enumerate() {
            let passed_over = matches!(task, Task::Look(_)) && Some(at) != last_look;
            if passed_over {
                continue;
            }
            // A bug of the compiler costs this answer, not the session; the hook of the process tells of it.
            let done = catch_unwind(AssertUnwindSafe(|| perform(&mut workspace, &task, encoding)));
            let event = match (done, task) {
                (Ok(Some(event)), _) => event,
                (Ok(None), _) | (Err(_), Task::Look(_)) => continue,
                (Err(_), Task::Answer { id, .. }) => {
                    let answer = proto::failed(id.clone(), "the compiler failed on this: a bug of ours");
                    Event::Answered { id, answer }
                }
            };
            if events.send(event).is_err() {
                return;
            }
            workspace.tidy();
        }
    }
}

fn perform(workspace: &mut Workspace, task: &Task, encoding: Encoding) -> Option<Event> {
    match task {
        Task::Look(snapshot) => Some(Event::Looked(workspace.look(snapshot).to_vec())),
        Task::Answer { id, asked, snapshot, settings, cancelled } => {
            if cancelled.load(Ordering::Relaxed) {
                return None;
            }
            workspace.catch_up(snapshot);
            let answer = proto::answer(id.clone(), asked, (workspace, snapshot), *settings, encoding);
            Some(Event::Answered { id: id.clone(), answer })
        }
    }
}
