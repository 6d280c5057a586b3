"""附件2 报名表: the registration form, as printed or as a table with a row for each person.

What the boxes of the notice and the boxes below say must fit together; whether the person is fit to be
chosen (二(三)) is not for the reading to say, but for the department's review.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from api.papers.annex2 import fields as f
from api.papers.annex2.found import find_form
from api.papers.annex2.readers import Schooling
from api.papers.columns import Column, Layout, Row, RowRefused
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, by_header, fact_id
from api.papers.source import SourceFile
from domain.commands import Form, NominateInstructor
from domain.eligibility import whole_years
from domain.terms import Education

AGE_OFF = 1
"""Years by which an age may differ: a form is filled in some time before, and some count calendar years."""

ADULT = 18
"""Age from which somebody may apply to join the party (党章, article 1)."""

ORDER: tuple[tuple[Column[Any], Column[Any], int], ...] = (
    (f.BORN, f.PARTY_JOINED, ADULT),
    (f.BORN, f.WORK_STARTED, 0),
    (f.WORK_STARTED, f.CLERK_SINCE, 0),
    (f.BORN, f.NOMINATED_ON, 0),
    (f.PARTY_JOINED, f.NOMINATED_ON, 0),
    (f.WORK_STARTED, f.NOMINATED_ON, 0),
    (f.CLERK_SINCE, f.NOMINATED_ON, 0),
)
"""Dates that follow each other, with the years that lie between them at least."""


def _lay_out(kind: PaperKind, source: SourceFile) -> Sequence[Layout]:
    """Return how each form is read, and each table of forms; the other sheets are passed over.

    Raises:
        HeaderNotFound: there is neither.
    """
    return by_header(kind, source, otherwise=find_form)


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    day = row[f.NOMINATED_ON]
    _check_dates(row)
    _check_age(row, day)
    number, batch = row[f.STAFF_NUMBER], row[f.BATCH_YEAR]
    command = NominateInstructor(
        staff_number=number,
        batch_year=batch,
        route=row[f.ROUTE],
        nominating_body=row[f.NOMINATING_BODY],
        sending_unit=row[f.SENDING_UNIT],
        collective_study_on=row[f.STUDIED_ON],
        form=_form(row),
    )
    yield Proposed(command, day, fact_id(lookup.county, "forms", number, batch, day))


def _form(row: Row) -> Form:
    full_time, in_service = row.get(f.FULL_TIME), row.get(f.IN_SERVICE)
    return Form(
        name=row[f.NAME],
        gender=row[f.GENDER],
        born=row[f.BORN],
        ethnicity=row[f.ETHNICITY],
        native_place=row[f.NATIVE_PLACE],
        birthplace=row[f.BIRTHPLACE],
        party_joined=row.get(f.PARTY_JOINED),
        work_started=row[f.WORK_STARTED],
        health=row[f.HEALTH],
        professional_title=row.get(f.PROFESSIONAL_TITLE) or "",
        specialities=row.get(f.SPECIALITIES) or "",
        education=_highest(row),
        school=_school(row, f.FULL_TIME, f.FULL_TIME_SCHOOL),
        in_service_education=in_service.words if in_service else "",
        in_service_school=_school(row, f.IN_SERVICE, f.IN_SERVICE_SCHOOL),
        employment=row[f.EMPLOYMENT],
        position=row[f.POSITION],
        clerk_since=row.get(f.CLERK_SINCE),
        preferred_village=row.get(f.PREFERRED_VILLAGE) or "",
        phone=row.get(f.PHONE) or "",
        career=row.get(f.CAREER) or "",
        full_time_education=full_time.words if full_time else "",
    )


def _highest(row: Row) -> Education:
    """Return the higher of the two schoolings: 二(三) asks for 学历, however it came about."""
    levels = [it.level for it in (row.get(f.FULL_TIME), row.get(f.IN_SERVICE)) if it]
    if not levels:
        raise RowRefused(
            "全日制教育和在职教育都为空,至少填一栏。",
            "Neither full-time nor in-service schooling is filled in; at least one has to be.",
            column=row.heading(f.FULL_TIME),
        )
    return max(levels, key=lambda level: level.rank)


def _school(row: Row, schooling: Column[Schooling | None], school: Column[str]) -> str:
    """Return the school of a schooling. One of college or higher must name it; none can have a school."""
    level, name = row.get(schooling), row.get(school) or ""
    if level and not name and level.level.rank >= Education.COLLEGE.rank:
        raise RowRefused(
            f"{schooling.name}为“{level.words}”,请写毕业院校及专业。",
            f"{schooling.name} is {level.words!r}; write the school and the subject.",
            column=row.heading(school),
        )
    if name and not level:
        raise RowRefused(
            f"写了毕业院校,但{schooling.name}为空,请写学历。",
            f"There is a school, but {schooling.name} is empty; write the schooling.",
            column=row.heading(schooling),
            value=name,
        )
    return name


def _check_dates(row: Row) -> None:
    """Refuse dates that cannot all be right. Months are compared: of some days only the month is known."""
    for earlier, later, years in ORDER:
        first, second = row.get(earlier), row.get(later)
        if first is None or second is None:
            continue
        if (second.year, second.month) < (first.year + years, first.month):
            raise RowRefused(
                f"{later.name}({second})与{earlier.name}({first})不合:"
                + (f"应相隔{years}年以上" if years else "不应在其之前")
                + ",请核对这两个日期。",
                f"{later.name} {second} cannot be right beside {earlier.name} {first}: "
                + (f"at least {years} years lie between them" if years else "it comes after it")
                + "; check both.",
                column=row.heading(later),
                value=str(row.cell(later)),
            )


def _check_age(row: Row, day: date) -> None:
    """Refuse an age that the birth date contradicts."""
    stated, age = row.get(f.AGE), whole_years(row[f.BORN], day)
    if stated is not None and abs(stated - age) > AGE_OFF:
        raise RowRefused(
            f"所填年龄{stated}岁,但按出生年月推荐时{age}周岁,请核对。",
            f"The age given is {stated}, but by the birth date it is {age} at nomination; check both.",
            column=row.heading(f.BORN),
            value=str(row.cell(f.BORN)),
        )


FORMS = PaperKind(
    name="forms",
    zh="党建指导员报名表(附件2)",
    en="registration forms (Annex 2)",
    columns=f.COLUMNS,
    to_entries=_to_entries,
    lay_out=_lay_out,
    remarks=(
        (
            "一张工作表一份报名表,可一次导入一个文件夹;也可用一行一人的表格。",
            "One form on a sheet; a folder of files can be taken in at once, or a table with a row for each.",
        ),
    ),
    personal=True,
)
