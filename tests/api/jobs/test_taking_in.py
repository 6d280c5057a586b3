"""Papers over GraphQL, from the upload to the record: what is shown is what is recorded, or nothing is."""

from __future__ import annotations

import hashlib
from io import BytesIO

from api.jobs.jobs import MOST_JOBS, MOST_OF_ONE
from api.papers.grid import read_bytes
from api.papers.sheets.forms import FORMS
from ledger.database import connect
from tests.api.bearers import CHIEF, DEPARTMENT
from tests.api.jobs.counter import (
    ACTOR,
    COMMIT,
    FOLLOW,
    GOOD,
    HEADER,
    TOO_EARLY,
    UNREADABLE,
    Counter,
    good,
    imports_of,
    sheet,
)
from tests.scenario import STAFF_NUMBER


def test_what_is_brought_is_shown_and_nothing_is_recorded(counter: Counter) -> None:
    head = counter.head
    name, content = sheet(GOOD, UNREADABLE, TOO_EARLY)

    job = counter.planned((name, content))

    assert job["files"] == [
        {"name": name, "fileSha256": hashlib.sha256(content).hexdigest(), "fileSize": len(content)}
    ]
    assert job["actor"] == ACTOR
    assert job["summary"] == {"recorded": 1, "already": 0, "passed": 0, "refused": 2}
    assert [(it["heading"], it["column"], it["sample"]) for it in job["columns"]][:2] == [
        ("干部编号", "干部编号", GOOD[0]),
        ("方式", "方式", "巡回督查"),
    ]
    reasons = job["refusals"]["nodes"]
    assert [(it["row"], it["column"], it["value"]) for it in reasons] == [(3, "日期", "五月"), (4, "", "")]
    assert reasons[1]["code"]
    assert reasons[1]["messageZh"]
    assert reasons[1]["messageEn"]
    assert counter.head == head
    counter.discard(job)


def test_what_was_shown_is_recorded_in_one_append_and_its_files_are_gone(counter: Counter) -> None:
    head, imports = counter.head, imports_of(counter.served.county.conninfo)
    job = counter.planned(sheet(good(6)), sheet(good(7), name="督查2.csv"))

    done = counter.commit(job)

    assert done["state"] == "COMMITTED"
    assert done["eventCount"] == 2
    assert int(done["position"]) == counter.head == head + 4
    assert imports_of(counter.served.county.conninfo) == imports + 2
    assert not (counter.served.county.imports / job["id"] / "files").exists()


def test_confirming_twice_records_once(counter: Counter) -> None:
    job = counter.planned(sheet(good(8)))
    done = counter.commit(job)
    head = counter.head

    again = counter.served.ask(COMMIT, id=job["id"], digest=job["planDigest"])["commitImport"]

    assert (again["state"], again["position"]) == ("COMMITTED", done["position"])
    assert counter.head == head


def test_a_file_that_says_nothing_new_records_nothing(counter: Counter) -> None:
    counter.commit(counter.planned(sheet(good(9))))
    head = counter.head

    again = counter.planned(sheet(good(9)))
    done = counter.commit(again)

    assert again["summary"] == {"recorded": 0, "already": 1, "passed": 0, "refused": 0}
    assert (done["state"], done["position"], done["eventCount"]) == ("COMMITTED", None, 0)
    assert counter.head == head


def test_with_refused_rows_nothing_is_recorded_unless_the_others_are_to_be(counter: Counter) -> None:
    job = counter.planned(sheet(good(10), UNREADABLE))
    head = counter.head

    code, message = counter.served.refused(COMMIT, id=job["id"], digest=job["planDigest"])
    assert code == "SOME_REFUSED"
    assert "acceptValid" in message
    assert counter.head == head

    done = counter.commit(job, accept_valid=True)
    assert (done["state"], done["eventCount"]) == ("COMMITTED", 1)

    response = counter.served.http.get(done["refusedWorkbookUrl"])
    assert response.status_code == 200
    (read,) = read_bytes("refused.xlsx", response.content).sheets
    assert [row[:3] for row in read.rows[1:]] == [list(UNREADABLE[:3])]


def test_of_registration_forms_nothing_is_kept_once_the_import_has_come_to_its_end(counter: Counter) -> None:
    header = [column.name for column in FORMS.columns]
    row = ["陈无名" if name == "姓名" else "？" for name in header]
    job = counter.planned(sheet(row, name="报名表.csv", header=header), paper="FORMS")
    folder = counter.served.county.imports / job["id"]
    assert "陈无名" in (folder / "preview.json").read_text(encoding="utf-8")
    assert counter.served.http.get(job["refusedWorkbookUrl"]).status_code == 200

    done = counter.commit(job, accept_valid=True)

    assert (done["state"], done["refusedWorkbookUrl"]) == ("COMMITTED", None)
    assert done["columns"] == done["refusals"]["nodes"] == []
    assert [it.name for it in folder.iterdir()] == ["job.json"]
    assert "陈无名" not in (folder / "job.json").read_text(encoding="utf-8")


def test_what_was_not_shown_is_not_recorded(counter: Counter) -> None:
    job = counter.planned(sheet(GOOD))
    head = counter.head

    code, _ = counter.served.refused(COMMIT, id=job["id"], digest="0" * 64)

    assert code == "PLAN_OUTDATED"
    assert counter.head == head
    counter.discard(job)


def test_what_others_recorded_meanwhile_has_to_be_looked_at_first(counter: Counter) -> None:
    slow, quick = (
        counter.planned(sheet(good(11), good(12))),
        counter.planned(sheet(good(11), name="另一份.csv")),
    )
    counter.commit(quick)
    head = counter.head

    back = counter.commit(slow)

    assert (back["state"], back["problem"]["code"]) == ("PLANNED", "PLAN_OUTDATED")
    assert back["summary"] == {"recorded": 1, "already": 1, "passed": 0, "refused": 0}
    assert back["planDigest"] != slow["planDigest"]
    assert counter.head == head
    assert counter.commit(back)["eventCount"] == 1


