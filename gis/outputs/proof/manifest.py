"""The manifest of what a run was handed out as: every file by its hash, every cell by its place.

It is signed, so that a folder can be proved later, on any machine that has the public key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gis.errors import UsageError
from gis.files import atomic, disk
from gis.outputs.proof import signature
from gis.outputs.proof.cells import Group, folded
from gis.outputs.proof.signature import Signed, Signer
from gis.store.runs import Run

NAME = "manifest.json"
FORM = "landwatch manifest 2"
# Without cells of texts and without a signature; its files and its run can still be proved.
_FIRST_FORM = "landwatch manifest 1"
_RUN = (
    *("id", "as_of", "delivery", "region"),
    *("code_version", "code_digest", "law_digest", "input_digest"),
)
_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a folder is said to hold: the run, file -> sha256, the cells (None: an old form).

    `written_by` is the digest of the program that wrote the folder, which may be a later one than
    the run's. `listed`: which list of the run this is, in which format and of which land; None
    where the folder holds all that a run is handed out as.
    """

    run: Mapping[str, Any]
    files: Mapping[str, str]
    groups: tuple[Group, ...] | None
    written_by: str | None
    signed: Signed
    listed: Mapping[str, Any] | None = None


def write(
    run: Run,
    groups: Sequence[Group],
    files: Sequence[Path],
    out: Path,
    written_by: str,
    signer: Signer,
    listed: Mapping[str, Any] | None = None,
) -> Path:
    """Write the signed manifest of a run's `files`, which lie in its folder; return its path.

    `listed` says how one list alone was written (see `Manifest`).
    """
    figures: list[dict[str, Any]] = [
        {"where": one.where, "kind": one.kind, "head": one.head, "rows": one.rows}
        for one in map(folded, groups)
    ]
    head = {
        "form": FORM,
        "run": of_run(run),
        "written_by": written_by,
        "files": {file.relative_to(out.parent).as_posix(): sha256(file) for file in sorted(files)},
    }
    if listed is not None:
        head["list"] = dict(listed)
    signed = signer(signature.payload({**head, "figures": figures}))
    lines = [
        json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ",",
        f' "signature": {json.dumps(signed)},',
        ' "figures": [',
    ]
    for number, one in enumerate(figures, start=1):
        names = {name: value for name, value in one.items() if name != "rows"}
        lines.append(f'  {json.dumps(names, ensure_ascii=False).removesuffix("}")}, "rows": [')
        rows = [json.dumps(row, ensure_ascii=False) for row in one["rows"]]
        lines.append(",\n".join(f"   {row}" for row in rows))
        lines.append("  ]}" + ("," if number < len(figures) else ""))
    lines.append(" ]\n}\n")
    with atomic.replacing(out) as draft:
        draft.write_text("\n".join(line for line in lines if line), encoding="utf-8")
    return out


def read(path: Path) -> Manifest:
    """Return what a manifest says; UsageError when it is none."""
    try:
        content = json.loads(disk.text_of(path))
        form = content["form"]
        if form not in {FORM, _FIRST_FORM}:
            raise KeyError("form")
        groups = [
            Group(
                str(each["where"]),
                str(each["kind"]),
                int(each["head"]),
                tuple((str(row[0]), *row[1:]) for row in each["rows"]),
            )
            for each in (content["figures"] if form == FORM else [])
        ]
        files = {_inside(name): str(digest) for name, digest in content["files"].items()}
        return Manifest(
            run={**content["run"], "id": int(content["run"]["id"])},
            files=files,
            groups=tuple(groups) if form == FORM else None,
            written_by=content.get("written_by"),
            signed=signature.read(content),
            listed=content.get("list"),
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as fault:
        raise UsageError(
            f"{path} 不是 landwatch 的清单 is no manifest of landwatch: {fault}",
            "给出 name the manifest.json 由 landwatch run --out 写出 that run --out wrote",
        ) from fault


def sha256(file: Path) -> str:
    """Return the sha256 of a file, hex."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(_HASHED_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def of_run(run: Run) -> dict[str, Any]:
    """Return what a manifest says of its run."""
    values = {**vars(run), "as_of": run.as_of.isoformat()}
    return {name: values[name] for name in _RUN}


def _inside(name: str) -> str:
    """Return a file's name; ValueError for one that leads out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name or not name:
        raise ValueError(f"file {name!r}")
    return name
