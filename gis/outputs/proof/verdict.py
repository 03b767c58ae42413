"""What was proved of a folder, by which of the three ways, and all that is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gis.outputs.proof import signature
from gis.outputs.proof.cells import Difference
from gis.outputs.proof.folder import Compared, Folder
from gis.outputs.proof.manifest import Manifest

SIGNATURE, RUN, FILES, PACKAGE, STORE = "signature", "run", "files", "package", "store"
OWN, GIVEN, UNKNOWN, OTHER, BROKEN, NONE = "own", "given", "unknown", "other", "broken", "none"
_RESAVED = ".xlsx"


@dataclass(frozen=True)
class Verdict:
    """Which ways were gone (None: not gone) and what they found; `resaved`: cells equal, not bytes.

    `signed` is own, given (by the key of this machine or the one given), unknown (by a key nobody
    here knows), other (another key than the one expected), broken or none.
    """

    signed: str
    key: bytes | None
    files: bool
    package: bool | None
    store: bool | None
    cells_count: int
    differences: tuple[tuple[str, Difference], ...]
    resaved: tuple[str, ...] = field(default=())

    @property
    def is_right(self) -> bool:
        """True where nothing was found that is not as it should be."""
        return not self.differences


def of(
    told: Manifest,
    folder: Folder,
    by_files: Compared,
    by_package: Compared | None,
    by_store: Compared | None,
    runs: tuple[Difference, ...],
    own_key: bytes | None,
    given_key: bytes | None,
) -> Verdict:
    """Return the verdict; what is named by its cell is not told again by its file."""
    signed = _signed(told, own_key, given_key)
    looked_at = [one for one in (by_store, by_package) if one is not None]
    cells: dict[tuple[str, str, str, str], tuple[str, Difference]] = {}
    for way, found in ((STORE, by_store), (PACKAGE, by_package)):
        for one in found.differences if found is not None else ():
            cells.setdefault((one.where, one.cell, one.row, one.column), (way, one))
    of_file = {one.where.split(" / ")[0] for _, one in cells.values()}
    resaved = tuple(
        name
        for name in folder.names
        if name.endswith(_RESAVED)
        and name not in of_file
        and looked_at
        and not any(name == one.where for found in looked_at for one in found.unreadable)
        and any(name in folder.expected for _ in looked_at)
        and _is_changed(name, (by_files, by_store))
    )
    rest: dict[str, tuple[str, Difference]] = {}
    for way, found in ((FILES, by_files), (STORE, by_store), (PACKAGE, by_package)):
        if found is None:
            continue
        for one in (*found.hashes, *found.unreadable):
            if one.where not in of_file and one.where not in resaved:
                rest.setdefault(one.where, (way, one))
    return Verdict(
        signed=signed,
        key=told.signed.public_key,
        files=by_files.is_right,
        package=None if by_package is None else by_package.is_right,
        store=None if by_store is None else not (by_store.differences or by_store.unreadable),
        cells_count=max((one.cells_count for one in looked_at), default=0),
        differences=(
            *((RUN, one) for one in runs),
            *cells.values(),
            *rest.values(),
            *((SIGNATURE, one) for one in _signature(signed, told, own_key, given_key)),
        ),
        resaved=resaved,
    )


def shown(said: Verdict, most: int) -> list[tuple[str, Difference]]:
    """Return the first `most` differences of cells and files; run and signature always."""
    always = {RUN, SIGNATURE}
    first = [one for one in said.differences if one[0] not in always][:most]
    return [one for one in said.differences if one[0] in always or one in first]


def as_json(way: str, one: Difference) -> dict[str, Any]:
    """Return a difference as it is published."""
    return {"proof": way, **vars(one)}


def _is_changed(name: str, found: tuple[Compared | None, ...]) -> bool:
    """True where the bytes differ and both sides have the file."""
    told = [one for each in found if each is not None for one in each.hashes if one.where == name]
    return bool(told) and all(one.printed and one.stored for one in told)


def _signed(told: Manifest, own_key: bytes | None, given_key: bytes | None) -> str:
    if told.signed.public_key is None:
        return NONE
    if not told.signed.is_whole:
        return BROKEN
    wanted = given_key or own_key
    if wanted is None:
        return UNKNOWN
    if told.signed.public_key != wanted:
        return OTHER
    return GIVEN if given_key else OWN


def _signature(
    signed: str, told: Manifest, own_key: bytes | None, given_key: bytes | None
) -> Iterator[Difference]:
    """Yield what is wrong with the signature: an old form has none, and a key may be unknown."""
    wanted = given_key or own_key
    finger = None if wanted is None else signature.fingerprint(wanted)
    if signed == BROKEN:
        yield Difference(
            "manifest.json", "", "", SIGNATURE, "与内容不符 does not fit the content", None
        )
    elif signed == OTHER:
        assert told.signed.public_key is not None
        found = signature.fingerprint(told.signed.public_key)
        yield Difference("manifest.json", "", "", "public_key", found, finger)
    elif signed == NONE and (given_key is not None or told.groups is not None):
        yield Difference("manifest.json", "", "", SIGNATURE, None, finger)


WORDS: Mapping[str, str] = {
    OWN: "签名有效，由本机的密钥签发 signed by this machine",
    GIVEN: "签名有效，由所给公钥签发 signed by the key given",
    UNKNOWN: "签名完整，但本机不认识签发的密钥，未证明由谁签发"
    " whole, by a key unknown here: whose is not proved",
    OTHER: "由另一把密钥签发 signed by another key",
    BROKEN: "签名与内容不符 does not fit the content",
    NONE: "没有签名 not signed",
}
