"""Whose an import is: its rows reach as far as whoever brings it, and nobody else confirms it."""

from __future__ import annotations

from dataclasses import replace

from api.access.principal import PUBLIC, Office, Principal
from api.papers.sheets.forms import FORMS
from tests.api.bearers import AUDITOR, DEPARTMENT, FINANCE, TOWNSHIP
from tests.api.jobs.counter import (
    ASK,
    COMMIT,
    DISCARD,
    HEADER,
    PREFLIGHT,
    Counter,
    Job,
    good,
    post_files,
    sheet,
)
from tests.scenario import STAFF_NUMBER

NEIGHBOUR = replace(TOWNSHIP, id="t-2", organisation="文星街道", township="430624001")
UNIT = Principal(id="u-2", office=Office.SENDING_UNIT, organisation="县水利局", sending_unit="县水利局")
SELF = Principal(id="i-2", office=Office.INSTRUCTOR, organisation="县水利局", staff_number="XY-0002")
NAME = "陈思远"
"""Of the instructor, who is no neighbour's and of another unit."""


def looked_at(counter: Counter, who: Principal, *files: tuple[str, bytes]) -> Job:
    """Let somebody bring files, look at what they would lead to, and let them go."""
    served = counter.served.as_(who)
    id_ = post_files(served.http, files, "INSPECTIONS", PREFLIGHT).json()["data"]["uploadPaper"]["id"]
    with served.subscribed("subscription F($id: ID!) { importJob(id: $id) { state } }", id=id_) as messages:
        assert any(it["data"]["importJob"]["state"] == "PLANNED" for it in messages)
    job: Job = served.ask(ASK, id=id_)["importJob"]
    served.ask(DISCARD, id=id_)
    return job


def test_rows_about_anothers_people_are_refused_one_by_one(counter: Counter) -> None:
    job = looked_at(counter, NEIGHBOUR, sheet(good(7)))

    assert job["summary"] == {"recorded": 0, "already": 0, "passed": 0, "refused": 1}
    (why,) = job["refusals"]["nodes"]
    assert (why["code"], why["column"], why["value"]) == ("OUT_OF_REACH", "干部编号", STAFF_NUMBER)


def test_a_paper_tells_nobody_who_it_is_that_has_a_number(counter: Counter) -> None:
    named = sheet((*good(7), "王五"), header=(*HEADER, "姓名"))
    unknown = sheet(("XY-404", *good(7)[1:], "王五"), header=(*HEADER, "姓名"))
    by_name = sheet(("", *good(7)[1:], NAME), header=(*HEADER, "姓名"))

    (theirs,) = looked_at(counter, TOWNSHIP, named)["refusals"]["nodes"]
    assert NAME in theirs["messageZh"]
    for who in (NEIGHBOUR, UNIT, SELF):
        told, not_there, called = (looked_at(counter, who, it) for it in (named, unknown, by_name))
        assert NAME not in str(told)
        assert (told["people"], called["people"]) == ([], [])
        (why,), (why_not,) = told["refusals"]["nodes"], not_there["refusals"]["nodes"]
        for wording in ("messageZh", "messageEn"):
            assert why[wording].replace(STAFF_NUMBER, "XY-404") == why_not[wording]


def test_an_import_is_seen_by_whom_it_concerns_and_confirmed_by_whoever_brought_it(counter: Counter) -> None:
    job = counter.planned(sheet(good(8)))
    asked = {"id": job["id"], "digest": job["planDigest"]}
    for who in (DEPARTMENT, AUDITOR):
        other = counter.served.as_(who)
        assert other.ask(ASK, id=job["id"])["importJob"]["state"] == "PLANNED"
        assert job["id"] in {it["id"] for it in other.ask("{ importJobs { id } }")["importJobs"]}
    for who in (NEIGHBOUR, PUBLIC):
        other = counter.served.as_(who)
        assert other.ask(ASK, id=job["id"]) == {"importJob": None}
        assert other.ask("{ importJobs { id } }") == {"importJobs": []}
        assert other.http.get(f"/imports/{job['id']}/refused.xlsx").status_code == 404

    codes = {
        who.id: counter.served.as_(who).refused(COMMIT, **asked)[0]
        for who in (DEPARTMENT, AUDITOR, NEIGHBOUR, PUBLIC)
    }

    assert codes == {
        DEPARTMENT.id: "NOT_YOURS",
        AUDITOR.id: "NOT_YOUR_OFFICE",
        NEIGHBOUR.id: "NOT_FOUND",
        PUBLIC.id: "NOT_SIGNED_IN",
    }
    assert counter.commit(job)["state"] == "COMMITTED"


def test_registration_forms_are_seen_by_whoever_brings_them_alone(counter: Counter) -> None:
    header = [column.name for column in FORMS.columns]
    row = ["陈无名" if name == "姓名" else "？" for name in header]
    job = counter.planned(sheet(row, name="报名表.csv", header=header), paper="FORMS")
    assert "陈无名" in str(counter.ask(job))
    for who in (DEPARTMENT, AUDITOR):
        other = counter.served.as_(who)
        assert other.ask(ASK, id=job["id"]) == {"importJob": None}
        assert job["id"] not in {it["id"] for it in other.ask("{ importJobs { id } }")["importJobs"]}
        assert other.http.get(job["refusedWorkbookUrl"]).status_code == 404


def test_files_of_whoever_has_no_paper_to_bring_are_not_received(counter: Counter) -> None:
    for who, status in ((AUDITOR, 403), (FINANCE, 403), (PUBLIC, 401)):
        response = post_files(counter.served.as_(who).http, [sheet(good(9))], "INSPECTIONS", PREFLIGHT)

        assert response.status_code == status


def test_whoever_reaches_elsewhere_by_now_does_not_confirm_what_they_brought(counter: Counter) -> None:
    job = counter.planned(sheet(good(10)))
    moved = counter.served.as_(replace(TOWNSHIP, township=NEIGHBOUR.township))

    assert moved.ask(ASK, id=job["id"]) == {"importJob": None}
    assert moved.refused(COMMIT, id=job["id"], digest=job["planDigest"])[0] == "NOT_FOUND"
    assert moved.refused(DISCARD, id=job["id"])[0] == "NOT_FOUND"

    counter.discard(job)
