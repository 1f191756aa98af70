"""A module a row: `measure(bench)` returns its lines of the table."""
