"""What opens a door: made at random, shown once, kept as its sha256 only."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_BYTES = 32
# What no secret of ours is longer than; more than that is not even hashed.
_MOST_LETTERS = 200


def new(mark: str = "") -> str:
    """Return a new secret of 256 random bits; `mark` in front says what it is for."""
    return mark + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret, and looked for when it is shown again.

    So random a secret needs no slow hash: nobody tries 2^256 of them.
    """
    shown = secret[:_MOST_LETTERS].encode("utf-8", "backslashreplace")
    return hashlib.sha256(shown).hexdigest()


def csrf_of(token: str) -> str:
    """Return the CSRF token of a session: made of its cookie, which no other site can read."""
    shown = token[:_MOST_LETTERS].encode("utf-8", "backslashreplace")
    return hmac.digest(shown, b"landwatch csrf", "sha256").hex()
