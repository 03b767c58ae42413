-- Ends the current records within the scope that the file does not name. A record whose row was
-- refused is named by the file all the same.
UPDATE {table} AS old
SET to_delivery = {number}
WHERE old.to_delivery IS NULL
  AND old.from_delivery < {number}
  AND {scope}
  AND NOT EXISTS (SELECT FROM arriving AS new WHERE new.key = old.key)
  AND old.key <> ALL ({refused})
