"""Every command is a mutation; a county's whole life passes through GraphQL alone."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLUnionType
from strawberry.utils.str_converters import to_camel_case

from api.mutations import COMMANDS, OWN, built
from domain.commands import AnyCommand
from tests import facts
from tests.api.bearers import TOWNSHIP
from tests.api.selections import TYPES, everything
from tests.api.server import Served
from tests.asks import ORDINARY
from tests.scenario import PERSON, VILLAGE

MUTATION = TYPES["Mutation"]
RESULT = """
  __typename
  ... on Recorded {
    position aggregateId repeated
    events { __typename position version occurredOn voided actor { id } }
  }
  ... on Refusal { code clause messageZh messageEn also { code } }
"""


def tell(served: Served, verb: str, on: str, /, *, command_id: str | None = None, **content: Any) -> Any:
    """Give a command and return its result."""
    name = verb[0].upper() + verb[1:]
    entry = {"commandId": command_id or str(uuid4()), "occurredOn": on}
    return served.ask(
        f"mutation ($input: {name}Input!) {{ result: {verb}(input: $input) {{ {RESULT} }} }}",
        input={**content, "entry": entry},
    )["result"]


def recorded(served: Served, verb: str, on: str, /, **content: Any) -> list[str]:
    """Give a command that is recorded, and return the types of its events."""
    result = tell(served, verb, on, **content)
    assert result["__typename"] == "Recorded", result
    return [event["__typename"] for event in result["events"]]


def refused(served: Served, verb: str, on: str, /, **content: Any) -> str:
    """Give a command that is refused, and return the code."""
    result = tell(served, verb, on, **content)
    assert result["__typename"] == "Refusal", result
    code: str = result["code"]
    return code


NOMINATION: dict[str, Any] = {
    "code": "430624105201",
    "name": "芙蓉园村",
    "townshipCode": "430624105",
    "township": "石塘镇",
    "year": 2020,
    "kind": "VILLAGE",
    "weakOrLagging": False,
    "reason": "基础薄弱",
}
FORM: dict[str, Any] = {
    "name": "陈思远",
    "gender": "FEMALE",
    "born": "1990-06-15",
    "ethnicity": "汉族",
    "nativePlace": "湖南湘阴",
    "birthplace": "湖南湘阴",
    "partyJoined": "2012-07-01",
    "workStarted": "2013-08-01",
    "health": "健康",
    "education": "BACHELOR",
    "school": "湖南农业大学",
    "employment": "INSTITUTION_STAFF",
    "position": "一级科员",
    "clerkSince": "2016-01-01",
}
PERSON_NOMINATED: dict[str, Any] = {
    "staffNumber": "XY-0001",
    "batchYear": 2020,
    "route": "TOWNSHIP",
    "nominatingBody": "石塘镇党委",
    "sendingUnit": "县农业农村局",
    "collectiveStudyOn": "2020-03-18",
    "form": FORM,
}
OTHERS = {"signCheckpoint", "uploadPaper", "commitImport", "discardImport"}
WHO = {"instructorId": str(PERSON)}
WHERE = {"villageId": str(VILLAGE)}


def test_a_county_lives_through_graphql_alone(served: Served) -> None:  # noqa: PLR0915 - a life is long
    it = served
    assert refused(it, "approveVillage", "2020-03-17", **WHERE, year=2020) == "VILLAGE_NOT_NOMINATED"
    assert recorded(it, "nominateVillage", "2020-03-17", **NOMINATION) == ["VillageNominated"]
    assert recorded(it, "approveVillage", "2020-03-17", **WHERE, year=2020) == ["VillageApproved"]
    assert recorded(it, "nominateVillage", "2020-03-17", **NOMINATION | {"year": 2021}) == [
        "VillageNominated"
    ]
    assert recorded(it, "declineVillage", "2020-03-18", **WHERE, year=2021, reason="名额已满") == [
        "VillageDeclined"
    ]
    assert recorded(
        it,
        "registerHouseholds",
        "2020-03-20",
        **WHERE,
        households=[{"code": "H-1", "category": "REGISTERED_POOR"}, {"code": "H-2", "category": "ORDINARY"}],
    ) == ["VillageHouseholdsRegistered"]

    assert refused(it, "approveInstructor", "2020-03-20", **WHO) == "NOT_NOMINATED"
    assert recorded(it, "nominateInstructor", "2020-03-20", **PERSON_NOMINATED) == ["InstructorNominated"]
    assert recorded(it, "rejectInstructor", "2020-03-21", **WHO, reason="材料不全") == ["InstructorRejected"]
    assert recorded(it, "nominateInstructor", "2020-03-22", **PERSON_NOMINATED) == ["InstructorNominated"]
    assert refused(it, "approveInstructor", "2020-03-25", **WHO) == "INSTITUTION_STAFF_NEEDS_APPROVAL"
    exception = {"rule": "INSTITUTION_STAFF_NEEDS_APPROVAL", "reason": "特别优秀"}
    assert recorded(it, "approveInstructor", "2020-03-25", **WHO, exceptions=[exception]) == [
        "InstructorApproved"
    ]
    assert refused(it, "checkIn", "2020-04-01", **WHO, at="08:30", place="村委会") == "NOT_YET_APPOINTED"
    assert recorded(it, "appoint", "2020-04-01", **WHO, **WHERE) == [
        "InstructorAppointed",
        "VillageInstructorPosted",
    ]

    assert recorded(it, "transferPartyRelation", "2020-04-02", **WHO, branch="芙蓉园村党支部") == [
        "InstructorPartyRelationTransferred"
    ]
    assert recorded(it, "checkIn", "2020-04-02", **WHO, at="08:30:15", place="村委会") == [
        "InstructorCheckedIn"
    ]
    assert recorded(it, "checkIn", "2020-04-02", **WHO, at="09:30", place="村委会") == []
    leave = {"kind": "SICK", "firstDay": "2020-04-06", "lastDay": "2020-04-07"}
    assert recorded(it, "grantLeave", "2020-04-05", **WHO, **leave) == ["InstructorLeaveGranted"]
    assert refused(it, "grantLeave", "2020-04-05", **WHO, **leave) == "LEAVE_OVERLAPS"
    assert recorded(it, "visitHousehold", "2020-04-08", **WHO, household="H-1") == [
        "InstructorHouseholdVisited"
    ]
    assert refused(it, "visitHousehold", "2020-04-08", **WHO, household="H-9") == "HOUSEHOLD_UNKNOWN"
    assert recorded(it, "recordDuty", "2020-04-09", **WHO, duty="三(二)1", summary="主题党日") == [
        "InstructorDutyRecorded"
    ]
    started = tell(it, "startProject", "2020-05-01", **WHO, year=2020, title="路灯")
    assert [event["__typename"] for event in started["events"]] == ["InstructorProjectStarted"]
    project = it.ask(
        "query ($at: ID, $who: UUID) "
        "{ programme(waitFor: $at) { instructor(id: $who) { projects { id } } } }",
        at=started["position"],
        who=str(PERSON),
    )["programme"]["instructor"]["projects"][0]["id"]
    assert recorded(it, "completeProject", "2020-09-01", **WHO, projectId=project, outcome="装灯40盏") == [
        "InstructorProjectCompleted"
    ]
    assert recorded(it, "inspect", "2020-06-10", **WHO, kind="TOUR", conclusion="在岗") == [
        "InstructorInspected"
    ]
    scores = [{"part": "出勤", "points": "95.5"}]
    appraisal = {"kind": "YEARLY", "period": "2020", "scores": scores, "grade": "EXCELLENT"}
    assert recorded(it, "appraise", "2021-01-10", **WHO, **appraisal) == ["InstructorAppraised"]
    assert refused(it, "appraise", "2021-01-10", **WHO, **appraisal) == "APPRAISAL_REPEATED"
    assert recorded(it, "commend", "2021-02-01", **WHO, kind="MERIT", year=2020, authority="县委") == [
        "InstructorCommended"
    ]
    assert recorded(
        it, "paySubsidy", "2020-05-05", **WHO, kind="LIVING", month="2020-04", amount="900.50"
    ) == ["InstructorSubsidyPaid"]
    assert recorded(it, "promoteButRetain", "2021-06-01", **WHO, newPosition="副镇长") == [
        "InstructorPromotedButRetained"
    ]
    assert recorded(it, "assessGoals", "2020-12-20", **WHERE, year=2020, met=["SATISFIED_VILLAGERS"]) == [
        "VillageGoalsAssessed"
    ]
    assert recorded(it, "payAward", "2021-01-20", **WHERE, year=2020, amount="20000") == ["VillageAwardPaid"]
    assert recorded(it, "voidVillageEvent", "2021-01-21", **WHERE, version=8, reason="重复拨付") == [
        "VillageVoided"
    ]
    assert (
        refused(it, "voidVillageEvent", "2021-01-21", **WHERE, version=8, reason="重复拨付")
        == "ALREADY_VOIDED"
    )
    assert recorded(it, "voidInstructorEvent", "2021-01-21", **WHO, version=7, reason="非本人") == [
        "InstructorVoided"
    ]
    assert recorded(
        it, "openAccountability", "2022-01-01", **WHO, ground="MAJOR_ACCIDENT", caseNumber="2022-1"
    ) == ["InstructorAccountabilityOpened"]
    assert recorded(it, "discipline", "2022-02-01", **WHO, measure="ADMONITION", caseNumber="2022-1") == [
        "InstructorDisciplined"
    ]
    assert recorded(it, "removeHousehold", "2022-03-01", **WHERE, household="H-2", reason="整户迁出") == [
        "VillageHouseholdRemoved"
    ]
    assert refused(it, "completeTerm", "2022-03-01", **WHO) == "TERM_NOT_OVER"
    assert recorded(it, "recall", "2022-04-01", **WHO, ground="LAGGING_WORK", reason="工作滞后") == [
        "InstructorRecalled",
        "VillageInstructorWithdrawn",
    ]
    assert recorded(
        it, "nominateInstructor", "2022-04-02", **PERSON_NOMINATED | {"staffNumber": "XY-0002"}
    ) == ["InstructorNominated"]
    successor = {"instructorId": str(facts.SUCCESSOR)}
    assert recorded(it, "approveInstructor", "2022-04-03", **successor, exceptions=[exception]) == [
        "InstructorApproved"
    ]
    assert recorded(it, "appoint", "2022-04-04", **successor, **WHERE) == [
        "InstructorAppointed",
        "VillageInstructorPosted",
    ]
    last = tell(it, "completeTerm", "2023-03-31", **successor)
    assert [event["__typename"] for event in last["events"]] == [
        "InstructorTermCompleted",
        "VillageInstructorWithdrawn",
    ]

    village = it.ask(
        f'{{ programme(waitFor: "{last["position"]}") {{ village(id: "{VILLAGE}") {{ postings {{ departure '
        "replacedBy { staffNumber } instructor { staffNumber stage } } history { totalCount } } } }"
    )["programme"]["village"]
    assert village["postings"] == [
        {
            "departure": "RECALLED",
            "replacedBy": {"staffNumber": "XY-0002"},
            "instructor": {"staffNumber": "XY-0001", "stage": "RECALLED"},
        },
        {
            "departure": "TERM_COMPLETED",
            "replacedBy": None,
            "instructor": {"staffNumber": "XY-0002", "stage": "COMPLETED"},
        },
    ]


def test_every_command_but_the_servers_own_is_a_mutation_with_its_own_result() -> None:
    verbs = {to_camel_case(kind.verb()) for kind in {*get_args(AnyCommand)} - OWN}

    assert set(getattr(MUTATION, "fields")) == verbs | OTHERS  # noqa: B009 - a GraphQLNamedType to the type checker
    for kind in COMMANDS:
        union = TYPES[f"{kind.__name__}Result"]
        assert isinstance(union, GraphQLUnionType)
        assert {it.name for it in union.types} == {"Recorded", "Refusal"}


@pytest.mark.parametrize("command", ORDINARY.values(), ids=lambda it: type(it).__name__)
def test_an_input_is_built_into_the_command_it_stands_for(command: AnyCommand) -> None:
    def given(value: Any) -> Any:
        if isinstance(value, tuple):
            return [given(item) for item in value]
        if hasattr(value, "__dataclass_fields__"):
            return {to_camel_case(key): given(item) for key, item in vars(value).items()}
        return value

    assert built(type(command), given(command)) == command


def test_a_repeated_command_answers_as_the_first_time_and_records_nothing(served: Served) -> None:
    command_id = str(uuid4())
    first = tell(served, "nominateVillage", "2020-03-17", command_id=command_id, **NOMINATION)

    again = tell(served, "nominateVillage", "2020-03-17", command_id=command_id, **NOMINATION)
    other = tell(
        served, "nominateVillage", "2020-03-17", command_id=command_id, **NOMINATION | {"year": 2021}
    )

    assert first["repeated"] is False
    assert again == first | {"repeated": True}
    assert other["code"] == "COMMAND_ID_REUSED"
    assert served.ask("{ ledger { head } }")["ledger"]["head"] == first["position"]


def test_what_a_command_recorded_can_be_seen_at_once_and_whole(served: Served) -> None:
    result = served.ask(
        "mutation ($input: NominateVillageInput!) { nominateVillage(input: $input) { "
        f"{everything('NominateVillageResult', 2)} "
        "... on Recorded { events { ... on VillageNominated { name township reason weakOrLagging } } } } }",
        input={
            **NOMINATION,
            "entry": {
                "commandId": str(uuid4()),
                "occurredOn": "2020-03-17",
                "basis": "函〔2020〕1号",
            },
        },
    )["nominateVillage"]

    (event,) = result["events"]
    served.ask(f'{{ programme(waitFor: "{result["position"]}") {{ asOf }} }}')
    stored = served.ask(
        f'{{ node(id: "{event["id"]}") {{ ... on AuditEvent {{ {everything("AuditEvent", 1)} }} '
        "... on VillageNominated { name township reason weakOrLagging } } }"
    )["node"]
    assert event == stored
    assert (event["basis"], event["name"], result["aggregateId"]) == (
        "函〔2020〕1号",
        "芙蓉园村",
        str(VILLAGE),
    )


def test_a_repeated_command_shows_what_was_voided_since(served: Served) -> None:
    recorded(served, "nominateVillage", "2020-03-17", **NOMINATION)
    recorded(served, "approveVillage", "2020-03-17", **WHERE, year=2020)
    paid, command_id = {**WHERE, "year": 2020, "amount": "100"}, str(uuid4())
    tell(served, "payAward", "2021-01-01", command_id=command_id, **paid)
    recorded(served, "voidVillageEvent", "2021-01-02", **WHERE, version=3, reason="误")

    (event,) = tell(served, "payAward", "2021-01-01", command_id=command_id, **paid)["events"]

    assert event["voided"] is True


def test_an_office_that_may_not_ask_is_refused_in_both_languages(idle: Served) -> None:
    entry = {"commandId": str(uuid4()), "occurredOn": "2020-03-17"}

    refusal = idle.as_(TOWNSHIP).ask(
        f"mutation ($input: ApproveVillageInput!) {{ approveVillage(input: $input) {{ {RESULT} }} }}",
        input={**WHERE, "year": 2020, "entry": entry},
    )["approveVillage"]

    assert refusal["code"] == "NOT_YOUR_OFFICE"
    assert "县委组织部" in refusal["messageZh"]
    assert "organisation_department" in refusal["messageEn"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"occurredOn": "2020-3-17"}, "no date"),
        ({"occurredOn": "2020-02-30"}, "no date"),
        ({"commandId": "1"}, "no UUID"),
        ({"commandId": UUID(int=1).hex}, "no UUID"),
    ],
)
def test_an_entry_that_makes_no_sense_is_an_error_that_says_what_to_write(
    idle: Served, changes: dict[str, str], problem: str
) -> None:
    entry = {"commandId": str(uuid4()), "occurredOn": "2020-03-17"} | changes

    error = idle.error(
        "mutation ($input: ApproveVillageInput!) { approveVillage(input: $input) { __typename } }",
        input={**WHERE, "year": 2020, "entry": entry},
    )

    assert problem in error["message"]


@pytest.mark.parametrize("amount", ["1e3", "NaN", "1,000", "12345678901234567890", 1.5, 7])
def test_money_is_a_plain_decimal_number(idle: Served, amount: Any) -> None:
    response = idle.post(
        "mutation ($input: PayAwardInput!) { payAward(input: $input) { ... on Refusal { code } } }",
        input={
            **WHERE,
            "year": 2020,
            "amount": amount,
            "entry": {"commandId": str(uuid4()), "occurredOn": "2020-03-17"},
        },
    )

    if isinstance(amount, str):
        assert "no decimal number" in response["errors"][0]["message"]
    else:
        assert response["data"]["payAward"]["code"] == "VILLAGE_NOT_APPROVED"


def test_a_text_that_no_database_can_keep_is_refused_by_its_name(idle: Served) -> None:
    result = tell(idle, "nominateVillage", "2020-03-17", **NOMINATION | {"reason": "基础\0薄弱"})

    assert (result["__typename"], result["code"]) == ("Refusal", "INVALID_VALUE")
    assert "reason" in result["messageEn"]
