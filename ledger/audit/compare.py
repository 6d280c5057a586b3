"""What happened to events that are not as the log has them.

The log has a hash for each position. An event that does not fit there may fit at another position, which
tells that it was moved; whatever fits nowhere was changed or slipped in, and a hash that no event fits is of
one that was removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, NamedTuple

from ledger.audit.codes import Code
from ledger.audit.findings import Finding, finding
from ledger.audit.spans import Span, Spans, common, extend, spans_of, without
from ledger.audit.stored import at_position

REACH: Final = 512
"""How far from its position an event is looked for."""

FEW: Final = 100
"""Strangers after which events are looked for only as far away as the one before them was found."""

LIMIT: Final = 1000
"""Events that are examined one by one; of more, only the positions are told."""

Leaf = Callable[[int], bytes | None]
"""The hash that the log has for a position, if it has one."""

Tell = Callable[[Mapping[int, tuple[bytes, bytes]]], Iterable[Finding]]
"""Tells what was changed of the events at these positions, given the row and what the log has for it."""


class Run(NamedTuple):
    """Consecutive positions, whose events were recorded `shift` positions later than they stand."""

    first: int
    last: int
    shift: int


@dataclass
class Comparison:
    """Collects what differs, in a bounded memory; `findings` says what it came to.

    Attributes:
        strangers: rows that fit nowhere so far, by their positions.
        missing: what the log has for positions, and no row fits so far.
        moved: rows that fit another position.
        taken: positions that a moved row fits, not yet come to.
        lost, odd: positions of more missing ones, and of more strangers, than are examined.
    """

    strangers: dict[int, bytes] = field(default_factory=dict)
    missing: dict[int, bytes] = field(default_factory=dict)
    moved: list[Run] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    lost: Spans = field(default_factory=list)
    odd: Spans = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every event so far is as the log has it."""
        return not (self.strangers or self.missing or self.moved or self.lost or self.odd)

    def row(self, position: int, row: bytes, leaf: Leaf) -> None:
        """Place a row that does not fit its position."""
        if self.moved_from(position, row, leaf):
            return
        if len(self.strangers) < LIMIT:
            self.strangers[position] = row
        else:
            extend(self.odd, position)

    def moved_from(self, position: int, row: bytes, leaf: Leaf) -> bool:
        """Note a row as moved if it fits another position, and tell whether it does."""
        origin = self._origin(position, row, leaf)
        if origin is None:
            return False
        self._move(position, origin - position)
        if origin > position:
            self.taken.add(origin)
        else:
            self.missing.pop(origin, None)
        return True

    def twin(self, position: int) -> None:
        """Note a second row at a position."""
        extend(self.odd, position)

    def absent(self, position: int, leaf: bytes) -> None:
        """Note that no row fits a position, unless one does that stands before it."""
        if position in self.taken:
            self.taken.remove(position)
        elif len(self.missing) < LIMIT:
            self.missing[position] = leaf
        else:
            extend(self.lost, position)

    def _move(self, position: int, shift: int) -> None:
        last = self.moved[-1] if self.moved else None
        if last is not None and (last.last, last.shift) == (position - 1, shift):
            self.moved[-1] = last._replace(last=position)
        else:
            self.moved.append(Run(position, position, shift))

    def _origin(self, position: int, row: bytes, leaf: Leaf) -> int | None:
        """Return the position that a row fits, looked for nearby."""
        shifts = [self.moved[-1].shift] if self.moved else []
        if len(self.strangers) < FEW:
            shifts += [shift for far in range(1, REACH + 1) for shift in (far, -far)]
        for shift in shifts:
            origin = position + shift
            if origin > 0 and sha256(at_position(row, origin)).digest() == leaf(origin):
                return origin
        return None

    # -- what it came to

    def findings(self, head: int, size: int, tell: Tell) -> Iterator[Finding]:
        """Yield what happened.

        Args:
            head: the last event's position.
            size: of the log.
            tell: asked about the events that were changed where they stand.
        """
        self._match_far()
        examined = {
            position: (row, self.missing[position])
            for position, row in self.strangers.items()
            if position in self.missing
        }
        yield from tell(examined)
        strange, gone = spans_of(self.strangers, self.odd), spans_of(self.missing, self.lost)
        changed = common(strange, gone)
        yield from _told(Code.CHANGED, without(changed, spans_of(examined)), field="unknown")
        inserted, removed = without(strange, changed), without(gone, changed)
        end = [Span(head + 1, size)] if removed and removed[-1].last == size > head else []
        cut = common(removed, end)[-1:]  # what is missing in one piece up to the end of the log
        yield from _told(Code.CUT_OFF, cut, head=head, size=size)
        yield from _told(Code.REMOVED, without(removed, cut))
        yield from _told(Code.INSERTED, inserted)
        if self.moved:
            yield from _moves(self.moved, renumbered=bool(removed or inserted))

    def _match_far(self) -> None:
        """Look for the strangers among all that is missing, however far away."""
        where = {leaf: position for position, leaf in self.missing.items()}
        for position, row in list(self.strangers.items()):
            for origin in list(where.values()):
                hash_ = sha256(at_position(row, origin)).digest()
                if where.get(hash_) == origin:
                    del self.strangers[position], self.missing[origin], where[hash_]
                    self.moved.append(Run(position, position, origin - position))
                    break

    # -- keeping it

    def plain(self) -> dict[str, Any]:
        """As plain values, to be taken up from later (`from_plain`)."""
        return {
            "strangers": {position: row.hex() for position, row in self.strangers.items()},
            "missing": {position: leaf.hex() for position, leaf in self.missing.items()},
            "moved": self.moved,
            "taken": sorted(self.taken),
            "lost": self.lost,
            "odd": self.odd,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Comparison:
        """Return one as it was."""
        return cls(
            {int(position): bytes.fromhex(row) for position, row in plain["strangers"].items()},
            {int(position): bytes.fromhex(leaf) for position, leaf in plain["missing"].items()},
            [Run._make(run) for run in plain["moved"]],
            set(plain["taken"]),
            [Span._make(span) for span in plain["lost"]],
            [Span._make(span) for span in plain["odd"]],
        )


def _told(code: Code, spans: Iterable[Span], **facts: object) -> Iterator[Finding]:
    for first, last in spans:
        yield finding(code, first=first, last=last, **facts)


def _moves(moved: list[Run], *, renumbered: bool) -> Iterator[Finding]:
    runs = sorted(moved)
    if renumbered:
        for first, last, shift in runs:
            origin = Span(first + shift, last + shift)
            yield finding(Code.RENUMBERED, first=first, last=last, origin=str(origin))
        return
    groups = [[runs[0]]]
    for before, run in pairwise(runs):
        if run.first == before.last + 1:
            groups[-1].append(run)
        else:
            groups.append([run])
    for group in groups:
        pairs = ", ".join(f"{first}←{first + shift}" for first, _, shift in group[:10])
        pairs += ", …" if len(group) > 10 else ""
        yield finding(Code.REORDERED, first=group[0].first, last=group[-1].last, pairs=pairs)
