"""A folder that was handed out, held against its manifest and against what the store gives now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gis.outputs.proof import lists, manifest, xlsx
from gis.outputs.proof.cells import Difference, Group, differences, folded
from gis.outputs.proof.manifest import Manifest
from gis.outputs.proof.unreadable import UnreadableError

Reader = Callable[[Path, str], list[Group]]
HASH, UNREADABLE = "sha256", "打不开 unreadable"
# What a workbook may unpack to, beside so much for every cell it is known to hold.
_BASE_BYTES, _BYTES_A_CELL = 1 << 24, 4_000


@dataclass
class Compared:
    """What one comparison found: cells, hashes and files that cannot be read; cells compared."""

    differences: list[Difference] = field(default_factory=list)
    hashes: list[Difference] = field(default_factory=list)
    unreadable: list[Difference] = field(default_factory=list)
    cells_count: int = 0

    @property
    def is_right(self) -> bool:
        """True where nothing differs."""
        return not (self.differences or self.hashes or self.unreadable)


@dataclass(frozen=True)
class Folder:
    """The files that lie in a folder, and their cells, each read once."""

    path: Path
    readers: Mapping[str, Reader]
    expected: Mapping[str, int]  # file -> how many cells it should hold
    _read: dict[str, list[Group] | str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return every file below the folder but the manifest, in order."""
        found = (file.relative_to(self.path).as_posix() for file in self.path.rglob("*"))
        return sorted(n for n in found if n != manifest.NAME and not (self.path / n).is_dir())

    def groups(self, name: str) -> list[Group] | str:
        """Return the cells of a file; in words why it cannot be read."""
        if name not in self._read:
            try:
                self._read[name] = groups_of(
                    self.path / name, name, self.readers, self.expected.get(name, 0)
                )
            except UnreadableError as fault:
                self._read[name] = str(fault)
        return self._read[name]


def groups_of(
    file: Path, name: str, readers: Mapping[str, Reader], cells_count: int | None = None
) -> list[Group]:
    """Return the cells of one file; nothing for a kind of file that holds none.

    `cells_count`: how many it is known to hold, which bounds what it may unpack to.
    """
    suffix = file.suffix.lower()
    if suffix == ".xlsx":
        most = None if cells_count is None else _BASE_BYTES + _BYTES_A_CELL * cells_count
        return xlsx.read(file, name, most)
    own: Mapping[str, Reader] = {
        ".csv": lists.read_csv,
        ".dbf": lists.read_dbf,
        ".shp": lists.read_shp,
    }
    reader = readers.get(suffix) or own.get(suffix)
    return [] if reader is None else reader(file, name)


def counted(groups: Sequence[Group]) -> dict[str, int]:
    """Return file -> how many cells the groups say it holds."""
    counts: dict[str, int] = {}
    for one in groups:
        counts[one.file] = counts.get(one.file, 0) + one.cells_count
    return counts


def against_groups(folder: Folder, told: Sequence[Group], *, is_stored: bool) -> Compared:
    """Hold the cells of the folder's files against cells that are told of.

    `is_stored`: they are what the store gives now, in full; else those of the manifest, which
    stands accused itself: what it says is `printed`, what the file holds `stored`.
    """
    found = Compared()
    there = set(folder.names)
    waiting = {one.where: one for one in told}
    for name in dict.fromkeys([*(one.file for one in told), *sorted(there)]):
        groups = folder.groups(name) if name in there else []
        if isinstance(groups, str) or name not in there:
            # That a file is not there is told by its hash.
            for where in [where for where, one in waiting.items() if one.file == name]:
                del waiting[where]
            if isinstance(groups, str):
                found.unreadable.append(Difference(name, "", "", UNREADABLE, groups, None))
            continue
        for group in groups:
            own = group if is_stored else folded(group)
            other = waiting.pop(group.where, None)
            if other is None:
                found.differences.append(_absent(group, is_printed=is_stored))
                continue
            found.cells_count += own.cells_count
            sides = (own, other) if is_stored else (other, own)
            found.differences += differences(*sides)
    for other in waiting.values():
        found.differences.append(_absent(other, is_printed=not is_stored))
    return found


def _absent(group: Group, *, is_printed: bool) -> Difference:
    """Return the difference of a sheet, list or layer that only one side has."""
    words = f"{len(group.rows)} 行 rows"
    sides = (words, None) if is_printed else (None, words)
    return Difference(group.where, "", "", "缺少 entry", *sides)


def against_hashes(folder: Folder, told: Manifest) -> Compared:
    """Hold the folder's files against the hashes of the manifest: changed, missing, added."""
    return Compared(
        hashes=[
            Difference(name, "", "", HASH, should, found)
            for name, found, should in _by_hash(folder, told.files)
        ]
    )


def against_fresh(folder: Folder, fresh: Folder, left_out: Callable[[Group], bool]) -> Compared:
    """Hold the folder against the same folder written anew from the store, byte by byte.

    Cells are held side by side too, so that what differs is named by its place. `left_out` says
    which groups cannot be held so: the program or the law that wrote them is not at hand.
    """
    groups = [one for name in fresh.names for one in _readable(fresh, name)]
    skipped = {one.where for one in groups if left_out(one)}
    found = against_groups(folder, groups, is_stored=True)
    found.differences = [one for one in found.differences if one.where not in skipped]
    if not skipped:
        hashes = {name: manifest.sha256(fresh.path / name) for name in fresh.names}
        found.hashes = [
            Difference(name, "", "", HASH, is_, should)
            for name, is_, should in _by_hash(folder, hashes)
        ]
    return found


def _readable(folder: Folder, name: str) -> list[Group]:
    groups = folder.groups(name)
    if isinstance(groups, str):
        raise AssertionError(f"{name} was just written and cannot be read: {groups}")
    return groups


def _by_hash(
    folder: Folder, told: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield file, hash as found, hash as told of every file in which the two differ."""
    for name in sorted({*told, *folder.names}):
        file = folder.path / name
        found = manifest.sha256(file) if file.is_file() else None
        if found != told.get(name):
            yield name, found, told.get(name)
