//! Plain text tables: the first column to the left, the others to the right.

use std::fmt;

/// Rows under a heading, aligned when printed.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    /// A table called `title` with the given column names.
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let header = columns.iter().map(ToString::to_string).collect();
        Self { title: title.into(), rows: vec![header], notes: Vec::new() }
    }

    /// Appends one row.
    pub fn row(&mut self, name: impl Into<String>, cells: impl IntoIterator<Item = String>) {
        self.rows.push(std::iter::once(name.into()).chain(cells).collect());
    }

    /// A line below the rows.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let length = |row: &Vec<String>, column| row.get(column).map_or(0, |cell: &String| cell.chars().count());
        let width = |column| self.rows.iter().map(|row| length(row, column)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        writeln!(f, "\n{}", self.title)?;
        for row in &self.rows {
            let mut line = String::from(" ");
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let cell = if column == 0 { format!(" {cell:<width$}") } else { format!("  {cell:>width$}") };
                line.push_str(&cell);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new("Title", &["name", "x"]);
        table.row("a", ["12.5".to_owned()]);
        table.row("longer", ["µ".to_owned()]);
        assert_eq!(table.to_string(), "\nTitle\n  name       x\n  a       12.5\n  longer     µ\n");
    }

    #[test]
    fn notes_stand_below_the_rows_and_widen_none() {
        let mut table = Table::new("Title", &["name", "x"]);
        table.note("longer than any cell");
        table.row("a", ["12.5".to_owned()]);
        assert_eq!(table.to_string(), "\nTitle\n  name     x\n  a     12.5\n  longer than any cell\n");
    }
}
