use super::Rows;
use crate::storage::{NameChange, Refusal, StoreError};

/// Takes or gives up a unique name.
pub(super) fn change(rows: &mut Rows, change: &NameChange) -> Result<(), StoreError> {
    match change {
        NameChange::Claim { name, owner } => match rows.names.get(name)? {
            Some(there) if there == owner => {}
            Some(_) => return Err(Refusal::NameTaken { name: name.clone() }.into()),
            None => rows.names.put(name.clone(), *owner),
        },
        NameChange::Free { name, owner } => {
            if rows.names.get(name)? == Some(owner) {
                rows.names.remove(name.clone());
            }
        }
    }
    Ok(())
}
