"""Files made to do harm: each names a secret or an address, never ends, or swells in memory."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests import hostile_binary
from tests import hostile_places as places
from tests.hostile_places import Maker
from tests.intake_samples import CODES, parcels, write_shapefile, write_xls
from tests.workbook_samples import write_xlsb

SECRET = "SECRET-OF-ANOTHER-FILE"
SQUARE = [[[112.0, 39.7], [112.001, 39.7], [112.001, 39.701], [112.0, 39.701], [112.0, 39.7]]]


def secret(folder: Path) -> Path:
    """A file beside the delivery that nobody delivered."""
    path = folder / "other.csv"
    shape = "POLYGON((112 39.7,112.001 39.7,112.001 39.701,112 39.7))"
    path.write_text(f'WKT,宗地代码\n"{shape}",{SECRET}\n', encoding="utf-8")
    return path


def _vrt(source: str) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource>{source}</SrcDataSource>'
        "<GeometryType>wkbPolygon</GeometryType><LayerSRS>EPSG:4490</LayerSRS>"
        '<GeometryField encoding="WKT" field="WKT"/></OGRVRTLayer></OGRVRTDataSource>'
    )


def _text(name: str, content: Callable[[Path, str], str]) -> Maker:
    def make(folder: Path, address: str) -> Path:
        path = folder / name
        path.write_text(content(folder, address), encoding="utf-8")
        return path

    return make


def _geojson(**more: object) -> str:
    feature = {
        "type": "Feature",
        "properties": {"宗地代码": CODES[0]},
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    }
    return json.dumps({"type": "FeatureCollection", **more, "features": [feature]})


def _crs(kind: str, **properties: str) -> dict[str, object]:
    return {"type": kind, "properties": properties}


def _kml(inside: str, head: str = "") -> str:
    ring = " ".join(f"{x},{y},0" for x, y in SQUARE[0])
    place = (
        f"<Placemark><name>{CODES[0]}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{inside}{place}</Document></kml>"
    )


def _geopackage(name: str, *statements: str) -> Maker:
    def make(folder: Path, address: str) -> Path:
        path = folder / "made.gpkg"
        parcels().to_file(path, layer="宗地", driver="GPKG")
        with sqlite3.connect(path) as database:
            for statement in statements:
                database.execute(statement.format(folder=folder, address=address))
        database.close()
        return path.rename(folder / name)

    return make


def _view(query: str) -> tuple[str, ...]:
    return (
        f"CREATE VIEW v AS {query}",
        "INSERT INTO gpkg_contents(table_name,data_type,identifier,srs_id)"
        " VALUES('v','features','v',4525)",
        "INSERT INTO gpkg_geometry_columns VALUES('v','geom','POLYGON',4525,0,0)",
        "DELETE FROM gpkg_contents WHERE table_name = '宗地'",
    )


def _prj(text: str) -> Maker:
    def make(folder: Path, address: str) -> Path:
        path = write_shapefile(folder / "grid.shp")
        path.with_suffix(".prj").write_text(text.format(folder=folder, address=address))
        return path

    return make


def _zipped(name: str, *members: tuple[str, bytes, int]) -> Maker:
    """A zip of members, each of them `count` times the same block."""

    def make(folder: Path, address: str) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, block, count in members:
                with archive.open(member, "w", force_zip64=True) as sink:
                    for _ in range(count):
                        sink.write(block)
        return folder / name

    return make


def _workbook(name: str, sheet: str, strings: bytes = b"", count: int = 0) -> Maker:
    def make(folder: Path, address: str) -> Path:
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        relations = "http://schemas.openxmlformats.org/package/2006/relationships"
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr(
                "[Content_Types].xml",
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
                "</Types>",
            )
            book.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{relations}"><Relationship Id="a" '
                f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            book.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
                '<sheet name="宗地" sheetId="1" r:id="a"/></sheets></workbook>',
            )
            book.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{relations}"><Relationship Id="a" '
                f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="b" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
                f'<Relationship Id="c" Type="{office}/externalLink" Target="{address}/x.xlsx" '
                'TargetMode="External"/></Relationships>',
            )
            book.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}">{sheet}'
                          "</worksheet>")  # fmt: skip
            with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as sink:
                sink.write(f'<sst xmlns="{main}">'.encode())
                for _ in range(count):
                    sink.write(strings)
                sink.write(b"</sst>")
        return folder / name

    return make


_ROW = (
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>宗地代码</t></is></c></row>{}</sheetData>'
)


def _linked_part(folder: Path, address: str) -> Path:
    path = write_shapefile(folder / "linked.shp")
    path.with_suffix(".dbf").unlink()
    path.with_suffix(".dbf").symlink_to(secret(folder).resolve().parent.parent / "elsewhere.dbf")
    (folder.parent / "elsewhere.dbf").write_bytes(b"\x03" + bytes(100))
    return path


def _linked_folder(folder: Path, address: str) -> Path:
    inside = folder / "folder"
    inside.mkdir()
    write_shapefile(inside / "a.shp")
    (inside / "b.csv").symlink_to(secret(folder))
    return inside


def _zip_with_link(folder: Path, address: str) -> Path:
    path = folder / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("parcels.geojson")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, str(secret(folder)))
    return path


def _names(count: int) -> str:
    return ",".join(["宗地代码", *(f"列{n}" for n in range(1, count))])


def _nested(depth: int) -> Maker:
    return _text("nested.geojson", lambda *_: '{"type":"Feature","a":' + "[" * depth + "]" * depth)


def _far_xlsb(folder: Path, address: str) -> Path:
    """The second row of a sheet moved down to the last there can be."""
    path = write_xlsb(folder / "near.xlsb", [["宗地代码"], [*[None] * 16_383, 1]])
    with zipfile.ZipFile(path) as near, zipfile.ZipFile(folder / "far.xlsb", "w") as far:
        for name in near.namelist():
            part = near.read(name)
            if name.endswith("sheet1.bin"):
                head = struct.pack("<IIH", 1, 0, 300)  # row, format, height
                assert part.count(head) == 1
                part = part.replace(head, struct.pack("<IIH", 1_048_575, 0, 300))
            far.writestr(name, part)
    return folder / "far.xlsb"


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_NADGRIDS = "+proj=longlat +ellps=GRS80 +nadgrids={folder}/other.csv +no_defs"
_GRID_WKT = (
    'BOUNDCRS[SOURCECRS[GEOGCRS["a",DATUM["b",ELLIPSOID["c",6378137,298.257222101]],'
    'CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],ANGLEUNIT["degree",0.0174532925199433]]],'
    'TARGETCRS[GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,'
    '298.257223563]],CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],'
    'ANGLEUNIT["degree",0.0174532925199433]]],ABRIDGEDTRANSFORMATION["t",METHOD["NTv2",'
    'ID["EPSG",9615]],PARAMETERFILE["Latitude and longitude difference file","{folder}/other.csv",'
    'ID["EPSG",8656]]]]'
)

# What may never come in: refused with one sentence.
REFUSED: dict[str, Maker] = {
    "vrt with <kml": _text("vrt.kml", lambda f, _: _vrt(str(secret(f))) + "<kml></kml>"),
    "kml comment before vrt": _text(
        "vrt2.kml", lambda f, _: "<!-- <kml> -->" + _vrt(str(secret(f))) + "<kml></kml>"
    ),
    "vrt in a zip": _zipped(
        "vrt.zip", ("a.kml", _vrt("/etc/passwd").encode() + b"<kml></kml>", 1)
    ),
    "vrt over the network": _text(
        "web.kml", lambda _, a: _vrt(f"/vsicurl/{a}/x.csv") + "<kml></kml>"
    ),
    "vrt as geojson": _text("vrt.geojson", lambda f, _: _vrt(str(secret(f)))),
    "raster vrt": _text("r.tif", lambda f, _: f"<VRTDataset><!-- {secret(f)} --></VRTDataset>"),
    "wms": _text("m.tif", lambda _, a: f"<GDAL_WMS><ServerUrl>{a}</ServerUrl></GDAL_WMS>"),
    "wfs": _text("w.kml", lambda _, a: f"<OGRWFSDataSource><URL>{a}</URL></OGRWFSDataSource><kml>"),
    "gml": _text("g.kml", lambda _, a: f'<a xmlns:gml="x" xsi="{a}/x.xsd"><kml></kml></a>'),
    "crs link": _text("link.geojson", lambda _, a: _geojson(crs=_crs("link", href=f"{a}/crs"))),
    "crs link twice": _text(
        "twice.geojson",
        lambda _, a: _geojson(crs=_crs("name", name="EPSG:4490")).replace(
            '"crs"', '"crs": {"type": "link", "properties": {"href": "' + a + '/c"}}, "crs"', 1
        ),
    ),
    "crs link escaped": _text(
        "esc.geojson",
        lambda _, a: _geojson(crs=_crs("link", href=f"{a}/crs")).replace('"crs"', '"\\u0063rs"'),
    ),
    "crs by address": _text("url.geojson", lambda _, a: _geojson(crs=_crs("name", name=f"{a}/c"))),
    "crs in a file": _text(
        "nad.geojson",
        lambda f, _: _geojson(crs=_crs("name", name=_NADGRIDS.format(folder=f))),
    ),
    "grid in a geopackage": _geopackage(
        "grid.gpkg",
        "UPDATE gpkg_spatial_ref_sys SET organization = 'none', definition = "
        "'+proj=longlat +ellps=GRS80 +nadgrids={folder}/other.csv +no_defs' WHERE srs_id = 4525",
    ),
    "esri json": _text("e.json", lambda _, a: json.dumps({"url": a, "layers": [{"url": a}]})),
    "topojson": _text("t.json", lambda *_: json.dumps({"type": "Topology", "objects": {}})),
    "entities": _text(
        "laughs.kml",
        lambda *_: _kml(
            "<name>&l9;</name>", f'<!DOCTYPE kml [<!ENTITY l0 "ha">{_LAUGHS}]>'
        ),
    ),
    "outer entity": _text(
        "entity.kml",
        lambda f, _: _kml("<name>&x;</name>", f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{secret(f)}">]>'),
    ),
    "virtual table": _geopackage(
        "virtual.gpkg", "CREATE VIRTUAL TABLE w USING fts5(a)",
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE w USING VirtualOGR(''{folder}/other"
        ".csv'')' WHERE name = 'w'",
    ),
    "endless view": _geopackage(
        "endless.gpkg",
        *_view(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fid, "
            "'a' AS 宗地代码, (SELECT geom FROM 宗地) AS geom FROM n"
        ),
    ),
    "endless view without the word": _geopackage(
        "endless2.gpkg",
        *_view(
            'WITH "n"(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM [n]) SELECT x AS fid, '
            "'a' AS 宗地代码, (SELECT geom FROM 宗地) AS geom FROM n"
        ),
    ),
    "view that reaches out": _geopackage(
        "reach.gpkg",
        *_view("SELECT fid, load_extension('x') AS 宗地代码, geom FROM 宗地"),
    ),
    "linked part": _linked_part,
    "linked folder": _linked_folder,
    "link in a zip": _zip_with_link,
    "far cell": _workbook(
        "far.xlsx", _ROW.format('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "far cell, single quotes": _workbook(
        "far2.xlsx", _ROW.format("<row r='1048576'><c s='1' r='CV1048576'><v>1</v></c></row>")
    ),
    "far cell in .xls": lambda folder, _: write_xls(
        folder / "far.xls", [["宗地代码"], *[[]] * 65_534, [*[None] * 255, 1]]
    ),
    "far cell in .xlsb": _far_xlsb,
    "strings": _workbook(
        "strings.xlsx", _ROW.format(""), b"<si><t>" + b"x" * 1_000_000 + b"</t></si>", 900
    ),
    "blanks": _zipped("blanks.zip", ("a.csv", b" " * (1 << 20), 1_100)),
    "nested": _nested(200_000),
    "columns": _text("columns.csv", lambda *_: f"{_names(60_000)}\n{CODES[0]}\n"),
    "properties": _text(
        "properties.geojson",
        lambda *_: _geojson().replace('"properties": {', '"properties": {' + ", ".join(
            f'"列{n}": {n}' for n in range(60_000)) + ", ", 1),
    ),
    "wide rows": hostile_binary.huge_dbf,
    "huge head": hostile_binary.huge_flatgeobuf,
    "parquet": hostile_binary.parquet_bomb,
    "pipe": places.pipe,
    **{f"pipe as {suffix}": places.pipe_beside(suffix) for suffix in (".dbf", ".prj", ".cpg")},
    **{f"pipe as *{ending}": places.beside(ending, os.mkfifo) for ending in ("-wal", "-journal")},
    **{
        f"link as *{ending}": places.beside(ending, lambda place: place.symlink_to("/etc/passwd"))
        for ending in ("-wal", "-shm", "-journal")
    },
    "link in a circle": places.circle,
    "folder named as a shapefile": places.folder,
    "no end": lambda *_: Path("/dev/zero"),
    "never begins": lambda *_: Path("/proc/kmsg"),
}  # fmt: skip

# Read for what is in them, or refused: the size they announce is nothing to them.
ENDURED: dict[str, Maker] = {
    "huge counts": hostile_binary.huge_shapefile,
    "giant image": hostile_binary.giant_tiff,
    "overviews elsewhere": hostile_binary.tiff_with_overviews_elsewhere,
}

# A place that only another file would tell: `check` says that there is none, `load` refuses.
NOWHERE: dict[str, Maker] = {
    "grid in .prj": _prj(_NADGRIDS),
    "grid in wkt": _prj(_GRID_WKT),
    "init file": _prj("+init={folder}/other.csv:1"),
}

# What looks bad and is sound: loaded as what it is.
SOUND: dict[str, Maker] = {
    **{
        f"named {name!r}": places.named(name)
        for name in (
            "http:a.gpkg", "a;b.gpkg", "a!b.gpkg", "a:b.gpkg", "%2e%2e.gpkg", 'q"q.gpkg',
            "q'q.gpkg", "n\nn.gpkg", "~.gpkg", "$HOME.gpkg", "GPKG:x.gpkg", "x.zip!y.gpkg",
            "vsicurl?x=1.gpkg", "a&b#c.gpkg", "宗地.gpkg", "宗地".encode("gbk") + b".gpkg",
            "--json.gpkg", " a  b .gpkg", "\x1b[31m.gpkg", "宗" * 83 + "a.gpkg",
        )
    },
    "plain view": _geopackage("view.gpkg", *_view("SELECT fid, 宗地代码, geom FROM 宗地")),
    "network link": _text(
        "net.kml",
        lambda _, a: _kml(f"<NetworkLink><Link><href>{a}/x.kml</href></Link></NetworkLink>"),
    ),
}  # fmt: skip
