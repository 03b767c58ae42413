-- Ends the current records within the scope that the file does not name.
UPDATE {table} AS old
SET to_delivery = {number}
WHERE old.to_delivery IS NULL
  AND old.from_delivery < {number}
  AND {is_absent}
RETURNING old.key
