-- Adds the result rows of this run that the series' previous run did not give.
INSERT INTO {table} (run_series, first_run, last_run, content, {columns})
SELECT {run_series}, {run}, {open_end}, new.content, {columns}
FROM {arriving} AS new
WHERE NOT EXISTS (
    SELECT FROM {table} AS old
    WHERE old.run_series = {run_series} AND old.last_run = {open_end} AND old.content = new.content
)
