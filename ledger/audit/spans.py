"""Sets of positions as spans, so that a million consecutive ones take no more room than two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Positions from the first to the last, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


Spans = list[Span]
"""In order, and apart from each other."""


def extend(spans: Spans, position: int) -> None:
    """Add a position behind all others."""
    if spans and spans[-1].last == position - 1:
        spans[-1] = Span(spans[-1].first, position)
    else:
        spans.append(Span(position, position))


def spans_of(positions: Iterable[int], more: Sequence[Span] = ()) -> Spans:
    """Return positions, and spans besides, as spans."""
    found: Spans = []
    for first, last in sorted([*((position, position) for position in positions), *more]):
        if found and found[-1].last >= first - 1:
            found[-1] = Span(found[-1].first, max(last, found[-1].last))
        else:
            found.append(Span(first, last))
    return found


def common(ours: Spans, theirs: Spans) -> Spans:
    """Return the positions that are in both."""
    found: Spans = []
    rest = iter(theirs)
    other = next(rest, None)
    for span in ours:
        while other is not None and other.first <= span.last:
            if other.last >= span.first:
                found.append(Span(max(span.first, other.first), min(span.last, other.last)))
            if other.last > span.last:
                break
            other = next(rest, None)
    return found


def without(ours: Spans, theirs: Spans) -> Spans:
    """Return the positions that are in the first alone."""
    return list(_rest(ours, common(ours, theirs)))


def _rest(ours: Spans, gone: Spans) -> Iterator[Span]:
    rest = iter(gone)
    hole = next(rest, None)
    for first, last in ours:
        start = first
        while hole is not None and hole.last <= last:
            if hole.first > start:
                yield Span(start, hole.first - 1)
            start = hole.last + 1
            hole = next(rest, None)
        if start <= last:
            yield Span(start, last)
