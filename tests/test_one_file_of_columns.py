"""A column of a result is declared once: added there in a copy of the program, it is everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gis import result_tables
from gis.store import database

ROOT = Path(__file__).parents[1]
ADDED = '  { name = "remark_text", type = "text", zh = "备注甲", short = "BZJ" },\n'
# Run by the copy: what its store, its lists, its sheets and its answers know of the new column.
ASKED = """
import json, sys
from pathlib import Path
import pandas as pd
from gis import result_tables
from gis.config import Config
from gis.outputs.export import columns, features
from gis.outputs.report import sheets
from gis.store import database, tables

url = sys.argv[1]
findings = pd.DataFrame({name: ["甲"] for name in result_tables.TABLES["finding"].names})
findings = findings.assign(area_m2=1.0, fee_fen=1, fee_if_confirmed_fen=1, geom=None)
findings = findings.assign(missing=None, clashes=None)
for day in ("since_on", "next_on"):
    findings[day] = pd.Timestamp("2024-01-01")
wanted = database.differences(Config(Path("unused"), url))
print(json.dumps({
    "table": tables.own_types("finding").get("remark_text"),
    "migration": [str(one) for one in wanted],
    "titles": [one.title for one in columns.worded(findings, "finding").fields],
    "shapefile": [one.short for one in columns.worded(findings, "finding").fields],
    "json": json.loads(features.feature_collection(findings))["features"][0]["properties"],
    "ledger": result_tables.TABLES["ledger"].names,
    "dictionary": sheets.dictionary_sheet().table.astype(str).to_numpy().ravel().tolist(),
}, ensure_ascii=False))
"""


def test_a_column_added_to_the_one_file_is_everywhere(
    store_url: str, store: database.Connection, tmp_path: Path
) -> None:
    for name in ("gis", "api", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "gis" / "results.toml"
    text = file.read_text(encoding="utf-8")
    mark = '  { name = "article", type = "text", zh = "法律依据", short = "FLYJ" },\n'
    assert text.count(mark) == 1
    file.write_text(text.replace(mark, mark + ADDED), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ASKED, store_url],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["table"] == "text"
    # The migrations alone do not know it, and that is said.
    (missing,) = told["migration"]
    assert "add_column" in missing
    assert "remark_text" in missing
    assert "备注甲" in told["titles"]
    assert "BZJ" in told["shapefile"]
    assert told["json"]["remark_text"] == "甲"
    assert "remark_text" in told["ledger"]
    assert {"备注甲", "remark_text", "BZJ"} <= {*told["dictionary"]}
    # The program itself has no such column: what was seen came from the copy.
    assert "remark_text" not in result_tables.TABLES["finding"].names
