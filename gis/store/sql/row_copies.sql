-- Pairs of rows of one delivery under two keys, the later first, unless the later is the record in
-- force as it is. Shapes equal bit by bit need no measuring and are not sent.
SELECT new.file, new.row_no, new.key, other.row_no, other.key,
    CASE WHEN new.geom = other.geom THEN NULL ELSE new.geom END,
    CASE WHEN new.geom = other.geom THEN NULL ELSE other.geom END
FROM unnest({file}, {row_no}, {other_file}, {other_row_no})
    AS pair (file, row_no, other_file, other_row_no)
JOIN {into} AS new ON new.file = pair.file AND new.row_no = pair.row_no
JOIN {into} AS other ON other.file = pair.other_file AND other.row_no = pair.other_row_no
WHERE new.key <> other.key
  AND ({is_first} OR NOT EXISTS (
    SELECT FROM {table} AS own
    WHERE own.key = new.key AND own.to_delivery IS NULL AND own.geom = new.geom
))
