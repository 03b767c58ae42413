"""What a sender's file leaves behind: the file itself, kept once, and its column mapping."""

from __future__ import annotations

import errno
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gis.errors import DeliveryError, StoreError
from gis.intake import archive
from gis.intake.load import LoadRequest, load
from gis.store import arrivals, database, deliveries, profiles, records
from tests import stores
from tests.conftest import Server
from tests.stores import Store

PARCELS = stores.ROOT / "data/parcels"


def register(folder: Path, header: str, *rows: str, name: str = "供地.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def take(store: database.Connection, path: Path, home: Path, **options: Any) -> arrivals.Loaded:
    return load(store, LoadRequest("supplies", path, **options), home)[1]


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_file_is_kept_as_it_came_under_its_hash_and_once(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    path = register(tmp_path, "电子监管号,面积,合同签订日期", "A1,1,2015-03-01")
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    take(store, path, home)
    take(store, path, home, sender="某所")
    assert files(home) == [f"archive/{sha256[:2]}/{sha256}"]
    assert deliveries.history(store)["sha256"].tolist() == [sha256, sha256]
    path.write_text("gone", encoding="utf-8")
    place = archive.kept(home, sha256)
    assert place is not None
    assert place.read_bytes() == content


def test_all_parts_of_a_shapefile_are_kept_together(store: database.Connection, home: Path) -> None:
    _, loaded = load(store, LoadRequest("parcels", PARCELS / "parcels.shp"), home)
    sha256 = deliveries.history(store)["sha256"].iloc[0]
    place = archive.kept(home, sha256)
    assert loaded.accepted > 0
    assert place is not None
    with zipfile.ZipFile(place) as packed:
        assert sorted(packed.namelist()) == [
            "parcels.dbf", "parcels.prj", "parcels.shp", "parcels.shx",
        ]  # fmt: skip
        assert packed.read("parcels.dbf") == (PARCELS / "parcels.dbf").read_bytes()
    first = place.read_bytes()
    place.unlink()
    assert archive.keep(home, PARCELS / "parcels.shp", sha256).read_bytes() == first


def test_a_refused_file_is_not_kept(store: database.Connection, tmp_path: Path, home: Path) -> None:
    path = register(tmp_path, "面积,合同签订日期", "1,2015-03-01")
    with pytest.raises(DeliveryError):
        take(store, path, home)
    assert not home.exists()


class FullDisk:
    """A stand-in for a file on a disk that fills up after the first bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, source: Path, sink: Any) -> str:
        sink.write(source.read_bytes()[:10])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_full_while_the_file_is_kept_leaves_store_and_archive_as_before(
    store: database.Connection, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = register(tmp_path, "电子监管号,面积", "A1,1")
    with monkeypatch.context() as patched:
        patched.setattr(archive, "_copied", FullDisk(path))
        with pytest.raises(StoreError, match=r"(?i)the disk that holds the store is full"):
            take(store, path, home)
    assert files(home) == []
    assert store.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
    assert store.execute("SELECT count(*) FROM supplies").fetchone() == (0,)
    assert take(store, path, home).delivery == 1


def test_a_folder_that_cannot_be_written_is_named(
    store: database.Connection, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = register(tmp_path, "电子监管号,面积", "A1,1")

    makes = Path.mkdir

    def refuse(folder: Path, *words: Any, **more: Any) -> None:
        if not folder.is_relative_to(home):
            return makes(folder, *words, **more)
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match="LANDWATCH_HOME"):
        take(store, path, home)
    assert store.execute("SELECT count(*) FROM delivery").fetchone() == (0,)


def test_a_file_changed_while_it_was_read_is_refused(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    path = register(tmp_path, "电子监管号,面积", "A1,1")
    with pytest.raises(DeliveryError, match="文件被改动"):
        archive.keep(home, path, "0" * 64)
    assert files(home) == []


def test_what_a_killed_process_left_half_written_is_swept_away(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    path = register(tmp_path, "电子监管号,面积", "A1,1")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    folder = home / "archive" / sha256[:2]
    folder.mkdir(parents=True)
    (folder / "4194999-00ff00ff.half").write_bytes(b"half")
    take(store, path, home)
    assert files(folder) == [sha256]


def test_a_senders_mapping_is_kept_and_used_again(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    header = "项目编码,大小,备用,合同签订日期"
    path = register(tmp_path, header, "A1,1,x,2015-03-01")
    with pytest.raises(DeliveryError, match="缺少必需的列"):
        take(store, path, home, sender="某所")
    by_hand = {"项目编码": "电子监管号", "大小": "area_m2", "备用": ""}
    take(store, path, home, sender="某所", column_map=by_hand)
    assert profiles.read(store)["mapping"].tolist() == [
        {"项目编码": "supply_no", "大小": "area_m2", "备用": "", "合同签订日期": "signed_on"}
    ]
    later = register(tmp_path, header, "A2,2,x,2015-03-01", name="later.csv")
    reading, loaded = load(store, LoadRequest("supplies", later, sender="某所"), home)
    assert reading.mapping == {
        "项目编码": "supply_no",
        "大小": "area_m2",
        "合同签订日期": "signed_on",
    }
    assert loaded.issues["remembered_mapping"] == 1
    assert loaded.accepted == 1
    # Another sender, or another kind, knows nothing of it.
    with pytest.raises(DeliveryError, match="缺少必需的列"):
        take(store, later, home, sender="别所")
    assert profiles.forget(store, "某所") == 1
    with pytest.raises(DeliveryError, match="缺少必需的列"):
        take(store, later, home, sender="某所")


def test_what_is_said_now_wins_over_what_is_remembered(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    path = register(tmp_path, "编码,大小,另一个", "A1,1,2")
    first = {"编码": "电子监管号", "大小": "面积"}
    take(store, path, home, sender="某所", column_map=first)
    later = register(tmp_path, "编码,大小,另一个", "A2,1,2", name="later.csv")
    reading, _ = load(
        store, LoadRequest("supplies", later, sender="某所", column_map={"另一个": "面积"}), home
    )
    assert reading.mapping == {"另一个": "area_m2", "编码": "supply_no"}
    assert profiles.read(store)["mapping"].tolist() == [{"另一个": "area_m2", "编码": "supply_no"}]


def test_of_two_layouts_of_a_sender_the_one_with_these_headers_is_used(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    wide = register(tmp_path, "编码,大小,附注", "A1,1,x", name="a.csv")
    take(store, wide, home, sender="某所", column_map={"编码": "电子监管号", "大小": "面积"})
    slim = register(tmp_path, "编码,大小", "A1,1", name="b.csv")
    take(store, slim, home, sender="某所", column_map={"编码": "电子监管号", "大小": "宗地总面积"})
    assert len(profiles.read(store)) == 2
    again = register(tmp_path, "编码,大小,附注", "A3,1,x", name="c.csv")
    reading, _ = load(store, LoadRequest("supplies", again, sender="某所"), home)
    assert reading.mapping["大小"] == "area_m2"
    # A layout not seen before takes what fits from the newest.
    third = register(tmp_path, "大小,编码,别的", "1,A4,x", name="d.csv")
    reading, _ = load(store, LoadRequest("supplies", third, sender="某所"), home)
    assert reading.mapping["编码"] == "supply_no"


def test_what_was_said_of_a_whole_file_is_not_remembered(
    store: database.Connection, tmp_path: Path, home: Path
) -> None:
    path = register(tmp_path, "编码,大小", "A1,1")
    by_hand = {"编码": "电子监管号", "大小": "面积"}
    constants = {"合同签订日期": "2015-03-01"}
    take(store, path, home, sender="某所", column_map=by_hand, constants=constants)
    (profile,) = profiles.read(store).to_dict("records")
    assert profile["mapping"] == {"编码": "supply_no", "大小": "area_m2"}
    assert list(profile["headers"]) == ["大小", "编码"]
    later = register(tmp_path, "编码,大小", "A2,1", name="later.csv")
    order = LoadRequest("supplies", later, sender="某所", constants={"合同签订日期": "2016-03-01"})
    load(store, order, home)
    assert records.read(store, "supplies")["signed_on"].dt.year.tolist() == [2015, 2016]


@pytest.fixture
def command(server: Server, pattern: str, tmp_path: Path) -> Iterator[Store]:
    with stores.copied(server, pattern, "landwatch_received", tmp_path / "home") as store:
        yield store


def test_the_command_gives_back_files_lists_issues_and_corrects(
    command: Store, tmp_path: Path
) -> None:
    path = register(
        tmp_path, "电子监管号,面积,合同签订日期", "A1,1,2015-03-01", "A2,x,2015年2月30日"
    )
    command.json("load", "supplies", str(path), "--sender", "某所")
    command.json("load", "parcels", str(PARCELS / "parcels.shp"))
    out = tmp_path / "out"
    out.mkdir()
    told = command.json("deliveries", "--file", "1", "--out", str(out))
    assert Path(told["file"]).read_bytes() == path.read_bytes()
    command.json("deliveries", "--file", "2", "--out", str(out))
    assert (out / "parcels.zip").exists()
    assert [r["number"] for r in command.json("deliveries", "--kind", "parcels")["rows"]] == [2]
    assert command.json("deliveries", "--since", "2999-01-01")["count"] == 0
    command.json("deliveries", "--issues", "1", "--out", str(out / "issues.csv"))
    lines = (out / "issues.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "文件,行号,级别,问题代码,字段,原值,说明,处理,原行"
    assert any(",3,警告,impossible_day,合同签订日期,2015年2月30日," in line for line in lines)
    command.json("deliveries", "--issues", "1", "--out", str(out / "issues.xlsx"))
    book = openpyxl.load_workbook(out / "issues.xlsx")
    assert "impossible_day" in {c.value for row in book.worksheets[0].iter_rows() for c in row}
    done = command.json(
        "correct", "supplies", "A1", "面积=2.5公顷", "--who", "张三", "--why", "合同原件"
    )
    assert done["delivery"] == 3
    assert done["rows"][0]["after"] == 25_000.0
    back = command.json("correct", "--take-back", "3", "--who", "李四", "--why", "看错了")
    assert back["delivery"] == 4
    assert [row["taken_back_by"] for row in command.json("corrections")["rows"]] == [4, 4]
    assert command.json("profiles")["rows"][0]["sender"] == "某所"
    assert command.json("profiles", "--forget", "某所") == {"forgotten": 1}
    shown = command.call("deliveries")
    assert "更正" in shown.stdout
    assert "生效" not in command.call("corrections").stdout
    refused = command.call("deliveries", "--file", "3", "--out", str(out))
    assert refused.code == 2
    assert "没有存档的文件" in refused.stderr


def test_a_bad_use_is_told_with_the_mend(command: Store) -> None:
    for arguments in (
        ("correct", "--who", "a", "--why", "b"),
        ("correct", "supplies", "A1", "面积", "--who", "a", "--why", "b"),
        ("deliveries", "--file", "1"),
        ("deliveries", "--kind", "colours"),
    ):
        done = command.call(*arguments)
        assert done.code == 2, arguments
        assert "→" in done.stderr
