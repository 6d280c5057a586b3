"""From the story into the ledger, through the programme's own commands, in large appends.

An interrupted fill goes on where it stopped: the story is the same to the second, so what the ledger holds
already is decided again and not saved again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha512
from typing import cast
from uuid import NAMESPACE_URL, UUID, uuid5

from api.county import Founding
from api.data import COUNTY
from api.demo.audit import command_about
from api.demo.corrections import EVIDENCE
from api.demo.steps import Decision, Remark, RemarkAnswer, RemarkSettlement, Request, Step
from api.demo.story import FULL, Scale, tell
from domain.commands import AnyCommand, ApproveCorrection, RejectCorrection, RequestCorrection
from domain.ids import correction_id
from domain.ports import CommandLog
from domain.programme import Bulk, Programme
from domain.root import Event
from ledger.mapper import EventMapper
from ledger.personal import PersonalKeys
from ledger.sealing import DataKey

CHUNK = 5_000
"""Events in an append."""


class DemoDiffers(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """What the ledger holds is not the beginning of this story."""

    message_zh = (
        "账本中已有的事件与本演示不一致(由其他版本写入,或已另行录入),无法续写。请换一个空的数据库或数据目录。"
    )
    message_en = (
        "The ledger holds events that are not of this demo (written by another version, or entered since), "
        "so it cannot be filled further. Use an empty database, or another folder (ZHUCUN_DATA)."
    )

    def __init__(self) -> None:
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True)
class Demo:
    """One telling of the story, by seed and scale.

    Attributes:
        seed: of all chance in it.
        scale: how much of it is told.
    """

    seed: int
    scale: Scale = FULL

    @property
    def founding(self) -> Founding:
        """The particulars of its ledger; the origin names the seed, so that two stories never mix."""
        size = "" if self.scale == FULL else "/small"
        return Founding(f"zhucun.example/{COUNTY}/simulated/{self.seed}{size}", COUNTY, simulated=True)

    def command_id(self, number: int | str) -> UUID:
        """Return the id of the step with a number, or of the `last` one."""
        return uuid5(NAMESPACE_URL, f"{self.founding.origin}/{number}")

    def is_complete(self, programme: Programme) -> bool:
        """Tell whether the ledger holds the story to its end."""
        return bool(cast("CommandLog", programme.recorder).select_command(self.command_id("last")))

    def key_of(self, person: UUID) -> DataKey:
        """Return the key of a made-up person: drawn like all chance, so that the log's root is the same."""
        drawn = sha512(f"{self.founding.origin}/key/{person}".encode()).digest()
        return DataKey(UUID(bytes=drawn[:16], version=4), drawn[32:])

    def fill(self, programme: Programme, progress: Callable[[int, int], None], *, chunk: int = CHUNK) -> int:
        """Fill the ledger, from wherever an earlier fill stopped, and return the number of events added.

        Args:
            programme: on a ledger with this demo's founding.
            progress: is told how many steps of how many are recorded.
            chunk: the events of an append; an interruption loses at most these.

        Raises:
            DemoDiffers: the ledger holds something else.
            Refused: the story breaks a rule, which is a mistake in it.
        """
        keys = cast("EventMapper", programme.mapper).keys
        with keys.drawing(self.key_of) if isinstance(keys, PersonalKeys) else nullcontext():
            return self._fill(programme, progress, chunk)

    def _fill(self, programme: Programme, progress: Callable[[int, int], None], chunk: int) -> int:
        steps = tell(self.seed, self.scale)
        before = programme.recorder.max_notification_id() or 0
        bulk = programme.bulk(recorded_already=before)
        decided = 0
        for number, events in enumerate(self.decide(bulk, steps), start=1):
            place = before - decided  # of the ledger's last event among these
            decided += len(events)
            if 0 < place <= len(events):
                _check_same(programme, before, events[place - 1])
            if len(bulk) >= chunk:
                bulk.save()
                progress(number, len(steps))
        if decided < before:
            raise DemoDiffers
        bulk.save()
        progress(len(steps), len(steps))
        return decided - before

    def decide(self, bulk: Bulk, steps: Sequence[Step]) -> Iterator[Sequence[Event]]:
        """Have every step decided in turn, and yield what happened; what is about an event finds it."""
        named: dict[str, Event] = {}
        for number, step in enumerate(steps, start=1):
            command = step.command
            if isinstance(command, Request | Decision):
                command = _about(named[command.of], command)
            elif isinstance(command, Remark | RemarkAnswer | RemarkSettlement):
                command = command_about(named[command.of], command)
            events = bulk.execute(
                command,
                occurred_on=step.occurred_on,
                actor=step.actor,
                command_id=self.command_id(number if number < len(steps) else "last"),
                today=step.recorded_at.date(),
                basis=step.basis,
                recorded_at=step.recorded_at,
            )
            if step.name:
                named[step.name] = events[0]
            yield events


def _about(event: Event, step: Request | Decision) -> AnyCommand:
    """Return the command about the correction of an event."""
    if isinstance(step, Request):
        return RequestCorrection(
            corrected_id=event.originator_id,
            corrected_version=event.originator_version,
            reason=step.reason,
            evidence=EVIDENCE,
            changes=step.changes,
        )
    correction = correction_id(event.originator_id, event.originator_version)
    if step.rejected_because:
        return RejectCorrection(correction_id=correction, reason=step.rejected_because)
    return ApproveCorrection(correction_id=correction)


def _check_same(programme: Programme, position: int, decided: Event) -> None:
    (recorded,) = programme.recorder.select_notifications(position, limit=1)
    if programme.mapper.to_domain_event(recorded) != decided:
        raise DemoDiffers
