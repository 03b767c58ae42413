-- Adds the result rows of the first run of a series.
INSERT INTO {table} (run_series, first_run, last_run, content, {columns})
SELECT {run_series}, {run}, {open_end}, {digest}, {columns}
FROM {arriving}
