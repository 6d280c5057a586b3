"""An aggregate replayed to a version knows what the read side knows at that version's position."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from domain.correction import Correction
from domain.disclosure import Disclosure
from domain.instructor import Instructor, Stage
from domain.intake import Import
from domain.postings import Posting
from domain.remark import Remark
from domain.root import Event
from domain.village import Nomination, Registered, Review, Village
from tests.projections.histories import Move, Story, moves
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import County

STAGES = {
    None: Stage.OUTSIDE,
    "nominated": Stage.NOMINATED,
    "approved": Stage.APPROVED,
    "rejected": Stage.OUTSIDE,
    "serving": Stage.SERVING,
    "recalled": Stage.OUTSIDE,
    "completed": Stage.OUTSIDE,
}
STEPS = {
    f"Instructor.{step}"
    for step in ("Nominated", "Approved", "Rejected", "Appointed", "Recalled", "TermCompleted")
}
"""The steps of a person's procedure; each is dated after the one before."""
FACTS = {
    "check_in": ("check-in", ("day",)),
    "leave": ("leave", ("first_day", "last_day")),
    "visit": ("visit", ("household", "day")),
    "project": ("project", ("id",)),
    "appraisal": ("appraisal", ("kind", "period")),
    "subsidy": ("subsidy", ("kind", "month")),
    "promotion": ("promotion", ("new_position",)),
}
"""Nouns of the read side: under which kind the aggregate keeps such facts, and what makes one of its kind."""
SINGLE_FACTS = {"duty": "duty", "inspection": "inspection", "commendation": "commendation"}
"""The same of facts that are each their own."""
VOIDABLE = {"Village.GoalsAssessed", "Village.AwardPaid"}
"""What can be voided of a village."""
PARTNERS = {
    Village.InstructorPosted: (Instructor.Appointed,),
    Village.InstructorWithdrawn: (Instructor.Recalled, Instructor.TermCompleted),
}
"""What is recorded of a person together with an event of the village."""

_numbers = count(1)


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a database's: shrinking takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(moves=moves())
def test_an_aggregate_replayed_to_a_version_agrees_with_the_read_side_at_its_position(
    county: ReadSide, moves: list[Move]
) -> None:
    story = Story(next(_numbers))
    for move in moves:
        story.play(move)
    later = noon(date(2030, 1, 1))  # the examples share a log, whose clock never goes back
    last = county.append(story.events, [later] * len(story.events))
    county.project()
    replayed = County()
    first = last - len(story.events) + 1
    for position, event in enumerate(story.events, start=first):
        replayed.replay([event])
        following = story.events[position - first + 1 :][:1]
        if isinstance(event, Instructor.Event):
            same_person(county, replayed.instructor(event.originator_id), position)
        elif isinstance(event, Import.Event):
            same_file(county, replayed.intake(event.originator_id), position)
        elif isinstance(event, Correction.Event):
            same_correction(county, replayed.correction(event.originator_id), position)
        elif isinstance(event, Disclosure.Read):
            shown = side_looks(county, position)
            assert shown == [it.digest for it in event.looks]
        elif isinstance(event, Remark.Event):
            same_remark(county, replayed.remark(event.originator_id), position)
        else:
            village = replayed.village(event.originator_id)
            same_village(county, village, position)
            same_postings(county, village, position + is_partner(event, following))


def is_partner(event: Event, following: list[Event]) -> bool:
    """Tell whether the event that follows was recorded together with an event of a village."""
    return any(
        isinstance(it, PARTNERS.get(type(event), ())) and it.originator_id == vars(event)["instructor_id"]
        for it in following
    )


def same_person(side: ReadSide, person: Instructor, known: int) -> None:
    def asked(noun: str) -> list[dict[str, Any]]:
        return side.ask(noun, FOR_EVER, known, instructor_id=person.id)

    shown = side.one("instructor", FOR_EVER, known, id=person.id)
    assert STAGES[shown["stage"]] is person.stage
    assert (shown["batch_year"], shown["sending_unit"]) == (person.batch_year, person.sending_unit)
    assert (shown["version"], shown["events"], shown["position"]) == (person.version, person.version, known)
    nominations = sorted(asked("nomination"), key=lambda row: row["position"])
    assert [row["outcome"] == "nominated" for row in nominations] == [
        *[False] * (len(nominations) - 1),
        person.form is not None,
    ]
    gone = nominations[-1]["form"] is None  # here or, at another moment than is asked about, since
    assert (shown["name"] == "已删除", shown["gender"] is None) == (gone, gone)
    assert gone or person.remembered
    if person.form is not None and not gone:
        assert (shown["name"], nominations[-1]["form"]["name"]) == (person.form.name, person.form.name)
    postings = sorted(asked("posting"), key=lambda row: row["position"])
    assert [
        Posting(it["village_id"], it["batch_year"], it["since"], it["last_day"], it["replaces"])
        for it in postings
    ] == person.postings

    history = side.ask("event", FOR_EVER, known, aggregate_id=person.id)
    version_at = {row["position"]: row["version"] for row in history}
    assert [version_at[position] for position in sorted(version_at)] == list(range(1, person.version + 1))
    assert [it["occurred_on"] for it in history if it["type"] in STEPS][-1] == person.latest_step_on

    facts = {
        (kind, *(row[column] for column in columns)): version_at[row["position"]]
        for noun, (kind, columns) in FACTS.items()
        for row in asked(noun)
    }
    for noun, kind in SINGLE_FACTS.items():
        facts |= {(kind, version_at[row["position"]]): version_at[row["position"]] for row in asked(noun)}
    for row in asked("case"):
        facts[row["kind"], version_at[row["position"]]] = version_at[row["position"]]
    assert facts == in_force(person, *{kind for kind, *_ in facts}, *(kind for kind, _ in FACTS.values()))

    projects = {row["id"]: row for row in asked("project")}
    assert all(person.project_starts[it] == row["started_on"] for it, row in projects.items())
    done = {it for it, row in projects.items() if row["completed_on"] is not None}
    assert done == {project for _, project in person.standing.about("completion")}
    transfers = [it for it in history if it["type"] == "Instructor.PartyRelationTransferred"]
    assert {it["version"] for it in transfers if not it["voided"]} == set(
        in_force(person, "party relation").values()
    )


