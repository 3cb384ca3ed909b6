use std::{
    collections::BTreeSet,
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use commerce_core::domain::{catalog::Product, ids::ProductId};
use csv::ByteRecord;

use crate::{
    import::ImportError,
    row::{HANDLE, Header, PRICE, Row, TITLE},
    stable::product_id,
};

/// The most rows of one product: as many variants and images as a product may have.
pub(crate) const ROWS: usize = Product::VARIANTS + Product::MEDIA;
/// The most bytes of one row. A quote that is never closed would take in the rest of the file.
const ROW_BYTES: u64 = 4 << 20;

/// Reads a file product by product. In memory are the rows of one product, and 16 bytes for each product before.
pub(crate) struct Reader<R> {
    rows: csv::Reader<Limited<R>>,
    left: Arc<AtomicU64>,
    header: Arc<Header>,
    next: Option<Row>,
    number: u64,
    known: BTreeSet<ProductId>,
}

/// The rows of one product that stand together.
pub(crate) struct Group {
    pub(crate) id: ProductId,
    pub(crate) handle: String,
    pub(crate) rows: Vec<Row>,
    /// Whether rows of the same handle came before.
    pub(crate) apart: bool,
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(file: R) -> Result<Self, ImportError> {
        let left = Arc::new(AtomicU64::new(ROW_BYTES));
        let limited = Limited { file, left: Arc::clone(&left) };
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(limited);
        let mut record = ByteRecord::new();
        rows.read_byte_record(&mut record)?;
        let header = Arc::new(Header::of(&record));
        if let Some(column) = [HANDLE, TITLE, PRICE].into_iter().find(|column| !header.has(column)) {
            return Err(ImportError::NoColumn { column });
        }
        let mut reader = Self { rows, left, header, next: None, number: 1, known: BTreeSet::new() };
        reader.next = reader.read()?;
        Ok(reader)
    }

    /// The next product; none at the end of the file.
    pub(crate) fn product(&mut self) -> Result<Option<Group>, ImportError> {
        let Some(first) = self.next.take() else { return Ok(None) };
        let handle = first.get(HANDLE).to_owned();
        let id = product_id(&handle);
        let mut rows = vec![first];
        while let Some(row) = self.read()? {
            if row.get(HANDLE) != handle || rows.len() == ROWS {
                self.next = Some(row);
                break;
            }
            rows.push(row);
        }
        let apart = !self.known.insert(id);
        Ok(Some(Group { id, handle, rows, apart }))
    }

    fn read(&mut self) -> Result<Option<Row>, ImportError> {
        self.left.store(ROW_BYTES, Ordering::Relaxed);
        let mut record = ByteRecord::new();
        let there = self.rows.read_byte_record(&mut record)?;
        self.number += 1;
        Ok(there.then(|| Row::new(self.number, &self.header, &record)))
    }
}

/// Stops in the middle of a row that is too long.
struct Limited<R> {
    file: R,
    left: Arc<AtomicU64>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other("a row has more than 4 MiB: a quote in it is not closed"));
        }
        let most = to.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.file.read(&mut to[..most])?;
        self.left.fetch_sub(read.try_into().unwrap_or(left), Ordering::Relaxed);
        Ok(read)
    }
}
