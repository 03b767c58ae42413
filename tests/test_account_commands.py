"""The commands of accounts, keys and the audit, as the person at the server calls them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gis import contracts
from gis.accounts import keys, passwords
from gis.config import Config
from gis.store import database
from tests import stores
from tests.conftest import Server, rest_long
from tests.stores import ROOT, Store
from tests.test_command import assert_fits

GOOD = "Caoyuan-2026-zao"


@pytest.fixture
def desk(server: Server, pattern: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store and the command that works on it."""
    with stores.copied(server, pattern, f"landwatch_users_{os.getpid()}", tmp_path) as store:
        yield store


def piped(desk: Store, *words: str, typed: str = GOOD + "\n") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gis.cli", *words, "--password-stdin"]
    return subprocess.run(
        command, cwd=ROOT, env=desk.environment, input=typed, capture_output=True, text=True
    )


def published(content: dict[str, Any], name: str) -> None:
    assert list(content) == list(contracts.JSON[name])
    for key, kind in contracts.JSON[name].items():
        assert_fits(content[key], kind, f"{name}.{key}")


def test_the_first_administrator_is_made_on_the_command_line(desk: Store) -> None:
    done = piped(desk, "user", "add", "管理", "--role", "administrator", "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    published(content, "user")
    (made,) = content["rows"]
    # Who makes the first account types a password of their own; all land unless some is named.
    assert (made["land"], made["must_change_password"], made["has_password"]) == (None, False, True)
    second = piped(desk, "user", "add", "王芳", "--role", "viewer", "--region", "150624", "--json")
    (made,) = json.loads(second.stdout)["rows"]
    assert made["must_change_password"] is True
    assert made["land"] == {"regions": ["150624"], "parks": [], "blocks": []}
    with database.connect(Config(Path("x"), desk.url)) as connection:
        assert passwords.fits(GOOD, passwords.kept(connection, "王芳"))
        kept = connection.execute("SELECT a::text FROM landwatch.audit AS a").fetchall()
    assert len(kept) == 2
    assert GOOD not in str(kept)
    assert GOOD not in done.stdout + done.stderr + second.stdout + second.stderr


_REFUSED = [
    (["user", "add", "a", "--role", "viewer", "--everywhere"], "short\n", "密码不合要求"),
    (["user", "add", "a", "--role", "viewer"], GOOD, "没有写明管辖范围"),
    (["user", "password", "nobody"], GOOD, "没有账号"),
]


@pytest.mark.parametrize(
    ("words", "typed", "part"),
    rest_long(
        [
            *_REFUSED,
            (["user", "add", "a", "--role", "viewer", "--everywhere"], "", "密码不合要求"),
            (["user", "add", "a:b", "--role", "viewer", "--everywhere"], GOOD, "不能用"),
            (["user", "add", "a", "--role", "audit_administrator"], GOOD, "没有角色"),
        ],
        _REFUSED[:2],
        names=3,
    ),
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    desk: Store, words: list[str], typed: str, part: str
) -> None:
    done = piped(desk, *words, typed=typed)
    assert done.returncode == 2
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.json("user", "list") == {"count": 0, "rows": []}
    assert desk.json("verify", "audit")["entries_count"] == 0


def test_without_a_terminal_no_password_is_asked_for(desk: Store) -> None:
    done = desk.call("user", "add", "a", "--role", "administrator")
    assert done.code == 2
    assert "--password-stdin" in done.stderr


def test_a_password_typed_at_a_terminal_is_not_shown(desk: Store) -> None:
    leader, follower = pty.openpty()
    words = ["user", "add", "管理", "--role", "administrator"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gis.cli", *words],
        cwd=ROOT, env=desk.environment, stdin=follower, stdout=follower, stderr=follower,
        start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    given = threading.Timer(60, process.kill)
    given.start()
    with suppress(OSError):
        while part := os.read(leader, 4096):
            shown += part
            if shown.count(b"Password: ") + shown.count(b"more: ") > shown.count(b"\0"):
                os.write(leader, GOOD.encode() + b"\n")
                shown += b"\0"
    assert process.wait() == 0, shown.decode()
    given.cancel()
    os.close(leader)
    assert GOOD.encode() not in shown
    assert "账号已建" in shown.decode()


def test_an_account_is_given_other_land_and_roles_and_closed(desk: Store) -> None:
    assert piped(desk, "user", "add", "王芳", "--role", "viewer", "--everywhere").returncode == 0
    (row,) = desk.json("user", "scope", "王芳", "--park", "p-1", "--region", "150600")["rows"]
    assert row["land"] == {"regions": ["150600"], "parks": ["P-1"], "blocks": []}
    (row,) = desk.json("user", "role", "王芳", "--role", "OFFICER", "--role", "clerk")["rows"]
    assert row["roles"] == ["clerk", "officer"]
    made = desk.json("key", "create", "gis", "--account", "王芳", "--days", "7")
    secret = made.pop("secret")
    assert "secret" not in str(desk.json("key", "list"))
    published(desk.json("key", "list"), "key")
    with database.connect(Config(Path("x"), desk.url)) as connection:
        assert keys.find(connection, secret, "") is not None
        assert desk.json("user", "disable", "王芳")["rows"][0]["is_disabled"] is True
        assert keys.find(connection, secret, "") is None
        assert desk.json("user", "disable", "王芳", "--undo")["rows"][0]["is_disabled"] is False
        assert keys.find(connection, secret, "") is not None
        assert desk.json("key", "revoke", "gis")["rows"][0]["revoked_at"] is not None
        assert keys.find(connection, secret, "") is None
        actions = [row[0] for row in connection.execute("SELECT action FROM landwatch.audit")]
    assert [action.split()[0] for action in actions] == [
        "建账号", "改范围", "改角色", "建密钥", "停用账号", "启用账号", "吊销密钥",
    ]  # fmt: skip
    assert "王芳" in desk.call("user", "list").stdout
    assert "gis" in desk.call("key", "list").stdout


def test_an_audit_that_was_changed_is_told_with_its_entry_and_an_exit_of_its_own(
    desk: Store,
) -> None:
    piped(desk, "user", "add", "王芳", "--role", "viewer", "--everywhere")
    desk.call("user", "scope", "王芳", "--region", "150624")
    desk.call("user", "disable", "王芳")
    said = desk.json("verify", "audit")
    published(said, "verify_audit")
    noted = f"{said['entries_count']}:{said['last_digest']}"
    done = desk.call("verify", "audit", "--noted", noted)
    assert (done.code, said["is_right"]) == (0, True)
    assert noted in done.stdout
    assert desk.call("verify", "audit", "--noted", "3:" + "0" * 64).code == 1
    assert desk.call("verify", "audit", "--noted", "x").code == 2
    assert desk.call("verify", "--noted", noted, ".").code == 2
    with desk.connect() as connection:
        connection.execute("ALTER TABLE landwatch.audit DISABLE TRIGGER USER")
        connection.execute("UPDATE landwatch.audit SET object = '李' WHERE number = 2")
    done = desk.call("verify", "audit")
    assert done.code == 1
    assert "审计第 2 条：内容与摘要不符" in done.stdout
    done = desk.call("verify", "audit", "--json")
    assert (done.code, json.loads(done.stdout)["broken"]["number"]) == (1, 2)


def test_a_code_nobody_has_named_is_told_and_refuses_nobody(desk: Store, tmp_path: Path) -> None:
    """A region written wrongly would open nothing, and nobody would know why."""
    place = tmp_path / "供地.csv"
    place.write_text("电子监管号,行政区代码,面积(公顷)\n1506022020A00011,150602,1\n", "utf-8")
    desk.json("load", "supplies", str(place))
    done = piped(desk, "user", "add", "管理", "--role", "administrator", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    words = ("user", "add", "王芳", "--role", "viewer", "--region", "150600", "--json")
    assert piped(desk, *words).stderr == "", "the city of a county that is there"
    given = ("--region", "150602", "--region", "150699", "--park", "错园")
    for words in (
        ("user", "scope", "王芳", *given),
        ("key", "create", "k", "--account", "管理", *given),
        ("embed", "create", "e", "--account", "管理", "--layer", "findings", *given),
    ):
        told = desk.call(*words)
        assert told.code == 0, told.stderr
        assert "not in the store yet: 150699、错园" in " ".join(told.stderr.split()), told.stderr
