"""The page to bring papers by: it needs nothing from elsewhere, and asks what the schema answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from api.schema import schema
from tests.api.jobs.counter import Counter

PAGE = (Path(__file__).parents[3] / "api/web/papers.html").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"(JOB|MORE) = `(.*?)`", PAGE, re.DOTALL)) | {"PAGE": "100"}
QUERIES = [
    re.sub(r"\$\{(\w+)\}", lambda found: PARTS[found[1]], query)
    for query in re.findall(
        r"""[`"']((?:(?:query|mutation|subscription) \w+\(|\{ \w+ ).*?\})[`"']""", PAGE, re.DOTALL
    )
]


def test_the_page_is_served_and_needs_nothing_from_elsewhere(counter: Counter) -> None:
    response = counter.served.http.get("/papers")

    assert response.status_code == 200
    assert response.text == PAGE
    assert set(re.findall(r"https?://[^\s'\"<>)]+", PAGE)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", PAGE)


def test_the_page_asks_for_all_that_there_is_to_do() -> None:
    asked = "\n".join(QUERIES)

    for name in ("uploadPaper", "commitImport", "discardImport", "importJobs", "papers", "refusals"):
        assert f"{name} {{" in asked or f"{name}(" in asked
    assert "subscription Follow" in asked


@pytest.mark.parametrize("query", QUERIES)
def test_every_question_of_the_page_can_be_asked(query: str) -> None:
    # Names in braces and quotes are the page's own; the schema checks all the rest.
    assert validate(schema._schema, parse(query)) == []
