"""The page of reports: it offers every report there is, and needs nothing but this server."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from api.reports.page import page_of
from api.reports.registry import REPORTS
from tests.api.server import Served


def registry_in(page: str) -> Any:
    """What the page knows of the reports, read as a browser does: up to the first end of a script."""
    found = re.search(r'<script type="application/json" id="registry">(.*?)</script', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_offers_every_report_with_its_tables_and_parameters(idle: Served) -> None:
    response = idle.http.get("/reports")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    offered = {it["name"]: it for it in registry_in(response.text)}
    assert list(offered) == [report.name for report in REPORTS]
    for report in REPORTS:
        it = offered[report.name]
        assert (it["zh"], it["en"], it["clause"]) == (report.zh, report.en, report.clause)
        assert [table["title"] for table in it["tables"]] == [table.title for table in report.tables]
        assert [one["name"] for one in it["parameters"]] == [
            to_camel_case(one.name) for one in report.parameters
        ]


@pytest.mark.parametrize("name", [report.name for report in REPORTS if report.parameters])
def test_the_examples_and_choices_that_the_page_shows_are_understood(idle: Served, name: str) -> None:
    (offered,) = (it for it in registry_in(idle.http.get("/reports").text) if it["name"] == name)
    examples = {it["name"]: it["example"] for it in offered["parameters"]}
    choices = {it["name"]: it["choices"][-1] for it in offered["parameters"] if it["choices"]}

    for given in (examples, examples | choices):
        response = idle.http.get(f"/reports/{name}.zip", params=given)
        assert response.status_code == 200, response.text


def test_the_page_needs_no_other_server(idle: Served) -> None:
    page = idle.http.get("/reports").text

    addresses = set(re.findall(r"""(?:src|href)=["']([^"'{]+)|https?://([^"'\s]+)""", page))
    elsewhere = {first or second for first, second in addresses if not first.startswith(("/", "data:"))}
    assert elsewhere == {"www.w3.org/2000/svg"}


def test_no_words_of_a_report_break_out_of_the_page() -> None:
    title = "</script><script>alert(1)</script><!--"

    page = page_of([replace(REPORTS[0], zh=title)])
    assert registry_in(page)[0]["zh"] == title
    assert "alert(1)</script>" not in page
