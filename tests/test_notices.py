"""Notices: told once, each land its own, tried until they arrive, and nothing opened but settings.

The nights here are rows written as a night writes them; tests/test_nightly.py makes real ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gis.errors import UsageError
from gis.notices import outbox, settings, ways
from gis.notices.send import Done, send_due
from gis.notices.settings import SENDING
from gis.store import turns
from gis.store.database import Connection, connect
from tests.mailboxes import MailServer, Robots, mail_server, robots

NIGHT = date(2026, 6, 30)
NOW = datetime(2026, 6, 29, 18, 0, tzinfo=UTC)
TOLD: dict[str, Any] = {
    "subject": "土地监测夜报 2026-06-30", "text": "新列入 1\n", "html": "<p>新列入 1</p>",
    "short": "新列入 1", "json": {"as_of": "2026-06-30"},
}  # fmt: skip


@pytest.fixture
def taker() -> Iterator[Robots]:
    with robots() as told:
        yield told


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as told:
        yield told


def written(home: Path, content: str, mode: int = 0o600) -> settings.Settings:
    home.mkdir(parents=True, exist_ok=True)
    file = home / settings.NAME
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return settings.read(home)


def of_mail(port: int) -> str:
    return f"""
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
user = "landwatch"
password = "a-secret-word"
sender = "landwatch@example"
[[recipient]]
name = "利用科"
way = "mail"
address = "use@example"
everywhere = true
"""


def of_robot(name: str, way: str, address: str, secret: str = "") -> str:
    return f"""
