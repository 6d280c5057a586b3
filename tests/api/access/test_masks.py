"""Masks: of a registration form each office sees what the table says, wherever the form is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import date
from enum import Enum
from typing import Any, Final, cast
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from api.access.masks import MASKS, shown
from api.access.principal import OPERATOR, Office, Principal
from api.database import open_database
from api.schema import schema
from domain.commands import Forget, RejectInstructor
from domain.entry import Actor
from domain.ids import instructor_id
from domain.terms import Role
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.access.looking import Look, instructor, principal, sending_unit, township
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.facts import FORM, POSTED, THE_NOTICE, forgotten, nominated, rejected
from tests.oracle.questions import SCHEMA
from tests.projections.readside import ReadSide
from tests.scenario import STAFF_NUMBER, Fact

PHONE: Final = "13807301234"
FULL: Final = ("1990-06-15", "1990-06", PHONE)
DAILY: Final = (None, "1990-06", PHONE)
MASKED: Final = (None, "1990-06", "138****1234")
WHO: Final[dict[Office, Principal]] = {
    Office.ORGANISATION_DEPARTMENT: principal(Office.ORGANISATION_DEPARTMENT, organisation="县委组织部"),
    Office.INSTRUCTOR: instructor(STAFF_NUMBER),
    Office.TOWNSHIP: township("430624105", "石塘镇党委"),
    Office.SENDING_UNIT: sending_unit("县教育局"),
    Office.AUDITOR: principal(Office.AUDITOR),
}
TABLE: Final = {
    Office.ORGANISATION_DEPARTMENT: (FULL, FULL),
    Office.INSTRUCTOR: (FULL, FULL),
    Office.TOWNSHIP: (DAILY, DAILY),
    Office.SENDING_UNIT: (DAILY, DAILY),
    Office.AUDITOR: (MASKED, FULL),
}
"""By office: day and month of birth and telephone number, without a reason and with one."""
NO_FORMS: Final = (Office.FINANCE_BUREAU, Office.PUBLIC)
FIELDS: Final = "{ name born bornMonth phone }"
SELECTED: Final = f'form {FIELDS} full: form(reason: "核对举报线索") {FIELDS}'
OF_AN_EVENT: Final = f"... on InstructorNominated {{ {SELECTED} }}"
NOMINATIONS: Final = (
    f'{{ programme {{ instructor(staffNumber: "{STAFF_NUMBER}") '
    f"{{ name gender nominations {{ {SELECTED} event {{ {OF_AN_EVENT} }} }} }} }} }}"
)
EVENTS: Final = f"{{ events(filter: {{types: [InstructorNominated]}}) {{ nodes {{ {OF_AN_EVENT} }} }} }}"
FOLLOWED: Final = f'subscription {{ events(after: "0") {{ {OF_AN_EVENT} }} }}'
WITH_A_REASON: Final = """query ($reason: String) { events(filter: {types: [InstructorNominated]}) {
  nodes { ... on InstructorNominated { form(reason: $reason) { phone } } }
} }"""
NOMINATE: Final = f"""mutation ($input: NominateInstructorInput!) {{ nominateInstructor(input: $input) {{
  ... on Recorded {{ events {{ {OF_AN_EVENT} }} }} ... on Refusal {{ code }}
}} }}"""


@pytest.fixture(scope="module")
def county(server: str, template: str) -> Iterator[Served]:
    """A county with one instructor, who has a telephone."""
    with _served(server, template, *_with_phone(POSTED)) as served:
        yield served


def _with_phone(facts: tuple[Fact, ...]) -> list[Fact]:
    return [it.but(form=replace(FORM, phone=PHONE)) if "form" in it.fields else it for it in facts]


def seen(row: Any) -> tuple[Any, Any]:
    """What a row tells of the two, without a reason and with one."""
    assert {row[it]["name"] for it in ("form", "full")} == {FORM.name}
    plain, full = ((row[it]["born"], row[it]["bornMonth"], row[it]["phone"]) for it in ("form", "full"))
    return plain, full


def test_every_office_is_in_the_table_or_sees_no_form() -> None:
    assert TABLE.keys() == MASKS.keys() == WHO.keys()
    assert set(Office) == TABLE.keys() | NO_FORMS


@pytest.mark.parametrize("office", TABLE)
def test_a_nomination_shows_each_office_what_the_table_says(county: Served, office: Office) -> None:
    (row,) = Look(county, WHO[office]).ask(NOMINATIONS)["programme"]["instructor"]["nominations"]
    assert seen(row) == seen(row["event"]) == TABLE[office]


@pytest.mark.parametrize("office", TABLE)
def test_the_event_of_a_nomination_shows_the_same(county: Served, office: Office) -> None:
    (row,) = Look(county, WHO[office]).ask(EVENTS)["events"]["nodes"]
    assert seen(row) == TABLE[office]


@pytest.mark.parametrize("office", TABLE)
def test_who_follows_the_log_is_shown_the_same(county: Served, office: Office) -> None:
    async def first() -> Any:
        async with open_database(county.county.conninfo, size=1) as database:
            who = replace(county.services, database=database, principal=WHO[office])
            async for it in cast("Any", await schema.subscribe(FOLLOWED, context_value=who)):
                assert not it.errors, it.errors
                if it.data["events"]:
                    return it.data["events"]
        return None

    assert seen(asyncio.run(first())) == TABLE[office]


@pytest.mark.parametrize("office", [Office.ORGANISATION_DEPARTMENT, Office.TOWNSHIP, Office.SENDING_UNIT])
def test_whoever_nominates_is_answered_the_form_as_they_may_see_it(
    lived: tuple[ReadSide, Served], office: Office
) -> None:
    _, served = lived
    given = _nomination()
    for _repeated in range(2):
        (row,) = served.as_(WHO[office]).ask(NOMINATE, input=given)["nominateInstructor"]["events"]
        assert seen(row) == TABLE[office]


def test_a_nomination_asked_again_after_the_person_was_forgotten_cannot_be_told_from_another(
    lived: tuple[ReadSide, Served],
) -> None:
    _, served = lived
    given = _nomination()
    served.ask(NOMINATE, input=given)
    department = Actor("somebody", Role.ORGANISATION_DEPARTMENT, "县委组织部")
    who = instructor_id(served.county.programme.county, given["staffNumber"])
    for command in (
        RejectInstructor(instructor_id=who, reason="名额已满"),
        Forget(instructor_id=who, reason="本人申请"),
    ):
        served.county.programme.execute(command, occurred_on=THE_NOTICE, actor=department, command_id=uuid4())
    assert served.ask(NOMINATE, input=given)["nominateInstructor"] == {"code": "COMMAND_ID_REUSED"}


def _nomination() -> dict[str, Any]:
    entered = {it.name: getattr(FORM, it.name) for it in fields(FORM)} | {"phone": PHONE}
    return {
        "staffNumber": "XY-7",
        "batchYear": 2020,
        "route": "SENDING_UNIT",
        "nominatingBody": "县教育局党组",
        "sendingUnit": "县教育局",
        "collectiveStudyOn": THE_NOTICE.isoformat(),
        "form": {to_camel_case(name): _asked(it) for name, it in entered.items()},
        "entry": {"commandId": str(uuid4()), "occurredOn": THE_NOTICE.isoformat()},
    }


def _asked(value: Any) -> Any:
    match value:
        case Enum():
            return value.name
        case date():
            return value.isoformat()
    return value


def test_somebody_forgotten_is_shown_to_nobody_at_any_moment(server: str, template: str) -> None:
    history = (nominated(), rejected(), forgotten())
    with _served(server, template, *_with_phone(history)) as served:
        for known in (1, 2, 3):
            moment = NOMINATIONS.replace("programme", f'programme(knownAtPosition: "{known}")', 1)
            person = Look(served, WHO[Office.ORGANISATION_DEPARTMENT]).ask(moment)["programme"]["instructor"]
            none = {"form": None, "full": None}
            assert person == {
                "name": "已删除",
                "gender": None,
                "nominations": [{**none, "event": none}],
            }
        (row,) = Look(served, WHO[Office.AUDITOR]).ask(EVENTS)["events"]["nodes"]
        assert row == none


def test_whoever_asks_from_this_machine_is_shown_what_the_auditor_is(county: Served) -> None:
    (row,) = Look(county, OPERATOR).ask(EVENTS)["events"]["nodes"]
    assert seen(row) == TABLE[Office.AUDITOR]


@pytest.mark.parametrize(
    "reason",
    [
        *("", "   查   ", "核对。", "核" * 201, "核对\0线索"),
        *("\u200b" * 4, "\ufeff" * 5, "\u3164" * 4, "……。!"),  # nothing that anybody could read
        *("核对举报\n线索", "核对\x1b[31m线索", "核对\u202e举报线索"),  # it would not stand as it was given
    ],
)
@pytest.mark.parametrize("office", [Office.AUDITOR, Office.ORGANISATION_DEPARTMENT])
def test_a_reason_that_is_none_is_refused_before_anything_is_read(
    county: Served, office: Office, reason: str
) -> None:
    code, message = Look(county, WHO[office]).refused(WITH_A_REASON, reason=reason)
    assert code == "BAD_REQUEST"
    assert "理由" in message or "reason" in message


def test_a_reason_left_out_is_none(county: Served) -> None:
    for variables in ({}, {"reason": None}):
        (row,) = Look(county, WHO[Office.AUDITOR]).ask(WITH_A_REASON, **variables)["events"]["nodes"]
        assert row == {"form": {"phone": "138****1234"}}


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("", ""), (PHONE, "138****1234"), ("0730-2222222", "073****2222"), ("2222222", "****"), ("1", "****")],
)
def test_the_middle_of_a_telephone_number_is_masked_whatever_is_written(phone: str, masked: str) -> None:
    form = shown({"born": "1990-06-15", "phone": phone}, Office.AUDITOR, None)
    assert form is not None
    assert form["phone"] == masked
    assert len(set(phone)) < 2 or phone not in masked


@pytest.mark.parametrize("office", NO_FORMS)
def test_who_sees_no_form_sees_none_with_a_reason_either(office: Office) -> None:
    for reason in (None, "核对举报线索"):
        assert shown({"born": "1990-06-15", "phone": PHONE}, office, reason) is None


def test_whatever_shows_a_form_takes_a_reason_and_nothing_but_a_masked_one() -> None:
    places = {
        (kind.name, name): field
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name == "Form"
    }
    assert places.keys() == {("Nomination", "form"), ("InstructorNominated", "form")}
    assert all(str(it.type) == "Form" and it.args.keys() == {"reason"} for it in places.values())
    kind = schema._schema.type_map["Form"]
    assert isinstance(kind, GraphQLObjectType)
    assert kind.is_type_of is not None
    stored = {"born": "1990-06-15", "phone": PHONE}
    assert not kind.is_type_of(stored, cast("Any", None))
    assert kind.is_type_of(shown(stored, Office.AUDITOR, None), cast("Any", None))


@contextmanager
def _served(server: str, template: str, *history: Fact) -> Iterator[Served]:
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        with closing(ReadSide(conninfo)) as side:
            side.enter(*history)
            side.project()
        with serving(conninfo) as served:
            yield served
