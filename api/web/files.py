"""The files pages are made with: styles, scripts, and the packages of others."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from api.web import frame
from gis.errors import UsageError
from maps import page

router = APIRouter(include_in_schema=False)

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
}
_OWN = Path(str(resources.files("api.web").joinpath("static")))
# What of others a page may ask for; scripts/front puts it there.
_OF_OTHERS = frozenset(
    {
        "echarts/echarts.esm.min.mjs",
        "htmx/htmx.esm.min.js",
        "maplibre-gl/maplibre-gl.mjs",
        "maplibre-gl/maplibre-gl-shared.mjs",
        "maplibre-gl/maplibre-gl-worker.mjs",
        "maplibre-gl/maplibre-gl.css",
    }
)
# A script that runs beside the page, as the map's does, keeps to the policy it came with.
_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
_STATUS_CSS = "status.css"


@router.get("/static/app/{name}")
def own(name: str, request: Request) -> Response:
    """Return a style or script of ours."""
    if name == _STATUS_CSS:
        return _sent(request, _status_css(), _KINDS[".css"])
    place = _OWN / name
    if name not in _names() or place.suffix not in _KINDS:
        raise HTTPException(404)
    return _sent(request, place.read_bytes(), _KINDS[place.suffix])


@router.get("/static/vendor/{name:path}")
def of_others(name: str, request: Request) -> Response:
    """Return a file of a package that pages use."""
    if name not in _OF_OTHERS:
        raise HTTPException(404)
    place = page.VENDOR / name
    if not place.is_file():
        raise UsageError(
            f"{name} 未安装 is not installed", "在服务器上 on the server: scripts/setup"
        )
    return _sent(request, place.read_bytes(), _KINDS[place.suffix])


@cache
def _names() -> frozenset[str]:
    return frozenset(one.name for one in _OWN.iterdir())


@cache
def _status_css() -> bytes:
    """Return the colours of the statuses as properties: --outcome-clear, and so on."""
    lines = [
        f"  --{name}-{code.replace('_', '-')}: {look.colour};"
        for name, looks in frame.LOOKS.items()
        for code, look in looks.items()
    ]
    # The edge of a card that tells a status.
    edges = [
        f".edge-{name}-{code} {{ border-left-color: {look.colour} !important; }}"
        for name, looks in frame.LOOKS.items()
        for code, look in looks.items()
    ]
    return (":root {\n" + "\n".join([*lines, "}", *edges]) + "\n").encode()


def _sent(request: Request, content: bytes, kind: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": _POLICY,
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(_packed(content), media_type=kind, headers=headers)
    return Response(content, media_type=kind, headers=headers)


@lru_cache(64)
def _packed(content: bytes) -> bytes:
    """Return a file as it is sent: a megabyte takes long to pack, and is asked for by everybody."""
    return gzip.compress(content, 6, mtime=0)
