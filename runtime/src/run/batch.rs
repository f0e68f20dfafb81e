//! Going through rows, so many to a commit.
use super::{Flow, Machine};
use crate::plan::batch::Batches;
use crate::stop::Run;
use crate::value::Value;

impl Machine<'_, '_, '_> {
    /// Each batch is committed before the next one is read; what fails undoes its own batch alone.
    pub(super) fn batches(&mut self, batches: &Batches) -> Run<Flow> {
        self.set(batches.after, Value::Null)?;
        loop {
            let rows = self.read(&batches.read)?;
            let rows = rows.list()?;
            for row in rows.iter() {
                self.set(batches.slot, row.clone())?;
                if let Flow::Done(output) = self.block(&batches.block)? {
                    return Ok(Flow::Done(output));
                }
            }
            let Some(last) = rows.last().filter(|_| rows.len() == batches.most) else {
                return Ok(Flow::Next);
            };
            let key = Value::part(last.row()?, batches.key)?;
            self.set(batches.after, key)?;
            for number in self.between.into_iter().flatten() {
                self.session.execute(self.plan, number)?;
            }
        }
    }
}
