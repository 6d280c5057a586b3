"""Whose an import is: its rows reach as far as whoever brings it, and nobody else confirms it."""

from __future__ import annotations

from dataclasses import replace

from api.access.principal import PUBLIC
from tests.api.bearers import AUDITOR, DEPARTMENT, TOWNSHIP
from tests.api.jobs.counter import ASK, COMMIT, DISCARD, PREFLIGHT, Counter, good, post_files, sheet

NEIGHBOUR = replace(TOWNSHIP, id="t-2", organisation="文星街道", township="430624001")


def test_rows_about_anothers_people_are_refused_one_by_one(counter: Counter) -> None:
    served = counter.served.as_(NEIGHBOUR)
    answer = post_files(served.http, [sheet(good(7))], "INSPECTIONS", PREFLIGHT).json()
    id_ = answer["data"]["uploadPaper"]["id"]
    with served.subscribed("subscription F($id: ID!) { importJob(id: $id) { state } }", id=id_) as messages:
        assert any(it["data"]["importJob"]["state"] == "PLANNED" for it in messages)

    job = served.ask(ASK, id=id_)["importJob"]

    assert job["summary"] == {"recorded": 0, "already": 0, "passed": 0, "refused": 1}
    (why,) = job["refusals"]["nodes"]
    assert (why["code"], "文星街道" in why["messageZh"]) == ("OUT_OF_REACH", True)
    served.ask(DISCARD, id=id_)


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


def test_files_of_whoever_enters_nothing_are_not_received(counter: Counter) -> None:
    for who, status in ((AUDITOR, 403), (PUBLIC, 401)):
        response = post_files(counter.served.as_(who).http, [sheet(good(9))], "INSPECTIONS", PREFLIGHT)

        assert response.status_code == status
