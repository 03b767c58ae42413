"""Pages within other sites: what a token opens, for how long, and whom the page talks to."""

from __future__ import annotations

import base64
import http.server
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import itsdangerous
import pytest
from playwright.sync_api import Browser

from api import embed as door
from gis import config
from gis.accounts import audit, embeds, users
from gis.errors import UsageError
from gis.store import runs
from gis.store.database import Connection
from gis.store.results import Scope
from tests import stores
from tests.doors import app_of, served
from tests.pages import in_time

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
OTOG = Scope(regions=("150624",))


@pytest.fixture
def client(store: Connection, store_url: str) -> Iterator[httpx.Client]:
    users.add(store, "负责人", ["manager"], Scope(regions=("150600",)))
    with served(app_of(store_url, door.router)) as client:
        yield client


def made(store: Connection, name: str = "门户", **more: Any) -> str:
    known = {"layers": ["findings"], **more}
    return embeds.create(store, config.read().home, name, "负责人", OTOG, **known)[0]


def exchanged(client: httpx.Client, shown: str) -> httpx.Response:
    return client.post("/embed/exchange", json={"shown": shown})


def by(shown: str) -> dict[str, str]:
    return {"Authorization": f"Embed {shown}"}


def at(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")


def code_of(client: httpx.Client, token: str) -> str:
    answer = client.get(f"/embed/{token}")
    assert answer.status_code == 303
    place, _, code = answer.headers["location"].partition("#")
    assert place == "/embed/page"
    assert token not in answer.headers["location"]
    return code


def test_a_token_becomes_a_pass_that_reads_its_land_and_nothing_else(
    client: httpx.Client, store: Connection
) -> None:
    said = exchanged(client, code_of(client, made(store))).json()
    assert (said["layers"], said["language"], said["as_of"]) == (["findings"], "zh", None)
    shown = said["pass"]
    listed = client.get("/api/v1/findings", headers=by(shown)).json()
    assert listed["rows"][0]["land"] == ["150624"]
    for path in ("/read", "/accounts", "/api/v1/leads", "/api/v1/findings/1", "/api/v1/runs"):
        assert client.get(path, headers=by(shown)).status_code in {403, 404}, path
    assert client.post("/change", headers=by(shown)).status_code == 403
    # A pass is for this one use: it is no key, and neither token nor code is a pass.
    bearer = {"Authorization": f"Bearer {shown}"}
    assert client.get("/api/v1/findings", headers=bearer).status_code == 401
    entries = [one for one in audit.entries(store, 99) if one.actor == "嵌入 embed: 门户"]
    assert entries[0].action == "打开嵌入页 open embedded page"
    assert entries[1].object == "/api/v1/findings"


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_code_is_good_once_however_it_is_written(client: httpx.Client, store: Connection) -> None:
    token = made(store)
    code = code_of(client, token)
    assert client.get("/api/v1/findings", headers=by(code)).status_code == 401
    assert client.get("/api/v1/findings", headers=by(token)).status_code == 401
    assert exchanged(client, code).status_code == 200
    # The last sign of the signature has bits to spare: other signs stand for the same bytes.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    signed = code.rpartition(".")[2]
    alike = [one for one in alphabet if decoded(signed[:-1] + one) == decoded(signed)]
    assert len(alike) > 1
    for last in alphabet if IS_LONG else alike:
        assert exchanged(client, code[:-1] + last).status_code == 401
    # The token itself, which stands behind # and so in no log, does as often as its page is opened.
    assert exchanged(client, token).status_code == 200
    assert exchanged(client, token).status_code == 200


def test_a_code_or_pass_that_is_too_old_opens_nothing(
    client: httpx.Client, store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = made(store)
    code = code_of(client, token)
    shown = exchanged(client, token).json()["pass"]
    signer, now = itsdangerous.TimestampSigner, int(time.time())
    monkeypatch.setattr(signer, "get_timestamp", lambda _: now + 62)
    assert exchanged(client, code).status_code == 401
    assert client.get("/api/v1/findings", headers=by(shown)).status_code == 200
    monkeypatch.setattr(signer, "get_timestamp", lambda _: now + 12 * 3_600 + 62)
    assert client.get("/api/v1/findings", headers=by(shown)).status_code == 401


@pytest.mark.parametrize("harm", ["end", "revoke", "disable", "role"])
def test_what_ends_a_token_ends_the_pages_it_opened(
    client: httpx.Client, store: Connection, harm: str
) -> None:
    token = made(store)
    code, shown = code_of(client, token), exchanged(client, token).json()["pass"]
    if harm == "end":
        store.execute("UPDATE landwatch.embed_token SET expires_at = now()")
    elif harm == "revoke":
        embeds.revoke(store, "门户")
    elif harm == "disable":
        users.disable(store, "负责人")
    else:
        users.give_roles(store, "负责人", ["officer"])
    assert client.get("/api/v1/findings", headers=by(shown)).status_code == 401
    assert exchanged(client, token).status_code == 401
    assert exchanged(client, code).status_code == 401
    assert client.get(f"/embed/{token}").status_code == 401


def test_a_token_follows_the_land_of_its_account(client: httpx.Client, store: Connection) -> None:
    shown = exchanged(client, made(store)).json()["pass"]
    users.give_scope(store, "负责人", Scope(regions=("150722",)))
    assert client.get("/api/v1/findings", headers=by(shown)).json()["rows"][0]["land"] == []


def test_a_token_of_one_day_shows_that_day_only(client: httpx.Client, store: Connection) -> None:
    numbers = []
    for day in (date(2026, 6, 30), date(2026, 7, 31)):
        with store.transaction():
            begun = runs.begin(
                store, as_of=day, delivery=0, region=None, code_version="1", code_digest="c",
                law_digest="l", input_digest=str(day),
            )  # fmt: skip
            numbers.append(runs.finish(store, begun, {}).id)
    june, july = numbers
    shown = exchanged(client, made(store, as_of=date(2026, 6, 30))).json()["pass"]

    def status(**query: Any) -> int:
        return client.get("/api/v1/findings", params=query, headers=by(shown)).status_code

    assert (
        status(as_of="2026-06-30")
        == status(run=june)
        == status(as_of="2026-06-30", run=june)
        == 200
    )
    for query in (
        {}, {"as_of": "2026-07-31"}, {"run": july}, {"as_of": "2026-06-30", "run": july},
        {"as_of": ["2026-06-30", "2026-07-31"]}, {"run": "x"}, {"run": "9" * 40}, {"run": -1},
        {"run": "１"}, {"as_of": ""},
    ):  # fmt: skip
        assert status(**query) == 403, query  # type: ignore[arg-type]
    assert status(run=999) == 404  # there is no such run


def test_nonsense_for_a_token_is_refused(client: httpx.Client, store: Connection) -> None:
    good = made(store)
    for shown in ("", "x", "a.b.c", good[:-3], good + "x", "." + good, "x" * 100_000, "😀", "\0",
                  good.swapcase(), "null", "e30.x.y"):  # fmt: skip
        assert exchanged(client, shown).status_code in {401, 413}, shown[:20]
        assert client.get("/api/v1/findings", headers=by(shown.encode("ascii", "replace").decode()
                          .replace("\0", "?") or "?")).status_code in {400, 401, 431}  # fmt: skip
    assert exchanged(client, good).status_code == 200
    for path in (
        "/embed/x",
        "/embed/%00",
        "/embed/files/embed.html",
        "/embed/files/%2e%2e%2flogin.js",
    ):
        assert client.get(path).status_code in {400, 401, 404}, path


def test_the_key_of_tokens_is_this_installations_and_nobody_elses(
    client: httpx.Client, store: Connection
) -> None:
    token = made(store)
    for place in (token, f"{token}/x", f"page/{token}", f"files/{token}"):
        client.get(f"/embed/{place}")
    key = config.read().home / "embed-key"
    assert key.stat().st_mode & 0o777 == 0o600
    text = key.read_text()
    for table in ("embed_token", "embed_exchange", "audit"):
        kept = str(store.execute(f"SELECT t::text FROM landwatch.{table} AS t").fetchall())
        assert token not in kept
        assert text not in kept
    key.unlink()
    assert exchanged(client, token).status_code == 401


def test_a_token_is_given_only_by_who_may_and_never_beyond_their_land(
    client: httpx.Client, store: Connection
) -> None:
    home = config.read().home
    users.add(store, "承办", ["officer"], None)

    def refused(
        part: str, account: str = "负责人", scope: Scope | None = OTOG, **more: Any
    ) -> None:
        known = {"layers": ["findings"], **more}
        with pytest.raises(UsageError, match=part):
            embeds.create(store, home, "x", account, scope, **known)

    refused("无权嵌入", account="承办")
    refused("超出账号", scope=None)
    refused("超出账号", scope=Scope(regions=("150722",)))
    refused("没有图层", layers=["accounts"])
    refused("没有图层", layers=[])
    refused("没有图层", language="fr")
    refused("有效期", days=367)
    assert embeds.every(store) == []


@pytest.mark.parametrize(
    "told", ["https://a.example; script-src *", "*", "a.example", "https://a.example\n", "https:"]
)
def test_sites_that_are_none_are_refused(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", told)
    if told.strip() != told:
        assert "\n" not in embeds.ancestors()
        return
    with pytest.raises(UsageError, match="LANDWATCH_FRAME_ANCESTORS"):
        embeds.ancestors()


def test_by_default_no_site_may_show_our_pages(client: httpx.Client) -> None:
    answer = client.get("/embed/page")
    assert re.search(r"frame-ancestors 'none'$", answer.headers["content-security-policy"])
    assert "unsafe" not in answer.headers["content-security-policy"]


@contextmanager
def site(folder: Path, page: str) -> Iterator[str]:
    """Another site: a server of one page on a port of its own."""
    (folder / "index.html").write_text(page, encoding="utf-8")
    with serving(folder) as origin:
        yield origin


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of a folder on a port of its own."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as own:
        thread = threading.Thread(target=own.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{own.server_port}"
        finally:
            own.shutdown()
            thread.join()


SITE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<iframe id="f" src="{page}"></iframe><script>
const heard = []; addEventListener("message", (event) => heard.push(event.data));
const send = (message) => document.getElementById("f").contentWindow.postMessage(message, "*");
</script>"""


@pytest.mark.parametrize("is_allowed", [True, False])
def test_an_embedded_page_talks_to_the_sites_it_was_made_for_and_to_no_other(
    client: httpx.Client,
    store: Connection,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_allowed: bool,
) -> None:
    token = made(store, layers=["findings", "leads"], language="en")
    asked: list[str] = []
    page_at = f"{at(client)}/embed/{token}" if is_allowed else f"{at(client)}/embed/page#{token}"
    with site(tmp_path, SITE.format(page=page_at)) as origin:
        # Who may not talk with the page may not show it either; here it is shown by a third.
        monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", f"{origin} https://portal.example")
        context = browser.new_context()
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.set_default_timeout(10_000)
        if not is_allowed:
            monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", "https://portal.example")
        tab.goto(origin)
        if not is_allowed:
            assert in_time(tab, lambda: "frame-ancestors" in "".join(said), bool), said
            context.close()
            return
        frame = tab.frame_locator("#f")
        frame.locator("tbody tr").wait_for()
        assert frame.locator("tbody td").nth(1).text_content() == "<b>甲</b>"  # text, no markup
        frame.locator("tbody tr").click()
        assert tab.evaluate("heard") == []  # nobody has said hello yet
        tab.evaluate('send({landwatch: "hello"})')
        tab.wait_for_function("heard.length === 1")
        frame.locator("tbody tr").click()
        tab.wait_for_function("heard.length === 2")
        tab.evaluate('send({landwatch: "filter", layer: "leads", filter: {kind: ["a", "b"]}})')
        tab.wait_for_function("heard.length === 3")
        for nonsense in ("null", '"x"', '{landwatch: "filter", layer: "accounts"}',
                         '{landwatch: "filter", filter: {run: 1}}',
                         '{landwatch: "filter", filter: [1]}',
                         '{landwatch: "filter", filter: {a: {b: 1}}}'):  # fmt: skip
            tab.evaluate(f"send({nonsense})")
        tab.evaluate('send({landwatch: "hello"})')
        tab.wait_for_function("heard.length === 4")
        ready, click, filtered, _ = tab.evaluate("heard")
        assert ready == {"landwatch": "ready", "layers": ["findings", "leads"], "as_of": None}
        assert (click["landwatch"], click["layer"], click["row"]["subject"]) == (
            "click", "findings", "S1",
        )  # fmt: skip
        assert filtered == {"landwatch": "filtered", "layer": "leads", "count": 1}
        assert said == []
        context.close()
    with_token = [url for url in asked if token in url]
    assert with_token == [f"{at(client)}/embed/{token}"]
    lists = [url.split("/api/v1/")[1] for url in asked if "/api/v1/" in url]
    # All of one run: that of the map.
    assert lists == ["findings?run=7", "leads?kind=a&kind=b&run=7"]


def test_a_page_hears_no_site_that_was_not_named(
    client: httpx.Client,
    store: Connection,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wildcard lets a site show the page; to talk with it, a site has to be named in full."""
    with site(tmp_path, SITE.format(page=f"{at(client)}/embed/page#{made(store)}")) as origin:
        monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", origin)
        monkeypatch.setattr(embeds, "origins", lambda: ["https://portal.example"])
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(origin)
        tab.frame_locator("#f").locator("tbody tr").wait_for()
        tab.evaluate('send({landwatch: "hello"})')
        tab.evaluate('send({landwatch: "filter", filter: {kind: "a"}})')
        tab.frame_locator("#f").locator("tbody tr").click()
        tab.wait_for_timeout(300)
        assert tab.evaluate("heard") == []
        context.close()


def test_the_example_of_a_dashboard_shows_filters_and_hears_our_page(
    client: httpx.Client,
    store: Connection,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = made(store, layers=["findings", "leads"], language="zh")
    with serving(stores.ROOT / "scripts/dashboard") as origin:
        monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", origin)
        context = browser.new_context()
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(f"{origin}/#{at(client)}/embed/page#{token}")
        frame = tab.frame_locator("#page")
        frame.locator("tbody tr").wait_for()
        tab.get_by_text("图层 findings、leads").wait_for()
        frame.locator("tbody tr").click()
        tab.get_by_text("S1").wait_for()
        tab.click("button[value=suspected_idle]")
        tab.wait_for_function("() => document.getElementById('count').textContent === '1 条'")
        assert said == []
        tab.goto("about:blank")
        tab.goto(f"{origin}/")
        tab.get_by_text("没有写要嵌入的页面").wait_for()
        context.close()