def in_force(aggregate: Instructor | Village, *kinds: str) -> dict[tuple[Any, ...], int | None]:
    """The facts of these kinds that an aggregate stands by, each with the version of its event."""
    standing = aggregate.standing
    return {key: standing.version_of(key) for kind in kinds for key in standing.about(kind)}


def same_file(side: ReadSide, file: Import, known: int) -> None:
    taken = side.ask("import", FOR_EVER, known, import_id=file.id)
    history = side.ask("event", FOR_EVER, known, aggregate_id=file.id)
    assert {row["position"] for row in taken} == {row["position"] for row in history}
    assert {row["version"] for row in history} == set(range(1, file.version + 1))


def same_correction(side: ReadSide, correction: Correction, known: int) -> None:
    *decided, newest = side.ask("correction", FOR_EVER, known, correction_id=correction.id)
    assert all(row["state"] == "rejected" for row in decided), "nothing follows an approval"
    if (request := correction.request) is None:
        assert newest["state"] in {"approved", "rejected"}
    else:
        assert (newest["state"], newest["reason"]) == ("requested", request.reason)
        assert newest["alterations"] == [vars(it) for it in request.alterations]
        assert (newest["corrected_id"], newest["corrected_version"]) == (
            request.corrected_id,
            request.corrected_version,
        )


def side_looks(side: ReadSide, position: int) -> list[str]:
    """The digests of the looks of an event, in their order."""
    rows = side.ask("disclosure", FOR_EVER, position, position=position)
    return [row["digest"] for row in sorted(rows, key=lambda row: int(row["ordinal"]))]


def same_remark(side: ReadSide, remark: Remark, known: int) -> None:
    *_, newest = side.ask("remark", FOR_EVER, known, remark_id=remark.id)
    assert (newest["flagged"], newest["text"], newest["made_on"]) == (
        remark.flagged,
        remark.text,
        remark.made_on,
    )
    assert (newest["answer"] or "", newest["settled_on"]) == (remark.answer, remark.settled_on)
    answered = "answered" if remark.answer else "made"
    assert newest["state"] == ("settled" if remark.settled_on else answered)


def same_village(side: ReadSide, village: Village, known: int) -> None:
    years = side.ask("village_year", FOR_EVER, known, village_id=village.id)
    assert village.nominations == {
        row["year"]: Nomination(
            Review[row["review"].upper()], row["weak_or_lagging"], row["reviewed_on"] or row["nominated_on"]
        )
        for row in years
    }
    for kind, column in (("goals", "goals_met"), ("award", "award")):
        shown_in = {row["year"] for row in years if row[column] is not None}
        assert shown_in == {year for _, year in village.standing.about(kind) if year in village.nominations}
    history = side.ask("event", FOR_EVER, known, aggregate_id=village.id)
    assert {it["version"] for it in history if it["type"] in VOIDABLE and not it["voided"]} == set(
        in_force(village, "goals", "award").values()
    )
    shown = side.one("village", FOR_EVER, known, id=village.id)
    assert shown["year"] == max(village.nominations)
    assert shown["approved_years"] == sorted(
        year for year, it in village.nominations.items() if it.review is Review.APPROVED
    )
    assert shown["position"] == known

    households = side.ask("household", FOR_EVER, known, village_id=village.id)
    latest = {code: periods[-1] for code, periods in village.households.items()}
    assert {
        row["code"]: Registered(row["category"], row["since"], row["removed_on"]) for row in households
    } == latest
    register = side.ask("registered", FOR_EVER, known, village_id=village.id)
    assert {row["code"]: row["category"] for row in register} == {
        code: it.category for code, it in latest.items() if it.removed_on is None
    }


def same_postings(side: ReadSide, village: Village, known: int) -> None:
    postings = sorted(
        side.ask("posting", FOR_EVER, known, village_id=village.id), key=lambda row: row["position"]
    )
    if not postings:
        assert (village.posting, village.vacancy, village.served_until) == (None, None, date.min)
        return
    last = postings[-1]
    whole = Posting(village.id, last["batch_year"], last["since"], last["until"], last["replaces"])
    here = last["departure"] is None
    assert (village.posted, village.posting) == ((last["instructor_id"], whole) if here else (None, None))
    assert village.served_until == last["last_day"]
    assert village.vacancy == (
        Posting(village.id, whole.batch_year, last["ended_on"], whole.until, last["instructor_id"])
        if last["departure"] == "recalled"
        else None
    )
