"""Forgetting on the read side: what forms said is gone at every moment, and all else stays as it was."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from projections.rebuild import rebuild
from tests.facts import (
    MAY_3,
    POSTED,
    SUCCESSOR,
    THE_NOTICE,
    checked_in,
    forgotten,
    form,
    instructor_withdrawn,
    nominated,
    recalled,
    rejected,
)
from tests.projections.readside import FOR_EVER, ReadSide
from tests.scenario import PERSON

LIFE = (*POSTED, checked_in(), recalled(), instructor_withdrawn())
DAYS = (THE_NOTICE, MAY_3, FOR_EVER)
OF_THE_FORM = ("name", "gender", "form")


@pytest.fixture
def lived(read_side: ReadSide) -> ReadSide:
    """A life that is over, and somebody else who was turned down."""
    read_side.enter(*LIFE, nominated(name="周敏").of(SUCCESSOR), rejected().of(SUCCESSOR))
    read_side.project()
    return read_side


def told(side: ReadSide, who: object = PERSON) -> list[tuple[Any, ...]]:
    """What is told of a person and of how they were chosen, on each day and as known at each position."""
    found: list[tuple[Any, ...]] = []
    for as_of in DAYS:
        for known in range(1, side.value("select position from read.projector") + 1):
            people = side.ask("instructor", as_of, known, id=who)
            found += [(as_of, known, it["name"], it["gender"]) for it in people]
            nominations = side.ask("nomination", as_of, known, instructor_id=who)
            found += [(as_of, known, it["form"] and it["form"]["name"], None) for it in nominations]
    return found


def the_rest(side: ReadSide, known: int) -> list[dict[str, Any]]:
    """All that is told of everybody, as known at a position, but for what the forms say."""
    nouns = ("instructor", "nomination", "posting", "attendance", "check_in", "batch", "event")
    return [
        {name: value for name, value in row.items() if name not in OF_THE_FORM}
        for noun in nouns
        for row in side.ask(noun, FOR_EVER, known)
    ]


def test_what_a_form_said_is_gone_at_every_moment_on_both_clocks(lived: ReadSide) -> None:
    assert {it[2] for it in told(lived)} == {"陈思远"}
    lived.enter(forgotten())
    lived.project()
    assert {it[2:] for it in told(lived)} == {("已删除", None), (None, None)}
    assert len(told(lived)) > 2 * len(LIFE)


def test_everything_but_the_form_is_told_as_before(lived: ReadSide) -> None:
    before = lived.value("select position from read.projector")
    rest = the_rest(lived, before)
    lived.enter(forgotten())
    lived.project()
    assert the_rest(lived, before) == rest


def test_nobody_else_is_forgotten(lived: ReadSide) -> None:
    before = told(lived, SUCCESSOR)
    lived.enter(forgotten())
    lived.project()
    after = told(lived, SUCCESSOR)
    assert set(before) <= set(after)
    assert {it[2] for it in after} == {"周敏"}


def test_somebody_nominated_anew_is_known_again_and_what_they_said_before_is_not(lived: ReadSide) -> None:
    lived.enter(forgotten())
    again = lived.enter(nominated(on=date(2020, 6, 1), name="陈思远二"))
    lived.project()
    assert lived.one("instructor", id=PERSON)["name"] == "陈思远二"
    assert lived.one("instructor", FOR_EVER, again - 1, id=PERSON)["name"] == "已删除"
    assert lived.one("instructor", MAY_3, id=PERSON)["name"] == "已删除"
    first, second = lived.ask("nomination", instructor_id=PERSON)
    assert (first["form"], second["form"]["name"]) == (None, "陈思远二")


def test_a_nomination_and_its_forgetting_in_one_batch_come_to_the_same(read_side: ReadSide) -> None:
    read_side.enter(*LIFE, forgotten())
    read_side.enter(nominated(on=date(2020, 6, 1), name="陈思远二"), rejected(on=date(2020, 6, 1)))
    read_side.project()
    assert [it["form"] and it["form"]["name"] for it in read_side.ask("nomination")] == [None, "陈思远二"]


def test_who_was_forgotten_and_why_is_kept(lived: ReadSide) -> None:
    at = lived.enter(forgotten())
    lived.project()
    kept = "select position, instructor_id, reason, occurred_on from read.forgetting"
    assert lived.conn.execute(kept).fetchall() == [(at, PERSON, "本人申请", MAY_3)]


def test_a_rebuild_agrees_after_somebody_was_forgotten(lived: ReadSide) -> None:
    lived.enter(forgotten())
    lived.project()
    report = rebuild(lived.conninfo, lived.keys)
    assert (report.swapped, report.differences) == (True, ())
    assert {it[2] for it in told(lived)} == {"已删除", None}


def test_a_rebuild_agrees_with_a_read_side_that_has_not_forgotten_yet(lived: ReadSide) -> None:
    before = lived.value("select position from read.projector")
    lived.enter(forgotten())
    report = rebuild(lived.conninfo, lived.keys)
    assert (report.position, report.swapped, report.differences) == (before, True, ())


@pytest.mark.parametrize("whose", [PERSON, SUCCESSOR], ids=["forgotten", "remembered"])
@pytest.mark.parametrize("column", ["name", "gender", "staff_number"])
def test_a_nomination_that_was_tampered_with_is_shown(lived: ReadSide, column: str, whose: UUID) -> None:
    lived.enter(forgotten())
    lived.project()
    tampering = f"update read.nomination set {column} = 'x' where instructor_id = %s"  # noqa: S608 - of the test
    lived.conn.execute(tampering.encode(), (whose,))
    (difference,) = rebuild(lived.conninfo, lived.keys).differences
    assert (difference.table, difference.rows) == ("nomination", 1)


def test_the_form_of_somebody_forgotten_has_no_place_to_come_back_to(lived: ReadSide) -> None:
    lived.enter(forgotten())
    lived.project()
    text = lived.value(
        "select string_agg(n::text, '') from read.nomination n where instructor_id = %s", PERSON
    )
    assert form().school not in text
    assert "陈思远" not in text
