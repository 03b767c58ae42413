-- The arriving rows with a new or changed shape beside the records in force of another key that
-- may lie on the same land, but for those this delivery names too, or ends. Shapes equal bit by bit need no
-- measuring and are not sent.
WITH fresh AS MATERIALIZED (
    SELECT new.file, new.row_no, new.key, new.is_official, new.named_in, new.number, new.geom,
        own.key IS NOT NULL AS has_own
    FROM arriving AS new
    LEFT JOIN {table} AS own ON own.key = new.key AND own.to_delivery IS NULL
    WHERE own.geom IS DISTINCT FROM new.geom
)
SELECT new.file, new.row_no, new.key, new.is_official, new.named_in || '|' || new.number,
    old.key, old.named_in,
    new.has_own,
    CASE WHEN new.geom = old.geom THEN NULL ELSE new.geom END,
    CASE WHEN new.geom = old.geom THEN NULL ELSE old.geom END
FROM fresh AS new
JOIN {table} AS old
    ON new.geom && old.geom AND old.to_delivery IS NULL AND old.key <> new.key
WHERE ST_Area(old.geom) >= {least_share} * ST_Area(new.geom)
  AND ST_Area(new.geom) >= {least_share} * ST_Area(old.geom)
  AND NOT EXISTS (SELECT FROM arriving AS named WHERE named.key = old.key)
  AND NOT ({is_ending})
ORDER BY new.file, new.row_no, old.key
