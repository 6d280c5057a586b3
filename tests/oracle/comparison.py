"""Comparison: the figures of a batch, beside those of the batch a year earlier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Any, Final

from domain.instructor import Instructor
from domain.terms import AppraisalKind, Grade
from tests.oracle import batches, places, work
from tests.oracle.clocks import Record, rounded, share

FIGURES: Final = (
    *(
        "VILLAGES",
        "WEAK_SHARE",
        "NOMINATED",
        "REJECTED",
        "REJECTED_UNDER",
        "APPOINTED",
        "DAYS_TO_APPOINTMENT",
    ),
    *("DAYS_PRESENT", "SHORT_MONTHS", "COVERAGE_AT_90_DAYS", "COVERAGE", "PROJECTS_PER_VILLAGE", "GRADE"),
    *("PROMOTED", "PROMOTED_AND_STAYED", "RECALLED", "REPLACEMENTS", "LATE_SHARE"),
)
Part = tuple[str, str | None]
Values = dict[Part, Decimal | None]


@dataclass(frozen=True)
class BatchFigure:
    """A figure of a batch, and of the one before."""

    figure: str
    part: str | None
    value: Decimal | None
    before: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.value is None or self.before is None else self.value - self.before


def figures(batch: batches.Batch, earlier: batches.Batch | None) -> list[BatchFigure]:
    """Return the figures of a batch in the order of the page, with those of the batch a year earlier."""
    values = values_of(batch)
    others = values_of(earlier) if earlier and earlier.reached and batch.reached else None
    if others is not None:
        for figure, part in {**values, **others}:
            if figure in {"REJECTED_UNDER", "GRADE"}:
                values.setdefault((figure, part), Decimal(0))
                others.setdefault((figure, part), Decimal(0))
    return [
        BatchFigure(figure, part, value, others.get((figure, part)) if others else None)
        for (figure, part), value in sorted(values.items(), key=_place)
    ]


def _place(item: tuple[Part, object]) -> tuple[int, int, str]:
    """Return where a figure stands: as on the page, its grades from the best, its clauses by name."""
    (figure, part), _ = item
    grades = [grade.name for grade in Grade]
    return FIGURES.index(figure), grades.index(part) if part in grades else 0, part or ""


def values_of(batch: batches.Batch) -> Values:
    """Return the figures of a batch by themselves."""
    approved, full, short = _approved(batch), _months(batch, "full_month"), _months(batch, "short")
    rejected, appraised = _rejected(batch), _appraised(batch)
    promoted, own = _promoted(batch), _own_events(batch)
    by_then, now = _register_on_day_90(batch), _register_now(batch)
    waiting = [(it.since - _nominated(it).day).days for it in batch.postings]
    return {
        ("VILLAGES", None): Decimal(len(approved)),
        ("WEAK_SHARE", None): share(len([it for it in approved if it.weak_or_lagging]), len(approved)),
        ("NOMINATED", None): Decimal(batch.nominated),
        ("REJECTED", None): Decimal(batch.rejected),
        **_counted("REJECTED_UNDER", [clause for it in rejected for clause in it.event.clauses_failed]),
        ("APPOINTED", None): Decimal(batch.appointed),
        **_mean_and_median("DAYS_TO_APPOINTMENT", waiting),
        **_mean_and_median("DAYS_PRESENT", [it.days_present for it in full]),
        ("SHORT_MONTHS", None): share(len(short), len(full)),
        ("COVERAGE_AT_90_DAYS", None): _visited_share(by_then),
        ("COVERAGE", None): _visited_share(now),
        ("PROJECTS_PER_VILLAGE", None): share(
            batch.projects_completed, len({it.where for it in batch.postings})
        ),
        **_counted("GRADE", [it.event.grade.name for it in appraised]),
        ("PROMOTED", None): Decimal(len(promoted)),
        ("PROMOTED_AND_STAYED", None): Decimal(len([it for it in promoted if not it.recall])),
        ("RECALLED", None): Decimal(batch.recalled),
        ("REPLACEMENTS", None): Decimal(batch.replacements),
        ("LATE_SHARE", None): share(len([it for it in own if it.late]), len(own)),
    }


def behind(batch: batches.Batch, figure: str, part: str | None) -> list[Record[Any]]:
    """Return the facts that a figure of a batch counts, or a part of it."""
    promotions = {it: it.work(Instructor.PromotedButRetained) for it in _promoted(batch)}
    facts: dict[str, list[Record[Any]]] = {
        "VILLAGES": [it.approved for it in _approved(batch) if it.approved],
        "WEAK_SHARE": [it.nominated for it in _approved(batch) if it.weak_or_lagging],
        "NOMINATED": [it.record for it in batch.nominations],
        "REJECTED": _rejected(batch),
        "REJECTED_UNDER": [
            it
            for it in _rejected(batch)
            if it.event.clauses_failed and part in {None, *it.event.clauses_failed}
        ],
        "APPOINTED": [it.appointed for it in batch.postings],
        "DAYS_TO_APPOINTMENT": [fact for it in batch.postings for fact in (_nominated(it), it.appointed)],
        "DAYS_PRESENT": [fact for it in _months(batch, "full_month") for fact in it.check_ins],
        "SHORT_MONTHS": [fact for it in _months(batch, "short") for fact in it.check_ins],
        "COVERAGE_AT_90_DAYS": [fact for it in _register_on_day_90(batch) for fact in it.visits()],
        "COVERAGE": [fact for it in _register_now(batch) for fact in it.visits()],
        "PROJECTS_PER_VILLAGE": batch.deeds(Instructor.ProjectCompleted),
        "GRADE": [it for it in _appraised(batch) if part in {None, it.event.grade.name}],
        "PROMOTED": [fact for facts in promotions.values() for fact in facts],
        "PROMOTED_AND_STAYED": [fact for it, facts in promotions.items() if not it.recall for fact in facts],
        "RECALLED": [it.departed for it in batch.postings if it.recall and it.departed],
        "REPLACEMENTS": [it.appointed for it in batch.postings if it.appointed.event.replaces],
        "LATE_SHARE": [it for it in _own_events(batch) if it.late],
    }
    return facts[figure]


def _approved(batch: batches.Batch) -> list[places.VillageYear]:
    return [it for it in batch.village_years if it.review == "APPROVED"]


def _rejected(batch: batches.Batch) -> list[Record[Any]]:
    return [it.review for it in batch.nominations if it.outcome == "REJECTED" and it.review]


def _nominated(posting: work.Posting) -> Record[Instructor.Nominated]:
    """Return the person's last nomination before the appointment."""
    nominations = posting.world.all(Instructor.Nominated, person=posting.who)
    return [it for it in nominations if it.position < posting.position][-1]


