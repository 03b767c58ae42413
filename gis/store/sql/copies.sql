-- The arriving rows with a new or changed shape beside the records in force of another key that
-- may lie on the same land, but for those this delivery names too, or ends. Shapes equal bit by bit need no
-- measuring and are not sent.
-- Each row asks the index which records lie there, before anything else is asked of them: the
-- planner holds that the records a delivery does not name are one or two, and would lay each of
-- them beside every row. Of a heap of records in one place the nearest are enough.
WITH fresh AS MATERIALIZED (
    SELECT new.file, new.row_no, new.key, new.is_official, new.named_in || '|' || new.number AS alias,
        new.geom, own.key IS NOT NULL AS has_own
    FROM arriving AS new
    LEFT JOIN {table} AS own ON own.key = new.key AND own.to_delivery IS NULL
    WHERE own.geom IS DISTINCT FROM new.geom
), met AS MATERIALIZED (
    SELECT new.*, beside.id AS old_id
    FROM fresh AS new
    CROSS JOIN LATERAL (
        SELECT old.id
        FROM {table} AS old
        WHERE old.geom && new.geom AND old.to_delivery IS NULL AND old.key <> new.key
          AND ST_Area(old.geom) >= {least_share} * ST_Area(new.geom)
          AND ST_Area(new.geom) >= {least_share} * ST_Area(old.geom)
        ORDER BY old.named_in IS DISTINCT FROM new.alias,
            ST_Distance(ST_Centroid(old.geom), ST_Centroid(new.geom)), old.key
        LIMIT {most}
    ) AS beside
)
SELECT new.file, new.row_no, new.key, new.is_official, new.alias, old.key, old.named_in,
    new.has_own,
    CASE WHEN new.geom = old.geom THEN NULL ELSE new.geom END,
    CASE WHEN new.geom = old.geom THEN NULL ELSE old.geom END
FROM met AS new
JOIN {table} AS old ON old.id = new.old_id
WHERE NOT EXISTS (SELECT FROM arriving AS named WHERE named.key = old.key)
  AND NOT ({is_ending})
ORDER BY new.file, new.row_no, old.key
