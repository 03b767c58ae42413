"""Files that are sent to us piece by piece: there as a whole under their name, or not at all.

    folder/<number>/<name>     a file that came whole

While it comes it lies in a hidden folder that a killed process leaves to the next to sweep.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from gis.errors import UsageError
from gis.files import disk, drafts

MOST_NAME_BYTES = 255
_SETTLED_SECONDS = 3_600
_HEAD_BYTES = 16
# Controls of a terminal, new lines; and what turns the rest of a line round, an ending with it.
_ACTING = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


class TooLargeError(UsageError):
    """A file is larger than may be sent."""


class CutOffError(UsageError):
    """A file did not arrive as it was announced."""


def checked_name(name: str) -> str:
    """Return the name of a file that is sent; UsageError for what can be no name of a file.

    A name is never a path, and holds nothing that acts on a terminal.
    """
    size = len(name.encode("utf-8", "replace"))
    strange = [one for one in name if one in "/\\" or unicodedata.category(one) in _ACTING
               or unicodedata.bidirectional(one) in _TURNING]  # fmt: skip
    if not name.strip() or name.strip(". ") == "" or strange or size > MOST_NAME_BYTES:
        found = f"{size:,} 字节 bytes" if size > MOST_NAME_BYTES else repr(name[:40]) or "空 empty"
        raise UsageError(
            f"文件名不能用：{found}。 This can be no name of a file.",
            f"只写文件名，不带目录，至多 {MOST_NAME_BYTES} 字节 give the name alone, no folder, "
            f"at most {MOST_NAME_BYTES} bytes",
        )
    return name


class Incoming:
    """A file that comes: `add` its pieces, then `keep` it; left without that, it is gone."""

    def __init__(self, folder: Path, name: str, most_bytes: int) -> None:
        """`folder`: where it will be kept; `name` is checked already."""
        self._folder, self._name, self._most_bytes = folder, name, most_bytes
        self._digest = hashlib.sha256()
        self.bytes = 0
        # What it begins with.
        self.head = b""

    def __enter__(self) -> Incoming:
        with disk.explained(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = drafts.held(self._folder)
        self._draft = self._held.__enter__()
        try:
            with disk.explained(self._folder, self._draft):
                own = self._draft / "own"
                own.mkdir(mode=0o700)
                self._sink = (own / self._name).open("wb")
        except BaseException:
            self._held.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with disk.explained(self._folder, self._draft):
            try:
                self._sink.close()
            finally:
                self._held.__exit__(None, None, None)

    def add(self, piece: bytes) -> None:
        """Take a piece; TooLargeError, or DiskError where the disk is full."""
        self.bytes += len(piece)
        if self.bytes > self._most_bytes:
            raise too_large(self._most_bytes)
        self._digest.update(piece)
        self.head = (self.head + piece[:_HEAD_BYTES])[:_HEAD_BYTES]
        with disk.explained(self._folder, self._draft):
            self._sink.write(piece)

    def keep(self, number: str, sha256: str | None = None, size: int | None = None) -> str:
        """Bring what came to the disk under its number; return its hash.

        CutOffError where it is empty, or not the file that was announced by hash or size.
        """
        _, found = self.whole(sha256, size)
        place = self._folder / number
        with disk.explained(self._folder, self._draft):
            os.fsync(self._sink.fileno())
            (self._draft / "own").rename(place)
            _bring_to_disk(place)
            _bring_to_disk(self._folder)
        return found

    def whole(self, sha256: str | None = None, size: int | None = None) -> tuple[Path, str]:
        """Return where the file that came lies until the block ends, and its hash.

        CutOffError as `keep`.
        """
        found = self._digest.hexdigest()
        is_cut = size is not None and size != self.bytes
        if not self.bytes or is_cut or (sha256 is not None and sha256.lower() != found):
            raise CutOffError(
                f"收到 {self.bytes:,} 字节，与预告不符（或为空），没有保留。 What came is empty or "
                f"not what was announced; nothing was kept. SHA-256 {found}",
                "重新上传 send it again",
            )
        with disk.explained(self._folder, self._draft):
            self._sink.flush()
        return self._draft / "own" / self._name, found


def too_large(most_bytes: int) -> TooLargeError:
    """Return the fault of a file larger than may be sent."""
    return TooLargeError(
        f"文件超过 {most_bytes:,} 字节的上限，没有保留。 The file is larger than the "
        f"{most_bytes:,} bytes that may be sent; nothing was kept.",
        "分批报送，或在服务器上用 send it in parts, or on the server: landwatch load",
    )


def kept(folder: Path, number: str) -> Path | None:
    """Return the file of a number, None where there is none."""
    try:
        return next(iter(sorted((folder / number).iterdir())), None)
    except OSError:
        return None


def let_go(folder: Path, number: str) -> None:
    """Remove the file of a number, if it is there."""
    shutil.rmtree(folder / number, ignore_errors=True)


def sweep(folder: Path, wanted: Collection[str]) -> None:
    """Remove what nobody wants, and what processes that died left half come.

    What came just now may be about to be written down.
    """
    drafts.sweep(folder)
    if not folder.is_dir():
        return
    for place in folder.iterdir():
        if not place.name.startswith(".") and place.name not in wanted:
            with suppress(OSError):
                if time.time() - place.stat().st_mtime > _SETTLED_SECONDS:
                    shutil.rmtree(place, ignore_errors=True)


def _bring_to_disk(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
