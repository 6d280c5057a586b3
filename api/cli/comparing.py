"""Batches side by side, asked for as anybody asks over GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from api.cli.asking import Ask
from api.cli.console import Failed
from api.county import SHANGHAI
from api.types.comparison import BatchFigureName as Name
from domain.terms import Grade

Key = tuple[Name, str | None]
"""A figure and its part."""

_QUERY: Final = """
query($asOf: Date, $knownAt: DateTime, $knownAtPosition: ID, $years: [Int!], $atServiceDay: Int) {
  ledger { origin simulated }
  programme(asOf: $asOf, knownAt: $knownAt, knownAtPosition: $knownAtPosition) {
    asOf knownAt position
    notes { code messageZh messageEn }
    all: batches { year }
    batches(years: $years, atServiceDay: $atServiceDay) {
      year asOf knownAtPosition dayOne reached
      figures { figure part value before difference }
    }
  }
}
"""
PARTS: Final = {"mean": ("平均", "mean"), "median": ("中位数", "median")} | {
    grade.name: (grade.zh, grade.value) for grade in Grade
}
"""What the parts of figures are called, in both languages and in order; clauses are called as they are."""


@dataclass(frozen=True)
class Value:
    """A figure of a batch, and its difference to the batch a year earlier."""

    value: Decimal | None
    difference: Decimal | None


NOTHING: Final = Value(Decimal(0), None)
"""What a batch has of a part that only others have, such as a grade that nobody got."""


@dataclass(frozen=True)
class Batch:
    """A batch, where it stands, and its figures."""

    year: int
    as_of: date
    position: int
    reached: bool
    figures: Mapping[Key, Value]

    @property
    def compared(self) -> bool:
        """Whether anything is known of how it differs from the batch a year earlier."""
        return any(it.difference is not None for it in self.figures.values())


@dataclass(frozen=True)
class Comparison:
    """Batches side by side.

    Attributes:
        answer: as GraphQL gave it, of the ledger and of the programme.
        service_day: at which they stand, if they stand at the same one.
        batches: in the order of their years.
    """

    answer: Mapping[str, Any]
    service_day: int | None
    batches: Sequence[Batch]

    @property
    def keys(self) -> list[Key]:
        """What is compared, in order."""
        found = {key for batch in self.batches for key in batch.figures}
        return sorted(found, key=lambda key: (list(Name).index(key[0]), _place(key[1])))

    @property
    def clocks(self) -> tuple[str, str]:
        """Where the answer stands, in both languages."""
        programme = self.answer["programme"]
        at = datetime.fromisoformat(programme["knownAt"]).astimezone(SHANGHAI)
        as_of, position = programme["asOf"], int(programme["position"])
        known = f"{at:%Y-%m-%d %H:%M:%S}"
        return (
            f"截至 {as_of},以 {known}(上海时间)所知为准,账本位置 {position:,}",
            f"as of {as_of}, as known at {known} Asia/Shanghai, ledger position {position:,}",
        )

    @property
    def notes(self) -> Iterator[tuple[str, str]]:
        """What has to be known to read it, in both languages."""
        for note in self.answer["programme"]["notes"]:
            yield note["messageZh"], note["messageEn"]
        for batch in self.batches:
            if not batch.reached:
                day, by = self.service_day, batch.as_of
                yield (
                    f"{batch.year}批次至{by}尚未到任职第{day}天,按该日的情况列出,不作比较。",
                    f"The batch of {batch.year} had not got to day {day} by {by}: shown so, not compared.",
                )


def compare(
    ask: Ask,
    years: Sequence[str],
    *,
    as_of: date | None,
    known_at: datetime | int | None,
    service_day: int | None,
) -> Comparison:
    """Return batches side by side.

    Args:
        ask: asks the county.
        years: as they were typed; none means all there are.
        as_of: the day, included.
        known_at: the moment or the position, included; None for all that is known.
        service_day: the day of each batch's service, from 1, instead of the same day for all.

    Raises:
        Failed: there is no such batch.
        Problem: the question makes no sense.
    """
    numbers = [int(year) for year in years if year.isdecimal() and len(year) <= 4]
    answer = ask(
        _QUERY,
        asOf=None if as_of is None else as_of.isoformat(),
        knownAt=known_at.isoformat() if isinstance(known_at, datetime) else None,
        knownAtPosition=str(known_at) if isinstance(known_at, int) else None,
        years=numbers if years else None,
        atServiceDay=service_day,
    )
    there = [batch["year"] for batch in answer["programme"].pop("all")]
    unknown = [year for year in years if year not in map(str, there)]
    if unknown or not there:
        raise _no_batch(unknown, there)
    return Comparison(answer, service_day, [_batch(it) for it in answer["programme"]["batches"]])


def _batch(answer: Mapping[str, Any]) -> Batch:
    figures = {
        (Name[it["figure"]], it["part"]): Value(_number(it["value"]), _number(it["difference"]))
        for it in answer["figures"]
    }
    as_of = date.fromisoformat(answer["asOf"])
    return Batch(answer["year"], as_of, int(answer["knownAtPosition"]), answer["reached"], figures)


def _no_batch(unknown: Sequence[str], there: Sequence[int]) -> Failed:
    if not there:
        return Failed("截至该时点还没有任何批次。", "There was no batch by then.")
    named, known = "、".join(unknown), [str(year) for year in there]
    return Failed(
        f"没有“{named}”批次。现有批次:{'、'.join(known)}。",
        f"There is no batch of {', '.join(unknown)}; there are {', '.join(known)}.",
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _place(part: str | None) -> tuple[int, str]:
    return (list(PARTS).index(part) if part in PARTS else len(PARTS), part or "")
