"""A real PostGIS for the tests: one throw-away cluster a session, one fresh database a test."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg import conninfo, sql

from gis.config import Config
from gis.store import database
from gis.store.cluster.server import address, make, start, stop
from tests import warm

_NUMBERS = itertools.count(1)
# What the clusters of all workers come to is far below it.
ROOM_BYTES = 6 << 30
# A worker of xdist is told a width of terminal; what a test starts is told one only by the test.
os.environ.pop("COLUMNS", None)
# The files that take longest, the longest first: no worker is left alone with one of them.
LONGEST = (
    *("test_api_uploads", "test_incremental", "test_web_home", "test_set_aside", "test_writing"),
    *("test_killed", "test_target_commands", "test_months", "test_store_server", "test_web_pages"),
    *("test_engine", "test_verify", "test_api", "test_other_seed", "test_whose_records"),
    *("test_nightly", "test_timeline", "test_hostile_files", "test_web_map", "test_paper_cases"),
    *("test_web_states", "test_api_own_land", "test_identifiers_linked", "test_api_cut_off"),
    *("test_door", "test_web_login", "test_why_turning", "test_maps_tools", "test_web_land"),
    *("test_web_record", "test_maps_pages", "test_which_run", "test_api_scope"),
    *("test_tiles_rebuilt", "test_manifest", "test_api_nonsense"),
    *("test_web_map_print", "test_control_path", "test_diff", "test_web_deliveries"),
    "test_web_lists",
)
# Files whose stores are kept for the session are one worker's.
TOGETHER = {
    "test_scenario": "test_target_commands",
    "test_other_seed_land": "test_other_seed",
    "test_api_held": "test_api_uploads",
    "test_api_papers": "test_api_uploads",
    "test_whose_land": "test_api_uploads",
    "test_api_writing": "test_api_uploads",
    "test_web_roles": "test_web_home",
    # What the demo's run is handed out as.
    "test_demo_files": "test_verify",
    "test_one_figure": "test_verify",
    "test_report_on_paper": "test_verify",
    "test_verify_manifest": "test_verify",
    "test_wording": "test_verify",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave long ones out; put the longest files first."""
    for item in items:
        mark = item.get_closest_marker("long")
        if mark is not None and not os.environ.get("LANDWATCH_LONG"):
            (of_kind,) = mark.args
            if of_kind[:5] == "test_":
                marks = getattr(getattr(item.module, of_kind), "pytestmark", [])
                assert all(one.name != "long" for one in marks), f"{of_kind} is long too"
            why = f"runs with scripts/test --long; of its kind {of_kind} runs always"
            item.add_marker(pytest.mark.skip(reason=why))
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(group_of(item.nodeid), len(places)))


def group_of(nodeid: str) -> str:
    """Return the file, by its stem, with which a test is given to one worker."""
    stem = Path(nodeid.partition("::")[0]).stem
    return TOGETHER.get(stem, stem)


@pytest.hookimpl(optionalhook=True)
def pytest_collection_finish() -> None:
    """Look for no garbage among the tests and their libraries: they stay until the end."""
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests out by file (`--dist loadgroup` no longer does: it sets what pytest leaves).

    A file that two workers had would make its stores twice.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByFile(config, log)


