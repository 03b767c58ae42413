"""Which layer or sheet of a file is meant: the one named, or the only one that fits the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis.errors import DeliveryError
from gis.fields import Kind
from gis.intake.columns.mapping import Mapped, map_headers, missing


@dataclass(frozen=True)
class Candidate:
    """One layer or sheet that could be meant: its name, headers, and whether it holds polygons."""

    name: str
    headers: tuple[str, ...]
    has_polygons: bool
    is_cut_header: bool = False


def choose(
    candidates: Sequence[Candidate],
    kind: Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    file: str,
) -> Candidate:
    """Return the layer meant. Raises DeliveryError listing the layers when that is not plain.

    Fitting means: every required column found, and polygons where the kind needs them. Of several
    that fit, those with the kind's own key come first, then the one that bears the kind's name.
    """
    if not candidates:
        raise DeliveryError(
            f"{file}：文件里没有图层或工作表。{file}: the file holds no layer or sheet.",
            "请发送方重新导出 ask the sender to export it again",
        )
    if layer is not None:
        for candidate in candidates:
            if candidate.name == layer:
                return candidate
        raise DeliveryError(
            f"{file}：没有名为「{layer}」的图层或工作表。"
            f"{file}: there is no layer named {layer!r}.",
            f"可选 one of: {_listed(candidates)}",
        )
    if len(candidates) == 1:
        return candidates[0]
    mapped = {c.name: _mapped(c, kind, column_map) for c in candidates}
    fitting = [
        c
        for c in candidates
        if mapped[c.name].units
        and not missing(kind, mapped[c.name])
        and (kind.geometry != "required" or c.has_polygons)
    ]
    keyed = [c for c in fitting if kind.key[0] in mapped[c.name].units]
    named = [c for c in fitting if c.name.lower() in {kind.name, kind.title}]
    for group in (keyed, fitting, named):
        if len(group) == 1:
            return group[0]
    raise DeliveryError(
        f"{file}：有 {len(candidates)} 个图层或工作表，其中 {len(fitting)} 个符合「{kind.title}」，"
        f"需要指定。{file}: {len(candidates)} layers, {len(fitting)} of them fit {kind.name}.",
        f"用 --layer 指定其中一个：{_listed(fitting or candidates)}",
    )


def _mapped(candidate: Candidate, kind: Kind, column_map: Mapping[str, str] | None) -> Mapped:
    """Return the match of one candidate; an override for another sheet's column is left aside."""
    present = {k: v for k, v in (column_map or {}).items() if k in candidate.headers}
    return map_headers(candidate.headers, kind, present, candidate.is_cut_header)


def _listed(candidates: Sequence[Candidate]) -> str:
    return "、".join(candidate.name for candidate in candidates[:30])