def test_what_others_recorded_elsewhere_changes_nothing(counter: Counter) -> None:
    slow, quick = counter.planned(sheet(good(13))), counter.planned(sheet(good(14), name="另一份.csv"))
    counter.commit(quick)

    assert counter.commit(slow)["state"] == "COMMITTED"


def test_a_discarded_import_is_gone_with_all_it_had(counter: Counter) -> None:
    job = counter.planned(sheet(GOOD, UNREADABLE))
    url = job["refusedWorkbookUrl"]

    assert counter.discard(job)["state"] == "DISCARDED"

    assert counter.ask(job) is None
    assert counter.served.http.get(url).status_code == 404
    assert not (counter.served.county.imports / job["id"]).exists()
    assert counter.served.refused(COMMIT, id=job["id"], digest=job["planDigest"])[0] == "NOT_FOUND"


def test_whoever_follows_an_import_sees_that_it_was_discarded(counter: Counter) -> None:
    job = counter.planned(sheet(GOOD))

    with counter.served.subscribed(FOLLOW, id=job["id"]) as messages:
        assert next(messages)["data"]["importJob"]["state"] == "PLANNED"
        counter.discard(job)
        assert next(messages)["data"]["importJob"]["state"] == "DISCARDED"
        assert next(messages)["type"] == "complete"


def test_a_file_that_is_no_such_paper_is_refused_as_a_whole(counter: Counter) -> None:
    job = counter.bring(("照片.csv", "文,字\n1,2\n".encode()))

    refused = counter.until(job, "REFUSED")

    assert refused["problem"]["code"] == "FILE_REFUSED"
    assert "照片.csv" in refused["problem"]["messageZh"]
    assert not (counter.served.county.imports / job["id"] / "files").exists()


def test_refusals_come_in_pages_in_both_directions(counter: Counter) -> None:
    days = [(GOOD[0], "月例会", f"五月{n}", "在岗", "") for n in range(7)]
    job = counter.planned(sheet(*days))
    query = """query Page($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      importJob(id: $id) { refusals(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { value } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    def page(**arguments: object) -> tuple[list[str], dict[str, object]]:
        it = counter.served.ask(query, id=job["id"], **arguments)["importJob"]["refusals"]
        assert it["totalCount"] == 7
        return [node["value"] for node in it["nodes"]], it["pageInfo"]

    first, at = page(first=3)
    assert first == ["五月0", "五月1", "五月2"]
    assert (at["hasNextPage"], at["hasPreviousPage"]) == (True, False)
    second, at = page(first=10, after=at["endCursor"])
    assert second == ["五月3", "五月4", "五月5", "五月6"]
    assert (at["hasNextPage"], at["hasPreviousPage"]) == (False, True)
    assert page(last=2, before=at["startCursor"])[0] == ["五月1", "五月2"]
    assert page(first=0)[0] == []
    counter.discard(job)


def test_only_so_many_imports_wait_at_a_time(counter: Counter) -> None:
    department, chief = (Counter(counter.served, who) for who in (DEPARTMENT, CHIEF))
    jobs = [
        (each, each.planned(sheet(GOOD, name=f"{n}.csv")))
        for each in (counter, department)
        for n in range(MOST_OF_ONE)
    ]

    assert len(jobs) == MOST_JOBS
    for each, whose in ((counter, "of yours"), (chief, "of this county")):
        (error,) = each.send(sheet(GOOD)).json()["errors"]
        assert (error["extensions"]["code"], whose in error["message"]) == ("TOO_MANY_IMPORTS", True)
    listed = department.served.ask("{ importJobs { id } }")["importJobs"]
    assert {job["id"] for _, job in jobs} <= {it["id"] for it in listed}

    for each, job in jobs:
        each.discard(job)
    counter.discard(counter.planned(sheet(GOOD)))


def test_every_paper_is_listed_with_a_template_that_can_be_fetched(counter: Counter) -> None:
    papers = counter.served.ask("{ papers { name zh en columns { name needed } templateUrl } }")["papers"]

    assert {"CHECK_INS", "FORMS", "INSPECTIONS"} <= {it["name"] for it in papers}
    for url in (papers[0]["templateUrl"], "/papers/forms/template.xlsx"):
        response = counter.served.http.get(url)
        assert response.status_code == 200
        assert read_bytes("t.xlsx", BytesIO(response.content).getvalue()).sheets
    assert counter.served.http.get("/papers/none/template.xlsx").status_code == 404
    assert counter.served.http.get("/imports/none/refused.xlsx").status_code == 404


def test_people_are_shown_as_they_were_found(counter: Counter) -> None:
    job = counter.planned(sheet(("陈思远", *GOOD[1:]), header=("姓名", *HEADER[1:])))

    assert job["people"] == [{"by": "姓名", "value": "陈思远", "staffNumber": STAFF_NUMBER, "name": "陈思远"}]
    counter.discard(job)


def test_an_import_that_is_discarded_while_it_is_decided_holds_up_nobody(counter: Counter) -> None:
    with connect(counter.served.county.conninfo) as conn, conn.transaction():
        conn.execute("lock table read.projector in access exclusive mode")
        job = counter.bring(sheet(GOOD))
        counter.until(job, "DECIDING")
        waiting = counter.bring(sheet(GOOD, name="下一份.csv"))
        assert counter.discard(job)["state"] == "DISCARDED"

    counter.discard(counter.until(waiting, "PLANNED"))
    assert counter.ask(job) is None
