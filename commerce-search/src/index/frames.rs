use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// A file that only grows, of records with a checksum each. What was half written when the process died is cut off.
///
/// It begins with an id: another one tells readers that the file was written anew.
#[derive(Debug)]
pub(crate) struct Frames {
    file: File,
}

/// Reads what others append.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    id: [u8; ID],
    read: u64,
}

const ID: usize = 16;
/// Length and checksum.
const HEAD: usize = 8;
/// Longer records are damage.
const LONGEST: usize = 1 << 24;

impl Frames {
    /// Opens or makes the file, and answers what is in it.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Vec<u8>>)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.len() < ID {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(Uuid::now_v7().as_bytes())?;
            file.sync_all()?;
            return Ok((Self { file }, Vec::new()));
        }
        let (records, end) = whole(&bytes[ID..]);
        let end = length(ID + end);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok((Self { file }, records))
    }

    /// Writes the file anew with these records, and puts it in the place of the old one.
    pub(crate) fn replace<'a>(path: &Path, records: impl IntoIterator<Item = &'a [u8]>) -> io::Result<Self> {
        let fresh = path.with_extension("new");
        let mut buffer = Uuid::now_v7().as_bytes().to_vec();
        records.into_iter().for_each(|record| frame(record, &mut buffer));
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&fresh)?;
        file.write_all(&buffer)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        Ok(Self { file })
    }

    /// Appends records; they are on the disk after a [`sync`](File::sync_data) of the [`handle`](Self::handle).
    pub(crate) fn append(&mut self, records: &[Vec<u8>]) -> io::Result<()> {
        let mut buffer = Vec::new();
        records.iter().for_each(|record| frame(record, &mut buffer));
        self.file.write_all(&buffer)
    }

    /// The file, to wait for the disk without holding this.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

impl Tail {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.into(), id: [0; ID], read: 0 }
    }

    /// What was appended since the last time; all of it, when the file was written anew.
    pub(crate) fn news(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        let mut id = [0; ID];
        match file.read_exact(&mut id) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Vec::new()),
            read => read?,
        }
        if id != self.id {
            (self.id, self.read) = (id, length(ID));
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (records, end) = whole(&bytes);
        self.read += length(end);
        Ok(records)
    }
}

/// The records up to the first that is not whole, and where they end.
fn whole(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut records, mut at) = (Vec::new(), 0);
    while let Some(head) = bytes.get(at..at + HEAD) {
        let (size, sum) = head.split_at(HEAD / 2);
        let size = usize::try_from(number(size)).unwrap_or(usize::MAX);
        let Some(record) = bytes.get(at + HEAD..at.saturating_add(HEAD).saturating_add(size)) else { break };
        if size > LONGEST || crc32fast::hash(record) != number(sum) {
            break;
        }
        records.push(record.to_vec());
        at += HEAD + size;
    }
    (records, at)
}

fn frame(record: &[u8], buffer: &mut Vec<u8>) {
    let size = u32::try_from(record.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&size.to_le_bytes());
    buffer.extend_from_slice(&crc32fast::hash(record).to_le_bytes());
    buffer.extend_from_slice(record);
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_half_written_is_cut_off_and_the_rest_is_kept() {
        let folder = commerce_testkit::folder::Folder::new().unwrap();
        let path = folder.path().join("rows");
        let (mut frames, found) = Frames::open(&path).unwrap();
        assert!(found.is_empty());
        frames.append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..11 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            assert_eq!(Frames::open(&path).unwrap().1, [b"one".to_vec()], "{cut} bytes less");
        }
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        std::fs::write(&path, flipped).unwrap();
        let (mut frames, found) = Frames::open(&path).unwrap();
        assert_eq!(found, [b"one".to_vec()]);
        frames.append(&[b"three".to_vec()]).unwrap();
        assert_eq!(Frames::open(&path).unwrap().1, [b"one".to_vec(), b"three".to_vec()]);
    }

    #[test]
    fn a_reader_hears_of_what_is_appended_and_of_a_new_file() {
        let folder = commerce_testkit::folder::Folder::new().unwrap();
        let path = folder.path().join("rows");
        let mut tail = Tail::new(&path);
        assert!(tail.news().unwrap().is_empty());
        let (mut frames, _) = Frames::open(&path).unwrap();
        frames.append(&[b"one".to_vec()]).unwrap();
        assert_eq!(tail.news().unwrap(), [b"one".to_vec()]);
        frames.append(&[b"two".to_vec()]).unwrap();
        assert_eq!(tail.news().unwrap(), [b"two".to_vec()]);
        Frames::replace(&path, [b"three".as_slice(), b"four"]).unwrap();
        assert_eq!(tail.news().unwrap(), [b"three".to_vec(), b"four".to_vec()]);
    }
}
