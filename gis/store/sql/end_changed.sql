-- Ends the current versions whose content the arriving rows change.
UPDATE {table} AS old
SET to_delivery = {number}
FROM arriving AS new
WHERE old.key = new.key
  AND old.to_delivery IS NULL
  AND old.content <> md5(ROW({merged})::text)
