"""The column maps a sender's earlier files were read by, next to what is asked for this time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Profile = tuple[frozenset[str], Mapping[str, str]]  # the headers of a file, header -> column


class Remembered(dict[str, str]):
    """A column map some of whose entries are only remembered: those need not be in the file.

    As a mapping it holds all entries, of equal headers the newest; `fitting` picks one profile.
    """

    def __init__(
        self,
        asked: Mapping[str, str],
        profiles: Sequence[Profile],
        put_in: frozenset[str] = frozenset(),
    ) -> None:
        """`asked` is what a person maps by hand now; `profiles` come newest first.

        `put_in` are headers of ours, which no file had.
        """
        super().__init__()
        for _, mapping in reversed(profiles):
            self.update(mapping)
        self.update(asked)
        self.asked = dict(asked)
        self.profiles = list(profiles)
        self.put_in = put_in

    def fitting(self, headers: Iterable[str]) -> dict[str, str]:
        """Return the remembered entries for these headers: of the same set, else of the newest."""
        here = frozenset(headers) - self.put_in
        same = (mapping for known, mapping in self.profiles if known == here)
        newest = (mapping for _, mapping in self.profiles if here & mapping.keys())
        chosen = next(same, None) or next(newest, {})
        return {header: column for header, column in chosen.items() if header in here}
