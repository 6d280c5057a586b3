"""Findings: every rule that can be judged, judged; and since when that could have been known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from domain import rules
from domain.instructor import Instructor
from domain.rules import Rule
from domain.terms import AppraisalKind
from domain.village import Village
from tests.oracle import log, people, places, work
from tests.oracle.clocks import SHANGHAI, Record, World, days, months_later, years_end

VACANT_DAYS = PARTY_RELATION_DAYS = REPLACEMENT_DAYS = 30
SET_ASIDE: Final[dict[str, Rule[Any]]] = {
    "NOT_CIVIL_SERVANT": rules.CIVIL_POSTS,
    "INSTITUTION_STAFF_NEEDS_APPROVAL": rules.INSTITUTION_STAFF,
    "EDUCATION_BELOW_COLLEGE": rules.MIN_EDUCATION,
    "OVER_AGE": rules.MAX_AGE,
    "TOO_SHORT_AS_CLERK": rules.MIN_CLERK_YEARS,
}
"""Rules of principle, by the refusal that an exception names."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that was broken: by whom or where, on which days, and by how much."""

    world: World = field(repr=False)
    code: str
    clause: str
    rule: str
    batch_year: int
    who: UUID | None = None
    where: UUID | None = None
    from_: date
    to: date
    since: date
    found: int | None
    required: int | None
    exception_reason: str | None = None
    facts: list[Record[Any]] = field(repr=False)

    @property
    def effective(self) -> date:
        return rules.NOTICE_DATE

    @property
    def key(self) -> str:
        """What tells it from others, and is the same at another moment."""
        about = (self.code, self.who or "-", self.where or "-", self.from_, self.rule, self.batch_year)
        return "/".join(map(str, about))

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.who)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.where)

    @property
    def evidence(self) -> list[log.AuditEvent]:
        return log.behind(self.world, *self.facts)

    @property
    def known_at_position(self) -> int:
        """The lowest position from which on it was broken in the same way, judged on its day."""
        position = self.world.known
        while position > 1 and (not self._touched_by(position) or self._broken_at(position - 1)):
            position -= 1
        return position

    def _touched_by(self, position: int) -> bool:
        """Tell whether an event can have changed what was known: of a later day, or of others, it cannot."""
        record = self.world.log.records[position - 1]
        concerned = record.person == self.who or record.village == self.where
        return concerned and (record.day <= self.since or record.voids is not None)

    def _broken_at(self, position: int) -> bool:
        then = self.world.log.at(self.since, position)
        judge = ON_ITS_DAY.get(self.code, JUDGES[self.code])
        return self.key in then.once(("broken", self.code), lambda: {it.key for it in judge(then)})

    @property
    def known_since(self) -> datetime:
        recorded_at = self.world.log.records[self.known_at_position - 1].recorded_at
        return max(recorded_at, datetime.combine(self.since + timedelta(1), time(), SHANGHAI))


def findings(world: World) -> list[Finding]:
    """Return every finding that stands, in the order of their first day."""
    hidden = OF_ALL_THERE if world.log.in_part else ()
    found = [it for code, judge in JUDGES.items() if code not in hidden for it in judge(world)]
    return sorted(found, key=lambda it: (it.since, it.key))


def _of(posting: work.Posting, code: str, by: Rule[Any], **more: Any) -> Finding:
    """Return a finding about a posting; the appointment and the departure are facts of each."""
    facts: list[Record[Any]] = [posting.appointed, *([posting.departed] if posting.departed else [])]
    about: dict[str, Any] = {"clause": by.clause, "rule": by.code, **more}
    about["facts"] = facts + about.get("facts", [])
    return Finding(
        world=posting.world,
        code=code,
        batch_year=posting.batch_year,
        who=posting.who,
        where=posting.where,
        **about,
    )


def _setting(posting: work.Posting, code: str, clause: str, setting: str, **more: Any) -> Finding:
    return _of(posting, code, rules.TERM_YEARS, clause=clause, rule=setting, **more)


