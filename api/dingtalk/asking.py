"""What to ask DingTalk for, part by part, and what it tells of a part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from api.dingtalk.answers import Row
from api.dingtalk.client import PEOPLE, Client, periods
from api.dingtalk.records import Record, RecordUnreadable, of_detail, of_result
from domain.ids import instructor_id
from domain.programme import Programme


@dataclass(frozen=True)
class Part:
    """What is asked for at once."""

    people: tuple[tuple[str, str], ...]
    first: date
    last: date

    @property
    def users(self) -> list[str]:
        """DingTalk's userids of the people, who have their staff numbers beside them."""
        return [user for user, _ in self.people]

    @property
    def name(self) -> str:
        """A name that tells it from others; with another staff number it is another part."""
        whose = hashlib.sha256(repr(self.people).encode()).hexdigest()[:16]
        return f"{self.first}/{self.last}/{whose}"


@dataclass
class Told:
    """What DingTalk tells of a part.

    Attributes:
        records: the punches and, beside them, what was due and was no punch.
        unreadable: why other records cannot be read.
    """

    records: list[Record]
    unreadable: list[RecordUnreadable]


def parts(programme: Programme, people: Mapping[str, str], first: date, last: date) -> Iterator[Part]:
    """Yield what to ask for: whoever serves in the days, some people and days at a time."""
    workspace = programme.workspace()  # blank, and never posted, is whoever is not on record
    terms = {
        (user, number): workspace.instructor(instructor_id(programme.county, number)).postings
        for user, number in sorted(people.items())
    }
    for begin, end in periods(first, last):
        serving = [
            one
            for one, postings in terms.items()
            if any(it.since <= end and begin <= it.until for it in postings)
        ]
        for place in range(0, len(serving), PEOPLE):
            yield Part(tuple(serving[place : place + PEOPLE]), begin, end)


def ask(client: Client, part: Part) -> Told:
    """Ask for a part.

    Raises:
        DingTalkFailed: DingTalk refuses, or does not answer.
    """
    told, told_of = Told([], []), set[str]()
    for row in client.details(part.users, part.first, part.last):
        told_of.add(str(row.get("id")))
        _read(of_detail, row, told)
    for row in client.results(part.users, part.first, part.last):
        if str(row.get("recordId")) not in told_of:
            _read(of_result, row, told)
    return told


def _read(read: Callable[[Row], Record], row: Row, told: Told) -> None:
    try:
        told.records.append(read(row))
    except RecordUnreadable as error:
        told.unreadable.append(error)
