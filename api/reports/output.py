"""What the two forms of a report have in common: tables are written one after the other, then the cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from api.reports.cover import Entry
from api.reports.definition import Table
from api.reports.rows import Digest, Line


class Output(Protocol):
    """A file in the making."""

    def table(self, table: Table, lines: Iterable[Line]) -> Digest:
        """Write a table, and return the digest of its CSV file.

        Raises:
            Problem: it has more rows than there is room for.
        """

    def cover(self, entries: Sequence[Entry]) -> None:
        """Write the cover."""
