"""SedonaDB's side of the overlay, run by the Python of its own environment: no part of landwatch.

    python sedona_worker.py FOLDER     one round for each line on stdin, one line of JSON for each

FOLDER holds approvals.parquet and supplies.parquet (number, geom as WKB); pairs.parquet and
rest.parquet are written beside them. What is met is kept once, and only supplies that share land
with an approval are united: without that the query takes longer.
"""

import json
import sys
import time
from pathlib import Path

import sedonadb

_MET = """
SELECT a.number AS approval, s.number AS supply, s.geom AS geom,
    ST_Area(ST_Intersection(a.geom, s.geom)) AS area_m2
FROM approvals a JOIN supplies s ON ST_Intersects(a.geom, s.geom)
"""
_REST = """
SELECT m.approval AS approval, ST_Difference(a.geom, m.geom) AS geom
FROM (
    SELECT approval, ST_Union_Agg(geom) AS geom FROM met WHERE area_m2 > 0 GROUP BY approval
) m JOIN approvals a ON a.number = m.approval
"""
_BALANCES = """
SELECT a.number AS approval, ST_Area(a.geom) AS approved_m2,
    CASE WHEN r.approval IS NULL THEN ST_Area(a.geom) ELSE ST_Area(r.geom) END AS left_m2,
    CASE WHEN r.approval IS NULL THEN ST_AsBinary(a.geom) ELSE ST_AsBinary(r.geom) END AS geom
FROM approvals a LEFT JOIN rest r ON r.approval = a.number
"""


def answer(folder: Path) -> None:
    """Read the town, meet it, and write the two answers."""
    store = sedonadb.connect()
    for name in ("approvals", "supplies"):
        store.read_parquet(str(folder / f"{name}.parquet")).to_view(name, overwrite=True)
    store.sql(_MET).to_memtable().to_view("met", overwrite=True)
    store.sql("SELECT approval, supply, area_m2 FROM met").to_parquet(str(folder / "pairs.parquet"))
    store.sql(_REST).to_memtable().to_view("rest", overwrite=True)
    store.sql(_BALANCES).to_parquet(str(folder / "rest.parquet"))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for _ in sys.stdin:
        began, busy = time.perf_counter(), time.process_time()
        answer(place)
        told = [time.perf_counter() - began, time.process_time() - busy]
        print(json.dumps(told), flush=True)
