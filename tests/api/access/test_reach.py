"""How far each office may act, command by command, held against a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from api.access.principal import OPERATOR, PUBLIC, Office, Principal
from api.access.reach import acting, check
from api.access.refusals import NoTokensYet, NotSignedIn, OutOfReach
from api.mutations import COMMANDS, OWN
from domain import commands as c
from domain.entry import Actor
from domain.ids import village_id
from domain.instructor import Instructor
from domain.refusals import Refused
from domain.terms import Role
from tests import facts
from tests.asks import ORDINARY, asked
from tests.scenario import COUNTY, PERSON, STAFF_NUMBER, VILLAGE, County, speaks_clearly

DAY: Final = facts.MAY_3
TOWNSHIP: Final = Principal(id="1", office=Office.TOWNSHIP, organisation="石塘镇", township="430624105")
UNIT: Final = Principal(id="2", office=Office.SENDING_UNIT, organisation="县教育局", sending_unit="县教育局")
SELF: Final = Principal(id="3", office=Office.INSTRUCTOR, organisation="县教育局", staff_number=STAFF_NUMBER)
ELSEWHERE: Final = (
    replace(TOWNSHIP, township="430624001"),
    replace(UNIT, sending_unit="县水利局"),
    replace(SELF, staff_number="XY-0002"),
)
T, U, S = Office.TOWNSHIP, Office.SENDING_UNIT, Office.INSTRUCTOR
WHO_OF_THEIRS: Final[dict[type[c.Command], set[Office]]] = {
    c.NominateVillage: {T},
    c.RegisterHouseholds: {T, S},
    c.RemoveHousehold: {T, S},
    c.NominateInstructor: {T, U},
    c.TransferPartyRelation: {T},
    c.CheckIn: {T, S},
    c.GrantLeave: {T},
    c.VisitHousehold: {T, S},
    c.RecordDuty: {T, S},
    c.StartProject: {T, S},
    c.CompleteProject: {T, S},
    c.Inspect: {T},
    c.PaySubsidy: {U},
    c.RequestCorrection: {T, U, S},
}
"""What offices may ask for that reach less far than the county, and of what is theirs alone."""
ABOUT_ANYBODY: Final = {(c.NominateInstructor, T)}
"""A township nominates whom it will; nobody is posted anywhere by that."""


def the_county() -> County:
    """A village with its instructor in service since April 2020, and a check-in."""
    return County().happen(*facts.POSTED, facts.checked_in())


def reaches(command: c.AnyCommand, who: Principal, day: date = DAY, county: County | None = None) -> bool:
    try:
        check(command, day, who, county or the_county())
    except OutOfReach as refusal:
        speaks_clearly(refusal)
        return False
    return True


@pytest.mark.parametrize("kind", ORDINARY, ids=lambda it: it.verb())
def test_an_office_acts_on_what_is_theirs_alone(kind: type[c.Command]) -> None:
    command, county = ORDINARY[kind], the_county()
    for own, other in zip((TOWNSHIP, UNIT, SELF), ELSEWHERE, strict=True):
        if kind in OWN:  # nobody asks for it: it goes with what the server does
            continue
        office = own.office
        may = Role[office.name] in kind.offices
        assert may == (office in WHO_OF_THEIRS.get(kind, set())), office
        if may:
            assert reaches(command, own, county=county), office
            assert reaches(command, other, county=county) == ((kind, office) in ABOUT_ANYBODY), office


@pytest.mark.parametrize("office", [Office.ORGANISATION_DEPARTMENT, Office.FINANCE_BUREAU, Office.AUDITOR])
def test_offices_of_the_county_reach_as_far_as_it(office: Office) -> None:
    who = Principal(id="4", office=office, organisation="县")

    assert all(reaches(command, who, county=County()) for command in ORDINARY.values())


@pytest.mark.parametrize("kind", [c.CheckIn, c.RecordDuty, c.Inspect])
def test_a_township_acts_on_people_for_the_days_they_served_there(kind: Any) -> None:
    begin, end = facts.APPOINTMENT, facts.LAST_DAY

    assert reaches(asked(kind), TOWNSHIP, begin)
    assert reaches(asked(kind), TOWNSHIP, end)
    assert not reaches(asked(kind), TOWNSHIP, begin - timedelta(1))
    assert not reaches(asked(kind), TOWNSHIP, end + timedelta(1))


def test_leave_concerns_the_days_that_it_is_for() -> None:
    leave = asked(c.GrantLeave, first_day=DAY, last_day=DAY)

    assert reaches(leave, TOWNSHIP, facts.APPOINTMENT - timedelta(1))
    assert not reaches(asked(c.GrantLeave, first_day=date(2019, 1, 1)), TOWNSHIP, DAY)


def sent_elsewhere() -> County:
    """The county after the instructor was recalled on 3 May, and has served another township since 10 May."""
    anew = facts.appointed(village=village_id(COUNTY, "430624001001"), on=date(2020, 5, 10))
    return County().happen(*facts.POSTED, facts.checked_in(), facts.recalled(), anew)


def test_leave_that_ends_in_anothers_days_is_not_a_townships_to_grant() -> None:
    until_then = asked(c.GrantLeave, first_day=DAY, last_day=DAY)
    into_theirs = asked(c.GrantLeave, first_day=DAY, last_day=date(2020, 5, 12))

    assert reaches(until_then, TOWNSHIP, county=sent_elsewhere())
    assert not reaches(into_theirs, TOWNSHIP, county=sent_elsewhere())


def test_no_correction_takes_a_fact_to_anothers_days() -> None:
    county = sent_elsewhere()
    (version,) = (it.originator_version for it in county.log if isinstance(it, Instructor.CheckedIn))

    def moved_to(day: str) -> c.RequestCorrection:
        field = c.CorrectedField(field="occurred_on", value=day)
        return asked(c.RequestCorrection, corrected_id=PERSON, corrected_version=version, changes=(field,))

    assert reaches(moved_to("2020-05-02"), TOWNSHIP, county=county)
    assert not reaches(moved_to("2020-05-12"), TOWNSHIP, county=county)
    assert reaches(moved_to("2020-05-12"), SELF, county=county)
    assert reaches(moved_to("no day"), TOWNSHIP, county=county)  # the domain says what is wrong with it


def test_what_cannot_be_corrected_is_said_to_those_alone_whose_it_is() -> None:
    nomination = asked(c.RequestCorrection, corrected_id=PERSON, corrected_version=1)

    assert reaches(nomination, SELF)
    assert not reaches(nomination, ELSEWHERE[2])


def test_a_recalled_instructor_is_the_townships_until_that_day() -> None:
    county = County().happen(*facts.RECALLED)

    assert reaches(asked(c.RecordDuty), TOWNSHIP, DAY, county)
    assert not reaches(asked(c.RecordDuty), TOWNSHIP, DAY + timedelta(1), county)


def test_a_township_cannot_take_a_village_over_by_nominating_it() -> None:
    assert not reaches(asked(c.NominateVillage, township_code="430624001"), ELSEWHERE[0])
    assert not reaches(asked(c.NominateVillage, code="430624001001"), TOWNSHIP)


def test_a_sending_unit_cannot_take_a_person_over_by_nominating_them() -> None:
    theirs = asked(c.NominateInstructor, sending_unit="县水利局")

    assert not reaches(theirs, ELSEWHERE[1])
    assert reaches(theirs, ELSEWHERE[1], county=County())
    assert not reaches(asked(c.NominateInstructor), ELSEWHERE[1], county=County())


def test_a_township_does_not_make_a_person_another_units_by_nominating_them() -> None:
    theirs = asked(c.NominateInstructor, sending_unit="县水利局")

    assert not reaches(theirs, TOWNSHIP)
    assert reaches(theirs, TOWNSHIP, county=County())


@pytest.mark.parametrize("who", [TOWNSHIP, UNIT, SELF], ids=lambda it: it.office.value)
def test_what_is_not_on_record_is_out_of_reach_as_well(who: Principal) -> None:
    empty = County()
    unknown = asked(c.RequestCorrection, corrected_version=99)

    assert not reaches(unknown, who)
    assert not reaches(unknown, who, county=empty)
    if who is TOWNSHIP:
        assert not reaches(asked(c.CheckIn), who, county=empty)
        assert not reaches(asked(c.RegisterHouseholds), who, county=empty)
    if who is UNIT:
        assert not reaches(asked(c.PaySubsidy), who, county=empty)


def test_the_correction_of_a_villages_fact_is_its_townships() -> None:
    county = County().happen(*facts.POSTED, facts.award_paid())
    version = county.village(VILLAGE).version
    correction = asked(c.RequestCorrection, corrected_id=VILLAGE, corrected_version=version)

    assert reaches(correction, TOWNSHIP, county=county)
    assert not reaches(correction, ELSEWHERE[0], county=county)
    assert not reaches(correction, UNIT, county=county)


@pytest.mark.parametrize(
    ("who", "reason"),
    [(PUBLIC, NotSignedIn), (OPERATOR, NoTokensYet)],
)
def test_whoever_is_not_known_enters_nothing(who: Principal, reason: type[Refused]) -> None:
    with pytest.raises(reason) as refused:
        acting(who)

    speaks_clearly(refused.value)


def test_the_auditor_remarks_and_enters_nothing_else() -> None:
    actor = acting(Principal(id="5", office=Office.AUDITOR, organisation="县审计局"))

    assert actor == Actor("5", Role.AUDITOR, "县审计局")
    assert {kind for kind in COMMANDS if actor.role in kind.offices} == {c.MakeRemark, c.SettleRemark}


def test_the_actor_is_the_tokens() -> None:
    actor = acting(SELF)

    assert (actor.id, actor.role, actor.organisation) == ("3", Role.INSTRUCTOR, "县教育局")
