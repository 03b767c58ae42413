-- The records a delivery touched: whether it brought a version of each (came) and ended one (went),
-- and which later delivery touched the record since, if any.
CREATE TEMP TABLE undone ON COMMIT DROP AS
WITH touched AS (
    SELECT key, true AS came, false AS went, file, row_no, to_delivery AS since
    FROM {table} WHERE from_delivery = {undone}
    UNION ALL
    SELECT key, false, true, file, row_no, NULL
    FROM {table} WHERE to_delivery = {undone}
), records AS (
    SELECT key, bool_or(came) AS came, bool_or(went) AS went, max(file) AS file,
        max(row_no) AS row_no, max(since) AS since
    FROM touched GROUP BY key
)
SELECT key, came, went, file, row_no,
    CASE WHEN came THEN since ELSE (
        SELECT min(later.from_delivery) FROM {table} AS later
        WHERE later.key = records.key AND later.from_delivery > {undone}
    ) END AS since
FROM records
