-- The arriving rows whose official code has a record in force with another shape, its middle
-- farther off than so many degrees.
SELECT new.file, new.row_no, new.key, new.geom, old.key, old.geom
FROM arriving AS new
JOIN {table} AS old ON old.key = new.key AND old.to_delivery IS NULL
WHERE new.is_official
  AND NOT new.geom = old.geom
  AND ST_Distance(ST_Centroid(new.geom), ST_Centroid(old.geom)) > {least_degrees}
ORDER BY new.file, new.row_no
