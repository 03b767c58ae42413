"""Files that are there as a whole or not at all: the one way everything is written.

Drafts are made in a hidden folder on the disk of their place, brought to the disk (fsync), and
renamed over what was there. Whatever goes wrong, the old file stays and the drafts go; a killed
process leaves a hidden folder that the next who writes there sweeps away.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gis.errors import DiskError, UsageError
from gis.files import disk, drafts

# Everything a GIS may have put beside a .shp: left lying, it would describe the old shapes.
_SIDE_FILES = (".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".fix", ".shp.xml")
# A zip records when each member was made; a fixed instant keeps equal content equal.
_ZIP_INSTANT = (1980, 1, 1, 0, 0, 0)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of `out` in one step when the block succeeds.

    The folder of `out` is made. A link is followed, the mode of an old file is kept. What the disk
    refuses leaves as DiskError naming `out`.
    """
    place = _place(out)
    with beside(place) as folder:
        draft = folder / place.name
        with disk.explained(out, folder):
            yield draft
            if place.exists():
                shutil.copymode(place, draft)
            _bring_to_disk(draft)
            draft.replace(place)
            _bring_to_disk(place.parent)


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """Give an empty folder on the disk of `out`; it is gone afterwards, whatever happened."""
    parent = out.parent
    with disk.explained(parent):
        parent.mkdir(parents=True, exist_ok=True)
    with drafts.held(parent) as folder, disk.explained(out, folder):
        yield folder


@contextmanager
def filling(out: Path, last: Sequence[str] = ()) -> Iterator[Path]:
    """Give an empty folder whose files all come into the folder `out` when the block succeeds.

    None comes before all are written. Those named in `last` come after the others, in that order,
    and their old ones go first: whoever meets them meets files that are there.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(
            f"{out} 是文件，不是目录 is a file and no folder", "给出目录 name a folder"
        )
    with disk.explained(out):
        out.mkdir(parents=True, exist_ok=True)
    with drafts.held(out) as folder, disk.explained(out, folder, out):
        try:
            yield folder
        except DiskError as fault:
            # Told with the place its reader knows, not with that of the draft.
            found = fault.found.replace(str(folder), str(out))
            raise DiskError(found, fault.mend) from fault
        made = [draft for draft in sorted(folder.iterdir()) if not draft.is_dir()]
        made.sort(key=lambda draft: last.index(draft.name) if draft.name in last else -1)
        _take_places(made, out, [out / name for name in last])


def publish(folder: Path, shapefile: Path, sidecars: tuple[str, ...]) -> list[Path]:
    """Move the finished set of `shapefile` out of `folder`: never a .shp with half its files.

    The old .shp goes first and the new one comes last, so a reader (or a power cut) in between
    meets no shapefile rather than old shapes beside new attributes. `sidecars` are the endings
    our own lists may have; one that this export does not bring is removed.
    """
    stem = shapefile.with_suffix("")
    old = [stem.with_name(stem.name + end) for end in (".shp", *_SIDE_FILES, *sidecars)]
    made = sorted(folder.iterdir(), key=lambda draft: (draft.suffix == ".shp", draft.name))
    with disk.explained(shapefile, folder, shapefile.parent):
        return _take_places(made, shapefile.parent, old)


def pack(folder: Path, out: Path) -> None:
    """Write the files of `folder` into the zip `out`, byte for byte the same for equal files."""
    with zipfile.ZipFile(out, "w") as archive:
        for member in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(member.name, date_time=_ZIP_INSTANT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, member.read_bytes())


def unpack(content: bytes, folder: Path, stem: str) -> None:
    """Write the members of the zip `content` into `folder` under the name `stem`."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            target = folder / f"{stem}{Path(member.filename).suffix}"
            with archive.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)


def refuse_same(out: Path | None, *others: Path | None) -> None:
    """Refuse to write `out` where it is one of `others`: a file to be read, or written as well."""
    for other in others:
        if out is None or other is None:
            continue
        if out.resolve() == other.resolve() or (
            out.exists() and other.exists() and out.samefile(other)
        ):
            raise UsageError(
                f"{out} 已是这次要读或要写的另一个文件 is another file this call reads or writes",
                "换一个输出文件名 name another file to write",
            )


def _take_places(made: Sequence[Path], out: Path, old: Sequence[Path]) -> list[Path]:
    """Bring drafts to the disk, remove what is old, and rename the drafts into `out` in order."""
    places = [out / draft.name for draft in made]
    for place in places:
        if place.is_dir():
            raise UsageError(
                f"{place} 是目录 is a folder", "移走它 move it away, or write elsewhere"
            )
    for draft in made:
        _bring_to_disk(draft)
    for place in old:
        place.unlink(missing_ok=True)
    for draft, place in zip(made, places, strict=True):
        draft.replace(place)
    _bring_to_disk(out)
    return places


def _place(out: Path) -> Path:
    """Return where `out` lies, links followed; UsageError where no file can be."""
    if "\0" in str(out):
        raise UsageError(
            f"文件名里有空字符 the name {str(out)!r} holds a NUL", "改正 mend the name"
        )
    with disk.explained(out, *out.parents):
        place = Path(os.path.realpath(out))
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return place
    if stat.S_ISDIR(mode):
        raise UsageError(f"{out} 是目录 is a folder", "给出文件名 name a file")
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"{out} 不是普通文件，不能被替换 is no regular file and cannot be replaced",
            "给出文件名，或用 --json 和管道 name a file, or use --json and a pipe",
        )
    return place


def _bring_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