@pytest.fixture(scope="module", autouse=True)
def _one_worker_a_file(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No file is shared out over workers unnoticed."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        of_all = tmp_path_factory.getbasetemp().parent
        note = of_all / f"worker_of_{group_of(request.node.nodeid)}"
        with suppress(FileExistsError), note.open("x", encoding="ascii") as file:
            file.write(worker)
        assert note.read_text("ascii") == worker, f"{note.name}: and {worker}"


def rest_long(all_of_kind: Iterable[Any], always: Collection[Any], *, names: int = 1) -> list[Any]:
    """Return the parameters of a test: some run always, the rest of their kind are long.

    Of a test with several `names` of parameters each case is a tuple of as many.
    """
    long = pytest.mark.long(", ".join(map(str, always)))
    return [
        pytest.param(*(one if names > 1 else (one,)), marks=() if one in always else long)
        for one in all_of_kind
    ]


def url_of(parameters: dict[str, object]) -> str:
    """Return libpq parameters as a URL; host may be a socket's folder."""
    parts = {name: str(value) for name, value in parameters.items() if value is not None}
    user, password = quote(parts.pop("user"), safe=""), quote(parts.pop("password", ""), safe="")
    name = quote(parts.pop("dbname"), safe="")
    return f"postgresql://{user}:{password}@/{name}?{urlencode(parts)}"


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path that the server's user may enter (pytest's own are closed).

    In memory where there is plenty: a database a test is half a thousand files copied.
    """
    memory = Path(os.sep, "dev", "shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="lw-", dir=memory if has_room else Path(os.sep, "tmp")))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Server:
    """libpq parameters of a superuser of the test server, and of the role the program works as.

    In the folder `between` a worker of several leaves what is made once (None: there is one).
    """

    admin: dict[str, object]
    role: dict[str, object]
    between: Path | None


@pytest.fixture(scope="session")
def server(short_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The throw-away cluster, or the server LANDWATCH_TEST_DATABASE_URL names with a superuser."""
    has_others = "PYTEST_XDIST_WORKER" in os.environ
    between = tmp_path_factory.getbasetemp().parent if has_others else None
    given = os.environ.get("LANDWATCH_TEST_DATABASE_URL")
    if given:
        parameters: dict[str, object] = {**conninfo.conninfo_to_dict(given)}
        yield Server(parameters, parameters, between)
        return
    home = short_folder / "store"
    make(home)
    # Nothing here outlives the session, so nothing need reach the disk.
    with (home / "cluster" / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
        settings.write("max_wal_size = 512MB\n")
    try:
        start(home)
        yield Server({**address(home, is_superuser=True)}, {**address(home)}, between)
    finally:
        stop(home)


@pytest.fixture(scope="session")
def pattern(server: Server) -> Iterator[str]:
    """The name of a migrated database of which every test gets a copy."""
    name = f"landwatch_pattern_{os.getpid()}"
    made, role = sql.Identifier(name), sql.Identifier(str(server.role["user"]))
    with psycopg.connect(**server.admin, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(made, role))
        with psycopg.connect(**{**server.admin, "dbname": name}, autocommit=True) as inside:
            inside.execute("CREATE EXTENSION postgis")
        database.upgrade(Config(Path("unused"), url_of({**server.role, "dbname": name})))
        yield name
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture
def store_url(
    server: Server,
    pattern: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The address of a fresh store, set in the environment as a user of the command would."""
    name = f"landwatch_test_{os.getpid()}_{next(_NUMBERS)}"
    url = url_of({**server.role, "dbname": name})
    monkeypatch.setenv("LANDWATCH_DATABASE_URL", url)
    monkeypatch.setenv("LANDWATCH_HOME", str(tmp_path / "home"))
    made, copied = sql.Identifier(name), sql.Identifier(pattern)
    role = sql.Identifier(str(server.role["user"]))
    with psycopg.connect(**server.admin, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                made, role, copied
            )
        )
        yield url
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture
def store(store_url: str) -> Iterator[database.Connection]:
    """A connection to a fresh store."""
    with database.connect(Config(Path("unused"), store_url)) as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def _warm_process() -> Iterator[None]:
    """What is warm in this worker ends with it."""
    yield
    warm.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing; scripts/test installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            # The live map draws with WebGL, which a machine without a graphics card does itself.
            args=[
                *("--no-sandbox", "--disable-dev-shm-usage"),
                *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
                # Debian asks for it: without a card a page so drawn costs half as much again.
                "--disable-gpu-rasterization",
                # Nor need it draw labels that fade in, but in the long rounds.
                *(() if os.environ.get("LANDWATCH_LONG") else ("--force-prefers-reduced-motion",)),
                # The network is cut off: no name leads anywhere, no address but this machine's.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file with the network cut off; afterwards nothing may have been asked or logged."""
    contexts, asked, said = [], [], []

    def opens(file: Path, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}} | options)
        contexts.append(context)
        context.set_offline(True)
        context.on("request", lambda request: asked.append(request.url))
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(file.as_uri())
        return tab

    yield opens
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []
    assert said == []


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files that were received for the demo are kept."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_pattern(server: Server, pattern: str, demo_home: Path) -> Iterator[str]:
    """The name of a database with the demo's deliveries and the run of its day, to be copied."""
    from tests import stores
    from tests.made_once import made_once

    name = f"landwatch_demo_pattern_{os.getpid()}"
    with stores.copied(server, pattern, name, demo_home) as store:

        def make() -> None:
            store.json("load", "--manifest", str(warm.DEMO / "deliveries.toml"))
            store.json("--debug", "run", "--as-of", warm.DEMO_DAY)

        made_once(server, store, "demo", make)
        yield name


@pytest.fixture(scope="session")
def demo(server: Server, demo_pattern: str, demo_home: Path) -> Iterator[warm.Desk]:
    """A store with the demo's deliveries and the run of its day, for tests that only look."""
    from tests import stores

    name = f"landwatch_demo_desk_{os.getpid()}"
    with stores.copied(server, demo_pattern, name, demo_home) as store:
        yield warm.Desk(store, warm.shared())


@pytest.fixture(scope="session")
def written(demo: warm.Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the run of the demo's day is handed out as, for tests that only look."""
    out = tmp_path_factory.mktemp("out")
    assert demo.call("run", "--as-of", warm.DEMO_DAY, "--out", str(out)).code == 0
    return out


@pytest.fixture(scope="session")
def public_key(demo: warm.Desk, written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public key that what was handed out is proved by."""
    file = tmp_path_factory.mktemp("key") / "key.pem"
    file.write_text(demo.call("verify", "--key").stdout, encoding="utf-8")
    return file


@pytest.fixture
def report(written: Path, tmp_path: Path) -> Path:
    """A copy of what was handed out, to be spoilt."""
    return shutil.copytree(written, tmp_path / "report")


@pytest.fixture(scope="module")
def desk(
    request: pytest.FixtureRequest,
    server: Server,
    pattern: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[warm.Desk]:
    """Two banners, judged: a store for each module that has none of its own."""
    from tests.two_banners import judged

    name = request.module.__name__.rpartition(".")[2]
    with judged(server, pattern, f"landwatch_{name}", tmp_path_factory.mktemp(name)) as made:
        yield made


@pytest.fixture(scope="module")
def secrets(desk: warm.Desk) -> dict[str, str]:
    """A key for each of `tests.sending.SCOPES`, of the store of the module."""
    from tests.sending import secrets_of

    return secrets_of(desk)


@pytest.fixture(scope="module")
def client(desk: warm.Desk) -> Iterator[httpx.Client]:
    """A client of a server that works on the store of the module."""
    from tests.sending import client_of

    yield from client_of(desk)


@pytest.fixture
def working(client: httpx.Client) -> Iterator[None]:
    """A worker of the store of the module, while a test lasts."""
    from gis import config
    from gis.cli import job_uploads
    from gis.cli.job_kinds import KINDS, PATIENT
    from gis.jobs.worker import Worker

    assert client
    ended = threading.Event()

    def work() -> None:
        doing = Worker(config.read(), KINDS, patient=PATIENT)
        while not ended.is_set():
            doing.work_off()
            time.sleep(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()
    job_uploads.end_reading()
