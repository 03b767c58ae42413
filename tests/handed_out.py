"""A folder as `run --out` wrote it, spoilt as a forger would, and what `verify` says of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gis.outputs.proof import manifest, signature
from tests.warm import Desk

BOOK = "土地监测.xlsx"


def content(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return told


def keep(folder: Path, told: dict[str, Any]) -> None:
    text = json.dumps(told, ensure_ascii=False)
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def renew(folder: Path, *names: str) -> None:
    """Give the manifest the hashes of files that were changed, as a forger would."""
    told = content(folder)
    for name in names:
        told["files"][name] = manifest.sha256(folder / name)
    keep(folder, told)


def sign(folder: Path, told: dict[str, Any]) -> None:
    """Sign a manifest with a key of one's own."""
    key = Ed25519PrivateKey.generate()
    told["signature"] = {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "value": base64.b64encode(key.sign(signature.payload(told))).decode(),
    }
    keep(folder, told)


def judged(demo: Desk, path: Path, *options: str, code: int = 1) -> dict[str, Any]:
    done = demo.call("verify", str(path), *options, "--json")
    assert (done.code, done.stderr) == (code, ""), done.stdout
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["is_right"] is (code == 0)
    return said


def places(said: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the sheet or file of every difference, with its cell, else its column."""
    return {(one["where"], one["cell"] or one["column"]) for one in said["differences"]}
