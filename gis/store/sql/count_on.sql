-- Lets the numbers of a table go on behind those its rows have.
SELECT setval(pg_get_serial_sequence('{table}', 'row_id'), max(row_id)) FROM {table}
