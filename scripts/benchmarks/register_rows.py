"""A register as large as a nation's, drawn from a real one: its rows under new numbers, and copies.

`python -m scripts.benchmarks.register_rows REAL.csv OUT.csv [ROWS [SEED]]` writes one. What is
dirty in the real register is as dirty here: its sentinels, its blanks, its days out of order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 768_886
COPIES = 8  # one row of so many is the copy of another
SEED = 20261129
NUMBER = "电子监管号"
# Region, year and way of supply; what stands behind the serial number names a part.
_SERIAL = r"(?P<head>\d{10}[A-Z])(?P<serial>\d{5})(?P<tail>.*)"
_SERIALS = 100_000


def made(real: pd.DataFrame, count: int, seed: int = SEED) -> pd.DataFrame:
    """Return `count` rows drawn from a register (all text), an eighth copies of others.

    A drawn row keeps the region, the year and the way of its number; its serial is one that no
    other row has.
    """
    draw = np.random.default_rng(seed)
    of_real = real.drop_duplicates(NUMBER).reset_index(drop=True)
    distinct = count - count // COPIES
    rows = of_real.iloc[draw.integers(0, len(of_real), distinct)].reset_index(drop=True)
    parts = rows[NUMBER].str.extract(_SERIAL)
    order = rows.groupby(parts["head"]).cumcount()
    if parts["head"].isna().any() or (order >= _SERIALS).any():
        raise ValueError(f"{distinct} rows need numbers of another form than the register's")
    rows[NUMBER] = parts["head"] + order.astype("str").str.zfill(5) + parts["tail"]
    copied = rows.iloc[draw.integers(0, distinct, count - distinct)]
    every = pd.concat([rows, copied], ignore_index=True)
    return every.iloc[draw.permutation(count)].reset_index(drop=True)


def write(real: Path, out: Path, count: int = ROWS, seed: int = SEED) -> None:
    """Write such a register as the real one is written: UTF-8 with a mark, commas."""
    told = pd.read_csv(real, dtype="str", keep_default_na=False)
    draft = out.with_suffix(".draft")
    made(told, count, seed).to_csv(draft, index=False, encoding="utf-8-sig", lineterminator="\n")
    draft.replace(out)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
