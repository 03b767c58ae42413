-- Adds the result rows of the first run of a series to a table that nobody else adds to.
INSERT INTO {table} (row_id, run_series, first_run, last_run, content, {columns})
SELECT
    (SELECT nextval(pg_get_serial_sequence('{table}', 'row_id'))) + row_number() OVER () - 1,
    {run_series}, {run}, {open_end}, {digest}, {columns}
FROM {arriving}
