"""Pulling the check-ins of a period from DingTalk: for the record, or as a rehearsal that records nothing.

Each part is recorded, in one append, before the next is asked for, and is remembered as done unless something
in it was refused, so that a pull that was interrupted goes on where it stopped. Asking for a part again would
change nothing, but take its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from api.dingtalk.asking import Part, ask, parts
from api.dingtalk.client import Client
from api.dingtalk.deciding import Deciding
from api.dingtalk.fates import Fate, Taken, Tally
from api.dingtalk.records import RecordUnreadable
from api.dingtalk.taking import Taking
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


Progress = Callable[[int, int], None]
"""Is told how many parts of how many are done."""


def pull(  # noqa: PLR0913 - whom, what, when, and what was done before
    programme: Programme,
    client: Client,
    people: Mapping[str, str],
    *,
    first: date,
    last: date,
    done: Done,
    told: Progress = lambda _done, _of: None,
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
    tally, taking = Tally(), Taking(programme, people)
    for part in _each(programme, people, first, last, told):
        if part in done:
            continue
        answer, found = ask(client, part), Tally()
        found.unreadable(answer.unreadable)
        found.add(taking.take(answer.records))
        tally += found
        if not found.fates[Fate.REFUSED]:
            done.add(part)
    done.forget()
    return tally


@dataclass
class Rehearsal:
    """What a pull would come to.

    Attributes:
        taken: what would become of each record.
        unreadable: why other records cannot be read.
        asked: the number of parts that were asked for.
        done: the number of those that an interrupted pull has done, for which it would not ask again.
    """

    taken: list[Taken] = field(default_factory=list)
    unreadable: list[RecordUnreadable] = field(default_factory=list)
    asked: int = 0
    done: int = 0

    def tally(self) -> Tally:
        """Return what a pull would count."""
        tally = Tally()
        tally.unreadable(self.unreadable)
        tally.add(self.taken)
        return tally


def rehearse(  # noqa: PLR0913 - as for `pull`
    programme: Programme,
    client: Client,
    people: Mapping[str, str],
    *,
    first: date,
    last: date,
    done: Done,
    told: Progress = lambda _done, _of: None,
) -> Rehearsal:
    """Ask for what `pull` would ask for, and decide it as it would, each part on what those before led to.

    Nothing is recorded, and `done` stays as it is. Args and errors as for `pull`.
    """
    rehearsal, deciding = Rehearsal(), Deciding(programme, people)
    for part in _each(programme, people, first, last, told):
        if part in done:
            rehearsal.done += 1
            continue
        answer = ask(client, part)
        rehearsal.asked += 1
        rehearsal.unreadable += answer.unreadable
        rehearsal.taken += deciding.decide(answer.records)
    return rehearsal


def _each(
    programme: Programme, people: Mapping[str, str], first: date, last: date, told: Progress
) -> Iterator[Part]:
    """Yield the parts of a period up to today, telling how far it is.

    Raises:
        TooLongAgo: DingTalk has no records of the first days any more.
    """
    oldest = programme.today() - KEPT
    if first < oldest:
        raise TooLongAgo(first, oldest)
    every = list(parts(programme, people, first, min(last, programme.today())))
    for number, part in enumerate(every):
        told(number, len(every))
        yield part
