-- Brings the versions the delivery ended again, where nobody has touched the records since.
INSERT INTO {table} (key, from_delivery, row_no, file, effective_on, as_came, {columns})
SELECT old.key, {number}, old.row_no, old.file, old.effective_on, old.as_came, {known}
FROM {table} AS old
JOIN undone ON undone.key = old.key
WHERE undone.since IS NULL AND undone.went AND old.to_delivery = {undone}