def _months(batch: batches.Batch, which: str) -> list[work.Month]:
    return [it for it in batch.months if getattr(it, which)]


def _promoted(batch: batches.Batch) -> list[work.Posting]:
    return [it for it in batch.postings if it.work(Instructor.PromotedButRetained)]


@dataclass(frozen=True)
class Register:
    """The households that a posting had to visit on a day."""

    posting: work.Posting
    day: date

    @property
    def households(self) -> set[str]:
        return set(places.register(self.posting.world, self.posting.where, self.day))

    def visits(self) -> list[Record[Any]]:
        """Return the posting's visits to them by that day."""
        visits = self.posting.work(Instructor.HouseholdVisited)
        return [it for it in visits if it.event.household in self.households and it.day <= self.day]


def _register_now(batch: batches.Batch) -> list[Register]:
    return [Register(it, it.served_until) for it in batch.postings]


def _register_on_day_90(batch: batches.Batch) -> list[Register]:
    days_90 = [(it, it.since + timedelta(89)) for it in batch.postings]
    return [Register(it, day) for it, day in days_90 if day <= it.served_until]


def _visited_share(registers: list[Register]) -> Decimal | None:
    visited = [len({fact.event.household for fact in it.visits()}) for it in registers]
    return share(sum(visited), sum(len(it.households) for it in registers))


def _counted(figure: str, parts: list[str]) -> Values:
    return {(figure, part): Decimal(number) for part, number in Counter(parts).items()}


def _mean_and_median(figure: str, numbers: list[int]) -> Values:
    exact = [Decimal(it) for it in numbers]
    return {
        (figure, "mean"): rounded(mean(exact)) if exact else None,
        (figure, "median"): rounded(median(exact)) if exact else None,
    }


def _appraised(batch: batches.Batch) -> list[Record[Instructor.Appraised]]:
    """Return the yearly appraisals, each of the person's last posting in the village by its day."""
    found = []
    for fact in batch.world.all(Instructor.Appraised):
        postings = work.postings(batch.world, person=fact.person, village=fact.village)
        by_then = [it for it in postings if it.since <= fact.day]
        if fact.event.kind is AppraisalKind.YEARLY and by_then and by_then[-1].batch_year == batch.year:
            found.append(fact)
    return found


def _own_events(batch: batches.Batch) -> list[Record[Any]]:
    """Return the persons' own events in the villages of their postings, on the days of these."""
    return [
        fact
        for fact in batch.world.facts
        if isinstance(fact.event, Instructor.Event) and any(it.holds(fact) for it in batch.postings)
    ]
