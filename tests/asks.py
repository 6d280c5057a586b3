"""What can be asked: one ordinary command of each kind, which asks for what `tests.facts` says happened."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar, cast

from domain import commands as c
from tests import facts
from tests.scenario import CORRECTION, PERSON, REMARK, VILLAGE, Fact

Command = TypeVar("Command", bound=c.AnyCommand)


def asked(kind: type[Command], /, **changes: Any) -> Command:
    """The ordinary command of a kind, but for the changes."""
    return replace(cast("Command", ORDINARY[kind]), **changes)


def _for(kind: type[Command], fact: Fact, /, **others: Any) -> Command:
    """The command that asks for a fact; `others` are what the event does not repeat."""
    known = {"village_id": VILLAGE, "instructor_id": PERSON, **fact.fields, **others}
    return kind(**{field.name: known[field.name] for field in fields(kind) if field.name in known})


ORDINARY: dict[type[c.Command], c.AnyCommand] = {
    type(command): command
    for command in (
        _for(c.NominateVillage, facts.village_nominated()),
        _for(c.ApproveVillage, facts.village_approved()),
        _for(c.DeclineVillage, facts.village_declined()),
        _for(c.RegisterHouseholds, facts.households_registered()),
        _for(c.RemoveHousehold, facts.household_removed()),
        _for(c.AssessGoals, facts.goals_assessed()),
        _for(c.PayAward, facts.award_paid()),
        _for(c.VoidVillageEvent, facts.village_voided(1), version=1),
        _for(c.NominateInstructor, facts.nominated()),
        _for(c.ApproveInstructor, facts.approved()),
        _for(c.RejectInstructor, facts.rejected()),
        _for(c.Appoint, facts.appointed()),
        _for(c.TransferPartyRelation, facts.party_relation_transferred()),
        _for(c.CheckIn, facts.checked_in()),
        _for(c.GrantLeave, facts.leave_granted(facts.MAY_3, date(2020, 5, 8))),
        _for(c.VisitHousehold, facts.household_visited()),
        _for(c.RecordDuty, facts.duty_recorded()),
        _for(c.StartProject, facts.project_started()),
        _for(c.CompleteProject, facts.project_completed()),
        _for(c.Inspect, facts.inspected()),
        _for(c.Appraise, facts.appraised()),
        _for(c.Commend, facts.commended()),
        _for(c.PaySubsidy, facts.subsidy_paid()),
        _for(c.PromoteButRetain, facts.promoted()),
        _for(c.Recall, facts.recalled()),
        _for(c.OpenAccountability, facts.accountability_opened()),
        _for(c.Discipline, facts.disciplined()),
        _for(c.CompleteTerm, facts.term_completed()),
        _for(c.VoidInstructorEvent, facts.voided(1), version=1),
        _for(c.Forget, facts.forgotten()),
        _for(c.TakeImport, facts.file_taken()),
        _for(
            c.RequestCorrection,
            facts.correction_requested(),
            changes=(c.CorrectedField(field="at", value="09:30"),),
        ),
        _for(c.ApproveCorrection, facts.correction_approved(), correction_id=CORRECTION),
        _for(c.RejectCorrection, facts.correction_rejected(), correction_id=CORRECTION),
        _for(c.MakeRemark, facts.remark_made()),
        _for(c.AnswerRemark, facts.remark_answered(), remark_id=REMARK),
        _for(c.SettleRemark, facts.remark_settled(), remark_id=REMARK),
        _for(c.RecordLooks, facts.looked()),
    )
}
"""By kind; `tests.domain.test_vocabulary` sees to it that none is missing."""
