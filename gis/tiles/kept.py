"""What was made once and is asked for again: up to so many bytes, each made by one for all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Return its bytes."""


Made = TypeVar("Made", bound=Sized)


class Kept(Generic[Made]):
    """Keeps up to `room_bytes`; what nobody asked for the longest goes first.

    Who asks for what is being made waits for it, and is told the same fault if it fails.
    """

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()
        self._making: dict[Hashable, Future[Made]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `key` stands for, made now if it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            waiting = self._making.get(key)
            own: Future[Made] = Future()
            if waiting is None:
                self._making[key] = own
        if waiting is not None:
            return waiting.result()
        try:
            made = make()
        except BaseException as fault:
            with self._lock:
                del self._making[key]
            own.set_exception(fault)
            raise
        self._keep(key, made)
        own.set_result(made)
        return made

    def _keep(self, key: Hashable, made: Made) -> None:
        with self._lock:
            del self._making[key]
            self._kept[key] = made
            self._size_bytes += made.nbytes
            while self._size_bytes > self._room_bytes and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._size_bytes -= gone.nbytes
