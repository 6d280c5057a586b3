"""Asking DingTalk for the check-ins of a period: whoever serves in it, some people and days at a time.

Each part is recorded before the next is asked for, and is remembered as done unless something in it was
refused, so that a pull that was interrupted goes on where it stopped. Asking for a part again would change
nothing, but take its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from api.dingtalk.answers import Row
from api.dingtalk.client import PEOPLE, Client, periods
from api.dingtalk.fates import Fate, Tally
from api.dingtalk.records import Record, RecordUnreadable, of_detail, of_result
from api.dingtalk.taking import take
from domain.ids import instructor_id
from domain.instructor import Instructor
from domain.programme import Programme

KEPT: Final = timedelta(days=180)
"""How long DingTalk answers for what was punched."""

FRESH: Final = timedelta(hours=12)
"""For how long an interrupted pull can be gone on with: what was asked before that may have changed since."""


class TooLongAgo(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """DingTalk no longer tells of the first days that are asked for."""

    def __init__(self, first: date, oldest: date) -> None:
        self.message_zh = (
            f"钉钉接口只提供近180天的记录,{first}过早;请从{oldest}起拉取,更早的用导出的工作簿导入。"
        )
        self.message_en = (
            f"DingTalk's API tells of the last 180 days alone, and {first} is before that. Begin at "
            f"{oldest}; import what is older from an exported workbook."
        )
        super().__init__(f"{self.message_zh} {self.message_en}")


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


class Done:
    """Remembers, in a file, which parts of a pull are done; the file goes when all of them are.

    Args:
        path: of the file.
        now: the moment it is.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        self._path = path
        self._now = now
        self._parts: dict[str, str] = {}
        try:
            found = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return  # there is none, or it is of no use: everything is asked for again
        oldest = (now - FRESH).isoformat()
        if isinstance(found, dict):
            self._parts = {name: at for name, at in found.items() if isinstance(at, str) and at >= oldest}

    def __contains__(self, part: Part) -> bool:
        return part.name in self._parts

    def add(self, part: Part) -> None:
        """Remember a part."""
        self._parts[part.name] = self._now.isoformat()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.part")
        draft.write_bytes(orjson.dumps(self._parts))
        draft.replace(self._path)

    def forget(self) -> None:
        """Remember nothing: all is done."""
        self._parts.clear()
        self._path.unlink(missing_ok=True)


def pull(  # noqa: PLR0913 - whom, what, when, and what was done before
    programme: Programme,
    client: Client,
    people: Mapping[str, str],
    *,
    first: date,
    last: date,
    done: Done,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Tally:
    """Record the check-ins of everybody who serves from a day to a day.

    Args:
        programme: whose commands are asked.
        client: asks DingTalk.
        people: staff numbers by DingTalk's userid.
        first: the first day.
        last: the last day.
        done: what was done before.
        told: is told how many parts of how many are done.

    Returns:
        What became of the records; of those that were done before, nothing.

    Raises:
        TooLongAgo: DingTalk has no records of the first days any more.
        DingTalkFailed: it refuses, or does not answer; what was recorded stays.
    """
    oldest = programme.today() - KEPT
    if first < oldest:
        raise TooLongAgo(first, oldest)
    tally = Tally()
    parts = list(_parts(programme, people, first, min(last, programme.today())))
    for number, part in enumerate(parts):
        told(number, len(parts))
        if part not in done:
            found = Tally()
            found.add(take(programme, people, list(_records(client, part, found))))
            tally += found
            if not found.fates[Fate.REFUSED]:
                done.add(part)
    done.forget()
    return tally


def _parts(programme: Programme, people: Mapping[str, str], first: date, last: date) -> Iterator[Part]:
    terms = {one: _terms(programme, one[1]) for one in sorted(people.items())}
    for begin, end in periods(first, last):
        serving = [
            one
            for one, spans in terms.items()
            if any(since <= end and begin <= until for since, until in spans)
        ]
        for place in range(0, len(serving), PEOPLE):
            yield Part(tuple(serving[place : place + PEOPLE]), begin, end)


def _terms(programme: Programme, staff_number: str) -> Sequence[tuple[date, date]]:
    """Return from when until when somebody serves; nothing, if nobody of that number is known."""
    whose = instructor_id(programme.county, staff_number)
    if whose not in programme.repository:
        return ()
    person: Instructor = programme.repository.get(whose)
    return [(posting.since, posting.until) for posting in person.postings]


def _records(client: Client, part: Part, tally: Tally) -> Iterator[Record]:
    """Yield the punches and, beside them, what was due and was no punch."""
    told_of: set[str] = set()
    for row in client.details(part.users, part.first, part.last):
        told_of.add(str(row.get("id")))
        yield from _read(of_detail, row, tally)
    for row in client.results(part.users, part.first, part.last):
        if str(row.get("recordId")) not in told_of:
            yield from _read(of_result, row, tally)


def _read(read: Callable[[Row], Record], row: Row, tally: Tally) -> Iterator[Record]:
    try:
        yield read(row)
    except RecordUnreadable as error:
        tally.unreadable(error.message_zh, error.message_en)
