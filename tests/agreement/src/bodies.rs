//! What `tests/suites/runtime/ledger.qtr` declares, in Rust: callers must not notice which of both they call.
use crate::generated::{
    Bodies, close, entries, forget, get_account, list_accounts, look_over, open_account, pay, set_level,
    transfer, types,
};
use quater::{Failure, Patch};
use std::cmp::Reverse;

/// Most rows of a list.
const MOST: usize = 50;

/// The bodies.
pub struct Team;

fn gone() -> Failure {
    Failure::internal("a row that was there is gone")
}

impl Bodies for Team {
    fn open_account(
        &self,
        context: &mut open_account::Context<'_>,
        input: open_account::Input,
    ) -> Result<open_account::Output, open_account::Error> {
        let new = open_account::NewAccount {
            code: input.code,
            holder: input.holder.id,
            balance: Some(input.balance),
            level: Some(input.level),
            opened: None,
            changed: None,
            note: input.note,
        };
        let id = context.accounts().create(&new)?;
        Ok(context.accounts().account_card(id)?.ok_or_else(gone)?)
    }

    fn get_account(
        &self,
        context: &mut get_account::Context<'_>,
        input: get_account::Input,
    ) -> Result<get_account::Output, get_account::Error> {
        Ok(context.accounts().account_card(input.account.id)?.ok_or_else(gone)?)
    }

    fn list_accounts(
        &self,
        context: &mut list_accounts::Context<'_>,
        input: list_accounts::Input,
    ) -> Result<list_accounts::Output, list_accounts::Error> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let rows = context.accounts().batch(after)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            found.extend(rows.into_iter().filter(|row| input.only.is_none_or(|only| row.level == only)));
        }
        found.sort_by(|a, b| (Reverse(a.level), &a.code).cmp(&(Reverse(b.level), &b.code)));
        let shown = found.iter().take(MOST);
        shown.map(|row| Ok(context.accounts().account_card(row.id)?.ok_or_else(gone)?)).collect()
    }

    fn transfer(
        &self,
        context: &mut transfer::Context<'_>,
        input: transfer::Input,
    ) -> Result<transfer::Output, transfer::Error> {
        for types::Move { from, to, amount } in input.moves {
            let payer = context.accounts().lock_by_code(&from)?.ok_or(transfer::Error::NotFound)?;
            let payee = context.accounts().lock_by_code(&to)?.ok_or(transfer::Error::NotFound)?;
            if payer.balance < amount {
                return Err(transfer::Error::TooPoor { code: payer.code, left: payer.balance });
            }
            let left = payer.balance - amount;
            // What was read is a copy: whoever pays themselves has paid already.
            let before = if payee.id == payer.id { left } else { payee.balance };
            let moves = [(&payer, left, types::Kind::Debit), (&payee, before + amount, types::Kind::Credit)];
            for (account, balance, _) in &moves {
                let changes = transfer::AccountChanges { balance: Patch::Set(*balance) };
                context.accounts().update(account.id, &changes)?;
            }
            for (account, _, kind) in moves {
                let entry = transfer::NewEntry { account: account.id, amount, kind, at: None };
                context.entries().create(&entry)?;
            }
        }
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let more = context.accounts().batch(after)?;
            let Some(last) = more.last() else { break };
            after = Some(last.id);
            rows.extend(more);
        }
        rows.sort_by(|a, b| a.code.cmp(&b.code));
        let shown = rows.iter().take(MOST);
        shown.map(|row| Ok(context.accounts().account_card(row.id)?.ok_or_else(gone)?)).collect()
    }

    fn set_level(
        &self,
        context: &mut set_level::Context<'_>,
        input: set_level::Input,
    ) -> Result<set_level::Output, set_level::Error> {
        let changes = set_level::AccountChanges { level: input.level.into() };
        context.accounts().update(input.account.id, &changes)?;
        Ok(context.accounts().account_card(input.account.id)?.ok_or_else(gone)?)
    }

    fn entries(
        &self,
        context: &mut entries::Context<'_>,
        input: entries::Input,
    ) -> Result<entries::Output, entries::Error> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let rows = context.entries().batch(after)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            found.extend(rows.into_iter().filter(|row| row.account == input.of.id));
        }
        found.sort_by_key(|row| Reverse(row.at));
        let shown = found.iter().take(MOST);
        shown.map(|row| Ok(context.entries().entry_card(row.id)?.ok_or_else(gone)?)).collect()
    }

    fn look_over(
        &self,
        context: &mut look_over::Context<'_>,
        input: look_over::Input,
    ) -> Result<look_over::Output, look_over::Error> {
        let account = input.account.id;
        let card = context.call().set_level(&look_over::SetLevelInput { account, level: input.level })?;
        let moved = context.call().entries(&look_over::EntriesInput { of: account })?;
        Ok(types::LookOverOutput { card, moved })
    }

    fn pay(&self, context: &mut pay::Context<'_>, input: pay::Input) -> Result<pay::Output, pay::Error> {
        let pay::Input { from, to, amount } = input;
        let moves = vec![types::Move { from, to, amount }];
        let moved = context.call().transfer(&pay::TransferInput { moves })?;
        Ok(types::PayOutput { left: moved.len() as i64 })
    }

    fn forget(
        &self,
        context: &mut forget::Context<'_>,
        input: forget::Input,
    ) -> Result<forget::Output, forget::Error> {
        let mut forgotten = 0;
        let mut after = None;
        loop {
            let rows = context.entries().batch(after)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            for row in rows.iter().filter(|row| row.account == input.of.id) {
                context.entries().delete(row.id)?;
                forgotten += 1;
            }
        }
        Ok(types::ForgetOutput { gone: forgotten })
    }

    fn close(
        &self,
        context: &mut close::Context<'_>,
        input: close::Input,
    ) -> Result<close::Output, close::Error> {
        context.accounts().delete(input.account.id)
    }
}
