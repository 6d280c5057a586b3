"""`zhucun changes`: what lies between two moments, on paper."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.asking import asking
from api.cli.changed import Moments, changes_of, table_of
from tests import postgres
from tests.api.server import Served
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

MAY = ("--as-of", "2020-05-31")
KNOWN_ON_JULY_5 = ("--known-at", "2020-07-05")
SINCE_JUNE_5 = ("--since-known-at", "2020-06-05")


def zhucun(story: Served, *args: str) -> Result:
    return CliRunner().invoke(app, ["changes", *args], env=postgres.environment(story.county.conninfo))


def listed(story: Served, *args: str) -> list[dict[str, Any]]:
    result = zhucun(story, *args, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_late_entry_is_listed_with_its_actor_and_its_lateness(story: Served) -> None:
    result = zhucun(story, *MAY, "--known-at", "2020-06-15", *SINCE_JUNE_5)

    assert result.exit_code == 0, result.output
    for words in ("变动 Change", "补录", "到村打卡", "2020-05-03", "补录38天", "陈思远·芙蓉园村"):
        assert words in result.stdout


def test_a_voided_entry_is_listed_with_the_reason(story: Served) -> None:
    result = zhucun(story, *MAY, *KNOWN_ON_JULY_5, "--since-known-at", "2020-06-15T00:00")

    assert result.exit_code == 0, result.output
    assert "作废 voided: 录入有误" in result.stdout


def test_as_json_each_change_is_a_line_as_the_api_answers_it(story: Served) -> None:
    (change,) = listed(story, *MAY, *KNOWN_ON_JULY_5, *SINCE_JUNE_5)

    assert (change["kind"], change["daysLate"]) == ("ADDED_AND_VOIDED", 38)
    assert change["voidedBy"]["reason"] == "录入有误"
    assert change["instructor"]["staffNumber"] == STAFF_NUMBER


@pytest.mark.parametrize(
    ("whose", "number"),
    [((), 5), ((STAFF_NUMBER,), 4), ((str(PERSON),), 4), ((VILLAGE_CODE,), 5), ((str(VILLAGE),), 5)],
)
def test_a_person_or_a_village_can_be_named(story: Served, whose: tuple[str, ...], number: int) -> None:
    assert len(listed(story, *whose, "--since", "2021-07-31")) == number


def test_positions_can_be_given_for_both_moments(story: Served) -> None:
    (change,) = listed(story, *MAY, *KNOWN_ON_JULY_5, *SINCE_JUNE_5)
    before, after = str(int(change["position"]) - 1), change["movedAt"]

    clocks = ("--since", "2020-05-31", "--since-known-at", before, *MAY, "--known-at", after)
    assert listed(story, *clocks) == [change]


def test_pages_put_together_are_the_whole(story: Served) -> None:
    moments = Moments(since=date(2020, 3, 16), since_known=None, as_of=None, known=None)
    with asking(story.county) as ask:
        pages = list(changes_of(ask, None, moments, size=7))
        whole = list(changes_of(ask, None, moments))

    assert [len(page) for page in pages[:-1]] == [7] * (len(pages) - 1)
    assert [[change for page in pages for change in page]] == whole
    assert len(pages) > 3


def test_only_the_first_page_has_headings(story: Served) -> None:
    (change,) = listed(story, *MAY, *KNOWN_ON_JULY_5, *SINCE_JUNE_5)

    assert table_of([change], header=True).show_header
    assert not table_of([change], header=False).show_header


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--since", "yesterday"),
        ("--since-known-at", "yesterday"),
        ("--since", "2020-05-01", "--known-at", "tomorrow"),
    ],
)
def test_wrong_usage_exits_with_2(story: Served, args: tuple[str, ...]) -> None:
    assert zhucun(story, *args).exit_code == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("NOBODY", "--since", "2020-05-01"), "Nothing is on record of 'NOBODY'"),
        (("--since", "2020-06-01", *MAY), "later than"),
    ],
)
def test_what_cannot_be_answered_is_said_without_a_traceback(
    story: Served, args: tuple[str, ...], words: str
) -> None:
    result = zhucun(story, *args)

    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output
