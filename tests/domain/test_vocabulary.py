"""The words of the domain: every event, command, term and rule says what it is in both languages, and where
in the notice it comes from; and the closed unions are closed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from domain import commands, terms
from domain.commands import AnyCommand, Command, Household, digest_of
from domain.correction import Correction, CorrectionEvent
from domain.disclosure import Disclosure, DisclosureEvent
from domain.eligibility import ABSOLUTE
from domain.events import EVENT_TYPES, AnyEvent
from domain.ids import import_id, instructor_id, project_id, village_id
from domain.instructor import Instructor, InstructorEvent
from domain.intake import Import, ImportEvent
from domain.refusals import NotPartyMember
from domain.remark import Remark, RemarkEvent
from domain.root import Event
from domain.rules import (
    CIVIL_POSTS,
    DUTY_CLAUSES,
    INSTITUTION_STAFF,
    MAX_AGE,
    MIN_CLERK_YEARS,
    MIN_EDUCATION,
    MONTHLY_DAYS,
    NOTICE_DATE,
    RETAIN_PROMOTED,
    RULE_BOOK,
    TERM_END_APPRAISAL,
    TERM_YEARS,
    VISIT_ALL_MONTHS,
    WEAK_VILLAGES,
    YEARLY_APPRAISAL,
    YEARLY_PROJECTS,
    Rule,
    Version,
)
from domain.terms import Education, Employment, HouseholdCategory, Role, Term
from domain.village import Village, VillageEvent
from tests.asks import ORDINARY, asked
from tests.facts import MAY_3, ONE_OF_EACH
from tests.notice import CLAUSES
from tests.scenario import FILE_SHA256

IN_CHINESE = re.compile(r"[\u4e00-\u9fff、()+]+")
CHINESE_THEN_ENGLISH = re.compile(r"[\u4e00-\u9fff、()]+。[A-Z0-9][^\u4e00-\u9fff]")
CLAUSE = re.compile(r"选派程序(?:\([一二三四]\))?|[一二三五](?:\([一二三四]\)\d?)?")
COMMANDS = get_args(AnyCommand)
TERMS = [kind for kind in vars(terms).values() if inspect.isclass(kind) and issubclass(kind, Term)]
VOCABULARIES = [kind for kind in TERMS if kind is not Term]


def leaves(kind: type[Command]) -> Iterator[type[Command]]:
    """Yield the kinds of command that nothing is derived from."""
    derived = kind.__subclasses__()
    yield from [leaf for further in derived for leaf in leaves(further)] if derived else [kind]


def clauses_cited(text: str) -> set[str]:
    """The clauses that the English part of a docstring names."""
    return set(CLAUSE.findall(text.partition("。")[2]))


# Events


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_an_event_says_what_it_is_in_chinese_then_in_english(kind: type[Event]) -> None:
    assert kind.__doc__
    assert CHINESE_THEN_ENGLISH.match(kind.__doc__), kind.__doc__
    assert clauses_cited(kind.__doc__) <= set(CLAUSES)


def test_every_event_but_the_records_own_cites_its_clause() -> None:
    uncited = {topic for topic, kind in EVENT_TYPES.items() if not clauses_cited(kind.__doc__ or "")}
    assert uncited == {
        "Correction.Approved",
        "Correction.Rejected",
        "Correction.Requested",
        "Disclosure.Read",
        "Import.Taken",
        "Instructor.Forgotten",
        "Instructor.LeaveGranted",
        "Instructor.Voided",
        "Remark.Answered",
        "Remark.Made",
        "Remark.Settled",
        "Village.Voided",
    }


def test_every_event_declared_is_in_the_closed_union() -> None:
    for aggregate, union in (
        (Village, VillageEvent),
        (Instructor, InstructorEvent),
        (Import, ImportEvent),
        (Correction, CorrectionEvent),
        (Remark, RemarkEvent),
        (Disclosure, DisclosureEvent),
    ):
        declared = {
            kind
            for kind in vars(aggregate).values()
            if inspect.isclass(kind) and issubclass(kind, aggregate.Event) and "TOPIC" in dir(kind)
        }
        assert declared == set(get_args(union) or [union])
    assert set(EVENT_TYPES.values()) == set(get_args(AnyEvent))
    assert len(EVENT_TYPES) == len(get_args(AnyEvent))


def test_there_is_a_fact_of_each_kind_to_test_with() -> None:
    assert [fact.kind for fact in ONE_OF_EACH] == list(
        dict.fromkeys(
            [
                *get_args(VillageEvent),
                *get_args(InstructorEvent),
                ImportEvent,
                *get_args(CorrectionEvent),
                *get_args(RemarkEvent),
                DisclosureEvent,
                DisclosureEvent,
            ]
        )
    )


# Commands


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_says_what_it_is_and_who_may_ask(kind: type[AnyCommand]) -> None:
    assert IN_CHINESE.fullmatch(kind.zh)
    assert kind.offices
    assert kind.offices <= set(Role)
    assert kind.__doc__
    assert CHINESE_THEN_ENGLISH.match(kind.__doc__), kind.__doc__
    assert clauses_cited(kind.__doc__) <= set(CLAUSES)


def test_every_command_but_the_records_own_cites_its_clause() -> None:
    uncited = {kind for kind in COMMANDS if not clauses_cited(kind.__doc__ or "")}
    assert uncited == {
        commands.GrantLeave,
        commands.RequestCorrection,
        commands.ApproveCorrection,
        commands.RejectCorrection,
        commands.MakeRemark,
        commands.AnswerRemark,
        commands.SettleRemark,
        commands.TakeImport,
        commands.RecordLooks,
        commands.VoidVillageEvent,
        commands.VoidInstructorEvent,
        commands.Forget,
    }


def test_every_command_declared_is_in_the_closed_union() -> None:
    assert set(leaves(Command)) == set(COMMANDS)


def test_there_is_a_command_of_each_kind_to_test_with() -> None:
    assert set(ORDINARY) == set(COMMANDS)
    assert all(type(command) is kind for kind, command in ORDINARY.items())


def test_commands_differ_in_their_verbs_and_chinese_names() -> None:
    assert len({kind.verb() for kind in COMMANDS}) == len(COMMANDS)
    assert len({kind.zh for kind in COMMANDS}) == len(COMMANDS)
    assert commands.VoidInstructorEvent.verb() == "void_instructor_event"


# Digests: stored with every event


def test_the_digest_of_a_commands_content_is_the_same_for_ever() -> None:
    assert digest_of(asked(commands.CheckIn), MAY_3, None) == "dd9a4d9c19f4e03584f01ad8f471e332"
    assert (
        digest_of(asked(commands.NominateInstructor), MAY_3, "湘阴办发〔2020〕23号")
        == "e0f4cb69f550a21e88531521939fa02f"
    )


def test_a_field_that_came_later_and_says_nothing_leaves_the_digest_as_it_was() -> None:
    before = asked(commands.CheckIn)
    assert digest_of(asked(commands.CheckIn, outside=False), MAY_3, None) == digest_of(before, MAY_3, None)
    assert digest_of(asked(commands.CheckIn, outside=True), MAY_3, None) != digest_of(before, MAY_3, None)


def test_commands_of_different_content_day_or_basis_differ_in_their_digests() -> None:
    household = Household(code="H-001", category=HouseholdCategory.DISABLED)
    digests = [
        *[digest_of(command, MAY_3, None) for command in ORDINARY.values()],
        digest_of(asked(commands.CheckIn), date(2020, 5, 4), None),
        digest_of(asked(commands.CheckIn), MAY_3, ""),
        digest_of(asked(commands.CheckIn, place="村小学"), MAY_3, None),
        digest_of(asked(commands.PayAward, amount=Decimal("50000.01")), MAY_3, None),
        digest_of(asked(commands.RegisterHouseholds, households=(household,)), MAY_3, None),
    ]
    assert len(set(digests)) == len(digests) == len(ORDINARY) + 5
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)


# Terms


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_a_term_has_its_chinese_word_and_a_plain_stored_value(vocabulary: type[Term]) -> None:
    assert vocabulary.__doc__
    assert CHINESE_THEN_ENGLISH.match(vocabulary.__doc__)
    for term in vocabulary:
        assert IN_CHINESE.fullmatch(term.zh), term
        assert re.fullmatch("[a-z_]+", term.value), term
        assert term.value == term.name.lower()
    assert len({term.zh for term in vocabulary}) == len(vocabulary)


def test_education_rises_in_the_order_of_its_terms() -> None:
    assert [education.rank for education in Education] == list(range(len(Education)))


# The rule book


def test_the_rule_book_has_the_notices_numbers() -> None:
    said = {rule: rule.on(NOTICE_DATE) for rule in RULE_BOOK}
    assert said == {
        TERM_YEARS: 3,
        MAX_AGE: 35,
        MIN_EDUCATION: Education.COLLEGE,
        MIN_CLERK_YEARS: 1,
        CIVIL_POSTS: {Employment.CIVIL_SERVANT, Employment.SELECTED_GRADUATE},
        MONTHLY_DAYS: 20,
        VISIT_ALL_MONTHS: 3,
        YEARLY_PROJECTS: (1, 2),
        WEAK_VILLAGES: True,
        RETAIN_PROMOTED: True,
        INSTITUTION_STAFF: True,
        YEARLY_APPRAISAL: True,
        TERM_END_APPRAISAL: True,
    }
    assert date(2020, 3, 17) == NOTICE_DATE


@pytest.mark.parametrize("rule", RULE_BOOK, ids=lambda rule: rule.code)
def test_a_rule_cites_its_clause_and_speaks_both_languages(rule: Rule[Any]) -> None:
    assert rule.clause in CLAUSES
    assert re.search(r"[\u4e00-\u9fff]", rule.zh)
    assert re.sub(r"\([\u4e00-\u9fff]+\)", "", rule.en).isascii()
    assert rule.versions[0].effective == NOTICE_DATE


def test_rules_differ_in_their_codes() -> None:
    assert len({rule.code for rule in RULE_BOOK}) == len(RULE_BOOK)


def test_a_changed_rule_judges_each_day_by_what_was_in_force() -> None:
    longer = Version(date(2022, 1, 1), 4)
    rule = Rule("TERM_YEARS", "二(二)", "", "", (Version(NOTICE_DATE, 3), longer))
    days = [date(2019, 1, 1), NOTICE_DATE, date(2021, 12, 31), date(2022, 1, 1), date(2025, 1, 1)]
    assert [rule.on(day) for day in days] == [3, 3, 3, 4, 4]


def test_the_duties_are_those_of_part_three_without_an_event_of_their_own() -> None:
    of_part_three = {clause for clause in CLAUSES if clause.startswith("三(")}
    assert of_part_three - set(DUTY_CLAUSES) == {"三(一)1", "三(一)2", "三(四)4"}
    assert set(DUTY_CLAUSES) <= of_part_three


def test_only_party_membership_is_without_in_principle() -> None:
    assert {NotPartyMember.code} == ABSOLUTE


# Ids: stored with every event


def test_the_same_key_has_the_same_id_for_ever() -> None:
    assert str(village_id("430624", "430624105201")) == "638c16bf-60a7-5f02-968e-30443486ab84"
    assert str(instructor_id("430624", "XY-0001")) == "921c4805-e092-5e32-b618-8ae63c1bfd2a"
    assert (
        str(project_id(instructor_id("430624", "XY-0001"), 2020, "Road lamps"))
        == "d6270dc4-8285-569c-93f3-e0841c7ac3b3"
    )
    assert str(import_id("430624", FILE_SHA256)) == "4e87d9fd-4672-5a2a-84c9-ce136bcdf2a4"


def test_counties_kinds_years_and_titles_never_collide() -> None:
    person = instructor_id("430624", "1")
    ids = {
        village_id("430624", "1"),
        village_id("430623", "1"),
        person,
        instructor_id("430623", "1"),
        project_id(person, 2020, "Road lamps"),
        project_id(person, 2021, "Road lamps"),
        project_id(person, 2020, "Well"),
        project_id(instructor_id("430623", "1"), 2020, "Road lamps"),
        import_id("430624", "1"),
        import_id("430623", "1"),
    }
    assert len(ids) == 10
