"""Who may be an instructor: 二(三), rule by rule, as of the day of nomination."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.commands import Form
from domain.refusals import (
    EducationBelowCollege,
    InstitutionStaffNeedsApproval,
    NotCivilServant,
    NotPartyMember,
    OverAge,
    Refused,
    TooShortAsClerk,
)
from domain.rules import CIVIL_POSTS, MAX_AGE, MIN_CLERK_YEARS, MIN_EDUCATION
from domain.terms import Employment

ABSOLUTE = frozenset({NotPartyMember.code})
"""Rules without 原则上: nothing sets them aside."""


def failures(form: Form, day: date) -> Iterator[Refused]:
    """Yield a refusal for every rule of 二(三) that the form does not meet on `day`."""
    if form.party_joined is None or form.party_joined > day:
        yield NotPartyMember()
    if form.employment is Employment.INSTITUTION_STAFF:
        yield InstitutionStaffNeedsApproval()
    elif form.employment not in CIVIL_POSTS.on(day):
        yield NotCivilServant()
    if form.education.rank < MIN_EDUCATION.on(day).rank:
        yield EducationBelowCollege(education=form.education.zh, education_en=form.education)
    age, limit = whole_years(form.born, day), MAX_AGE.on(day)
    if age > limit:
        yield OverAge(age=age, limit=limit)
    years = MIN_CLERK_YEARS.on(day)
    if form.clerk_since is None or whole_years(form.clerk_since, day) < years:
        yield TooShortAsClerk(years=years)


def whole_years(since: date, day: date) -> int:
    """Return the whole years from `since` to `day`; a year is full on its anniversary."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))
