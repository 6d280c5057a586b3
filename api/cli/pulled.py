"""What a pull from DingTalk came to, or would come to, on the terminal and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from api.cli.console import out, say
from api.dingtalk.fates import Fate, Taken, Tally
from api.dingtalk.pull import Rehearsal
from domain.instructor import Instructor

SHOWN: Final = 50
"""Corrections, or people, that are shown one by one; the JSON has all."""

_WORDS: Final = {
    Fate.RECORD: ("记录", "recorded"),
    Fate.ALREADY: ("已有", "on record already"),
    Fate.PASSED: ("不是打卡", "no punch"),
    Fate.REFUSED: ("退回", "refused"),
}


_COLUMNS: Final[dict[str, Callable[[Taken], list[date]]]] = {
    "记录 recorded": lambda it: [e.occurred_on for e in it.events if isinstance(e, Instructor.CheckedIn)],
    "作废 voided": lambda it: [it.voided.day] if it.voided else [],
    "已有 on record": lambda it: [it.record.at.date()] if it.fate is Fate.ALREADY else [],
    "不是打卡 no punch": lambda it: [it.record.at.date()] if it.fate is Fate.PASSED else [],
    "退回 refused": lambda it: [it.record.at.date()] if it.fate is Fate.REFUSED else [],
}
"""What becomes of a person's days, and of which days a record tells so."""


def as_plain(tally: Tally, unlisted: Mapping[str, str]) -> dict[str, Any]:
    """Return what was counted as plain values; `unlisted` are names by staff number."""
    return {
        **{fate.lower(): tally.fates[fate] for fate in Fate},
        "corrected": tally.corrected,
        "remarks": [{"zh": zh, "en": en} for zh, en in tally.remarks.items()],
        "unlisted": sorted(unlisted),
    }


def show(tally: Tally, unlisted: Mapping[str, str], *, recorded: bool) -> None:
    """Print what was counted; `recorded` tells a pull from its rehearsal."""
    for fate, (zh, en) in _WORDS.items():
        out.print(f"{tally.fates[fate]:>8,} {zh} {en}", highlight=False)
    out.print(f"{tally.corrected:>8,} 其中更正 corrections among them", highlight=False)
    for zh, en in tally.remarks.items():
        out.print(f"[yellow]*[/] {escape(zh)} {escape(en)}", highlight=False, soft_wrap=True)
    for number, name in unlisted.items():
        out.print(
            f"[yellow]*[/] {escape(f'{number} {name}')} 任职但不在人员对照表中,其打卡未拉取。 "
            "They serve, but are not in the file of users: their check-ins were not fetched.",
            highlight=False,
            soft_wrap=True,
        )
    if not recorded:
        say(
            "以上为预览,未作记录;去掉 --dry-run 即记录。 "
            "A dry run: nothing was recorded; leave --dry-run out to record it."
        )
    elif not tally.remarks and not unlisted:
        say("全部处理完毕。 All done.")


def rehearsal_as_plain(
    rehearsal: Rehearsal, people: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return every record of a rehearsal as plain values, person by person, in the order of their times.

    Args:
        rehearsal: it.
        people: staff numbers by DingTalk's userid.
        names: of those who serve, by staff number.
    """
    taken = sorted(rehearsal.taken, key=lambda it: (people.get(it.record.user, ""), it.record.at))
    return {
        "dry_run": True,
        "parts": {"asked": rehearsal.asked, "done_before": rehearsal.done},
        "records": [_plain(one, people, names) for one in taken],
        "unreadable": [{"zh": it.message_zh, "en": it.message_en} for it in rehearsal.unreadable],
    }


def _plain(one: Taken, people: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    record, voided = one.record, one.voided
    number = people.get(record.user)
    return {
        "user": record.user,
        "staff_number": number,
        "name": names.get(number or ""),
        **_punch(record.at.date(), record.at.time(), record.place, outside=record.outside),
        "record": record.source,
        "modified": record.modified,
        "outcome": one.fate,
        "zh": one.zh,
        "en": one.en,
        "voids": voided
        and {
            "version": voided.version,
            **_punch(voided.day, voided.at, voided.place, outside=voided.outside),
        },
    }


def _punch(day: date, at: object, place: str, *, outside: bool) -> dict[str, Any]:
    return {"day": str(day), "at": str(at), "place": place, "outside": outside}


def show_rehearsal(rehearsal: Rehearsal, people: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Print what would become of each person's days. Args as for `rehearsal_as_plain`."""
    if rehearsal.done:
        out.print(
            f"[yellow]*[/] 中断的拉取已完成{rehearsal.done}段,不再询问。 An interrupted pull has done "
            f"{rehearsal.done} of {rehearsal.done + rehearsal.asked} parts; they are not asked for again.",
            highlight=False,
            soft_wrap=True,
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("人员 Person", *_COLUMNS):
        table.add_column(title, overflow="fold")
    theirs = defaultdict[str, list[Taken]](list)
    for one in rehearsal.taken:
        theirs[people.get(one.record.user, one.record.user)].append(one)
    for number, taken in islice(sorted(theirs.items()), SHOWN):
        days = (_days({day for it in taken for day in days_of(it)}) for days_of in _COLUMNS.values())
        table.add_row(escape(f"{number} {names.get(number, '')}".strip()), *days)
    out.print(table)
    if len(theirs) > SHOWN:
        more = len(theirs) - SHOWN
        out.print(f"[dim]……另有{more}人,见 --json。 {more} more people; see --json.[/]", soft_wrap=True)
    _show_corrections([it for it in rehearsal.taken if it.voided is not None], people)
    passed = Counter((it.zh, it.en) for it in rehearsal.taken if it.fate is Fate.PASSED)
    for (zh, en), number_of in passed.most_common():
        out.print(f"[yellow]*[/] {number_of:,} × {escape(zh)} {escape(en)}", highlight=False, soft_wrap=True)


def _show_corrections(corrected: list[Taken], people: Mapping[str, str]) -> None:
    for one in corrected[:SHOWN]:
        number = people.get(one.record.user, one.record.user)
        out.print(
            f"[yellow]*[/] {escape(number)} 将作废 would be voided: {escape(one.zh)} {escape(one.en)}",
            highlight=False,
            soft_wrap=True,
        )
    if (more := len(corrected) - SHOWN) > 0:
        out.print(
            f"[dim]……另有{more}条更正,见 --json。 {more} more corrections; see --json.[/]", soft_wrap=True
        )


def _days(days: Iterable[date]) -> str:
    """Write days shortly, those in a row as one span."""
    spans: list[tuple[date, date]] = []
    for day in sorted(days):
        if spans and day == spans[-1][1] + timedelta(1):
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return "\n".join(f"{first}" if first == last else f"{first}–{last}" for first, last in spans)
