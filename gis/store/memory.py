"""What was read once and is asked for again, kept up to so many bytes."""

from __future__ import annotations

import ctypes
import gc
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Protocol, TypeVar, cast

import pyarrow as pa

# Options of glibc's mallopt, by their numbers in malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 256 * 1024
_HEAPS = 2


class Sized(Protocol):
    """What knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Return its bytes."""


Kept = TypeVar("Kept", bound=Sized)


class Memory:
    """Keeps up to `room_bytes`; what nobody asked for the longest goes first.

    One thing is read at a time, since what is being read takes memory too; nobody waits for it.
    """

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self._kept: OrderedDict[Hashable, Sized] = OrderedDict()
        self._lock, self._reading = Lock(), Lock()

    @property
    def nbytes(self) -> int:
        """Return how much is kept, in bytes."""
        with self._lock:
            return sum(one.nbytes for one in self._kept.values())

    def get(
        self,
        key: Hashable,
        read: Callable[[], Kept | None],
        at_hand: Callable[[], Kept | None] | None = None,
    ) -> Kept | None:
        """Return what `key` stands for, read now if it is not kept: `at_hand`, where it is, sooner.

        None while something else is being read: then it is to be done without.
        """
        found = self._found(key)
        if found is None and self._reading.acquire(blocking=False):
            try:
                found = None if at_hand is None else at_hand()
                found = read() if found is None else found
                if found is not None:
                    self._keep(key, found)
            finally:
                self._reading.release()
        # A key stands for one kind of thing.
        return cast(Kept | None, found)

    def peek(self, key: Hashable) -> Sized | None:
        """Return what `key` stands for if it is kept."""
        return self._found(key)

    def _found(self, key: Hashable) -> Sized | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, read: Sized) -> None:
        with self._lock:
            self._kept[key] = read
            left = self.room_bytes - sum(one.nbytes for one in self._kept.values())
            while left < 0 and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                left += gone.nbytes


class Peek:
    """What a memory keeps or has at hand, for who has no time to read.

    Remembers whether something was missing.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory, self.room_bytes = memory, memory.room_bytes
        self.is_lacking = False

    def get(
        self,
        key: Hashable,
        read: Callable[[], Kept | None],
        at_hand: Callable[[], Kept | None] | None = None,
    ) -> Kept | None:
        """Return what `key` stands for; None where it would have to be read."""
        del read
        found = self._memory.peek(key)
        if found is None and at_hand is not None:
            found = self._memory.get(key, at_hand)
        self.is_lacking |= found is None
        return cast(Kept | None, found)


def give_back_what_is_freed() -> None:
    """Let large arrays that many threads make and drop go back to the system at once.

    Else every thread keeps a heap of its own as large as what it once needed: several hundred
    megabytes for a server that holds a hundred. Without effect where the C library is not glibc.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    options = getattr(ctypes.CDLL(None), "mallopt", None)
    if options is not None:
        options(_ARENA_MAX, _HEAPS)
        options(_MMAP_THRESHOLD, _LARGE_BYTES)
        options(_TRIM_THRESHOLD, _LARGE_BYTES)


def keep_for_good() -> None:
    """Look for no garbage any more in what stands now: a program, its libraries and its rules.

    A server looks it all through again and again else, while somebody waits for an answer.
    """
    gc.collect()
    gc.freeze()
