"""DingTalk's records into the ledger: what comes together is recorded together, in one append.

If others write meanwhile, all of it is decided again as things stand then; when that does not help, records
are brought one by one, so that none holds up the rest. A correction, a void and a check-in, is never halved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import random
from time import sleep
from typing import Final

from eventsourcing.persistence import IntegrityError

from api.dingtalk.deciding import Deciding
from api.dingtalk.fates import Fate, Taken
from api.dingtalk.records import Record
from domain.ports import CommandAlreadyRecorded
from domain.programme import ATTEMPTS, PAUSE, Programme
from domain.refusals import ConflictingChange

TOGETHER: Final = 4
"""How often records are decided anew together, before they are brought one by one."""


def take(programme: Programme, people: Mapping[str, str], records: Iterable[Record]) -> list[Taken]:
    """Bring records to the ledger once; see `Taking`."""
    return Taking(programme, people).take(records)


class Taking:
    """Bringing records to the ledger, part by part.

    What was read for a part is good for the next as long as nobody else has recorded anything meanwhile.

    Args:
        programme: whose commands are asked.
        people: staff numbers by DingTalk's userid.
    """

    def __init__(self, programme: Programme, people: Mapping[str, str]) -> None:
        self._programme = programme
        self._people = people
        self._deciding: Deciding | None = None
        self._head = 0

    def take(self, records: Iterable[Record]) -> list[Taken]:
        """Record what records lead to, in one append.

        Those that a rule turns down are left out and named; the others are recorded.

        Args:
            records: in any order.
        """
        records, taken = list(records), list[Taken]()
        for attempt in range(TOGETHER):
            taken, saved = self._bring(records, attempt)
            if saved:
                return taken
        return [self._alone(one) if one.events else one for one in taken]

    def _alone(self, one: Taken) -> Taken:
        """Bring a record by itself."""
        for attempt in range(ATTEMPTS):
            (taken,), saved = self._bring([one.record], attempt)
            if saved:
                return taken
        where, conflict = f"{one.record.user} {one.record.at:%Y-%m-%d %H:%M}", ConflictingChange()
        zh, en = f"{where}:{conflict.message_zh}", f"{where}: {conflict.message_en}"
        return Taken(one.record, Fate.REFUSED, zh, en, again=True)

    def _bring(self, records: Sequence[Record], attempt: int) -> tuple[list[Taken], bool]:
        """Decide records and save what they lead to; return also whether that was saved.

        It is not, if others changed meanwhile what it rests on.
        """
        sleep(attempt * PAUSE * random())  # noqa: S311 - not for secrecy
        head = self._programme.recorder.max_notification_id() or 0
        deciding = self._deciding if head == self._head else None
        deciding, self._deciding = deciding or Deciding(self._programme, self._people), None
        taken = deciding.decide(records)
        try:
            recordings = self._programme.events.put([event for one in taken for event in one.events])
        except (IntegrityError, CommandAlreadyRecorded):
            return taken, False
        # Had others recorded in between, the head would be further on than this, and all is read again.
        self._deciding, self._head = deciding, head + len(recordings)
        return taken, True
