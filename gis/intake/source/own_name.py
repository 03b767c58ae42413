"""A delivery under a name of our own: links to its parts in a private folder, and to nothing else.

A library looks beside a file for more, and reads addresses and commands out of a name like
`http:a.gpkg` or `a;b.gpkg`. In the folder of links is only what belongs to the delivery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from gis.intake.file_names import told_name
from gis.intake.source.completeness import shapefile_parts
from gis.intake.source.encoding import agree, guess
from gis.intake.source.file_format import Opened, refusal

# Formats whose reader is given a path it may make something of -> the suffix it expects.
_SUFFIXES = {
    "geopackage": ".gpkg",
    "flatgeobuf": ".fgb",
    "filegdb": ".gdb",
    "geojson": ".geojson",
    "kml": ".kml",
    "parquet": ".parquet",
    "raster": ".tif",
}
# A name kept as it is: word signs of any script, inside it points, hyphens, blanks and brackets.
_PLAIN = re.compile(r"[^\W_](?:[\w.\- ()（）]*[\w)）])?")
_MOST_NAME_BYTES = 200
# What lies beside an image and says where and when it was taken.
_SIDECARS = {".tfw", ".tifw", ".wld", ".xml", ".txt", ".imd", ".rpb", ".rpc", ".met", ".pvl"}
_MOST_SIDECAR_BYTES = 1 << 20
# Words of a sidecar by which it names further files as parts of the image.
_NAMES_FILES = re.compile(
    rb"OVERVIEW_FILE|SourceFilename|SourceDataset|RawFile|MASK_FILE|<VRT", re.I
)
_MAIN_PARTS = {"shapefile": ".shp", "dbf": ".dbf"}
_OUR_STEM = "delivery"


def under_own_name(source: Opened, folder: Path) -> Opened:
    """Return the delivery with `path` in `folder`, where links stand for its parts."""
    if source.format in {"shapefile", "dbf"}:
        return _with_parts(source, folder)
    if source.format not in _SUFFIXES:
        return source
    stem = _stem_of(source.path, 0)
    link = folder / f"{stem}{_SUFFIXES[source.format]}"
    link.symlink_to(source.path.resolve())
    return replace(source, path=link, stems={stem: source.stem})


def image_under_own_name(image: Path, folder: Path) -> tuple[Path, list[str]]:
    """Return a link to an image in `folder`, the small files that describe it linked beside it.

    Those that name further files, or are links themselves, are left out; their names come second.
    """
    stem, left_out = _stem_of(image, 0), []
    link = folder / f"{stem}{_SUFFIXES['raster']}"
    link.symlink_to(image.resolve())
    for part in sorted(image.parent.iterdir()):
        if part == image or not part.name.startswith(image.stem):
            continue
        if part.suffix.lower() not in _SIDECARS or not part.is_file():
            continue
        is_small = part.stat().st_size <= _MOST_SIDECAR_BYTES
        if part.is_symlink() or not is_small or _NAMES_FILES.search(part.read_bytes()):
            left_out.append(told_name(part.name))
            continue
        rest = part.name.removeprefix(image.name)
        # 'a.tif.aux.xml' belongs to 'a.tif', 'a.tfw' to 'a'.
        name = f"{link.name}{rest}" if rest != part.name else stem + part.name[len(image.stem) :]
        (folder / name).symlink_to(part.resolve())
    return link, left_out


def refuse_links(name: str, parts: Iterable[Path], home: Path) -> None:
    """Refuse a delivery of many parts of which one is a link out of it, or no file at all."""
    inside = home.resolve()
    for part in parts:
        if part.is_symlink() and part.resolve().parent != inside:
            raise refusal(
                name,
                f"其中 {told_name(part.name)} 是指向别处的链接，不是文件",
                f"{told_name(part.name)} in it is a link to somewhere else, no file",
                "请报送文件本身，不要链接",
            )
        if not (part.is_file() or part.is_dir()):
            raise refusal(
                name,
                f"其中 {told_name(part.name)} 不是普通文件",
                f"{told_name(part.name)} in it is no regular file",
                "请报送普通文件",
            )


def _with_parts(source: Opened, folder: Path) -> Opened:
    is_many = source.path.is_dir()
    shapes = [source.path]
    if is_many:
        shapes = sorted(p for p in source.path.iterdir() if p.suffix.lower() == ".shp")
    stems = {}
    for number, shape in enumerate(shapes):
        parts = shapefile_parts(shape)
        refuse_links(source.name, (p for p in parts.values() if p != source.path), shape.parent)
        stem = _stem_of(shape, number)
        stems[stem] = told_name(shape.stem)
        for suffix, part in parts.items():
            _linked(part, folder / f"{stem}{suffix}")
    path = folder if is_many else folder / f"{next(iter(stems))}{_MAIN_PARTS[source.format]}"
    return replace(source, path=path, stems=stems)


def _linked(part: Path, link: Path) -> None:
    """Link to a part; a .prj that names its system in GBK is put into UTF-8, as GDAL wants it."""
    if link.suffix == ".prj" and not agree("utf-8", raw := part.read_bytes()):
        text = raw.decode(guess(raw).encoding, errors="replace")
        link.write_text(text, encoding="utf-8")
    else:
        link.symlink_to(part.resolve())


def _stem_of(path: Path, number: int) -> str:
    stem = path.stem
    is_plain = _PLAIN.fullmatch(stem) is not None and stem.isprintable()
    if is_plain and len(stem.encode(errors="replace")) <= _MOST_NAME_BYTES:
        return stem
    return _OUR_STEM + (f"_{number}" if number else "")
