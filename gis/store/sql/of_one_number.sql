-- The supplies beyond a stretch of keys that share a number with one within it.
WITH numbered AS MATERIALIZED (
    SELECT {columns}, {within} AS is_within
    FROM {table}
    WHERE {counts}
), numbers AS MATERIALIZED (
    SELECT supply_no AS number FROM numbered WHERE is_within AND supply_no IS NOT NULL
    UNION ALL
    SELECT contract_no FROM numbered
    WHERE is_within AND contract_no IS NOT NULL AND contract_no IS DISTINCT FROM supply_no
)
SELECT {columns} FROM numbered WHERE NOT is_within AND supply_no IN (SELECT number FROM numbers)
UNION
SELECT {columns} FROM numbered WHERE NOT is_within AND contract_no IN (SELECT number FROM numbers)
