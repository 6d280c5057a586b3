"""Pages are laws: put together, in whichever direction, they are the whole list, once and in order."""

from __future__ import annotations

from typing import Any

import pytest

from api.types.paging import MAX_SIZE, cursor_of
from tests.api.server import Served
from tests.scenario import PERSON, VILLAGE

INFO = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGE = f"{INFO} edges {{ cursor node {{ position }} }}"
HISTORY = f"{INFO} edges {{ cursor node: event {{ position }} }}"
KNOWN = "2020-06-15T00:00:00Z"
LISTS: dict[str, tuple[str, ...]] = {
    "check-ins": (
        "programme",
        "instructor",
        f'{{ programme {{ instructor(id: "{PERSON}") {{ it: checkIns(%s) {{ {PAGE} }} }} }} }}',
    ),
    "changes": (
        "programme",
        f'{{ programme {{ it: changes(since: "2020-04-10", sinceKnownAt: "{KNOWN}", %s) {{ {PAGE} }} }} }}',
    ),
    "events": (f"{{ it: events(%s) {{ {PAGE} }} }}",),
    "history": (
        "programme",
        "village",
        f'{{ programme {{ village(id: "{VILLAGE}") {{ it: history(%s) {{ {HISTORY} }} }} }} }}',
    ),
}


def page_of(story: Served, which: str, arguments: str) -> Any:
    *path, query = LISTS[which]
    found = story.ask(query % arguments)
    for step in path:
        found = found[step]
    return found["it"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
@pytest.mark.parametrize("which", LISTS)
def test_pages_forward_put_together_are_the_whole_list(story: Served, which: str, size: int) -> None:
    whole = page_of(story, which, "first: 500")["edges"]
    pages: list[Any] = []
    arguments = f"first: {size}"
    while True:
        pages.append(page_of(story, which, arguments))
        info = pages[-1]["pageInfo"]
        assert info["hasPreviousPage"] is (len(pages) > 1)
        if not info["hasNextPage"]:
            break
        arguments = f'first: {size}, after: "{info["endCursor"]}"'

    assert [edge for page in pages for edge in page["edges"]] == whole
    assert all(page["totalCount"] == len(whole) for page in pages)
    assert all(len(page["edges"]) == size for page in pages[:-1])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
@pytest.mark.parametrize("which", LISTS)
def test_pages_backward_put_together_are_the_whole_list(story: Served, which: str, size: int) -> None:
    whole = page_of(story, which, "first: 500")["edges"]
    pages: list[Any] = []
    arguments = f"last: {size}"
    while True:
        pages.insert(0, page_of(story, which, arguments))
        info = pages[0]["pageInfo"]
        assert info["hasNextPage"] is (len(pages) > 1)
        if not info["hasPreviousPage"]:
            break
        arguments = f'last: {size}, before: "{info["startCursor"]}"'

    assert [edge for page in pages for edge in page["edges"]] == whole


@pytest.mark.parametrize("which", LISTS)
def test_a_page_between_two_cursors_knows_what_lies_on_both_sides(story: Served, which: str) -> None:
    whole = page_of(story, which, "first: 500")["edges"]
    between = f'after: "{whole[0]["cursor"]}", before: "{whole[3]["cursor"]}"'

    inside = page_of(story, which, f"first: 10, {between}")
    assert inside["edges"] == whole[1:3]
    assert (inside["pageInfo"]["hasPreviousPage"], inside["pageInfo"]["hasNextPage"]) == (True, True)
    assert page_of(story, which, f"last: 1, {between}")["edges"] == whole[2:3]
    assert page_of(story, which, f"first: 1, {between}")["edges"] == whole[1:2]


@pytest.mark.parametrize("which", LISTS)
def test_a_page_of_nothing_is_empty(story: Served, which: str) -> None:
    whole = page_of(story, which, "first: 500")["edges"]

    assert page_of(story, which, "first: 0") == {
        "edges": [],
        "totalCount": len(whole),
        "pageInfo": {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }
    beyond = page_of(story, which, f'first: 5, after: "{whole[-1]["cursor"]}"')
    assert (beyond["edges"], beyond["pageInfo"]["hasPreviousPage"]) == ([], True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("first: 1, last: 1", "not both"),
        (f"first: {MAX_SIZE + 1}", "ask for the next page"),
        ("first: -1", "0 to 500"),
        ('after: "nonsense"', "no cursor of this connection"),
        (f'after: "{cursor_of("Village", ["430624105201"])}"', "no cursor of this connection"),
        (f'after: "{cursor_of("CheckIn", ["2020-04-02"])}"', "no cursor of this connection"),
        (f'after: "{cursor_of("CheckIn", ["2020-04-02", 2**63])}"', "no cursor of this connection"),
        (f'before: "{cursor_of("CheckIn", [1, 2])}"', "no cursor of this connection"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(story: Served, arguments: str, problem: str) -> None:
    code, message = story.refused(LISTS["check-ins"][-1] % arguments)

    assert code == "BAD_REQUEST"
    assert problem in message


def test_a_cursor_stays_good_on_another_day(story: Served) -> None:
    query = (
        "query ($day: Date!, $after: String) { programme(asOf: $day) { "
        f'instructor(id: "{PERSON}") {{ '
        "checkIns(first: 2, after: $after) { edges { cursor node { day } } } } } }"
    )
    early = story.ask(query, day="2020-04-10")["programme"]["instructor"]["checkIns"]["edges"]

    later = story.ask(query, day="2021-01-01", after=early[-1]["cursor"])["programme"]["instructor"][
        "checkIns"
    ]

    assert [edge["node"]["day"] for edge in later["edges"]] == ["2020-04-04", "2020-04-05"]
