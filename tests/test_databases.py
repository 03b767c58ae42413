"""Databases as administrators make them: PostGIS elsewhere, a schema given, rights, limits."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Server, rest_long, url_of
from tests.stores import Store
from tests.warm import DEMO, Ended

_NUMBERS = itertools.count(1)
POSTGIS = "CREATE EXTENSION postgis"
ELSEWHERE = "CREATE SCHEMA extensions; CREATE EXTENSION postgis SCHEMA extensions; "
OPEN = "GRANT USAGE ON SCHEMA extensions TO {role}; "
# How the administrator made the database: options of CREATE DATABASE, statements in it.
Make = Callable[..., Store]


@pytest.fixture
def made(server: Server, tmp_path: Path) -> Iterator[Make]:
    """Give what makes a database nobody owns but the superuser, and a role of its own for it."""
    names = []

    def make(inside: str, options: str = "", role_options: str = "") -> Store:
        name = f"landwatch_base_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(**server.admin, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim' {role_options}")
            names.append(name)
            admin.execute(f"CREATE DATABASE {name} {options}")
        # The encoding is ours: psycopg has no codec for some that a database may have.
        there = {**server.admin, "dbname": name, "client_encoding": "UTF8"}
        with psycopg.connect(**there, autocommit=True) as admin:
            admin.execute(inside.format(role=name, database=name))
        url = url_of({**server.role, "user": name, "password": "geheim", "dbname": name})
        return Store(url, tmp_path)

    yield make
    with psycopg.connect(**server.admin, autocommit=True) as admin:
        for name in names:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.execute(f"DROP ROLE {name}")


MAY_MAKE = "GRANT CREATE ON DATABASE {database} TO {role}; "
NO_PUBLIC = "DROP SCHEMA public; "
QUOTED = 'CREATE SCHEMA "地理 Ext"; CREATE EXTENSION postgis SCHEMA "地理 Ext"; '
QUOTED += 'GRANT USAGE ON SCHEMA "地理 Ext" TO {role}; '
RIGHTS = "CREATE SCHEMA landwatch; GRANT USAGE, CREATE ON SCHEMA landwatch TO {role}; "
OWN_WAY = (
    "ALTER ROLE {role} SET client_encoding = 'GBK'; "
    "ALTER ROLE {role} SET DateStyle = 'SQL, DMY'; "
    "ALTER ROLE {role} SET search_path = pg_catalog; "
    "ALTER ROLE {role} SET bytea_output = escape"
)
# Each oddity once, two together where they do not touch; in CI the first of these, which is made
# farthest from the ordinary; each alone in the long round.
ALWAYS = {
    "no schema public and PostGIS in one whose name needs quotes": MAY_MAKE + NO_PUBLIC + QUOTED,
    "a schema with rights and a role with ways of its own": POSTGIS + "; " + RIGHTS + OWN_WAY,
    "PostGIS in the schema landwatch itself": "CREATE SCHEMA landwatch; "
    "CREATE EXTENSION postgis SCHEMA landwatch; "
    "GRANT USAGE, CREATE ON SCHEMA landwatch TO {role}",
}
WORKING = ALWAYS | {
    "PostGIS elsewhere, the path of the database set": MAY_MAKE + ELSEWHERE + OPEN
    + "ALTER DATABASE {database} SET search_path = public, extensions",
    "PostGIS elsewhere, no path set": MAY_MAKE + ELSEWHERE + OPEN,
    "PostGIS in a schema whose name needs quotes": MAY_MAKE + QUOTED,
    "no schema public": MAY_MAKE + NO_PUBLIC + ELSEWHERE + OPEN,
    "a schema made beforehand and owned": POSTGIS
    + "; CREATE SCHEMA landwatch AUTHORIZATION {role}; "
    "REVOKE CREATE ON DATABASE {database} FROM PUBLIC",
    "a schema made beforehand with rights": POSTGIS + "; " + RIGHTS,
    "a role that speaks GBK and writes days its own way": MAY_MAKE + POSTGIS + "; " + OWN_WAY,
}  # fmt: skip


@pytest.mark.parametrize("how", rest_long(WORKING, [*ALWAYS][:1]))
def test_a_database_made_so_works_from_load_to_finding(made: Make, how: str) -> None:
    store = made(WORKING[how])
    done = store.call("db", "upgrade")
    assert done.code == 0, done.stderr
    loaded = store.json("load", "parcels", str(DEMO / "parcels.shp"))
    assert loaded["accepted"] > 0
    loaded = store.json("load", "supplies", str(DEMO / "supplies_to_2022.xlsx"))
    assert loaded["accepted"] > 0
    store.json("run", "--as-of", "2026-06-30")
    found = store.json("findings")
    assert found["count"] > 0
    assert any(any("一" <= sign <= "鿿" for sign in str(row["name"])) for row in found["rows"])


REFUSED = {
    "PostGIS elsewhere, closed": (MAY_MAKE + ELSEWHERE, "", "GRANT USAGE ON SCHEMA extensions"),
    "no PostGIS": (MAY_MAKE, "", "CREATE EXTENSION postgis"),
    "no PostGIS and no public": (MAY_MAKE + "DROP SCHEMA public", "", "CREATE EXTENSION postgis"),
    "no right to a schema": (POSTGIS, "", "CREATE SCHEMA landwatch AUTHORIZATION"),
    "a schema without the right to make tables": (
        POSTGIS + "; CREATE SCHEMA landwatch; GRANT USAGE ON SCHEMA landwatch TO {role}",
        "",
        "GRANT USAGE, CREATE ON SCHEMA landwatch",
    ),
    "a schema that is closed": (POSTGIS + "; CREATE SCHEMA landwatch", "", "landwatch"),
    **{
        f"encoded in {name}": (
            MAY_MAKE + POSTGIS,
            f"ENCODING '{name}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
            "ENCODING 'UTF8'",
        )
        for name in ("SQL_ASCII", "EUC_CN", "LATIN1", "EUC_TW")
    },
}


_OF_EACH = (
    *("PostGIS elsewhere, closed", "no PostGIS", "no right to a schema", "a schema that is closed"),
    "encoded in EUC_CN",
)


@pytest.mark.parametrize("how", rest_long(REFUSED, _OF_EACH))
@pytest.mark.parametrize(
    "words",
    rest_long([["db", "upgrade"], ["load", "tasks", str(DEMO / "tasks.csv")]], [["db", "upgrade"]]),
)
def test_a_database_that_cannot_work_is_told_in_one_sentence(
    made: Make, how: str, words: list[str]
) -> None:
    inside, options, mend = REFUSED[how]
    done = made(inside, options).call(*words)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("错误 ")
    assert done.stderr.count("→") == 1
    assert mend in done.stderr
    assert "geheim" not in done.stderr


READY = MAY_MAKE + POSTGIS
LIMITS = {
    "statement_timeout": ("ALTER ROLE {role} SET statement_timeout = 700", "statement_timeout"),
    "lock_timeout": ("ALTER ROLE {role} SET lock_timeout = 200", "lock_timeout"),
    "read only": ("ALTER ROLE {role} SET default_transaction_read_only = on", "read-only"),
    "no more connections": ("ALTER ROLE {role} CONNECTION LIMIT 0", "max_connections"),
    "no login": ("ALTER ROLE {role} NOLOGIN", "LANDWATCH_DATABASE_URL"),
    "another password": ("ALTER ROLE {role} PASSWORD 'x'", "password"),
}
NOT_LET_IN = {"no more connections", "no login", "another password"}


@pytest.mark.parametrize("limit", rest_long(LIMITS, ["lock_timeout", "no login"]))
def test_a_limit_of_the_server_is_told_in_one_sentence(
    made: Make, server: Server, limit: str
) -> None:
    store = made(READY)
    # Who is not let in does not come to its tables.
    if limit not in NOT_LET_IN:
        assert store.call("db", "upgrade").code == 0
    name = store.url.split("/")[3].split("?")[0]
    statement, part = LIMITS[limit]
    with psycopg.connect(**{**server.admin, "dbname": name}) as holder:
        holder.execute(statement.format(role=name))
        holder.commit()
        if limit.endswith("timeout"):
            holder.execute("LOCK TABLE landwatch.delivery IN ACCESS EXCLUSIVE MODE")
        done = store.call("load", "tasks", str(DEMO / "tasks.csv"))
        holder.rollback()
    assert (done.code, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("→") == 1
    assert part in done.stderr
    assert "geheim" not in done.stderr


def test_stop_does_not_stop_what_the_address_does_not_name(own_home: Path, made: Make) -> None:
    assert private(own_home, "db", "start").code == 0
    done = Store(made(READY).url, own_home).call("db", "stop")
    assert (done.code, done.stdout) == (2, "")
    assert "LANDWATCH_DATABASE_URL" in done.stderr
    assert "nothing was stopped" in done.stderr
    assert json.loads(private(own_home, "db", "status", "--json").stdout)["is_running"]


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize(
    "spoiled",
    rest_long([None, "", '{"postgres": "abc', "[]", '{"landwatch": 3}', "\0"], [None, "[]"]),
)
def test_lost_passwords_are_set_anew_and_the_store_keeps_what_it_holds(
    own_home: Path, spoiled: str | None, is_running: bool
) -> None:
    file = own_home / "secrets.json"
    before = file.read_text(encoding="utf-8")
    if not is_running:
        assert private(own_home, "db", "stop").code == 0
    if spoiled is None:
        file.unlink()
    else:
        file.write_text(spoiled, encoding="utf-8")
    done = private(own_home, "deliveries", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["count"] == 1
    assert "secrets.json" in done.stderr
    assert "Traceback" not in done.stderr
    after = json.loads(file.read_text(encoding="utf-8"))
    assert set(after) == {"postgres", "landwatch"}
    assert not set(after.values()) & set(json.loads(before).values())
    assert file.stat().st_mode & 0o777 == 0o600
    again = private(own_home, "deliveries", "--json")
    assert (again.code, again.stderr) == (0, "")


def test_passwords_that_are_not_the_stores_are_told_with_the_mend(own_home: Path) -> None:
    file = own_home / "secrets.json"
    kept = file.read_text(encoding="utf-8")
    file.write_text(json.dumps({"postgres": "falsch", "landwatch": "falsch"}), encoding="utf-8")
    done = private(own_home, "deliveries")
    file.write_text(kept, encoding="utf-8")
    assert done.code == 2
    assert str(file) in done.stderr
    assert "falsch" not in done.stderr
    assert private(own_home, "deliveries").code == 0


def private(home: Path, *words: str) -> Ended:
    """Call the command on a private store: no address in the environment."""
    return Store("", home).call(*words)


@pytest.fixture(scope="module")
def own_home(short_folder: Path) -> Iterator[Path]:
    """A private store of this module with one delivery in it."""
    home = short_folder / "passwords"
    done = private(home, "load", "tasks", str(DEMO / "tasks.csv"))
    assert done.code == 0, done.stderr
    yield home
    private(home, "db", "stop")