[[recipient]]
name = "{name}"
way = "{way}"
address = "{address}"
secret = "{secret}"
regions = ["150602"]
"""


def put(store: Connection, told: settings.Settings, night: date = NIGHT) -> int:
    with store.transaction():
        return sum(
            outbox.put(store, night, outbox.DIGEST, one, TOLD, NOW) for one in told.recipients
        )


def test_nobody_is_told_twice(store: Connection, tmp_path: Path, taker: Robots) -> None:
    told = written(tmp_path, of_robot("群", "wecom", taker.address + "/send?key=k"))
    assert (put(store, told), put(store, told)) == (1, 0)
    assert send_due(store, told, NOW) == Done(sent=1)
    assert send_due(store, told, NOW + timedelta(hours=2)) == Done()
    assert len(taker.came) == 1


def test_each_way_says_what_its_taker_reads(
    store: Connection, tmp_path: Path, taker: Robots, mail: MailServer
) -> None:
    told = written(
        tmp_path,
        of_mail(mail.port)
        + of_robot("企业微信群", "wecom", taker.address + "/wecom?key=k1")
        + of_robot("钉钉群", "dingtalk", taker.address + "/ding?access_token=k2", "SECabc")
        + of_robot("平台", "json", taker.address + "/plain"),
    )
    put(store, told)
    assert send_due(store, told, NOW) == Done(sent=4)
    came = dict(taker.came)
    text = {"msgtype": "text", "text": {"content": "新列入 1"}}
    assert came["/wecom?key=k1"] == text
    (plain,) = (body for path, body in taker.came if path == "/plain")
    assert plain["digest"] == {"as_of": "2026-06-30"}
    assert plain["title"] == TOLD["subject"]
    (signed,) = (path for path in came if path.startswith("/ding"))
    asked = parse_qs(urlsplit(signed).query)
    # 2026-06-29T18:00Z: 1 782 756 000 s; HMAC-SHA256 of "instant\nsecret" under the secret.
    instant = "1782756000000"
    assert asked["timestamp"] == [instant]
    own = hmac.new(b"SECabc", f"{instant}\nSECabc".encode(), hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == own
    assert came[signed] == text
    (letter,) = mail.came
    assert letter["Subject"] == TOLD["subject"]
    assert letter["To"] == "use@example"
    # A line of a mail ends in CR and LF.
    body, page = (part.get_content().replace("\r\n", "\n") for part in letter.iter_parts())
    assert (body, page.strip()) == ("新列入 1\n", "<p>新列入 1</p>")
    assert base64.b64decode(mail.logged_in[0]) == b"\0landwatch\0a-secret-word"


def test_a_mail_server_down_for_two_days_gets_it_afterwards_once(
    store: Connection, tmp_path: Path
) -> None:
    with mail_server() as gone:
        port = gone.port
    told = written(tmp_path, of_mail(port))
    put(store, told)
    now, tries = NOW, 0
    while now < NOW + timedelta(days=2):
        tries += send_due(store, told, now).failed
        (waiting,) = outbox.listed(store)
        assert send_due(store, told, waiting.next_at - timedelta(seconds=1)) == Done()
        now = waiting.next_at
    # After 0, 1, 3, 7, 15, 31 minutes, then 60 after another: 32 = doubled, 63, 123, ...; two days
    # are 2,880 minutes: (2880 - 63) / 60 = 46.95, so 46 more behind the one at 63: 6 + 1 + 46.
    assert tries == 53
    with mail_server(port) as back:
        for hour in range(1, 4):
            send_due(store, told, now + timedelta(hours=hour))
        assert len(back.came) == 1
    (notice,) = outbox.listed(store)
    assert (notice.state, notice.fault) == (outbox.SENT, None)


def test_what_never_arrives_is_given_up_and_a_person_may_try_it_again(
    store: Connection, tmp_path: Path, mail: MailServer
) -> None:
    told = written(tmp_path, of_mail(mail.port))
    put(store, told)
    mail.refuses = 451
    late = NOW + timedelta(days=SENDING.given_up_after_days, minutes=1)
    assert send_due(store, told, NOW) == Done(failed=1)
    assert send_due(store, told, late) == Done(given_up=1)
    (notice,) = outbox.listed(store, [outbox.GIVEN_UP])
    assert "451" in (notice.fault or "")
    mail.refuses = 0
    assert send_due(store, told, late + timedelta(days=1)) == Done()
    assert outbox.retry(store, late + timedelta(days=1)) == 1
    assert send_due(store, told, late + timedelta(days=1)) == Done(sent=1)


def test_a_robot_is_sent_no_more_than_it_takes_in_a_minute(
    store: Connection, tmp_path: Path, taker: Robots
) -> None:
    address = taker.address + "/send?key=k"
    told = written(tmp_path, "".join(of_robot(f"人{n}", "wecom", address) for n in range(25)))
    assert put(store, told) == 25
    assert send_due(store, told, NOW) == Done(sent=20, put_off=5)
    assert send_due(store, told, NOW + timedelta(seconds=59)) == Done()
    assert send_due(store, told, NOW + timedelta(seconds=60)) == Done(sent=5)
    assert len(taker.came) == 25


REFUSALS = {
    "企业微信的错误码": (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}', {}),
    "不是机器人": (200, b"<html>", {}),
    "五百": (500, b"", {}),
    "转到别处": (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_a_robot_refuses_waits_and_nothing_secret_is_told(
    store: Connection, tmp_path: Path, taker: Robots, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    taker.answers["/send"] = REFUSALS[name]
    told = written(tmp_path, of_robot("群", "dingtalk", taker.address + "/send?key=word", "SECx"))
    put(store, told)
    with caplog.at_level(logging.DEBUG):
        assert send_due(store, told, NOW) == Done(failed=1)
    (notice,) = outbox.listed(store)
    assert notice.state == outbox.WAITING
    assert notice.next_at == NOW + timedelta(seconds=60)
    said = caplog.text + str(notice) + repr(told)
    assert not any(word in said for word in ("key=word", "SECx", "sign=", taker.address))
    # What answers that it is elsewhere was asked once, and nobody else was.
    assert len(taker.came) == 1


def test_a_clock_set_back_keeps_nothing_waiting(
    store: Connection, tmp_path: Path, taker: Robots
) -> None:
    taker.answers["/send"] = (500, b"", {})
    told = written(tmp_path, of_robot("群", "json", taker.address + "/send"))
    put(store, told)
    send_due(store, told, NOW)
    taker.answers.clear()
    assert send_due(store, told, NOW - timedelta(days=30)) == Done(sent=1)


def test_who_is_no_longer_in_the_settings_is_not_written_to(
    store: Connection, tmp_path: Path, taker: Robots
) -> None:
    told = written(tmp_path, of_robot("群", "json", taker.address + "/send"))
    put(store, told)
    assert send_due(store, written(tmp_path, ""), NOW) == Done(given_up=1)
    assert taker.came == []


def test_two_who_send_at_once_send_once(
    store: Connection, store_url: str, tmp_path: Path, taker: Robots
) -> None:
    told = written(tmp_path, of_robot("群", "json", taker.address + "/send"))
    put(store, told)
    with connect() as other, turns.alone(other, turns.NOTICES) as is_alone:
        assert is_alone
        assert send_due(store, told, NOW) == Done()
    assert send_due(store, told, NOW) == Done(sent=1)


BAD = {
    "hour = 24": "hour",
    "hour = 'one'": "hour",
    "kept_days = 0": "kept_days",
    "jobs_kept_days = 0": "jobs_kept_days",
    "colour = 1": "colour",
    "service = 'ftp://x'": "service",
    "[mail]\nhost = 'x'": "mail.sender",
    "[mail]\nhost = 'x'\nsender = 'a@b'\nsecurity = 'ssl'": "mail.security",
    "[[recipient]]\nname = '甲'\nway = 'post'": "甲.way",
    "[[recipient]]\nname = '甲'\nway = 'mail'\naddress = 'a@b'\neverywhere = true": "mail",
    "[[recipient]]\nname = '甲'\nway = 'json'\naddress = 'file:///etc/passwd'": "甲.address",
    "[[recipient]]\nname = '甲'\nway = 'json'\naddress = 'http://x/'\nregions = '15'": "甲.regions",
    "recipient = 3": "recipient",
    "[recipient]\nname = '甲'": "recipient",
}


@pytest.mark.parametrize("content", BAD)
def test_settings_that_cannot_be_name_what_is_wrong(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError) as refused:
        written(tmp_path, content)
    assert BAD[content] in refused.value.found
    assert settings.NAME in refused.value.found


def test_settings_others_may_read_and_land_not_named_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="chmod 600"):
        written(tmp_path, "hour = 3", mode=0o644)
    with pytest.raises(UsageError, match="管辖范围"):
        written(tmp_path, "[[recipient]]\nname='甲'\nway='json'\naddress='http://x/'")
    secret = "[mail]\npassword = 'a-secret-word\n"
    with pytest.raises(UsageError) as refused:
        written(tmp_path, secret)
    assert "a-secret-word" not in str(refused.value)


def test_no_settings_are_settings_too(tmp_path: Path) -> None:
    told = settings.read(tmp_path)
    assert (told.recipients, told.mail, told.hour) == ((), None, 1)


def test_a_header_cannot_be_smuggled_in(tmp_path: Path, mail: MailServer) -> None:
    told = written(tmp_path, of_mail(mail.port))
    evil = TOLD | {"subject": "夜报\nBcc: other@example"}
    with pytest.raises(ways.NotSentError):
        ways.send(told.recipients[0], told.mail, evil, "mark", NOW)
    assert mail.came == []
