"""What a row is known by: its natural key, and whether that names one record whoever sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.fields import Kind

JOINT = "|"
# A 不动产单元 with nothing on the land is the parcel itself: its number begins with the parcel's.
_BARE_LAND = "W00000000"


def natural_keys(kind: Kind, frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the key of each row as text: the key columns joined by "|", empty tail dropped.

    Where the first key column is empty the columns of `key_else` stand in; a row without any is
    NaN. A column the frame lacks counts as empty. A kind with official codes is known by the first
    of them; identifiers come in the form they are compared in.
    """
    code = _official(kind, frame)
    if code.notna().all():
        return code.rename("key")
    first = code.where(code.notna(), _joined(frame, kind.key))
    if kind.key_else:
        has_first = first != "" if kind.official else _text(frame, kind.key[0]) != ""
        first = first.where(has_first, _joined(frame, kind.key_else))
        is_known = has_first | (_text(frame, kind.key_else[0]) != "")
    else:
        is_known = _text(frame, kind.key[0]) != ""
    return first.where(is_known & (first != "")).rename("key")


def number_of(approval: str) -> str:
    """Return the number of an approval, which is known by its number or by number and batch.

    >>> number_of("内政土〔2019〕7号|第二批"), number_of("内政土〔2019〕7号")
    ('内政土〔2019〕7号', '内政土〔2019〕7号')
    """
    return approval.partition(JOINT)[0]


def are_official(kind: Kind, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows have a key that names one record whoever sends it."""
    if kind.named_by == "code":
        return np.ones(len(frame), dtype=bool)
    return np.asarray(_official(kind, frame).notna())


def levels(kind: Kind, keys: pd.Series[Any]) -> pd.Series[Any]:
    """Return what an official code says of the level its right lies on; NaN where it says nothing.

    Rights above, on and below the ground lie on the same land (宗地特征码: GB, GS, GX).

    >>> from gis.fields import KINDS
    >>> levels(KINDS["parcels"], pd.Series(["150602001001GX00007", "7"])).tolist()
    ['GX', nan]
    """
    found = pd.Series(None, index=keys.index, dtype="str")
    for form in kind.official.values():
        if "(?P<level>" in form:
            found = found.fillna(keys.str.extract(f"^{form}$")["level"])
    return found


def _official(kind: Kind, frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the official code of each row, NaN where no column has a value of its form."""
    found = pd.Series(None, index=frame.index, dtype="str")
    for name, form in kind.official.items():
        if name not in frame.columns or frame[name].isna().all():
            continue
        came = _text(frame, name)
        has_form = came.str.fullmatch(form).to_numpy(dtype=bool) & found.isna().to_numpy()
        if not has_form.any():
            continue
        is_bare = has_form & came.str.endswith(_BARE_LAND).to_numpy(dtype=bool)
        if is_bare.any():
            came = came.where(~is_bare, came.str.slice(0, -len(_BARE_LAND)))
        if has_form.all():
            return came
        found = found.where(~has_form, came)
    return found


def _text(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in frame.columns:
        return pd.Series("", index=frame.index, dtype="str")
    column = frame[name]
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype("str").fillna("")


def _joined(frame: pd.DataFrame, names: Sequence[str]) -> pd.Series[str]:
    joined = _text(frame, names[0])
    for name in names[1:]:
        joined = joined + JOINT + _text(frame, name)
    return joined.str.rstrip(JOINT) if len(names) > 1 else joined
