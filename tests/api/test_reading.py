"""Every read type answers on two clocks, whichever way it is reached."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests import facts
from tests.api.selections import everything
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

CLOCKS = [
    {"asOf": "2020-05-31", "knownAt": "2020-06-15T00:00:00+08:00"},
    {"asOf": "2025-01-01", "knownAt": None},
]

OF_INSTRUCTOR = {
    "nominations": "nomination",
    "postings": "posting",
    "attendance": "attendance",
    "coverage": "coverage",
    "leaves": "leave",
    "duties": "duty",
    "projects": "project",
    "inspections": "inspection",
    "appraisals": "appraisal",
    "commendations": "commendation",
    "subsidies": "subsidy",
    "promotions": "promotion",
    "cases": "case",
}


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize(
    ("way", "type_name"),
    [
        ("townships", "Township"),
        ("villages", "VillageConnection"),
        ("instructors", "InstructorConnection"),
        ("batches", "Batch"),
        (f'village(code: "{VILLAGE_CODE}")', "Village"),
        (f'instructor(staffNumber: "{STAFF_NUMBER}")', "Instructor"),
        ("batch(year: 2020)", "Batch"),
        ('township(code: "430624105")', "Township"),
    ],
)
def test_every_field_of_every_read_type_answers(
    story: Served, clocks: dict[str, Any], way: str, type_name: str
) -> None:
    answer = story.ask(
        "query ($asOf: Date, $knownAt: DateTime) { programme(asOf: $asOf, knownAt: $knownAt) { "
        f"found: {way} {{ {everything(type_name, 1)} }} }} }}",
        **clocks,
    )

    assert answer["programme"]["found"]


@pytest.mark.parametrize("known_day", ["2020-06-15", "2025-01-01"])
@pytest.mark.parametrize(("field", "noun"), OF_INSTRUCTOR.items())
def test_graphql_answers_what_the_sql_function_answers(
    story: Served, field: str, noun: str, known_day: str
) -> None:
    side = ReadSide(story.county.conninfo)
    known = side.value("select read.position_known_at(%s::timestamptz)", f"{known_day} 00:00+08")
    village = "" if field == "nominations" else "village { id }"

    programme = story.ask(
        f'{{ programme(asOf: "9999-12-31", knownAtPosition: "{known}") {{ asOf instructor(id: "{PERSON}") '
        f"{{ found: {field} {{ instructor {{ id }} {village} }} }} }} }}"
    )["programme"]

    answer = programme["instructor"]["found"]
    rows = side.ask(noun, date.fromisoformat(programme["asOf"]), known, instructor_id=PERSON)
    side.close()
    assert len(answer) == len(rows)
    assert all(row["instructor"]["id"] == str(PERSON) for row in answer)


MAY = """
query ($knownAt: DateTime!) {
  programme(asOf: "2020-05-31", knownAt: $knownAt) {
    instructor(staffNumber: "XY-0001") { checkIns(last: 1) { nodes { day recordedAt } totalCount } }
  }
}
"""


@pytest.mark.parametrize(
    ("known_at", "last_day", "total"),
    [
        ("2020-06-05T00:00:00+08:00", "2020-04-21", 20),
        ("2020-06-15T00:00:00+08:00", "2020-05-03", 21),
        ("2020-07-05T00:00:00+08:00", "2020-04-21", 20),
    ],
)
def test_a_check_in_entered_late_and_voided_is_seen_only_in_between(
    story: Served, known_at: str, last_day: str, total: int
) -> None:
    found = story.ask(MAY, knownAt=known_at)["programme"]["instructor"]["checkIns"]

    assert (found["nodes"][0]["day"], found["totalCount"]) == (last_day, total)


def test_the_clocks_are_echoed_and_can_be_pasted_back(story: Served) -> None:
    query = (
        "query ($day: Date, $at: DateTime) { programme(asOf: $day, knownAt: $at) { asOf knownAt position } }"
    )
    now = story.ask(query)["programme"]

    again = story.ask(query, day=now["asOf"], at=now["knownAt"])["programme"]

    assert again == now
    assert story.ask(
        f'{{ programme(knownAtPosition: "{now["position"]}") {{ asOf knownAt position }} }}'
    ) == {"programme": now}


def test_before_the_first_event_nothing_is_known(story: Served) -> None:
    answer = story.ask(
        '{ programme(knownAt: "2019-01-01T00:00:00Z") '
        "{ knownAt position villages { totalCount nodes { name } } instructors { nodes { name } } } }"
    )["programme"]

    assert answer == {
        "knownAt": "2019-01-01T00:00:00+00:00",
        "position": "0",
        "villages": {"totalCount": 0, "nodes": []},
        "instructors": {"nodes": []},
    }


def test_relations_lead_there_and_back(story: Served) -> None:
    answer = story.ask(
        f'{{ programme(asOf: "2021-01-01") {{ village(id: "{VILLAGE}") {{ code instructor {{ '
        "staffNumber village { code township { villages { nodes { code } } } } "
        "batch { year instructors { nodes { staffNumber } } villages { nodes { code } } } } } } }"
    )["programme"]["village"]

    person = answer["instructor"]
    assert (answer["code"], person["staffNumber"]) == (VILLAGE_CODE, STAFF_NUMBER)
    assert person["village"]["code"] == VILLAGE_CODE
    assert person["village"]["township"]["villages"]["nodes"] == [{"code": VILLAGE_CODE}]
    assert person["batch"]["instructors"]["nodes"] == [{"staffNumber": STAFF_NUMBER}]


def test_history_shows_the_state_after_each_event_as_it_was_known(story: Served) -> None:
    edges = story.ask(
        f'{{ programme {{ instructor(id: "{PERSON}") {{ history(first: 100) {{ edges {{ '
        "event { position version __typename } after { version stage daysPresent } } } } } }"
    )["programme"]["instructor"]["history"]["edges"]

    assert [edge["event"]["version"] for edge in edges] == list(range(1, len(edges) + 1))
    assert all(edge["after"]["version"] == edge["event"]["version"] for edge in edges)
    assert [edge["after"]["stage"] for edge in edges[:3]] == ["NOMINATED", "APPROVED", "SERVING"]
    days = [edge["after"]["daysPresent"] for edge in edges]
    late = days.index(21)
    assert edges[late]["event"]["__typename"] == "InstructorCheckedIn"
    assert edges[late + 1]["event"]["__typename"] == "InstructorVoided"
    assert (days[late - 1], days[late + 1]) == (20, 20)


def test_history_of_a_village_shows_it_after_each_event(story: Served) -> None:
    edges = story.ask(
        f'{{ programme {{ village(id: "{VILLAGE}") {{ history {{ edges {{ event {{ type }} '
        "after { review householdCount instructor { id } } } } } } }"
    )["programme"]["village"]["history"]["edges"]

    assert [edge["after"]["review"] for edge in edges[:2]] == ["NOMINATED", "APPROVED"]
    assert edges[0]["event"]["type"] == "VillageNominated"


def test_history_of_a_village_shows_who_served_then_years_after_they_left(story: Served) -> None:
    edges = story.ask(
        f'{{ programme {{ village(id: "{VILLAGE}") {{ instructor {{ id }} history {{ edges {{ '
        "event { type } after { instructor { id } vacantSince } } } } } }"
    )["programme"]["village"]

    assert edges["instructor"] is None
    after = {edge["event"]["type"]: edge["after"] for edge in edges["history"]["edges"]}
    assert after["VillageGoalsAssessed"] == {"instructor": {"id": str(PERSON)}, "vacantSince": None}
    assert after["VillageInstructorWithdrawn"] == {"instructor": None, "vacantSince": "2021-08-01"}


def test_history_up_to_a_day_knows_nothing_of_the_days_after_it(story: Served) -> None:
    edges = story.ask(
        f'{{ programme(asOf: "2020-05-31") {{ instructor(id: "{PERSON}") {{ history(last: 1) {{ edges {{ '
        "event { recordedAt } after { attendance { month } } } } } } }"
    )["programme"]["instructor"]["history"]["edges"]

    (last,) = edges
    assert last["event"]["recordedAt"] > "2020-06-01"
    assert [month["month"] for month in last["after"]["attendance"]] == ["2020-04", "2020-05"]


def test_one_field_under_two_aliases_has_two_answers(story: Served) -> None:
    answer = story.ask(
        f'{{ programme(asOf: "2020-05-31") {{ instructor(id: "{PERSON}") {{ '
        "few: checkIns(first: 2) { nodes { day } } "
        "many: checkIns(first: 5) { edges { a: node { on: day } b: node { where: place } } } "
        'june: checkIns(filter: { fromDay: "2020-06-01" }) { totalCount } } }'
        "}"
    )["programme"]["instructor"]

    assert [len(answer["few"]["nodes"]), len(answer["many"]["edges"]), answer["june"]["totalCount"]] == [
        2,
        5,
        0,
    ]
    assert set(answer["many"]["edges"][0]) == {"a", "b"}


def test_fragments_and_conditions_select_as_they_say(story: Served) -> None:
    query = """
    query ($more: Boolean!) {
      programme { instructor(staffNumber: "XY-0001") { ...Who postings @include(if: $more) { since } } }
    }
    fragment Who on Instructor { name ... on Node { id } ... @skip(if: $more) { stage } }
    """

    assert story.ask(query, more=True)["programme"]["instructor"] == {
        "name": facts.FORM.name,
        "id": str(PERSON),
        "postings": [{"since": "2020-04-01"}],
    }
    assert story.ask(query, more=False)["programme"]["instructor"]["stage"] == "RECALLED"


@pytest.mark.parametrize(
    ("id_", "type_name"),
    [
        (str(VILLAGE), "Village"),
        (str(PERSON), "Instructor"),
        (str(facts.PROJECT), "Project"),
        ("1", "VillageNominated"),
    ],
)
def test_whatever_has_an_id_is_found_by_it(story: Served, id_: str, type_name: str) -> None:
    query = """
    query ($id: ID!) {
      node(id: $id) {
        __typename id
        ... on Village { name township { name } }
        ... on Instructor { name }
        ... on Project { title }
        ... on AuditEvent { version }
        ... on VillageNominated { name }
      }
    }
    """

    found = story.ask(query, id=id_)["node"]

    assert (found["__typename"], found["id"]) == (type_name, id_)
    assert len(found) > 2


def test_an_unknown_id_finds_nothing(story: Served) -> None:
    assert story.ask('{ node(id: "00000000-0000-4000-8000-000000000000") { id } }') == {"node": None}
    assert story.ask('{ node(id: "999999") { id } }') == {"node": None}


def test_the_ledger_says_whose_it_is_and_how_far_it_got(story: Served) -> None:
    ledger = story.ask("{ ledger { county simulated head position lag state error } }")["ledger"]

    assert ledger["county"] == "430624"
    assert ledger["simulated"] is True
    assert (ledger["head"], ledger["lag"], ledger["state"], ledger["error"]) == (
        ledger["position"],
        0,
        "RUNNING",
        None,
    )


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("{ batchYear: 2020 }", 1),
        ("{ batchYear: 2021 }", 0),
        ("{ stage: [RECALLED, SERVING] }", 1),
        ("{ stage: [COMPLETED] }", 0),
        ('{ townshipCode: "430624105" }', 1),
        ('{ townshipCode: "430624100" }', 0),
        ('{ sendingUnit: "no such unit" }', 0),
        (f'{{ villageId: "{VILLAGE}" }}', 1),
        ('{ name: "思" }', 1),
    ],
)
def test_instructors_are_filtered(story: Served, filter_: str, expected: int) -> None:
    found = story.ask(f"{{ programme {{ instructors(filter: {filter_}) {{ totalCount nodes {{ id }} }} }} }}")

    assert found["programme"]["instructors"]["totalCount"] == expected
    assert len(found["programme"]["instructors"]["nodes"]) == expected


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ('{ townshipCode: "430624105" }', 1),
        ("{ kind: COMMUNITY }", 0),
        ("{ review: APPROVED }", 1),
        ("{ weakOrLagging: true }", 0),
        ("{ approvedYear: 2020 }", 1),
        ("{ vacant: true }", 1),
        ("{ vacant: false }", 0),
        ('{ name: "芙蓉" }', 1),
    ],
)
def test_villages_are_filtered(story: Served, filter_: str, expected: int) -> None:
    found = story.ask(f"{{ programme {{ villages(filter: {filter_}) {{ totalCount }} }} }}")

    assert found["programme"]["villages"]["totalCount"] == expected


def test_attendance_is_narrowed_by_month(story: Served) -> None:
    query = (
        f'{{ programme(asOf: "2020-12-31") {{ instructor(id: "{PERSON}") '
        '{ attendance(from: "2020-04", to: "2020-05") { month daysPresent required short fullMonth } } } }'
    )

    assert story.ask(query)["programme"]["instructor"]["attendance"] == [
        {"month": "2020-04", "daysPresent": 20, "required": 20, "short": False, "fullMonth": True},
        {"month": "2020-05", "daysPresent": 0, "required": 20, "short": True, "fullMonth": True},
    ]