def few_days(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        for month in posting.months():
            yield from _few_days(posting, month)


def few_days_in_the_month_that_ends(world: World) -> Iterator[Finding]:
    """Judge the one month that can have been found short on this very day."""
    for posting in work.postings(world):
        if posting.since <= world.as_of <= posting.last_day:
            yield from _few_days(posting, posting.month_on(world.as_of))


def _few_days(posting: work.Posting, month: work.Month) -> Iterator[Finding]:
    if month.short:
        leaves = [
            it
            for it in posting.world.all(Instructor.LeaveGranted, person=posting.who, village=posting.where)
            if it.event.first_day <= month.last_day and month.first_day <= it.event.last_day
        ]
        yield _of(
            posting,
            "FEW_DAYS",
            rules.MONTHLY_DAYS,
            from_=month.first_day,
            to=month.last_day,
            since=month.last_day,
            found=month.days_present,
            required=month.required,
            facts=[*month.check_ins, *leaves],
        )


def not_visited(code: str, *, poor: bool) -> Callable[[World], Iterator[Finding]]:
    def judge(world: World) -> Iterator[Finding]:
        for posting in work.postings(world):
            deadline = months_later(posting.since, rules.VISIT_ALL_MONTHS.on(posting.since))
            if not deadline <= posting.served_until:
                continue
            register = places.entries(world, posting.where, deadline)
            codes = {it for it, (_, category) in register.items() if category is work.POOR or not poor}
            visits = [it for it in posting.work(Instructor.HouseholdVisited) if it.day <= deadline]
            visited = codes & {it.event.household for it in visits}
            if visited != codes:
                yield _of(
                    posting,
                    code,
                    rules.VISIT_ALL_MONTHS,
                    from_=posting.since,
                    to=deadline,
                    since=deadline,
                    found=len(visited),
                    required=len(codes),
                    facts=[*(entry for entry, _ in register.values()), *visits],
                )

    return judge


def no_project(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        first, number = posting.since, 1
        while (last := years_end(posting.since, number)) <= posting.served_until:
            completed = _between(posting.work(Instructor.ProjectCompleted), first, last)
            started = _between(posting.work(Instructor.ProjectStarted), first, last)
            required = rules.YEARLY_PROJECTS.on(last)[0]
            if len(completed) < required:
                yield _of(
                    posting,
                    "NO_PROJECT",
                    rules.YEARLY_PROJECTS,
                    from_=first,
                    to=last,
                    since=last,
                    found=len(completed),
                    required=required,
                    facts=[*started, *completed],
                )
            first, number = last + timedelta(1), number + 1


def _between(facts: list[Record[Any]], first: date, last: date) -> list[Record[Any]]:
    return [it for it in facts if first <= it.day <= last]


def not_appraised(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        for year in range(posting.since.year, posting.served_until.year + 1):
            last = date(year, 12, 31)
            if last <= posting.served_until and not _appraised(posting, AppraisalKind.YEARLY, str(year)):
                yield _of(
                    posting,
                    "NOT_APPRAISED",
                    rules.YEARLY_APPRAISAL,
                    from_=max(posting.since, date(year, 1, 1)),
                    to=last,
                    since=last,
                    found=0,
                    required=1,
                )


def no_term_end_appraisal(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        period = f"{posting.since.year}-{posting.until.year}"
        if (
            not posting.recall
            and posting.until <= world.as_of
            and not _appraised(posting, AppraisalKind.TERM_END, period)
        ):
            yield _of(
                posting,
                "NO_TERM_END_APPRAISAL",
                rules.TERM_END_APPRAISAL,
                from_=posting.since,
                to=posting.until,
                since=posting.until,
                found=0,
                required=1,
            )


def _appraised(posting: work.Posting, kind: AppraisalKind, period: str) -> bool:
    appraisals = posting.world.all(Instructor.Appraised, person=posting.who)
    return any((it.event.kind, it.event.period) == (kind, period) for it in appraisals)


def village_vacant(world: World) -> Iterator[Finding]:
    for village in places.villages(world):
        approvals = village.all(Village.Approved)
        departures = [it.departed for it in village.postings if it.departed]
        for first, last in _gaps(village):
            if len(days(first, last)) > VACANT_DAYS:
                latest = max(
                    (it for it in approvals if it.day <= first), key=lambda it: (it.day, it.event.year)
                )
                yield Finding(
                    world=world,
                    code="VILLAGE_VACANT",
                    clause=rules.TERM_YEARS.clause,
                    rule="VACANT_DAYS",
                    batch_year=latest.event.year,
                    where=village.id,
                    from_=first,
                    to=last,
                    since=first + timedelta(VACANT_DAYS),
                    found=len(days(first, last)),
                    required=VACANT_DAYS,
                    facts=[*approvals, *(it.appointed for it in village.postings), *departures],
                )


def _gaps(village: places.Place) -> list[tuple[date, date]]:
    """Return the first and the last day of each run of days that nobody serves and somebody should."""
    empty: set[date] = set()
    for approved in village.all(Village.Approved):
        last = years_end(approved.day, rules.TERM_YEARS.on(approved.day))
        empty |= set(days(approved.day, min(last, village.world.as_of)))
    for posting in village.postings:
        empty -= set(days(posting.since, posting.last_day))
    return [
        (first, next(day for day in days(first, village.world.as_of) if day + timedelta(1) not in empty))
        for first in sorted(empty)
        if first - timedelta(1) not in empty
    ]


def party_relation_not_transferred(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        due = posting.since + timedelta(PARTY_RELATION_DAYS)
        transfers = sorted(posting.work(Instructor.PartyRelationTransferred), key=lambda it: it.day)
        if due <= posting.served_until and not (transfers and transfers[0].day <= due):
            last = transfers[0].day - timedelta(1) if transfers else posting.served_until
            yield _setting(
                posting,
                "PARTY_RELATION_NOT_TRANSFERRED",
                "选派程序(三)",
                "PARTY_RELATION_DAYS",
                from_=posting.since,
                to=last,
                since=due,
                found=len(days(posting.since, last)),
                required=PARTY_RELATION_DAYS,
                facts=transfers[:1],
            )


def recall_not_replaced(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        if not posting.recall or posting.ended_on is None:
            continue
        first, due = posting.ended_on + timedelta(1), posting.ended_on + timedelta(REPLACEMENT_DAYS)
        replaced = posting.successor
        if due <= min(posting.until, world.as_of) and not (replaced and replaced.day <= due):
            last = replaced.day - timedelta(1) if replaced else min(world.as_of, posting.until)
            yield _setting(
                posting,
                "RECALL_NOT_REPLACED",
                "五(三)",
                "REPLACEMENT_DAYS",
                from_=first,
                to=last,
                since=due,
                found=len(days(first, last)),
                required=REPLACEMENT_DAYS,
                facts=[replaced] if replaced else [],
            )


def promoted_not_retained(world: World) -> Iterator[Finding]:
    for posting in work.postings(world):
        promotions = posting.work(Instructor.PromotedButRetained)
        if posting.recall and posting.ended_on and promotions:
            yield _of(
                posting,
                "PROMOTED_NOT_RETAINED",
                rules.RETAIN_PROMOTED,
                from_=posting.ended_on,
                to=posting.until,
                since=posting.ended_on,
                found=len(days(posting.since, posting.last_day)),
                required=len(days(posting.since, posting.until)),
                facts=promotions,
            )


def rule_set_aside(world: World) -> Iterator[Finding]:
    for nomination in (people.Nomination(world, it) for it in world.all(Instructor.Nominated)):
        for exception in nomination.exceptions:
            yield _set_aside(
                world,
                (nomination.record, nomination.review),
                rule=SET_ASIDE[exception.rule],
                year=nomination.batch_year,
                reason=exception.reason,
            )
    for year in (year for village in places.villages(world) for year in village.years):
        if year.weak_or_lagging and year.exception_reason:
            yield _set_aside(
                world,
                (year.nominated, year.declined),
                rule=rules.WEAK_VILLAGES,
                year=year.year,
                reason=year.exception_reason,
            )


def _set_aside(
    world: World,
    facts: tuple[Record[Any], Record[Any] | None],
    *,
    rule: Rule[Any],
    year: int,
    reason: str,
) -> Finding:
    nominated, review = facts
    assert review is not None
    return Finding(
        world=world,
        code="RULE_SET_ASIDE",
        clause=rule.clause,
        rule=rule.code,
        batch_year=year,
        who=review.person,
        where=review.village,
        from_=review.day,
        to=review.day,
        since=review.day,
        found=None,
        required=None,
        exception_reason=reason,
        facts=[nominated, review],
    )


def work_outside_service(world: World) -> Iterator[Finding]:
    outside: dict[tuple[UUID, UUID], list[Record[Any]]] = {}
    kinds: tuple[type[Any], ...] = (Instructor.CheckedIn, Instructor.HouseholdVisited)
    for kind in kinds:
        for fact in world.all(kind):
            who, where = fact.event.originator_id, fact.event.village_id
            if not any(it.holds(fact) for it in work.postings(world, person=who, village=where)):
                outside.setdefault((who, where), []).append(fact)
    for (who, where), facts in outside.items():
        first, last = min(it.day for it in facts), max(it.day for it in facts)
        yield Finding(
            world=world,
            code="WORK_OUTSIDE_SERVICE",
            clause=rules.TERM_YEARS.clause,
            rule=rules.TERM_YEARS.code,
            batch_year=work.postings(world, person=who, village=where)[-1].batch_year,
            who=who,
            where=where,
            from_=first,
            to=last,
            since=first,
            found=len(facts),
            required=0,
            facts=facts,
        )


JUDGES: Final[dict[str, Callable[[World], Iterator[Finding]]]] = {
    "FEW_DAYS": few_days,
    "HOUSEHOLDS_NOT_VISITED": not_visited("HOUSEHOLDS_NOT_VISITED", poor=False),
    "REGISTERED_POOR_NOT_VISITED": not_visited("REGISTERED_POOR_NOT_VISITED", poor=True),
    "NO_PROJECT": no_project,
    "NOT_APPRAISED": not_appraised,
    "NO_TERM_END_APPRAISAL": no_term_end_appraisal,
    "VILLAGE_VACANT": village_vacant,
    "PARTY_RELATION_NOT_TRANSFERRED": party_relation_not_transferred,
    "RECALL_NOT_REPLACED": recall_not_replaced,
    "PROMOTED_NOT_RETAINED": promoted_not_retained,
    "RULE_SET_ASIDE": rule_set_aside,
    "WORK_OUTSIDE_SERVICE": work_outside_service,
}
"""Who judges what."""

OF_ALL_THERE: Final = ("VILLAGE_VACANT", "RECALL_NOT_REPLACED")
"""What cannot be told without seeing everybody in a village."""

ON_ITS_DAY: Final = {"FEW_DAYS": few_days_in_the_month_that_ends}
"""Who judges what on the day on which it first held, where much else would be judged with it."""
