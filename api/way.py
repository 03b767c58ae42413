"""The way a request came: from where, through whom, and the cookie that may travel on it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote_plus

from fastapi import Request, Response

from gis.accounts import secret
from gis.accounts.sessions import TOKEN_MARK

# Over TLS a browser takes the name with __Host- only as Secure, for this host and from it.
COOKIE, SECURE_COOKIE = "landwatch-session", "__Host-landwatch-session"
_TOKEN = re.compile(r"/embed/(?!(page|exchange|map|files/[a-z_.]+)$).*", re.DOTALL)
# What opens a door, wherever a program writes it in an address.
_SECRET = frozenset({"token", "password"})
_MARKED = re.compile(f"{TOKEN_MARK}[A-Za-z0-9_-]+")
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via")


def address(request: Request) -> str:
    """Return where a request came from: its peer, or whom the proxy beside us says it speaks for.

    Only under `require_accounts`, where a proxy of ours stands on this machine, is the last entry
    of X-Forwarded-For believed: it is the one that proxy wrote, whatever was sent to it.
    """
    place = peer(request)
    if getattr(request.app.state, "require_accounts", False) and is_loopback(place):
        told = request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
        try:
            return str(ipaddress.ip_address(told))
        except ValueError:
            return place
    return place


def is_secure(request: Request) -> bool:
    """Return whether only TLS may carry the cookie: all but plain HTTP within this machine.

    Under `require_accounts` a proxy is in front, whether or not it says that it came by TLS.
    """
    state = request.app.state
    is_behind = getattr(state, "require_accounts", False) or is_proxied(request)
    return is_behind or request.url.scheme == "https" or not is_loopback(peer(request))


def is_proxied(request: Request) -> bool:
    """Return whether a request says that it was passed on by somebody."""
    return any(name in _PROXIED or name.startswith("x-forwarded-") for name in request.headers)


def cookie_name(request: Request) -> str:
    """Return what the cookie of a session is called on the way this request came."""
    return SECURE_COOKIE if is_secure(request) else COOKIE


def csrf_of(request: Request) -> str:
    """Return the CSRF token of the session whose cookie a request carries."""
    return secret.csrf_of(request.cookies.get(cookie_name(request), ""))


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Let the browser keep a session, out of the reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(request),
        token,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def take_cookie(request: Request, response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(
        cookie_name(request),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def own_address(asked: str) -> str:
    """Return an address within this server, the first page where another place is meant.

    Another host would begin with two slashes, or one and a backslash; browsers leave signs of
    control out, so none may stand in it.
    """
    return asked if re.fullmatch(r"/(?![/\\])[^\x00-\x1f\x7f]*", asked) else "/"


def peer(request: Request) -> str:
    """Return the address at the other end of the connection."""
    return request.client.host if request.client else ""


def is_loopback(place: str) -> bool:
    """Return whether an address is this machine's own."""
    try:
        found = ipaddress.ip_address(place)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def told(request: Request) -> str:
    """Return the address of a request as it may be written down: without a token or password."""
    path = _TOKEN.sub("/embed/…", request.url.path)
    parts = [_without_secret(part) for part in request.url.query.split("&") if part]
    return _MARKED.sub(f"{TOKEN_MARK}…", path + ("?" + "&".join(parts) if parts else ""))


def base(request: Request) -> str:
    """Return where this server is for who asks, without a slash behind: by TLS where that holds."""
    url = request.base_url
    return str(url.replace(scheme="https") if is_secure(request) else url).rstrip("/")


def _without_secret(part: str) -> str:
    name, _, value = part.partition("=")
    return f"{name}=…" if value and unquote_plus(name).strip().lower() in _SECRET else part
