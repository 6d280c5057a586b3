"""Looks: what is put on record when personal data leave, and when there is nothing to put there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.commands import RecordLooks
from domain.disclosure import Disclosure
from domain.refusals import InvalidValue, NothingLookedAt
from domain.terms import Role
from tests.facts import LOOK, looked
from tests.scenario import entry, given, given_county

JUNE_10 = date(2020, 6, 10)
BY_AN_AUDITOR = entry(on=JUNE_10, by=Role.AUDITOR)


def test_looks_that_came_together_are_one_event() -> None:
    looks = (LOOK, replace(LOOK, what="dossier", reason=None), replace(LOOK, what="report:roll"))
    given(Disclosure).when(lambda it: it.read(RecordLooks(looks=looks), BY_AN_AUDITOR)).then(looked(*looks))


def test_the_same_look_again_is_on_record_again() -> None:
    given(Disclosure, looked()).when(lambda it: it.read(RecordLooks(looks=(LOOK,)), BY_AN_AUDITOR)).then(
        looked()
    )


def test_a_reader_has_a_stream_for_each_month() -> None:
    asked, streams = RecordLooks(looks=(LOOK,)), set()
    for day, role in ((JUNE_10, Role.AUDITOR), (date(2020, 6, 30), Role.AUDITOR)):
        streams.add(given_county().when(asked, entry(on=day, by=role)).events[0].originator_id)
    assert len(streams) == 1
    for day, role in ((date(2020, 7, 1), Role.AUDITOR), (JUNE_10, Role.TOWNSHIP)):
        streams.add(given_county().when(asked, entry(on=day, by=role)).events[0].originator_id)
    assert len(streams) == 3


def test_there_is_no_event_without_a_look() -> None:
    given(Disclosure).when(lambda it: it.read(RecordLooks(looks=()), BY_AN_AUDITOR)).then_refused(
        NothingLookedAt
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": "roll"}, "looks[1].what"),
        ({"what": "report:"}, "looks[1].what"),
        ({"digest": "5A" * 32}, "looks[1].digest"),
        ({"at": LOOK.at.replace(tzinfo=None)}, "looks[1].at"),
        ({"at": datetime(2020, 6, 10, tzinfo=timezone(timedelta(hours=8)))}, "looks[1].at"),
        ({"known_position": -1}, "looks[1].known_position"),
        ({"reason": " "}, "looks[1].reason"),
    ],
)
def test_a_look_that_does_not_say_what_left_is_refused(changes: dict[str, Any], field: str) -> None:
    asked = RecordLooks(looks=(LOOK, replace(LOOK, **changes)))
    refusal = given(Disclosure).when(lambda it: it.read(asked, BY_AN_AUDITOR)).then_refused(InvalidValue)
    assert refusal.facts["field"] == field


def test_everybody_who_may_look_can_be_put_on_record() -> None:
    asked = RecordLooks(looks=(replace(LOOK, at=datetime(2020, 6, 10, tzinfo=UTC)),))
    for role in Role:
        (event,) = given_county().when(asked, entry(on=JUNE_10, by=role)).events
        assert event.actor.role is role
