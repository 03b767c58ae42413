"""The log of what runs for days: one JSON object a line, no secret, turned over when full."""

from __future__ import annotations

import json
import logging
from multiprocessing import get_context
from pathlib import Path

import pytest

from gis.files.log_lines import LogLines


def logger(home: Path, **bounds: int) -> logging.Logger:
    own = logging.Logger("gis.test", logging.INFO)
    own.addHandler(LogLines(home, "work", **bounds))
    return own


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_when_where_and_what_and_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDWATCH_DATABASE_URL", "postgresql://a:pass-of-store@h/d")
    (tmp_path / "secrets.json").write_text('{"owner": "word-of-cluster"}', encoding="utf-8")
    log = logger(tmp_path)
    log.warning("夜 %s\n失败 password=given pass-of-store word-of-cluster", 1)
    file = tmp_path / "logs/work.jsonl"
    (told,) = lines(file)
    assert told["message"] == "夜 1\n失败 password=*** *** ***"
    assert (told["level"], told["logger"]) == ("WARNING", "gis.test")
    assert str(told["at"]).endswith("+00:00")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_full_log_is_turned_over_and_so_many_are_kept(tmp_path: Path) -> None:
    log = logger(tmp_path, most_bytes=1_000, kept_count=2)
    for n in range(40):
        log.info("line %s", n)
    kept = [tmp_path / "logs" / name for name in ("work.jsonl.2", "work.jsonl.1", "work.jsonl")]
    assert sorted(tmp_path.glob("logs/*.jsonl*")) == sorted(kept)
    assert all(file.stat().st_size <= 1_000 for file in kept)
    said = [int(str(one["message"]).split()[1]) for file in kept for one in lines(file)]
    assert said == [*range(said[0], 40)]


def say(home: Path, name: int) -> None:
    log = logger(home, most_bytes=4_000, kept_count=50)
    for n in range(50):
        log.info("%s %s", name, n)


def test_several_processes_write_one_log_and_lose_no_line(tmp_path: Path) -> None:
    context = get_context("fork")
    processes = [context.Process(target=say, args=(tmp_path, name)) for name in range(4)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    said = [one["message"] for file in tmp_path.glob("logs/*.jsonl*") for one in lines(file)]
    assert sorted(map(str, said)) == sorted(f"{name} {n}" for name in range(4) for n in range(50))


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in its place", encoding="utf-8")
    logger(tmp_path).info("said to nobody")
