"""The signature of a manifest, and the key it is made with (Ed25519).

The private key lies in a file of LANDWATCH_HOME that only its owner may read, made when it is
first needed. It stands in no database, no log and no output.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from gis.errors import LandwatchError, UsageError
from gis.files import disk, own_secret

ALGORITHM = "Ed25519"
_FILE = "signing-key.pem"
_KEY_BYTES = 32
_FINGERPRINT_LETTERS = 16
Signer = Callable[[bytes], dict[str, str]]


@dataclass(frozen=True)
class Signed:
    """A signature as found: the raw public key it names, None where there is none.

    `is_whole`: it fits the content, so whoever holds that key signed exactly this.
    """

    public_key: bytes | None
    is_whole: bool


def payload(content: Mapping[str, Any]) -> bytes:
    """Return what is signed: the content in one form, however its file is laid out."""
    told = {name: value for name, value in content.items() if name != "signature"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def read(content: Mapping[str, Any]) -> Signed:
    """Return the signature that stands in a content, and whether it fits it."""
    told = content.get("signature")
    if not isinstance(told, Mapping):
        return Signed(None, is_whole=False)
    try:
        key = base64.b64decode(told["public_key"], validate=True)
        value = base64.b64decode(told["value"], validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(value, payload(content))
    except (KeyError, TypeError, ValueError, binascii.Error, InvalidSignature):
        return Signed(_bytes(told.get("public_key")), is_whole=False)
    return Signed(key, is_whole=told.get("algorithm") == ALGORITHM)


def signer(home: Path) -> Signer:
    """Return what signs with the key of `home`; the key is made at its first use."""

    def sign(content: bytes) -> dict[str, str]:
        key = _private(home)
        return {
            "algorithm": ALGORITHM,
            "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            "value": base64.b64encode(key.sign(content)).decode(),
        }

    return sign


def own_key(home: Path) -> bytes | None:
    """Return the raw public key of `home`, None where no key was made yet."""
    return _private(home).public_key().public_bytes_raw() if (home / _FILE).exists() else None


def public_pem(home: Path) -> str:
    """Return the public key of `home` as PEM text; the key is made if there is none."""
    return (
        _private(home)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def given_key(path: Path) -> bytes:
    """Return the raw public key a PEM file holds; UsageError where it holds none of ours."""
    text = disk.text_of(path)
    try:
        key = serialization.load_pem_public_key(text.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise _no_key(path) from fault
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path)
    return key.public_bytes_raw()


def fingerprint(key: bytes) -> str:
    """Return a few letters by which people compare a public key."""
    return hashlib.sha256(key).hexdigest()[:_FINGERPRINT_LETTERS]


def _private(home: Path) -> Ed25519PrivateKey:
    file = home / _FILE
    content = own_secret.kept(file, ("签名私钥", "the signing key"), _new)
    key: object
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # what the library says of it may quote it
    if not isinstance(key, Ed25519PrivateKey):
        raise LandwatchError(
            f"签名私钥 {file} 已损坏。 The signing key is broken.",
            "从备份恢复；或移走它，将另生成一把（公钥随之改变） restore it, or move it away",
        )
    return key


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _bytes(text: object) -> bytes | None:
    try:
        key = base64.b64decode(str(text), validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == _KEY_BYTES else None


def _no_key(path: Path) -> UsageError:
    return UsageError(
        f"{path} 里没有 Ed25519 公钥 holds no Ed25519 public key",
        "给出 give the file that landwatch verify --key > key.pem wrote",
    )
