-- Ends the current versions whose content the arriving rows change: compared bit by bit, and only
-- in the columns the file has. A record that gets another name by a person's word changes too.
UPDATE {table} AS old
SET to_delivery = {number}
FROM arriving AS new
WHERE old.key = new.key
  AND old.to_delivery IS NULL
  AND (ROW({arriving})::record *<> ROW({known})::record OR {is_renamed})
