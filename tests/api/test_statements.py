"""The number of SQL statements depends on neither the rows nor the depth of a query."""

from __future__ import annotations

import pytest

from tests.api.selections import everything
from tests.api.server import Served

CLOCK = 1
ANSWER = 1
ROOT = 1
FEW = """
instructors {
  totalCount pageInfo { hasNextPage }
  nodes { checkIns(first: 1) { totalCount nodes { day } } history(first: 1) { edges { after { name } } } }
}
"""
MANY = """
instructors {
  nodes {
    checkIns(first: 500) { nodes { day village { name } } }
    history(first: 500) { edges { event { type } after { name village { name instructor { name } } } } }
  }
}
"""


@pytest.mark.parametrize(
    "selection",
    [
        "villages { nodes { name } }",
        "villages(first: 1) { nodes { name instructor { name village { name instructor { name } } } } }",
        FEW,
        MANY,
        f"townships {{ {everything('Township', 1)} }}",
    ],
)
def test_whatever_is_asked_of_the_programme_is_one_statement(story: Served, selection: str) -> None:
    before = story.services.database.statements

    story.ask(f"{{ programme {{ {selection} }} }}")

    assert story.services.database.statements - before == CLOCK + ANSWER


@pytest.mark.parametrize(
    ("selection", "more"),
    [("checkpoint { note signatures { kind } }", ANSWER), ("root", ROOT), (f"root {FEW}", ROOT + ANSWER)],
)
def test_the_root_is_one_statement_more(story: Served, selection: str, more: int) -> None:
    before = story.services.database.statements

    story.ask(f"{{ programme {{ {selection} }} }}")

    assert story.services.database.statements - before == CLOCK + more


@pytest.mark.parametrize("first", [1, 30])
def test_a_page_of_events_is_one_statement(story: Served, first: int) -> None:
    before = story.services.database.statements

    answer = story.ask(
        f"{{ events(first: {first}) {{ totalCount nodes {{ {everything('AuditEvent', 1)} }} }} }}"
    )

    assert len(answer["events"]["nodes"]) == first
    assert story.services.database.statements - before == CLOCK + ANSWER


def test_what_is_not_asked_is_not_read(story: Served) -> None:
    before = story.services.database.statements

    story.ask("{ programme { asOf knownAt position } }")

    assert story.services.database.statements - before == CLOCK
