-- Pairs of rows of one delivery under two keys, the later first. Shapes equal bit by bit need no
-- measuring and are not sent.
SELECT new.file, new.row_no, new.key, other.row_no, other.key,
    CASE WHEN new.geom = other.geom THEN NULL ELSE new.geom END,
    CASE WHEN new.geom = other.geom THEN NULL ELSE other.geom END
FROM unnest({file}, {row_no}, {other_file}, {other_row_no})
    AS pair (file, row_no, other_file, other_row_no)
JOIN {into} AS new ON new.file = pair.file AND new.row_no = pair.row_no
JOIN {into} AS other ON other.file = pair.other_file AND other.row_no = pair.other_row_no
WHERE new.key <> other.key
