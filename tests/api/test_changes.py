"""What changed between two moments and how late facts were entered, as GraphQL answers."""

from __future__ import annotations

from typing import Any

import pytest

from api.types.changes import shown
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

CHANGES = """
query (
  $asOf: Date, $knownAt: DateTime, $since: Date, $sinceKnownAt: DateTime, $at: ID, $filter: ChangeFilter
) {
  programme(asOf: $asOf, knownAt: $knownAt) {
    changes(since: $since, sinceKnownAt: $sinceKnownAt, sinceKnownAtPosition: $at, filter: $filter) {
      totalCount
      nodes {
        kind movedAt movedOn position daysLate
        event { type occurredOn voided basis actor { id role organisation } }
        voidedBy { type ... on InstructorVoided { reason } }
        instructor { staffNumber }
        village { code }
      }
    }
  }
}
"""
JUNE_5 = "2020-06-05T00:00:00+08:00"
JUNE_15 = "2020-06-15T00:00:00+08:00"
JULY_5 = "2020-07-05T00:00:00+08:00"


def changes(story: Served, **moments: Any) -> list[dict[str, Any]]:
    found = story.ask(CHANGES, **moments)["programme"]["changes"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


def test_a_late_entry_became_known_with_its_actor_its_basis_and_its_lateness(story: Served) -> None:
    (change,) = changes(story, asOf="2020-05-31", knownAt=JUNE_15, sinceKnownAt=JUNE_5)

    assert change.pop("movedAt") == change.pop("position")
    assert change == {
        "kind": "BECAME_KNOWN",
        "movedOn": "2020-06-10T12:00:00+00:00",
        "daysLate": 38,
        "event": {
            "type": "InstructorCheckedIn",
            "occurredOn": "2020-05-03",
            "voided": False,
            "basis": change["event"]["basis"],
            "actor": {
                "id": change["event"]["actor"]["id"],
                "role": "ORGANISATION_DEPARTMENT",
                "organisation": change["event"]["actor"]["organisation"],
            },
        },
        "voidedBy": None,
        "instructor": {"staffNumber": STAFF_NUMBER},
        "village": {"code": VILLAGE_CODE},
    }
    assert change["event"]["actor"]["id"]


def test_a_voided_fact_leads_to_what_voided_it_and_why(story: Served) -> None:
    (change,) = changes(story, asOf="2020-05-31", knownAt=JULY_5, sinceKnownAt=JUNE_15)

    assert (change["kind"], change["movedOn"]) == ("VOIDED", "2020-07-01T12:00:00+00:00")
    assert int(change["movedAt"]) > int(change["position"])
    assert change["event"]["voided"]
    assert change["voidedBy"] == {"type": "InstructorVoided", "reason": "录入有误"}


def test_what_came_and_went_in_between_is_told(story: Served) -> None:
    (change,) = changes(story, asOf="2020-05-31", knownAt=JULY_5, sinceKnownAt=JUNE_5)

    assert (change["kind"], change["daysLate"]) == ("ADDED_AND_VOIDED", 38)


def test_from_day_to_day_what_happened_is_added(story: Served) -> None:
    found = changes(story, asOf="2020-04-26", since="2020-04-21")

    assert [(it["kind"], it["event"]["type"]) for it in found] == [
        ("ADDED", "InstructorPartyRelationTransferred"),
        ("ADDED", "InstructorLeaveGranted"),
        ("ADDED", "InstructorHouseholdVisited"),
        ("ADDED", "InstructorDutyRecorded"),
    ]


def test_a_position_can_be_the_earlier_moment(story: Served) -> None:
    (late,) = changes(story, asOf="2020-05-31", knownAt=JUNE_15, sinceKnownAt=JUNE_5)
    before = str(int(late["position"]) - 1)

    assert changes(story, asOf="2020-05-31", knownAt=JUNE_15, since="2020-05-31", at=before) == [late]
    assert changes(story, asOf="2020-05-31", knownAt=JUNE_15, since="2020-05-31", at=late["position"]) == []


@pytest.mark.parametrize(
    ("narrowed", "number"),
    [
        ({}, 3),
        ({"kinds": ["ADDED"]}, 2),
        ({"kinds": ["VOIDED", "ADDED_AND_VOIDED"]}, 1),
        ({"types": ["InstructorCheckedIn"]}, 1),
        ({"types": ["InstructorInspected", "InstructorProjectStarted"]}, 2),
        ({"actorRole": "ORGANISATION_DEPARTMENT"}, 3),
        ({"actorRole": "SENDING_UNIT"}, 0),
        ({"actorId": "nobody"}, 0),
        ({"actorOrganisation": "nowhere"}, 0),
        ({"daysLateAtLeast": 38}, 1),
        ({"daysLateAtLeast": 39}, 0),
        ({"townshipCode": "430624105"}, 3),
        ({"townshipCode": "430624106"}, 0),
        ({"kinds": ["ADDED"], "types": ["InstructorCheckedIn"]}, 0),
    ],
)
def test_a_filter_says_which_changes(story: Served, narrowed: dict[str, Any], number: int) -> None:
    moments = {"asOf": "2020-05-31", "knownAt": JULY_5, "since": "2020-04-30", "sinceKnownAt": JUNE_5}

    assert len(changes(story, **moments, filter=narrowed)) == number


def test_a_person_a_village_and_the_programme_have_their_changes(story: Served) -> None:
    found = story.ask(
        f"""{{ programme(asOf: "2022-01-01") {{
            changes(since: "2021-07-31") {{ nodes {{ event {{ type }} }} }}
            instructor(id: "{PERSON}") {{ changes(since: "2021-07-31") {{ nodes {{ event {{ type }} }} }} }}
            village(id: "{VILLAGE}") {{ changes(since: "2021-07-31") {{ nodes {{ event {{ type }} }} }} }}
        }} }}"""
    )["programme"]

    of_village = ["Instructor.Recalled", "Village.InstructorWithdrawn", "Village.HouseholdRemoved"]
    everything = [*of_village, "Instructor.AccountabilityOpened", "Instructor.Disciplined"]
    types = {
        name: [it["event"]["type"] for it in connection["changes"]["nodes"]]
        for name, connection in (("programme", found), *((it, found[it]) for it in ("instructor", "village")))
    }
    assert types == {
        "programme": [it.replace(".", "") for it in everything],
        "village": [it.replace(".", "") for it in everything],
        "instructor": [it.replace(".", "") for it in everything if it != "Village.HouseholdRemoved"],
    }


def test_two_earlier_moments_can_be_asked_for_at_once(story: Served) -> None:
    found = story.ask(
        f"""{{ programme(asOf: "2020-05-31", knownAt: "{JULY_5}") {{
            one: changes(sinceKnownAt: "{JUNE_5}") {{ nodes {{ kind }} }}
            two: changes(sinceKnownAt: "{JUNE_15}") {{ nodes {{ kind }} }}
        }} }}"""
    )["programme"]

    assert found == {
        "one": {"nodes": [{"kind": "ADDED_AND_VOIDED"}]},
        "two": {"nodes": [{"kind": "VOIDED"}]},
    }


@pytest.mark.parametrize(
    "moments",
    [
        {"asOf": "2020-05-31", "since": "2020-06-01"},
        {"asOf": "2020-05-31", "knownAt": JUNE_5, "since": "2020-05-01", "sinceKnownAt": JUNE_15},
        {"asOf": "2020-05-31"},
    ],
)
def test_an_earlier_moment_that_is_later_or_missing_is_refused(
    story: Served, moments: dict[str, str]
) -> None:
    code, message = story.refused(CHANGES, **moments)

    assert code == "BAD_REQUEST"
    assert "since" in message


# -- state diffs

DIFF = """
query ($of: UUID!, $asOf: Date, $knownAt: DateTime, $since: Date, $sinceKnownAt: DateTime) {
  programme(asOf: $asOf, knownAt: $knownAt) {
    %s(id: $of) { diff(since: $since, sinceKnownAt: $sinceKnownAt) { field label before after } }
  }
}
"""


def diff(story: Served, kind: str, **moments: Any) -> dict[str, tuple[str | None, str | None]]:
    of = {"instructor": PERSON, "village": VILLAGE}[kind]
    rows = story.ask(DIFF % kind, of=str(of), **moments)["programme"][kind]["diff"]
    return {row["field"]: (row["before"], row["after"]) for row in rows}


def test_a_state_diff_names_fields_and_words_as_the_api_does(story: Served) -> None:
    found = diff(story, "instructor", asOf="2021-08-04", since="2021-07-31")

    assert found.pop("position") != found.pop("eventCount")
    assert found.pop("version")
    assert found == {
        "stage": ("SERVING", "RECALLED"),
        "until": ("2023-03-31", "2021-08-01"),
        "departedOn": (None, "2021-08-01"),
        "departure": (None, "RECALLED"),
        "caseCount": ("0", "2"),
    }


def test_a_state_diff_of_a_village_shows_who_serves_there_by_id(story: Served) -> None:
    found = diff(story, "village", asOf="2021-08-04", since="2021-07-31")

    assert found.pop("position")
    assert found == {
        "householdCount": ("1", "0"),
        "registeredPoor": ("1", "0"),
        "instructor": (str(PERSON), None),
        "vacantSince": (None, "2021-08-01"),
    }


def test_a_state_diff_over_knowledge_alone_shows_what_became_known(story: Served) -> None:
    found = diff(story, "instructor", asOf="2020-05-31", knownAt=JUNE_15, sinceKnownAt=JUNE_5)

    assert (found["daysPresent"], found["lateEntries"]) == (("20", "21"), ("0", "1"))


def test_a_field_that_differs_says_what_it_means_in_both_languages(story: Served) -> None:
    (row, *_) = story.ask(DIFF % "village", of=str(VILLAGE), since="2020-03-17")["programme"]["village"][
        "diff"
    ]

    assert row == {
        "field": "householdCount",
        "label": "农户数。Households on the register.",
        "before": "1",
        "after": "0",
    }


@pytest.mark.parametrize("owner", ["Instructor", "Village"])
def test_every_column_of_a_state_is_shown_under_a_name_of_its_own(story: Served, owner: str) -> None:
    side = ReadSide(story.county.conninfo)
    columns = set(side.ask(owner.lower())[0])
    side.close()
    fields = shown(owner)
    of_the_schema = {
        it["name"]
        for it in story.ask(f'{{ __type(name: "{owner}") {{ fields {{ name }} }} }}')["__type"]["fields"]
    }

    assert set(fields) == columns
    assert len({it.name for it in fields.values()}) == len(fields)
    assert {it.name for it in fields.values()} <= of_the_schema


@pytest.mark.parametrize("kind", ["instructor", "village"])
def test_what_a_diff_says_is_what_the_api_says_at_the_two_moments(story: Served, kind: str) -> None:
    found = diff(story, kind, asOf="2022-01-01", since="2020-05-31", sinceKnownAt=JUNE_5)
    plain = [name for name in found if name not in {"village", "instructor", "replaces", "replacedBy"}]
    of = {"instructor": PERSON, "village": VILLAGE}[kind]
    at = "query ($asOf: Date!, $knownAt: DateTime) { programme(asOf: $asOf, knownAt: $knownAt) { %s } }"
    query = at % f'{kind}(id: "{of}") {{ {" ".join(plain)} }}'
    before, after = (
        story.ask(query, asOf=day, knownAt=known)["programme"][kind]
        for day, known in (("2020-05-31", JUNE_5), ("2022-01-01", None))
    )

    assert len(plain) > 3
    for name in plain:
        assert found[name] == tuple(None if it[name] is None else str(it[name]) for it in (before, after))


# -- back-dating

BACKDATING = """
query ($by: BackdatingGroup!, $overDays: Int) {
  programme(asOf: "2020-06-30", knownAt: "2020-06-30T00:00:00+08:00") {
    backdating(by: $by, overDays: $overDays) {
      instructor { staffNumber } township { code } month
      events late share meanDays maxDays
      evidence { totalCount nodes { type daysLate } }
    }
  }
}
"""


def backdating(story: Served, **arguments: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = story.ask(BACKDATING, **arguments)["programme"]["backdating"]
    return rows


def test_whoever_is_found_by_an_id_has_changes_too(story: Served) -> None:
    found = story.ask(
        "query ($id: ID!) { node(id: $id) { ... on Instructor { "
        f'changes(sinceKnownAt: "{JULY_5}", filter: {{types: [InstructorRecalled]}}) {{ nodes {{ kind }} }} '
        'diff(since: "2021-07-31") { field } } } }',
        id=str(PERSON),
    )["node"]

    assert [it["kind"] for it in found["changes"]["nodes"]] == ["ADDED"]
    assert "stage" in {it["field"] for it in found["diff"]}


def test_a_state_of_the_past_has_not_changed_since_a_later_moment(story: Served) -> None:
    """Below an event of the history everything stands where the event stood, before the moment asked for."""
    edges = story.ask(
        "query ($id: UUID!) { programme { instructor(id: $id) { history(first: 3) { edges { after { "
        f'diff(sinceKnownAt: "{JULY_5}") {{ field }} changes(sinceKnownAt: "{JULY_5}") {{ totalCount }} '
        "} } } } } }",
        id=str(PERSON),
    )["programme"]["instructor"]["history"]["edges"]

    assert [edge["after"] for edge in edges] == [{"diff": [], "changes": {"totalCount": 0}}] * 3


def test_a_report_says_how_late_facts_were_entered_and_leads_to_them(story: Served) -> None:
    (row,) = backdating(story, by="PERSON", overDays=15)

    assert row == {
        "instructor": {"staffNumber": STAFF_NUMBER},
        "township": None,
        "month": None,
        "events": 31,
        "late": 1,
        "share": "0.0323",
        "meanDays": "38.0000",
        "maxDays": 38,
        "evidence": {"totalCount": 1, "nodes": [{"type": "InstructorCheckedIn", "daysLate": 38}]},
    }


@pytest.mark.parametrize("by", ["PERSON", "TOWNSHIP", "MONTH"])
@pytest.mark.parametrize("over_days", [None, 0, 14, 15, 37, 38])
def test_behind_every_row_are_its_late_events(story: Served, by: str, over_days: int | None) -> None:
    rows = backdating(story, by=by, overDays=over_days)

    assert rows
    for row in rows:
        late = row["evidence"]["nodes"]
        threshold = 7 if over_days is None else over_days
        assert (row["late"], row["maxDays"]) == (
            len(late),
            max((it["daysLate"] for it in late), default=None),
        )
        assert all(it["daysLate"] > threshold for it in late)
        assert [bool(row[name]) for name in ("instructor", "township", "month")] == [
            by == group for group in ("PERSON", "TOWNSHIP", "MONTH")
        ]


def test_months_come_in_their_order(story: Served) -> None:
    assert [row["month"] for row in backdating(story, by="MONTH")] == ["2020-03", "2020-04", "2020-05"]
