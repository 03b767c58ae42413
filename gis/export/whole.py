"""Files that are there as a whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import UsageError

# Everything a GIS may have put beside a .shp: left lying, it would describe the old shapes.
_SIDE_FILES = (".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".fix", ".shp.xml")
# A zip records when each member was made; a fixed instant keeps equal content equal.
_ZIP_INSTANT = (1980, 1, 1, 0, 0, 0)


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """Give an empty folder on the disk of `out`; it is gone afterwards, whatever happened."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".landwatch-", dir=out.parent))
    except OSError as fault:
        raise UsageError(
            f"写不进 cannot write into {out.parent}: {fault.strerror}",
            "换一个可写的目录 name a folder you may write to",
        ) from fault
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of `out` in one step when the block succeeds."""
    if out.is_dir():
        raise UsageError(f"{out} 是目录 is a folder", "给出文件名 name a file")
    with beside(out) as folder:
        draft = folder / out.name
        yield draft
        draft.replace(out)


def publish(folder: Path, shapefile: Path, sidecars: tuple[str, ...]) -> list[Path]:
    """Move the finished set of `shapefile` out of `folder`: never a .shp with half its files.

    The old .shp goes first and the new one comes last, so a reader (or a power cut) in between
    meets no shapefile rather than old shapes beside new attributes. `sidecars` are the endings
    our own lists may have; one that this export does not bring is removed.
    """
    stem = shapefile.with_suffix("")
    for ending in (".shp", *_SIDE_FILES, *sidecars):
        stem.with_name(stem.name + ending).unlink(missing_ok=True)
    drafts = sorted(folder.iterdir(), key=lambda draft: (draft.suffix == ".shp", draft.name))
    published = [shapefile.parent / draft.name for draft in drafts]
    for draft, place in zip(drafts, published, strict=True):
        draft.replace(place)
    return published


def pack(folder: Path, out: Path) -> None:
    """Write the files of `folder` into the zip `out`, byte for byte the same for equal files."""
    with zipfile.ZipFile(out, "w") as archive:
        for member in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(member.name, date_time=_ZIP_INSTANT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, member.read_bytes())
