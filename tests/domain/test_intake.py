"""Files that are taken in: what an import says of itself, and when there is none."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import TakeImport
from domain.intake import Import
from domain.refusals import InvalidValue, NothingTakenIn
from tests.asks import asked
from tests.facts import MAY_3, file_taken
from tests.scenario import FILE, entry, given, given_county

NUMBERS = ("file_size", "rows_recorded", "rows_already", "rows_passed", "rows_refused", "events")


def test_a_file_that_is_taken_in_is_on_record_with_what_came_of_its_rows() -> None:
    given(Import).when(lambda it: it.take(asked(TakeImport), entry(on=MAY_3))).then(file_taken())


def test_a_file_is_known_by_its_digest_whatever_its_name() -> None:
    renamed = asked(TakeImport, file_name="考勤4月(改).xlsx")
    answer = given_county().when(renamed, entry(on=MAY_3))
    answer.then(file_taken().but(file_name="考勤4月(改).xlsx"))
    assert [event.originator_id for event in answer.events] == [FILE]


def test_a_file_may_be_taken_in_again() -> None:
    given(Import, file_taken()).when(
        lambda it: it.take(asked(TakeImport, rows_recorded=1, events=1), entry(on=date(2020, 5, 9)))
    ).then(file_taken(on=date(2020, 5, 9)).but(rows_recorded=1, events=1))


@pytest.mark.parametrize("number", ["rows_recorded", "events"])
def test_an_import_in_which_nothing_is_recorded_leaves_no_record(number: str) -> None:
    nothing = asked(TakeImport, **{number: 0})
    given(Import).when(lambda it: it.take(nothing, entry(on=MAY_3))).then_refused(NothingTakenIn)


@pytest.mark.parametrize("number", NUMBERS)
def test_nothing_is_counted_below_zero(number: str) -> None:
    below = asked(TakeImport, **{number: -1})
    refusal = given(Import).when(lambda it: it.take(below, entry(on=MAY_3))).then_refused(InvalidValue)
    assert f"“{number}”" in refusal.message_zh


def test_rows_may_be_none_but_for_those_recorded() -> None:
    none = {"rows_already": 0, "rows_passed": 0, "rows_refused": 0}
    given(Import).when(lambda it: it.take(asked(TakeImport, **none), entry(on=MAY_3))).then(
        file_taken().but(**none)
    )


@pytest.mark.parametrize("digest", ["", "7e" * 31, "7E" * 32, "7e" * 32 + "\n", "zz" * 32])
def test_a_digest_is_64_hex_digits_in_lower_case(digest: str) -> None:
    other = asked(TakeImport, file_sha256=digest)
    refusal = given(Import).when(lambda it: it.take(other, entry(on=MAY_3))).then_refused(InvalidValue)
    assert "“file_sha256”" in refusal.message_zh


@pytest.mark.parametrize("name", ["paper", "file_name"])
def test_a_paper_and_a_file_have_names(name: str) -> None:
    nameless = asked(TakeImport, **{name: " "})
    given(Import).when(lambda it: it.take(nameless, entry(on=MAY_3))).then_refused(InvalidValue)
