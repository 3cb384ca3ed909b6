use sqlx::{
    AssertSqlSafe, PgConnection,
    postgres::{PgArguments, PgRow},
};

use crate::{columns::Column, error::Failure};

/// One statement for many tables: a part for each that has something to read or to write. There are few combinations
/// of parts, so the server plans each once.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    sql: String,
    arguments: PgArguments,
    placed: usize,
    parts: Vec<i32>,
}

impl Statement {
    pub(crate) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a part, in which each `?` stands for the next of these columns. The number says what it is to the caller.
    pub(crate) fn add(&mut self, number: i32, sql: &str, columns: Vec<Column>) -> Result<(), Failure> {
        let opening = if self.parts.is_empty() { "with" } else { "," };
        self.sql += &format!("{opening} part{} as (", self.parts.len());
        self.push(sql);
        self.sql.push(')');
        self.parts.push(number);
        columns.into_iter().try_for_each(|column| column.bind(&mut self.arguments))
    }

    /// Ends it with every row of every part, each behind the part's number. The parts run in their order.
    pub(crate) async fn read(mut self, connection: &mut PgConnection) -> sqlx::Result<Vec<PgRow>> {
        for (place, number) in self.parts.iter().enumerate() {
            let union = if place == 0 { "" } else { " union all" };
            self.sql += &format!("{union} select {number}, part{place}.* from part{place}");
        }
        let query = sqlx::query_with(AssertSqlSafe(self.sql), self.arguments);
        query.fetch_all(connection).await
    }

    /// Ends it by running the parts in their order, and fails with all of them if one did not change as many rows as
    /// it should.
    pub(crate) async fn write(
        mut self,
        changes: Vec<i64>,
        connection: &mut PgConnection,
    ) -> sqlx::Result<()> {
        self.sql.push_str(" select as_assumed(array[");
        for place in 0..self.parts.len() {
            let comma = if place == 0 { "" } else { ", " };
            self.sql += &format!("{comma}(select count(*) from part{place})");
        }
        self.push("] = ?::int8[])");
        sqlx::Arguments::add(&mut self.arguments, changes).map_err(sqlx::Error::Encode)?;
        sqlx::query_with(AssertSqlSafe(self.sql), self.arguments).execute(connection).await?;
        Ok(())
    }

    /// Adds text in which each `?` is the next parameter.
    fn push(&mut self, sql: &str) {
        let mut pieces = sql.split('?');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            self.placed += 1;
            self.sql += &format!("${}{piece}", self.placed);
        }
    }
}
