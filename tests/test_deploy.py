"""What is shipped to run the server with: its unit, and the proxy's configuration at work."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api import embed, login
from gis.accounts import audit, passwords, users
from gis.cli import landwatch
from gis.store.database import Connection
from tests.doors import app_of, served

DEPLOY = Path(__file__).parents[1] / "scripts/deploy"
GOOD = "Caoyuan-2026-zao"


def test_the_unit_starts_a_server_that_needs_accounts_and_listens_here_only() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "landwatch.service", encoding="utf-8")
    program, command, *words = shlex.split(unit["Service"]["ExecStart"])
    assert (Path(program).name, command) == ("landwatch", "serve")
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert "--require-accounts" in words
    assert unit["Service"]["User"] == "landwatch"
    assert "PASSWORD" not in unit["Service"]["ExecStart"].upper()
    serve = landwatch.get_command(None, "serve")  # type: ignore[arg-type]
    assert serve is not None
    known = {name for one in serve.params for name in one.opts}
    assert {word for word in words if word.startswith("--")} <= known


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of localhost that is good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "landwatch.crt", folder / "landwatch.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def proxied(folder: Path, behind: httpx.URL) -> Iterator[tuple[httpx.Client, int]]:
    """A client of the shipped configuration over TLS, and the port of its plain HTTP.

    Only names, ports and places are put into it, as whoever installs it does.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing; scripts/setup --test installs it"
    crt, key = certificate(folder)
    plain, secure = free_port(), free_port()
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in {
        "land.example": "localhost",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "listen [::]:80;": "",
        "listen [::]:443 ssl;": "",
        "/etc/ssl/landwatch.crt": str(crt),
        "/etc/ssl/private/landwatch.key": str(key),
        "/var/log/nginx/landwatch.log": str(folder / "access.log"),
        "http://127.0.0.1:8000": str(behind).rstrip("/"),
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    rooms = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{room}_temp_path {folder / room};" for room in rooms)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder / 'pid'}; events {{}}"
        f" http {{ {temporary} include {folder / 'site.conf'}; }}",
        encoding="utf-8",
    )
    log = folder / "error.log"
    command = [program, "-p", str(folder), "-e", str(log), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        trusted = ssl.create_default_context(cafile=str(crt))
        with httpx.Client(
            base_url=f"https://localhost:{secure}", verify=trusted, timeout=30
        ) as client:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", secure)) == 0:
                        break
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield client, plain
    finally:
        process.terminate()
        process.wait()


def test_through_the_shipped_proxy_nobody_comes_in_until_there_is_an_account(
    store: Connection, store_url: str, tmp_path: Path
) -> None:
    app = app_of(store_url, login.router, embed.router, require_accounts=True)
    with served(app) as behind, proxied(tmp_path, behind.base_url) as (client, plain):
        for path in ("/read", "/login/me", "/embed/secret-token", "/read?Token=secret-token"):
            assert client.get(path).status_code == 503, path
        assert client.get("/arcgis/rest/info?f=json&token=secret-token").status_code == 200
        assert client.post("/login", json={"name": "a", "password": "b"}).status_code == 503
        # A proxy that does not say it is one opens nothing either.
        assert behind.get("/read").status_code == 503

        users.add(store, "王芳", ["officer"], None)
        passwords.give(store, "王芳", GOOD, must_change=False)
        assert client.get("/read").status_code == 401
        spoofed = {
            "X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9", "X-Forwarded-Proto": "http",
        }  # fmt: skip
        said = client.post("/login", json={"name": "王芳", "password": GOOD}, headers=spoofed)
        assert said.status_code == 200
        cookie = said.headers["set-cookie"]
        assert re.fullmatch(
            r"__Host-landwatch-session=[\w-]+; HttpOnly; Path=/; SameSite=lax; Secure", cookie
        )
        assert said.headers["strict-transport-security"]
        assert client.get("/read", headers=spoofed).json() == {
            "name": "王芳", "via": "session", "land": None, "address": "127.0.0.1",
        }  # fmt: skip
        assert {entry.address for entry in audit.entries(store, 9)} == {"127.0.0.1"}
        assert client.post("/change").status_code == 403
        csrf = {"X-CSRF-Token": said.json()["csrf"]}
        assert client.post("/change", headers=csrf).status_code == 200
        # The cookie of TLS opens nothing on another way, nor under another name.
        token = client.cookies["__Host-landwatch-session"]
        for name in ("landwatch-session", "x"):
            assert behind.get("/read", headers={"Cookie": f"{name}={token}"}).status_code == 401
        assert client.post("/login/out", headers=csrf).status_code == 204
        assert client.get("/read").status_code == 401

        moved = httpx.get(f"http://127.0.0.1:{plain}/read", headers={"Host": "localhost"})
        assert (moved.status_code, moved.headers["location"]) == (301, "https://localhost/read")
    logged = (tmp_path / "access.log").read_text(encoding="utf-8")
    for line in ('/embed/..." 503', '/read" 503', '/arcgis/rest/info" 200'):
        assert f'"GET {line}' in logged
    assert "secret-token" not in logged


def test_the_command_of_the_unit_serves_through_the_shipped_proxy(
    store: Connection, store_url: str, tmp_path: Path
) -> None:
    port = free_port()
    words = ["--port", str(port), "--require-accounts", "--name", "land.example", "--no-worker"]
    command = [sys.executable, "-m", "gis.cli", "serve", *words]
    process = subprocess.Popen(command, cwd=DEPLOY.parents[1], stderr=subprocess.PIPE, text=True)
    behind = httpx.URL(f"http://127.0.0.1:{port}")
    try:
        with proxied(tmp_path, behind) as (client, _):
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None
                time.sleep(0.1)
            for path in ("/", "/api/v1/runs", "/login/me", "/basis/x", "/maps/x"):
                assert client.get(path).status_code == 503, path
            add = ["user", "add", "管理", "--role", "administrator", "--password-stdin"]
            done = subprocess.run(
                [sys.executable, "-m", "gis.cli", *add], cwd=DEPLOY.parents[1], input=GOOD + "\n",
                text=True, capture_output=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            answer = client.get("/api/v1/runs")
            assert answer.status_code == 401
            assert "Basic" not in answer.headers["www-authenticate"]
            assert client.post("/login", json={"name": "管理", "password": GOOD}).status_code == 200
            assert client.get("/api/v1/runs").json()["count"] == 0
            assert client.get("/login").status_code == 200
            told = client.get("/arcgis/rest/info").json()["authInfo"]["tokenServicesUrl"]
            assert told == "https://localhost/arcgis/tokens/generateToken"
            # A key that follows a link does not go in the clear.
            links = [one["href"] for one in client.get("/ogc").json()["links"]]
            links += [one["tilejson"] for one in client.get("/tiles").json()["layers"]]
            assert all(one.startswith("https://localhost/") for one in links), links
        assert audit.prove(store) is None
        told = [(entry.actor, entry.action, entry.result) for entry in audit.entries(store, 99)]
        assert ("管理", "GET /api/v1/runs", "200") in told
        assert ("管理", "登录 log in", "成功 ok") in told
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert GOOD not in said
    assert "Traceback" not in said


def test_a_server_for_the_desk_alone_refuses_what_the_shipped_proxy_passes_on(
    store: Connection, store_url: str, tmp_path: Path
) -> None:
    with served(app_of(store_url)) as behind, proxied(tmp_path, behind.base_url) as (client, _):
        assert behind.get("/read").json()["via"] == "desk"
        answer = client.get("/read")
        assert answer.status_code == 403
        assert "代理" in answer.text


@pytest.mark.parametrize(
    "name",
    ["landwatch.service", "landwatch-worker.service", "landwatch-store.service", "nginx.conf"],
)
def test_what_is_shipped_holds_no_secret_and_listens_to_no_client(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|secret|token)\s*=\s*\S", text)
    # What a client wrote never comes before what the proxy saw.
    assert "proxy_add_x_forwarded_for" not in text
