-- Adds the result rows of this run that the lane's previous run did not give.
INSERT INTO {table} (lane, first_run, last_run, content, {columns})
SELECT {lane}, {run}, {open_end}, new.content, {columns}
FROM {arriving} AS new
WHERE NOT EXISTS (
    SELECT FROM {table} AS old
    WHERE old.lane = {lane} AND old.last_run = {open_end} AND old.content = new.content
)
