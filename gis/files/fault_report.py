"""An unexpected fault, written down for who maintains the program: a report without secrets."""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from gis import __version__, config

FOLDER = "reports"
_HIDDEN = "***"
_SPOKEN = re.compile(
    r"""(://[^\s:/@]*:)[^\s@]+(?=@)|((?:password|passwd|pwd|secret|token)["']?\s*[=:]\s*["']?)[^\s"'&,;)}]+""",
    re.IGNORECASE,
)
_NAMED = re.compile("PASS|SECRET|TOKEN|CREDENTIAL|DATABASE_URL", re.IGNORECASE)
_SHORTEST = 4
_MOST_LETTERS = 200


def in_one_line(fault: BaseException) -> str:
    """Return the kind of a fault and the first line of what it says, without secrets."""
    said = str(fault).strip().splitlines()
    told = f"{type(fault).__name__}: {said[0]}" if said else type(fault).__name__
    told = without_secrets(told, config.read().home)
    return told if len(told) <= _MOST_LETTERS else told[:_MOST_LETTERS] + "…"


def report(fault: BaseException, asked: Sequence[str]) -> tuple[Path | None, str]:
    """Write a report of `fault` met while doing what was `asked`; return where, and its text.

    It lies in `reports` under LANDWATCH_HOME, else among the machine's temporary files; nobody but
    its owner may read it. The place is None where neither can be written.
    """
    home = config.read().home
    now = datetime.now(UTC)
    lines = [
        f"landwatch {__version__}  Python {platform.python_version()}  {platform.platform()}",
        f"{now:%Y-%m-%dT%H:%M:%SZ}  {' '.join(asked)}",
        "",
        *traceback.format_exception(fault),
    ]
    text = without_secrets("\n".join(lines), home)
    name = f"landwatch-{now:%Y%m%dT%H%M%S%f}Z-{os.getpid()}.txt"
    for folder in (home / FOLDER, Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(folder / name, text)
            return folder / name, text
    return None, text


def _write(out: Path, text: str) -> None:
    out.touch(mode=0o600, exist_ok=False)
    try:
        out.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        out.unlink(missing_ok=True)
        raise


def without_secrets(text: str, home: Path) -> str:
    """Return a text in which no password stands that this process may know."""
    for secret in sorted(set(_secrets(home)), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return _SPOKEN.sub(lambda met: (met[1] or met[2]) + _HIDDEN, text)


def _secrets(home: Path) -> Iterator[str]:
    """Yield every password this process may know: of the environment and of the private store."""
    for name, value in os.environ.items():
        if _NAMED.search(name):
            met = re.search(r"://[^:/@]*:([^@]*)@", value)
            for one in [met[1]] if met else [value]:
                yield from (word for word in (one, unquote(one)) if len(word) >= _SHORTEST)
    with suppress(OSError, ValueError, AttributeError):
        kept = json.loads((home / "secrets.json").read_text(encoding="utf-8"))
        yield from (word for word in kept.values() if isinstance(word, str) and word)
