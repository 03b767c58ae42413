-- Adds a version for every arriving key that has no current one: it is new, or was just ended.
-- Columns the file does not have keep the value of the version just ended, and what that came as.
INSERT INTO {table} (key, from_delivery, row_no, file, effective_on, as_came, {columns})
SELECT new.key, {number}, new.row_no, new.file, {effective},
    nullif(coalesce(old.as_came - {in_file}, '{{}}') || coalesce(new.as_came, '{{}}'), '{{}}'),
    {merged}
FROM arriving AS new
LEFT JOIN {table} AS old ON old.key = new.key AND old.to_delivery = {number}
WHERE NOT EXISTS (
    SELECT FROM {table} AS still WHERE still.key = new.key AND still.to_delivery IS NULL
)
