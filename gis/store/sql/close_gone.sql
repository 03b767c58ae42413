-- Closes the result rows of the series' previous run that this run judged anew and did not give again.
UPDATE {table} AS old
SET last_run = {previous}
WHERE old.run_series = {run_series}
  AND old.last_run = {open_end}
  AND {is_judged}
  AND NOT EXISTS (SELECT FROM {arriving} AS new WHERE new.content = old.content)
