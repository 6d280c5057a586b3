"""The language of the domain's tests: `given` a history of events, `when` something is asked, `then` what.

`given(Instructor, nominated(), approved()).when(lambda it: it.appoint(…)).then(appointed())` asks one
aggregate; `given_county(…).when(command, entry)` brings a command to all the aggregates it concerns. Every
sentence also holds the laws of deciding: a refusal changes nothing, and what was decided can be replayed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from domain.commands import AnyCommand
from domain.correction import Correction
from domain.decisions import decide
from domain.disclosure import Disclosure
from domain.entry import Actor, Entry
from domain.events import AnyEvent
from domain.ids import correction_id, disclosure_id, import_id, instructor_id, remark_id, village_id
from domain.instructor import Instructor
from domain.intake import Import
from domain.refusals import Refused
from domain.remark import Remark
from domain.root import Event, Root
from domain.terms import Role
from domain.village import Village
from tests.notice import CLAUSES

COUNTY = "430624"
TODAY = date(2025, 6, 30)
COMMAND_ID = UUID(int=1)
DIGEST = "0" * 32
VILLAGE_CODE = "430624105201"
STAFF_NUMBER = "XY-0001"
VILLAGE = village_id(COUNTY, VILLAGE_CODE)
PERSON = instructor_id(COUNTY, STAFF_NUMBER)
FILE_SHA256 = "7e" * 32
FILE = import_id(COUNTY, FILE_SHA256)

CORRECTION = correction_id(PERSON, 4)
"""Of the first fact about the person in service."""

REMARK = remark_id(PERSON, 4)
"""On the same."""

LOOKS = disclosure_id(COUNTY, "auditor-1", "2020-06")
"""Of an auditor, in a month."""

Kind = TypeVar("Kind", Village, Instructor, Import, Correction, Remark, Disclosure)


def actor(role: Role) -> Actor:
    """Somebody who holds the office."""
    return Actor(f"{role}-1", role, role.zh)


def entry(*, on: date, by: Role = Role.ORGANISATION_DEPARTMENT, today: date = TODAY) -> Entry:
    """The circumstances of a command; those of a `Fact` in an expectation are the same."""
    return Entry(occurred_on=on, actor=actor(by), command_id=COMMAND_ID, command_digest=DIGEST, today=today)


@dataclass(frozen=True)
class Fact:
    """Something that happened to somebody, which a history gives its version."""

    kind: type[Event]
    whose: UUID
    on: date
    fields: Mapping[str, Any]
    role: Role = Role.ORGANISATION_DEPARTMENT

    def of(self, aggregate_id: UUID) -> Fact:
        """The same of another aggregate."""
        return replace(self, whose=aggregate_id)

    def by(self, role: Role) -> Fact:
        """The same, entered by another office."""
        return replace(self, role=role)

    def but(self, **fields: Any) -> Fact:
        """The same with other content."""
        return replace(self, fields={**self.fields, **fields})

    def as_version(self, version: int) -> Event:
        """The event, at its place among those of its aggregate."""
        return self.kind(
            originator_id=self.whose,
            originator_version=version,
            occurred_on=self.on,
            actor=actor(self.role),
            command_id=COMMAND_ID,
            command_digest=DIGEST,
            **self.fields,
        )


@dataclass
class County:
    """The real aggregates, in memory, as `domain.decisions.decide` wants them."""

    county: str = COUNTY
    held: dict[UUID, Root] = field(default_factory=dict)
    log: list[Event] = field(default_factory=list)

    def village(self, aggregate_id: UUID) -> Village:
        return self.get(Village, aggregate_id)

    def instructor(self, aggregate_id: UUID) -> Instructor:
        return self.get(Instructor, aggregate_id)

    def intake(self, aggregate_id: UUID) -> Import:
        return self.get(Import, aggregate_id)

    def correction(self, aggregate_id: UUID) -> Correction:
        return self.get(Correction, aggregate_id)

    def remark(self, aggregate_id: UUID) -> Remark:
        return self.get(Remark, aggregate_id)

    def disclosure(self, aggregate_id: UUID) -> Disclosure:
        return self.get(Disclosure, aggregate_id)

    def recorded(self, aggregate_id: UUID, version: int) -> AnyEvent | None:
        named = (aggregate_id, version)
        found = (it for it in self.log if (it.originator_id, it.originator_version) == named)
        return cast("AnyEvent | None", next(found, None))

    def get(self, kind: type[Kind], aggregate_id: UUID) -> Kind:
        return cast("Kind", self.held.setdefault(aggregate_id, kind.blank(aggregate_id)))

    def replay(self, events: Iterable[Event]) -> County:
        """Let `events` happen to the aggregates, without a question asked."""
        for event in events:
            self.held[event.originator_id] = event.mutate(self.held.get(event.originator_id))
            self.log.append(event)
        return self

    def happen(self, *facts: Fact) -> County:
        """Let facts happen."""
        return self.replay(self.placed(facts))

    def placed(self, facts: Iterable[Fact]) -> list[Event]:
        """Return facts as the events that would come next."""
        last = Counter({aggregate_id: aggregate.version for aggregate_id, aggregate in self.held.items()})
        events = []
        for fact in facts:
            last[fact.whose] += 1
            events.append(fact.as_version(last[fact.whose]))
        return events

    def collect(self) -> list[Event]:
        """Take what was decided."""
        events = [event for aggregate in self.held.values() for event in aggregate.collect()]
        self.log += events
        return events

    def state(self) -> dict[UUID, dict[str, Any]]:
        """Everything the aggregates know; one of which nothing is known is as good as none."""
        return {key: deepcopy(vars(it)) for key, it in self.held.items() if vars(it) != vars(it.blank(key))}


@dataclass(frozen=True)
class Answer:
    """What came of asking."""

    before: County
    after: County
    events: list[Event]
    refusal: Refused | None = None

    def then(self, *facts: Fact) -> None:
        """Expect just these facts."""
        if self.refusal is not None:
            raise self.refusal
        assert self.events == self.before.placed(facts)

    def then_nothing(self) -> None:
        """Expect that the question was granted and changed nothing."""
        self.then()

    def then_refused(self, reason: type[Refused], *, clause: str | None = None) -> Refused:
        """Expect this very refusal, which must be fit to be shown; return it."""
        assert self.refusal is not None, f"not refused, but: {self.events}"
        assert type(self.refusal) is reason, f"another refusal: {self.refusal!r}"
        assert clause in {None, reason.clause}
        for refusal in (self.refusal, *self.refusal.also):
            speaks_clearly(refusal)
        return self.refusal


@dataclass(frozen=True)
class GivenCounty:
    """A county with a history."""

    county: County

    def when(self, command: AnyCommand, entry: Entry) -> Answer:
        """Ask by a command."""
        return ask(self.county, lambda county: decide(command, entry, county))


@dataclass(frozen=True)
class Given(Generic[Kind]):
    """One aggregate with a history."""

    county: County
    kind: type[Kind]
    whose: UUID

    def when(self, question: Callable[[Kind], object]) -> Answer:
        """Ask the aggregate."""
        return ask(self.county, lambda county: question(county.get(self.kind, self.whose)))


def given(kind: type[Kind], *facts: Fact) -> Given[Kind]:
    """The one of its kind in `tests.facts`, with a history that may be empty."""
    whose = {
        Village: VILLAGE,
        Instructor: PERSON,
        Import: FILE,
        Correction: CORRECTION,
        Remark: REMARK,
        Disclosure: LOOKS,
    }[kind]
    return Given(County().happen(*facts), kind, whose)


def given_county(*facts: Fact) -> GivenCounty:
    """Villages and instructors with a history."""
    return GivenCounty(County().happen(*facts))


def ask(county: County, question: Callable[[County], object]) -> Answer:
    """Ask, and hold the laws: a refusal changes nothing; replayed state equals decided state."""
    after, state = deepcopy(county), county.state()
    try:
        question(after)
    except Refused as refusal:
        assert after.state() == state, "a refusal changed something"
        return Answer(county, after, [], refusal)
    events = after.collect()
    assert after.state() == deepcopy(county).replay(events).state(), "replayed otherwise than decided"
    return Answer(county, after, events)


def speaks_clearly(refusal: Refused) -> None:
    """Check that a refusal can be shown: a stable code, a clause that exists, and both languages."""
    assert re.fullmatch(r"[A-Z]{2,}(_[A-Z]{2,}|_A(?=_))*", refusal.code), refusal.code
    assert refusal.clause in CLAUSES or not refusal.clause, refusal.clause
    assert len(re.findall(r"[\u4e00-\u9fff]", refusal.message_zh)) >= 5, refusal.message_zh
    assert refusal.message_zh.endswith("。"), refusal.message_zh
    assert refusal.message_en.endswith("."), refusal.message_en
    assert re.sub("[一二三四五]", "", refusal.message_en).isascii(), refusal.message_en  # but for clauses
    for message in (refusal.message_zh, refusal.message_en):
        assert not re.search(r"[{}]|\bNone\b", message), message
