"""Correction 更正: a fact is said to be wrong; whoever may decide lets it be voided, or leaves it as it is.

Read the events, then what may be asked, then what each event changes. The stream is one fact's: a request
that was rejected may be made again, with better evidence. The fact itself is voided, and what is right is
recorded, by its own aggregate in the append of the approval: nothing is ever written over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import event

from domain import root
from domain.checks import filled, in_order
from domain.commands import Alteration, RejectCorrection, RequestCorrection
from domain.entry import Actor, Entry
from domain.refusals import (
    CorrectionAlreadyRequested,
    CorrectionByTheSameHand,
    InvalidValue,
    NoCorrectionRequested,
)

DIGEST = re.compile("([0-9a-f]{64})?")


@dataclass(frozen=True)
class Request:
    """What was asked for, by whom and when, until it is decided."""

    corrected_id: UUID
    corrected_version: int
    corrected_topic: str
    reason: str
    evidence: str
    alterations: tuple[Alteration, ...]
    by: str  # the personal id
    on: date

    @property
    def names_the_fact(self) -> dict[str, Any]:
        """The fields by which each event names the one that is said to be wrong."""
        return {
            "corrected_id": self.corrected_id,
            "corrected_version": self.corrected_version,
            "corrected_topic": self.corrected_topic,
        }


class Correction(root.Root):
    """更正。The correction of one fact."""

    TOPIC = "Correction"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about a correction; it names the event that is said to be wrong."""

        corrected_id: UUID
        corrected_version: int
        corrected_topic: str

    class Requested(Event):
        """申请更正。A fact is wrong in these fields or, where none is named, altogether."""

        TOPIC = "Correction.Requested"
        reason: str
        evidence: str
        evidence_sha256: str  # of a file that is kept elsewhere; empty if there is none
        alterations: tuple[Alteration, ...]

    class Approved(Event):
        """准予更正。The fact was voided, and recorded anew as another version if it could be put right."""

        TOPIC = "Correction.Approved"
        recorded_version: int | None

    class Rejected(Event):
        """不予更正。The fact stays as it is, and why."""

        TOPIC = "Correction.Rejected"
        reason: str

    def begin(self, aggregate_id: UUID) -> None:
        """Set the state before the first event."""
        super().begin(aggregate_id)
        self.request: Request | None = None

    # -- what may be asked -----------------------------------------------------------------------------

    def ask(
        self, asked: RequestCorrection, topic: str, alterations: tuple[Alteration, ...], entry: Entry
    ) -> None:
        """Ask for the correction of an event.

        Args:
            asked: which event, and why.
            topic: the event's stored name.
            alterations: its fields that should read otherwise; none if it is wrong altogether.
            entry: the circumstances.

        Raises:
            CorrectionAlreadyRequested: a request waits to be decided.
            InvalidValue: the reason or the evidence is empty, or its digest is none.
        """
        filled(reason=asked.reason, evidence=asked.evidence)
        if not DIGEST.fullmatch(asked.evidence_sha256):
            raise InvalidValue(
                field="evidence_sha256",
                problem_zh="不是SHA-256摘要,应为64位小写十六进制数字,没有则留空",
                problem_en="it is no SHA-256 digest; write 64 hex digits in lower case, or leave it empty",
            )
        if self.request is not None:
            raise CorrectionAlreadyRequested(
                version=asked.corrected_version, by=self.request.by, day=self.request.on
            )
        self.record(
            self.Requested(
                **self.next(entry),
                corrected_id=asked.corrected_id,
                corrected_version=asked.corrected_version,
                corrected_topic=topic,
                reason=asked.reason,
                evidence=asked.evidence,
                evidence_sha256=asked.evidence_sha256,
                alterations=alterations,
            )
        )

    def to_decide(self, entry: Entry) -> Request:
        """Return the request that waits to be decided.

        Raises:
            NoCorrectionRequested: none does.
            OutOfOrder: the decision is dated before the request.
        """
        if self.request is None:
            raise NoCorrectionRequested
        in_order(self.request.on, entry)
        return self.request

    def to_approve(self, entry: Entry) -> Request:
        """Return the request that waits and may be approved by whoever enters it.

        Raises:
            NoCorrectionRequested, OutOfOrder: as `to_decide`.
            CorrectionByTheSameHand: they asked for it themselves.
        """
        request = self.to_decide(entry)
        if entry.actor.id == request.by:
            raise CorrectionByTheSameHand(by=request.by)
        return request

    def approve(self, recorded_version: int | None, entry: Entry) -> None:
        """Put on record that the fact was voided, and recorded anew as a version or not at all."""
        request = self.to_approve(entry)
        self.record(
            self.Approved(**self.next(entry), **request.names_the_fact, recorded_version=recorded_version)
        )

    def reject(self, asked: RejectCorrection, entry: Entry) -> None:
        """Leave the fact as it is.

        Raises:
            NoCorrectionRequested, OutOfOrder: there is nothing to reject.
            InvalidValue: there is no reason.
        """
        filled(reason=asked.reason)
        request = self.to_decide(entry)
        self.record(self.Rejected(**self.next(entry), **request.names_the_fact, reason=asked.reason))

    # -- what each event changes -----------------------------------------------------------------------

    @event(Requested)
    def _requested(  # noqa: PLR0913, PLR0917 - what the request has to be decided by
        self,
        corrected_id: UUID,
        corrected_version: int,
        corrected_topic: str,
        reason: str,
        evidence: str,
        alterations: tuple[Alteration, ...],
        actor: Actor,
        occurred_on: date,
    ) -> None:
        self.request = Request(
            corrected_id,
            corrected_version,
            corrected_topic,
            reason,
            evidence,
            alterations,
            actor.id,
            occurred_on,
        )

    @event(Approved)
    def _approved(self) -> None:
        self.request = None

    @event(Rejected)
    def _rejected(self) -> None:
        self.request = None


CorrectionEvent = Correction.Requested | Correction.Approved | Correction.Rejected
"""Every event of a correction."""
