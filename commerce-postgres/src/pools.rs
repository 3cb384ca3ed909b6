use commerce_core::storage::StoreError;
use sqlx::{
    Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use crate::{
    error::{Failure, OpenError},
    migrate,
    options::PostgresOptions,
    pool::{Pool, server},
};

/// Connections to write with: one transaction of change sets is under way, and one of carts. The others are for
/// whoever writes besides.
const WRITERS: usize = 4;

/// The connections of a store.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) writing: Pool,
    /// Reads that something is decided upon.
    pub(crate) deciding: Reader,
    /// Reads that are only looked at; they may be a moment late.
    pub(crate) browsing: Reader,
}

impl Pools {
    pub(crate) async fn open(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let schema = options.schema.as_deref();
        let pool = |url: &str, most| Ok::<_, OpenError>(Pool::new(server(url)?, schema, most));
        let writing = pool(url, WRITERS)?;
        let mut first = writing.lend().await?;
        migrate::check(&mut first, options).await?;
        first.give_back();
        let deciding = Reader(pool(url, options.readers.get())?);
        let browsing = match &options.replica {
            Some(url) => Reader(pool(url, options.readers.get())?),
            None => deciding.clone(),
        };
        Ok(Self { writing, deciding, browsing })
    }
}

/// Connections that only read.
#[derive(Debug, Clone)]
pub(crate) struct Reader(Pool);

type Question<'a> = Query<'a, Postgres, PgArguments>;

impl Reader {
    /// The first row that a statement finds.
    pub(crate) async fn first<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.ask(question).await?.first().map(make).transpose()?)
    }

    /// Every row that a statement finds.
    pub(crate) async fn every<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(self.ask(question).await?.iter().map(make).collect::<Result<_, _>>()?)
    }

    async fn ask(&self, question: Question<'_>) -> Result<Vec<PgRow>, Failure> {
        let mut connection = self.0.lend().await?;
        let found = question.fetch_all(&mut *connection).await;
        connection.give_back_after(&found);
        Ok(found?)
    }
}
