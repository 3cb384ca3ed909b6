use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use commerce_core::{
    domain::ids::SagaId,
    storage::{
        Answers, Batch, ChangeSet, Expect, Expected, Keys, Receipt, Records, SaveError, Store, StoreError,
        Transactional, Version,
        apply::{Record, Rows, Table},
    },
};
use futures_util::lock::Mutex;

mod readers;

/// A store that works as a database does: for each change set it loads only the rows under its [`Keys`], takes
/// versions over without looking, and writes back what is dirty.
///
/// Its readers have no indexes and look through everything, so that it also checks those of other stores.
pub struct SubsetStore {
    rows: Mutex<Rows>,
    forget: fn(&mut Keys),
}

impl SubsetStore {
    /// A shop that has nothing yet.
    pub fn new() -> Self {
        Self::that_forgets(|_| {})
    }

    /// The same with a planted bug: these keys are never loaded.
    pub fn that_forgets(forget: fn(&mut Keys)) -> Self {
        Self { rows: Mutex::new(Rows::whole()), forget }
    }
}

#[async_trait]
impl Store for SubsetStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let changes = vec![Arc::new(changes)];
        for records in [Records::MayBeAssumed, Records::MustBeLoaded] {
            match self.transact(Arc::new(Batch::of(changes.clone(), records))).await.map(|mut all| all.pop())
            {
                // A refusal proves nothing while versions are only assumed: the truth may be a conflict.
                Ok(Some(Err(_))) if records == Records::MayBeAssumed => {}
                Ok(Some(verdict)) => return verdict,
                Ok(None) | Err(SaveError::Stale) => {}
                Err(SaveError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::corrupt("a batch", "stale with everything loaded"))
    }
}

#[async_trait]
impl Transactional for SubsetStore {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        let mut keys = batch.keys().clone();
        (self.forget)(&mut keys);
        // Nobody else is in until the end.
        let mut all = self.rows.lock().await;
        let (mut rows, assumed) = loaded(&all, keys)?;
        let answers = batch.judge(&mut rows);
        if !holds(&all, &assumed)? {
            return Err(SaveError::Stale);
        }
        write(&rows, &mut all);
        Ok(answers)
    }
}

/// The rows under these keys, and the versions that were taken over.
fn loaded(all: &Rows, keys: Keys) -> Result<(Rows, Expected), StoreError> {
    let mut rows = Rows::subset();
    load(&all.stock, &mut rows.stock, &keys.stock, Clone::clone)?;
    load(&all.reservations, &mut rows.reservations, &keys.reservations, Arc::clone)?;
    load(&all.counters, &mut rows.counters, &keys.counters, Clone::clone)?;
    load(&all.counter_holds, &mut rows.counter_holds, &keys.counter_holds, Clone::clone)?;
    load(&all.names, &mut rows.names, &keys.names, Clone::clone)?;
    load(&all.events, &mut rows.events, &keys.events, Clone::clone)?;
    let assumed = match keys.records {
        Records::MustBeLoaded => {
            load_records(all, &mut rows, &keys.expected)?;
            Expected::default()
        }
        Records::MayBeAssumed => {
            rows.assume(&keys.expected);
            keys.expected
        }
    };
    load_forgotten(all, &mut rows, &keys.forgotten)?;
    Ok((rows, assumed))
}

fn load<'a, K: Ord + Clone + fmt::Debug + 'a, V>(
    all: &Table<K, V>,
    rows: &mut Table<K, V>,
    keys: impl IntoIterator<Item = &'a K>,
    copy: fn(&V) -> V,
) -> Result<(), StoreError> {
    for key in keys {
        rows.load(key.clone(), all.get(key)?.map(copy));
    }
    Ok(())
}

macro_rules! for_each_record {
    ($do:ident!($($arguments:tt)*)) => {
        $do!(products $($arguments)*);
        $do!(promotions $($arguments)*);
        $do!(customers $($arguments)*);
        $do!(orders $($arguments)*);
        $do!(payments $($arguments)*);
        $do!(sagas $($arguments)*);
        $do!(signals $($arguments)*);
    };
}

fn load_records(all: &Rows, rows: &mut Rows, expected: &Expected) -> Result<(), StoreError> {
    macro_rules! load_of {
        ($name:ident) => {
            load(&all.$name, &mut rows.$name, expected.$name.keys(), copy_of)?
        };
    }
    for_each_record!(load_of!());
    load(&all.reservations, &mut rows.reservations, &expected.reservations, Arc::clone)
}

/// What is forgotten is judged by its content, whatever was assumed of its version.
fn load_forgotten(all: &Rows, rows: &mut Rows, ids: &BTreeSet<SagaId>) -> Result<(), StoreError> {
    load(&all.sagas, &mut rows.sagas, ids, copy_of)?;
    load(&all.signals, &mut rows.signals, ids, copy_of)
}

/// Whether every version that was taken over is the one that is there.
fn holds(all: &Rows, assumed: &Expected) -> Result<bool, StoreError> {
    macro_rules! check {
        ($name:ident) => {
            for (key, expect) in &assumed.$name {
                if !is_at(all.$name.get(key)?.map(|record| record.version), *expect) {
                    return Ok(false);
                }
            }
        };
    }
    for_each_record!(check!());
    for id in &assumed.reservations {
        if all.reservations.get(id)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_at(version: Option<Version>, expect: Expect) -> bool {
    version.map_or(Expect::Absent, Expect::At) == expect
}

fn write(rows: &Rows, all: &mut Rows) {
    macro_rules! write_of {
        ($name:ident) => {
            write_table(&rows.$name, &mut all.$name, copy_of)
        };
    }
    for_each_record!(write_of!());
    write_table(&rows.names, &mut all.names, Clone::clone);
    write_table(&rows.stock, &mut all.stock, Clone::clone);
    write_table(&rows.reservations, &mut all.reservations, Arc::clone);
    write_table(&rows.movements, &mut all.movements, Clone::clone);
    write_table(&rows.counters, &mut all.counters, Clone::clone);
    write_table(&rows.counter_holds, &mut all.counter_holds, Clone::clone);
    write_table(&rows.events, &mut all.events, Clone::clone);
}

fn write_table<K: Ord + Clone + fmt::Debug, V>(rows: &Table<K, V>, all: &mut Table<K, V>, copy: fn(&V) -> V) {
    for (key, _, row) in rows.dirty() {
        all.load(key.clone(), row.map(copy));
    }
}

fn copy_of<T>(record: &Record<T>) -> Record<T> {
    Record { version: record.version, value: record.value.clone() }
}

impl Default for SubsetStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SubsetStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsetStore").finish_non_exhaustive()
    }
}
