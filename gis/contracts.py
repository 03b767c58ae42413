"""What landwatch publishes besides its tables: code lists with labels, and the shape of --json.

Read from `contracts.toml`, whose head explains every entry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources

_CONTENT = tomllib.loads(
    resources.files("gis").joinpath("contracts.toml").read_text(encoding="utf-8")
)
CODES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    name: {code: (labels[0], labels[1]) for code, labels in entry.items()}
    for name, entry in _CONTENT["codes"].items()
}
# What a legend or a column has room for; where a code is not in it, its label is short enough.
SHORT: Mapping[str, Mapping[str, tuple[str, str]]] = {
    name: {code: (labels[0], labels[1]) for code, labels in entry.items()}
    for name, entry in _CONTENT["short"].items()
}
JSON: Mapping[str, Mapping[str, str]] = _CONTENT["json"]


def label(code_list: str, code: str | None, language: str = "zh") -> str:
    """Return what a person reads for a code; a missing code reads as an empty string."""
    if code is None or code != code:
        return ""
    chinese, english = CODES[code_list][code]
    return chinese if language == "zh" else english


def facts(missing: Sequence[str] | None, language: str = "zh") -> str:
    """Return what a person reads for a column `missing`; nothing lacking reads as an empty string.

    >>> facts(["evidence_after:2026-04-01", "price"])
    '未动工证据，日期不早于 2026-04-01；价款'
    """
    if missing is None or missing != missing:
        return ""
    mark = "；" if language == "zh" else "; "
    return mark.join(_fact(code, language) for code in missing)


def clashes(told: Sequence[str] | None, language: str = "zh") -> str:
    """Return what a person reads for a column `clashes`; none reads as an empty string.

    >>> clashes(["cause_clash", "duty_before_signing"])
    '认定书原因与事实不符；约定动工日早于签订日'
    """
    if told is None or told != told:
        return ""
    mark = "；" if language == "zh" else "; "
    return mark.join(label("clash", code, language) for code in told)


def _fact(code: str, language: str) -> str:
    if code in CODES["missing"]:
        return label("missing", code, language)
    head, _, tail = code.partition(":")
    return f"{label('missing', head, language)} {tail}" if head in CODES["missing"] else code
