"""The page of remarks: it needs nothing from elsewhere, and asks what the schema answers."""

from __future__ import annotations

import re
from typing import Any

from graphql import parse, validate

from api.guard.shield import policy_of
from api.remarks import page
from api.schema import schema
from api.types.events import TYPE_NAMES
from tests.api.reports.test_page import registry_in
from tests.api.server import Served
from tests.facts import POSTED, checked_in, remark_made
from tests.projections.readside import ReadSide
from tests.scenario import REMARK

PAGE = page()
REGISTRY: dict[str, Any] = registry_in(PAGE)
PARTS = dict(re.findall(r"const (RESULT|EVENT) = `(.*?)`", PAGE))
QUERIES = [
    re.sub(r"\$\{(\w+)\}", lambda part: PARTS[part[1]], it)
    for it in re.findall(r"= `((?:query|mutation) .*?)`;", PAGE, re.DOTALL)
]


def test_the_page_is_served_to_run_its_own_script_and_nothing_else(idle: Served) -> None:
    response = idle.http.get("/remarks")

    assert response.status_code == 200
    assert response.text == PAGE
    policy = response.headers["content-security-policy"]
    assert policy == policy_of(PAGE)
    assert len(re.findall(r"(?:script|style)-src 'sha256-[^ ;]+'(?:;|$)", policy)) == 2
    assert not re.search(r"\s(style|on\w+)=\"", PAGE)


def test_the_other_pages_lead_to_it(idle: Served) -> None:
    for path in ("/graphql", "/papers", "/reports", "/corrections"):
        assert '<a href="/remarks">' in idle.http.get(path, headers={"accept": "text/html"}).text


def test_the_page_needs_nothing_from_elsewhere_and_makes_no_markup_of_data() -> None:
    assert set(re.findall(r"https?://[^\s'\"<>)]+", PAGE)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", PAGE)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", PAGE)


def test_every_question_of_the_page_can_be_asked() -> None:
    assert len(QUERIES) == PAGE.count("`query ") + PAGE.count("`mutation ")
    assert [validate(schema._schema, parse(query)) for query in QUERIES] == [[]] * len(QUERIES)
    for name in ("makeRemark", "answerRemark", "settleRemark", "remarks", "events", "node"):
        assert any(f"{name}(" in query for query in QUERIES)


def test_the_page_calls_every_kind_of_event_by_its_name_in_both_languages() -> None:
    assert REGISTRY.keys() == set(TYPE_NAMES.values())
    assert REGISTRY["InstructorCheckedIn"]["zh"] == "到村打卡"
    assert all(it["zh"] and it["en"] for it in REGISTRY.values())


def test_the_page_answers_and_settles_none_but_the_latest_remark_on_an_event(
    lived: tuple[ReadSide, Served],
) -> None:
    side, served = lived
    side.enter(*POSTED, checked_in(), remark_made("请留意", flagged=False), remark_made("再请留意"))
    side.project()
    (latest,) = (query for query in QUERIES if query.startswith("query Latest"))
    (found,) = served.ask(latest, id=str(REMARK))["programme"]["remarks"]["nodes"]
    assert found == {"position": str(max(it["position"] for it in side.ask("remark")))}
    asked, told = PAGE.index("await ask(LATEST"), PAGE.index("await tell(command")
    assert "latest.position !== it.position" in PAGE[asked:told]
