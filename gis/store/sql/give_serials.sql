-- Numbers the rows that share a number, in the order they came: 1, 1~2, 1~3.
UPDATE {into} AS rows SET key = counted.key || '~' || counted.serial
FROM (
    SELECT file, row_no, key,
        row_number() OVER (PARTITION BY key ORDER BY file, row_no) AS serial
    FROM {into} WHERE key = ANY ({shared}::text[])
) AS counted
WHERE rows.file = counted.file AND rows.row_no = counted.row_no AND counted.serial > 1
