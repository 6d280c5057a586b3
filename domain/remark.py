"""Remark 审计意见: an auditor comments on an event, or flags it; the department answers, the auditor settles.

Read the events, then what may be asked, then what each event changes. The stream is one event's, and several
remarks may follow one another in it: an answer and a settlement are of the latest. A remark changes nothing
of what it is about.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from eventsourcing.domain import event

from domain import root
from domain.checks import filled, in_order
from domain.commands import AnswerRemark, MakeRemark, SettleRemark
from domain.entry import Actor, Entry
from domain.refusals import FlagStillOpen, InvalidValue, NoSuchRemark, RemarkAlreadySettled

LONGEST = 10_000
"""Characters of a remark, of an answer and of a settlement; who lists remarks is sent all of them."""


class Remark(root.Root):
    """审计意见。The remarks on one event."""

    TOPIC = "Remark"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about the remarks on an event."""

    class Made(Event):
        """提出审计意见。An auditor commented on an event or, if it looks wrong, flagged it."""

        TOPIC = "Remark.Made"
        about_id: UUID
        about_version: int
        about_topic: str
        flagged: bool
        text: str

    class Answered(Event):
        """答复审计意见。The department answered the latest remark."""

        TOPIC = "Remark.Answered"
        text: str

    class Settled(Event):
        """了结审计意见。The auditor closed the latest remark, and with what conclusion."""

        TOPIC = "Remark.Settled"
        text: str

    def begin(self, aggregate_id: UUID) -> None:
        """Set the state before the first event."""
        super().begin(aggregate_id)
        self.made_on: date | None = None
        self.made_by = ""  # the personal id
        self.flagged = False
        self.text = ""
        self.answer = ""
        self.settled_on: date | None = None
        self.latest_step_on = date.min

    # -- what may be asked -----------------------------------------------------------------------------

    def make(self, asked: MakeRemark, topic: str, entry: Entry) -> None:
        """Comment on an event, or flag it; the same said again while it is open changes nothing.

        Args:
            asked: on which event, and what.
            topic: the event's stored name.
            entry: the circumstances.

        Raises:
            FlagStillOpen: the event is flagged already, and that is not settled.
            InvalidValue: the text is empty or endless.
        """
        _sayable(asked.text)
        if self.made_on is not None and self.settled_on is None:
            if (self.flagged, self.text) == (asked.flagged, asked.text):
                return
            if self.flagged:
                raise FlagStillOpen(version=asked.about_version, by=self.made_by, day=self.made_on)
        self.record(
            self.Made(
                **self.next(entry),
                about_id=asked.about_id,
                about_version=asked.about_version,
                about_topic=topic,
                flagged=asked.flagged,
                text=asked.text,
            )
        )

    def reply(self, asked: AnswerRemark, entry: Entry) -> None:
        """Answer the latest remark, perhaps once more; the same answer again changes nothing.

        Raises:
            NoSuchRemark, RemarkAlreadySettled: there is nothing to answer.
            OutOfOrder: it is dated before what it answers.
            InvalidValue: the text is empty or endless.
        """
        _sayable(asked.text)
        self._check_open(entry)
        if asked.text != self.answer:
            self.record(self.Answered(**self.next(entry), text=asked.text))

    def settle(self, asked: SettleRemark, entry: Entry) -> None:
        """Close the latest remark, answered or not.

        Raises:
            NoSuchRemark, RemarkAlreadySettled: there is nothing to settle.
            OutOfOrder: it is dated before what it settles.
            InvalidValue: the text is empty or endless.
        """
        _sayable(asked.text)
        self._check_open(entry)
        self.record(self.Settled(**self.next(entry), text=asked.text))

    def _check_open(self, entry: Entry) -> None:
        if self.made_on is None:
            raise NoSuchRemark
        if self.settled_on is not None:
            raise RemarkAlreadySettled(day=self.settled_on)
        in_order(self.latest_step_on, entry)

    # -- what each event changes -----------------------------------------------------------------------

    @event(Made)
    def _made(self, flagged: bool, text: str, actor: Actor, occurred_on: date) -> None:
        self.made_on = self.latest_step_on = occurred_on
        self.made_by = actor.id
        self.flagged = flagged
        self.text = text
        self.answer = ""
        self.settled_on = None

    @event(Answered)
    def _answered(self, text: str, occurred_on: date) -> None:
        self.answer = text
        self.latest_step_on = occurred_on

    @event(Settled)
    def _settled(self, occurred_on: date) -> None:
        self.settled_on = occurred_on


def _sayable(text: str) -> None:
    """Refuse a text that says nothing, or more than anybody reads."""
    filled(text=text)
    if len(text) > LONGEST:
        raise InvalidValue(
            field="text",
            problem_zh=f"有{len(text)}字,超过{LONGEST}字;请概括,并注明依据文件",
            problem_en=f"it has {len(text)} characters, more than {LONGEST}; sum it up and name the document",
        )


RemarkEvent = Remark.Made | Remark.Answered | Remark.Settled
"""Every event of the remarks on an event."""
