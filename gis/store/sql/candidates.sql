-- The newest version of the record that has the number of an arriving row and this serial: in
-- force, or else ended. The keys in force and the ended ones have an index each.
WITH versions AS (
    SELECT old.key, old.named_in, old.geom, old.from_delivery, old.to_delivery
    FROM {table} AS old
    WHERE old.to_delivery IS NULL
      AND old.key IN (SELECT key || {suffix} FROM arriving WHERE NOT is_official)
    UNION ALL
    SELECT old.key, old.named_in, old.geom, old.from_delivery, old.to_delivery
    FROM {table} AS old
    WHERE old.to_delivery IS NOT NULL
      AND old.key IN (SELECT key || {suffix} FROM arriving WHERE NOT is_official)
), newest AS (
    SELECT DISTINCT ON (key) * FROM versions
    ORDER BY key, to_delivery DESC NULLS FIRST, from_delivery DESC
)
SELECT new.file, new.row_no, new.key, new.named_in, new.is_row, new.geom, old.key, old.named_in,
    old.to_delivery IS NOT NULL, old.geom
FROM arriving AS new
JOIN newest AS old ON old.key = new.key || {suffix}
WHERE NOT new.is_official AND {asked}
ORDER BY new.file, new.row_no
