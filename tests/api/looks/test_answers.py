"""Answers with registration forms in them: each is on record before it leaves, and its asker can prove it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest

from api.access.principal import Office, Principal
from ledger.database import connect
from tests import facts
from tests.api.bearers import AUDITOR, DEPARTMENT, TOWNSHIP
from tests.api.server import Served
from tests.scenario import PERSON, STAFF_NUMBER

FORM: Final = """query ($id: UUID!, $why: String) {
  programme { position instructor(id: $id) { nominations { form(reason: $why) { name phone born } } } }
}"""
LOOKS: Final = """query ($after: ID) { programme(waitFor: $after) { disclosures(last: 50) { totalCount nodes {
  position ordinal at readerId readerRole organisation what fields aboutDay knownPosition reason digest
  instructors { id } event { position actor { id role } __typename } } } } }"""

UNIT: Final = Principal(
    id="u-1", office=Office.SENDING_UNIT, organisation="县教育局", sending_unit="县教育局"
)
REFUSING: Final = """
alter table ledger.events add constraint refusing check (topic not like 'Disclosure%') not valid"""


@pytest.fixture
def served(story: Served) -> Served:
    """A county with somebody in it, whose form can be asked for."""
    return story


def looks(served: Served, receipt: dict[str, str], what: str = "form") -> list[dict[str, Any]]:
    """What is on record by a receipt."""
    nodes = served.ask(LOOKS, after=receipt["id"])["programme"]["disclosures"]["nodes"]
    return [it for it in nodes if it["position"] == receipt["id"] and it["what"] == what]


def head(served: Served) -> int:
    return served.county.programme.recorder.max_notification_id() or 0


@contextmanager
def refusing(served: Served) -> Iterator[None]:
    """Let the database refuse to store looks for a while."""
    with connect(served.county.conninfo) as conn:
        conn.execute(REFUSING)
        yield
        conn.execute("alter table ledger.events drop constraint refusing")


def compact(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_form_that_is_read_is_on_record_with_who_whose_what_and_the_clocks(served: Served) -> None:
    before = head(served)
    answer = served.post(FORM, id=str(PERSON))
    receipt = answer["extensions"]["disclosure"]
    assert int(receipt["id"]) == head(served) == before + 1
    (look,) = looks(served, receipt)
    assert look["position"] == look["event"]["position"] == receipt["id"]
    assert (look["readerId"], look["readerRole"], look["organisation"]) == (
        DEPARTMENT.id,
        "ORGANISATION_DEPARTMENT",
        DEPARTMENT.organisation,
    )
    assert look["event"]["actor"] == {"id": DEPARTMENT.id, "role": "ORGANISATION_DEPARTMENT"}
    assert look["event"]["__typename"] == "DisclosureRead"
    assert (look["what"], look["fields"], look["reason"]) == ("form", ["born", "name", "phone"], None)
    assert look["instructors"] == [{"id": str(PERSON)}]
    assert look["knownPosition"] == answer["data"]["programme"]["position"] == str(before)


def test_the_asker_proves_what_they_got_by_the_salt_that_they_alone_have(served: Served) -> None:
    answer = served.post(FORM, id=str(PERSON))
    receipt = answer["extensions"]["disclosure"]
    (look,) = looks(served, receipt)
    salt = bytes.fromhex(receipt["salt"])
    assert len(salt) == 16
    assert hashlib.sha256(salt + compact(answer["data"])).hexdigest() == look["digest"]
    with connect(served.county.conninfo) as conn:
        (state,) = conn.execute(
            "select convert_from(state, 'UTF8') from ledger.events where position = %s", (receipt["id"],)
        ).fetchall()[0]
    assert look["digest"] in state
    assert receipt["salt"] not in state


def test_the_same_answer_again_has_another_salt_and_digest(served: Served) -> None:
    (first, second) = (served.post(FORM, id=str(PERSON))["extensions"]["disclosure"] for _ in range(2))
    assert first["salt"] != second["salt"]
    ((one,), (other,)) = (looks(served, it) for it in (first, second))
    assert one["digest"] != other["digest"]


def test_of_a_masked_form_only_what_left_in_full_is_told(served: Served) -> None:
    auditor = served.as_(AUDITOR)
    masked = auditor.post(FORM, id=str(PERSON))["extensions"]["disclosure"]
    (look,) = looks(served, masked)
    assert (look["readerRole"], look["fields"], look["reason"]) == ("AUDITOR", ["name"], None)
    whole = auditor.post(FORM, id=str(PERSON), why="核对举报线索")["extensions"]["disclosure"]
    (look,) = looks(served, whole)
    assert (look["fields"], look["reason"]) == (["born", "name", "phone"], "核对举报线索")


def test_whatever_an_auditor_is_answered_is_on_record(served: Served) -> None:
    auditor = served.as_(AUDITOR)
    query = """query ($id: UUID!, $filter: EventFilter) {
      programme(asOf: "2020-05-01") { ...Parts }
      events(filter: $filter, first: 1) { totalCount }
    }
    fragment Parts on Programme {
      instructor(id: $id) { name } totals { serving } ... on Programme { position }
    }"""
    before = head(served)
    answer = auditor.post(query, id=str(PERSON), filter={"instructorId": str(PERSON)})
    receipt = answer["extensions"]["disclosure"]
    found = {it["aboutDay"]: it for it in looks(served, receipt, "answer")}
    below, log = found["2020-05-01"], found[None]
    assert below["fields"] == ["programme.instructor", "programme.position", "programme.totals"]
    assert log["fields"] == ["events.totalCount"]
    assert {it["readerId"] for it in found.values()} == {AUDITOR.id}
    assert [[who["id"] for who in it["instructors"]] for it in found.values()] == [[str(PERSON)]] * 2
    data = json.dumps(answer["data"], ensure_ascii=False, separators=(",", ":")).encode()
    assert {it["digest"] for it in found.values()} == {
        hashlib.sha256(bytes.fromhex(receipt["salt"]) + data).hexdigest()
    }
    assert head(served) == before + 1


def test_an_auditor_who_cannot_be_put_on_record_is_answered_nothing(served: Served) -> None:
    with refusing(served):
        answer = served.as_(AUDITOR).post("{ programme { totals { serving } } }")
    assert answer["data"] is None
    assert [it["extensions"]["code"] for it in answer["errors"]] == ["NOT_RECORDED"]


def test_what_the_department_asks_is_put_on_record_where_it_shows_a_form_alone(served: Served) -> None:
    before = head(served)
    answer = served.as_(DEPARTMENT).post("{ programme { totals { serving } } events { totalCount } }")
    assert "extensions" not in answer
    assert head(served) == before


def test_an_auditor_who_follows_the_log_is_on_record_once_and_not_by_their_own_looks(served: Served) -> None:
    before = head(served)
    events = "subscription ($after: ID) { events(after: $after) { position type } }"
    with served.as_(AUDITOR).subscribed(events, after=str(before)) as messages:
        first = next(messages)
        assert first["data"]["events"] == {"position": str(before + 1), "type": "DisclosureRead"}
        served.as_(AUDITOR).ask("{ programme { position } }")
        assert next(messages)["data"]["events"]["position"] == str(before + 2)
    assert head(served) == before + 2
    (look,) = looks(served, {"id": str(before + 1)}, "stream")
    assert (look["fields"], look["knownPosition"]) == (["events.position", "events.type"], str(before))


def test_each_moment_and_reason_of_one_answer_is_a_look_of_its_own(served: Served) -> None:
    query = """query ($id: UUID!) {
      a: programme(asOf: "2020-05-01") { instructor(id: $id) { nominations { form { name } } } }
      b: programme(asOf: "2020-05-02") { instructor(id: $id) { nominations {
        form { school } again: form(reason: "复核学历") { education } } } }
    }"""
    receipt = served.post(query, id=str(PERSON))["extensions"]["disclosure"]
    found = looks(served, receipt)
    assert {(it["aboutDay"], it["reason"], *it["fields"]) for it in found} == {
        ("2020-05-01", None, "name"),
        ("2020-05-02", None, "school"),
        ("2020-05-02", "复核学历", "education"),
    }
    assert {it["position"] for it in found} == {receipt["id"]}
    assert len({it["digest"] for it in found}) == 1


@pytest.mark.parametrize(
    "query",
    [
        "{ programme { instructors { nodes { name gender nominations { route } } } } }",
        '{ programme(asOf: "2020-03-16") { instructors { nodes { nominations { form { name } } } } } }',
        "{ programme { villages { nodes { name } } totals { appointed } } }",
        "{ events(first: 50) { nodes { ... on InstructorNominated { staffNumber } } } }",
        (
            "query ($no: Boolean = false) { programme { instructors { nodes { nominations {"
            " form @include(if: $no) { name } } } } } }"
        ),
    ],
)
def test_an_answer_without_a_form_is_on_no_record(served: Served, query: str) -> None:
    before = head(served)
    answer = served.post(query)
    assert "errors" not in answer
    assert "extensions" not in answer
    assert head(served) == before


@pytest.mark.parametrize(
    "query",
    [
        "{ events(first: 50) { nodes { ... on InstructorNominated { form { name } } } } }",
        "query ($id: ID!) { node(id: $id) { ... on Instructor { nominations { form { name } } } } }",
        (
            "query ($id: UUID!) { programme { instructor(id: $id) { history { edges { event {"
            " ... on InstructorNominated { form { name } } } } } } } }"
        ),
        (
            "fragment F on Form { name } query ($id: ID!) { node(id: $id) {"
            " ... on Instructor { nominations { f: form { ...F } } } } }"
        ),
    ],
)
def test_by_whatever_way_a_form_is_reached_it_is_on_record(served: Served, query: str) -> None:
    answer = served.post(query, **({"id": str(PERSON)} if "$id" in query else {}))
    assert "errors" not in answer, answer
    (look,) = looks(served, answer["extensions"]["disclosure"])
    assert (look["instructors"], look["fields"]) == ([{"id": str(PERSON)}], ["name"])


def test_who_looked_at_a_person_is_told_by_the_person(served: Served) -> None:
    receipt = served.post(FORM, id=str(PERSON))["extensions"]["disclosure"]
    query = """query ($number: String!, $after: ID) { programme(waitFor: $after) {
      instructor(staffNumber: $number) { disclosures(filter: { field: "phone" }) { nodes { position } } }
      hits: disclosures(filter: { readerId: "zzb-01", what: "form" }) { totalCount }
      none: disclosures(filter: { withReason: true, readerRoles: [TOWNSHIP] }) { totalCount } } }"""
    programme = served.ask(query, number=STAFF_NUMBER, after=receipt["id"])["programme"]
    assert programme["instructor"]["disclosures"]["nodes"][-1] == {"position": receipt["id"]}
    assert programme["hits"]["totalCount"] >= 1
    assert programme["none"]["totalCount"] == 0


def test_a_subscription_puts_each_form_on_record_before_it_is_sent(served: Served) -> None:
    query = """subscription { events(after: "0", filter: { types: [InstructorNominated] }) {
      ... on InstructorNominated { form { name phone } } } }"""
    with served.subscribed(query) as messages:
        message = next(messages)
    receipt = message["extensions"]["disclosure"]
    (look,) = looks(served, receipt)
    assert look["fields"] == ["name", "phone"]
    salted = bytes.fromhex(receipt["salt"]) + compact(message["data"])
    assert hashlib.sha256(salted).hexdigest() == look["digest"]


def test_a_query_over_a_socket_is_on_record_once(served: Served) -> None:
    with served.subscribed(FORM, id=str(PERSON)) as messages:
        receipt = next(messages)["extensions"]["disclosure"]
    (look,) = looks(served, receipt)
    assert look["what"] == "form"


def test_where_the_record_refuses_the_look_nothing_is_answered(served: Served) -> None:
    with refusing(served):
        answer = served.post(FORM, id=str(PERSON))
        assert served.ask("{ programme { totals { appointed } } }")  # nothing else is held up
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "NOT_RECORDED"
    assert "登记" in error["message"]
    assert "on record" in error["message"]
    assert "extensions" not in answer
    assert facts.FORM.name not in json.dumps(answer, ensure_ascii=False)
    assert served.post(FORM, id=str(PERSON))["extensions"]["disclosure"]


def test_over_a_socket_too_nothing_is_answered_that_is_not_on_record(served: Served) -> None:
    with refusing(served), served.subscribed(FORM, id=str(PERSON)) as messages:
        message = next(messages)
    assert message["data"] is None
    assert message["errors"][0]["extensions"]["code"] == "NOT_RECORDED"


def test_many_readers_at_a_time_share_appends(served: Served) -> None:
    before, asked = head(served), 24

    async def together() -> list[dict[str, Any]]:
        async with httpx.AsyncClient(headers=served.authorization, timeout=30) as http:
            body = {"query": FORM, "variables": {"id": str(PERSON)}}
            answers = await asyncio.gather(*(http.post(served.url, json=body) for _ in range(asked)))
            return [it.json()["extensions"]["disclosure"] for it in answers]

    receipts = asyncio.run(together())
    events = head(served) - before
    assert events < asked
    assert {int(it["id"]) for it in receipts} == set(range(before + 1, before + events + 1))
    found = [it for position in {it["id"] for it in receipts} for it in looks(served, {"id": position})]
    assert len(found) == len({it["digest"] for it in found}) == len({it["salt"] for it in receipts}) == asked


def test_a_form_that_somebody_has_just_entered_is_on_record_too(served: Served) -> None:
    mutation = """mutation ($input: NominateInstructorInput!) { nominateInstructor(input: $input) {
      ... on Refusal { messageEn } ... on Recorded { position events {
        ... on InstructorNominated { form { name } } } } } }"""
    form = {
        "name": "李四",
        "gender": "MALE",
        "born": "1991-01-01",
        "ethnicity": "汉族",
        "nativePlace": "湖南",
        "birthplace": "湖南",
        "workStarted": "2014-01-01",
        "health": "健康",
        "education": "BACHELOR",
        "school": "湖南大学",
        "employment": "CIVIL_SERVANT",
        "position": "科员",
    }
    asked = {
        "entry": {"commandId": "00000000-0000-4000-8000-0000000000aa", "occurredOn": "2025-06-01"},
        "staffNumber": "XY-0099",
        "batchYear": 2025,
        "route": "SELF",
        "nominatingBody": "县委组织部",
        "sendingUnit": "县农业农村局",
        "collectiveStudyOn": "2025-05-20",
        "form": form,
    }
    answer = served.post(mutation, input=asked)
    recorded = answer["data"]["nominateInstructor"]
    assert recorded["events"] == [{"form": {"name": "李四"}}], answer
    (look,) = looks(served, answer["extensions"]["disclosure"])
    assert (look["knownPosition"], look["fields"]) == (recorded["position"], ["name"])


@pytest.mark.parametrize("who", [TOWNSHIP, UNIT])
def test_those_who_see_a_part_of_the_county_see_no_looks_not_even_their_own(
    served: Served, who: Principal
) -> None:
    asker = served.as_(who)
    receipt = asker.post(FORM, id=str(PERSON))["extensions"]["disclosure"]
    assert [it["readerId"] for it in looks(served, receipt)] == [who.id]
    assert asker.ask(LOOKS, after=receipt["id"])["programme"]["disclosures"] == {"totalCount": 0, "nodes": []}
