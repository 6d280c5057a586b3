"""What of registration forms is in an answer: whose, why, on which clocks. Gathered while it is made.

An operation begins with nothing seen. Every root field that reads says on which clocks it stands and which
forms it asks for; every form that is answered says whose it is. One that nobody can place is not answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from graphql import GraphQLResolveInfo

from api.looks.watched import asked_below, people_named
from domain.commands import Form

WHOSE: Final = "~"
"""Under this name a form, as it is read, carries whose it is; nobody is answered that."""

FORM_FIELDS: Final = frozenset(it.name for it in fields(Form))
"""The stored names of the fields of a registration form."""


class Asked(Protocol):
    """A form that is asked for at one place of a query."""

    @property
    def fields(self) -> frozenset[str]:
        """The fields, by their stored names."""

    @property
    def reason(self) -> str | None:
        """Why."""


class Moment(NamedTuple):
    """The two clocks of an answer; no day: all days."""

    as_of: date | None
    known: int


@dataclass
class Root:
    """A root field: where it stands, and what it asks of forms."""

    moment: Moment
    fields: dict[str | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    people: dict[str | None, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    watched: Looked | None = None


class Looked(NamedTuple):
    """Forms that are in an answer: below which root field, of whom, what of them, on which clocks and why.

    Or, of somebody whose every look goes on record (`what` is then `answer`): whom they named, and which
    fields they asked for.
    """

    root: str | int
    people: tuple[UUID, ...]
    fields: frozenset[str]
    moment: Moment
    reason: str | None
    what: str = "form"


@dataclass
class Seen:
    """What was seen since somebody last took it."""

    roots: dict[str | int, Root] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(root.people or root.watched for root in self.roots.values())

    def take(self) -> list[Looked]:
        """Return what was seen, and begin anew; where it was read stays."""
        looked = []
        for key, root in self.roots.items():
            for reason, people in root.people.items():
                asked = frozenset(root.fields[reason]) & FORM_FIELDS
                looked.append(Looked(key, tuple(sorted(people)), asked, root.moment, reason))
            root.people.clear()
            if root.watched is not None:
                looked.append(root.watched)
                root.watched = None
        return looked


_seen: ContextVar[Seen] = ContextVar("seen")


def begin() -> Seen:
    """Begin an operation, and return what will have been seen in it."""
    seen = Seen()
    _seen.set(seen)
    return seen


def standing(info: GraphQLResolveInfo[Any], moment: Moment, forms: Sequence[Asked]) -> None:
    """Say where a root field stands, and which forms it asks for."""
    if forms:
        root = _seen.get().roots[_root_of(info)] = Root(moment)
        for asked in forms:
            root.fields[asked.reason] |= asked.fields


def watch(info: GraphQLResolveInfo[Any], moment: Moment) -> None:
    """Say where a root field stands, and what somebody asks below it whose every look goes on record."""
    if info.context.principal.is_watched:
        root = _seen.get().roots.setdefault(_root_of(info), Root(moment))
        root.watched = watched(info, moment)


def watched(info: GraphQLResolveInfo[Any], moment: Moment, what: str = "answer") -> Looked:
    """Return the look of somebody whose every look goes on record."""
    return Looked(_root_of(info), people_named(info), asked_below(info), moment, None, what)


def see(info: GraphQLResolveInfo[Any], whose: str, reason: str | None) -> None:
    """Say that somebody's form is answered.

    Raises:
        LookupError: the root field did not say where it stands, so that it cannot be put on record.
    """
    _seen.get().roots[_root_of(info)].people[reason].add(UUID(whose))


def _root_of(info: GraphQLResolveInfo[Any]) -> str | int:
    path = info.path
    while path.prev is not None:
        path = path.prev
    return path.key
