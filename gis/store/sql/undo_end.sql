-- Ends the versions the delivery brought, where nobody has touched them since.
UPDATE {table} AS old
SET to_delivery = {number}
FROM undone
WHERE undone.since IS NULL AND undone.came AND old.key = undone.key
  AND old.from_delivery = {undone} AND old.to_delivery IS NULL
