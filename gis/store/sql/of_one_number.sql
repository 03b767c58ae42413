-- The supplies that share a number with another: the number of the one may be the contract's of the other.
WITH numbered AS MATERIALIZED (
    SELECT {columns} FROM {table} WHERE {counts}
), numbers AS MATERIALIZED (
    SELECT number
    FROM (
        SELECT supply_no AS number FROM numbered WHERE supply_no IS NOT NULL
        UNION ALL
        SELECT contract_no FROM numbered
        WHERE contract_no IS NOT NULL AND contract_no IS DISTINCT FROM supply_no
    ) AS own
    GROUP BY number
    HAVING count(*) > 1
)
SELECT {columns} FROM numbered WHERE supply_no IN (SELECT number FROM numbers)
UNION
SELECT {columns} FROM numbered WHERE contract_no IN (SELECT number FROM numbers)
