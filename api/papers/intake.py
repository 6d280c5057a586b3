"""Taking in files: from rows to a plan, and from the plan to the record, all together or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Final, cast
from uuid import UUID, uuid5

from eventsourcing.persistence import IntegrityError

from api.access.principal import Principal
from api.papers.collector import collector_resting
from api.papers.columns import Layout
from api.papers.deciding import Deciding, Told, read_rows
from api.papers.digests import digest_of
from api.papers.headers import HeaderNotFound
from api.papers.kinds import PaperKind
from api.papers.labels import Label, label
from api.papers.lookup import OnRecord
from api.papers.plans import Found, Outcome, Page, Plan
from api.papers.source import FileRefused, Remark, SourceFile
from domain.commands import TakeImport
from domain.decisions import decide
from domain.entry import Actor
from domain.ids import import_id
from domain.ports import CommandAlreadyRecorded
from domain.programme import Programme, entry_for
from domain.root import Event
from ledger.mapper import EventMapper, Stored

ATTEMPTS: Final = 5
"""How often a plan is made anew when others append to the same aggregates first."""


class SomeRefused(Exception):  # noqa: N818 - named as what happened
    """Some rows are refused, so nothing was recorded."""

    def __init__(self, refused: int) -> None:
        self.message_zh = (
            f"有{refused}行被拒绝,未作任何记录。请更正后重新导入,或加 --accept-valid 只记录其余各行。"
        )
        self.message_en = (
            f"{refused} rows are refused, so nothing was recorded. Correct them and bring the file again, or "
            "record the others alone with --accept-valid."
        )
        super().__init__(f"{self.message_zh} {self.message_en}")


class PlanOutdated(Exception):  # noqa: N818 - named as what happened
    """Others recorded meanwhile what changes the outcome; nothing was recorded."""

    message_zh = "他人同时作了记录,预览的结果已有变化,未作任何记录。请重新预览后再导入。"
    message_en = (
        "Others recorded something meanwhile that changes the outcome, so nothing was recorded. Look at the "
        "new outcome first, then commit again."
    )

    def __init__(self) -> None:
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True)
class Taken:
    """What was recorded: the plan that it was, and the log's position of the last event."""

    plan: Plan
    position: int


@dataclass(frozen=True)
class Intake:
    """Files of one kind, about to be taken in together.

    Attributes:
        programme: takes them in.
        conninfo: of its database; the read side should be up to date.
        kind: of paper.
        sources: the files.
        actor: who brings them.
        users: staff numbers by DingTalk's userid, for people who are named by that.
        principal: how far they may act and see; everywhere, if that is not said.
        salt: of what the record calls files of registration forms.
    """

    programme: Programme
    conninfo: str
    kind: PaperKind
    sources: Sequence[SourceFile]
    actor: Actor
    users: Mapping[str, str] = field(default_factory=dict)
    principal: Principal | None = None
    salt: str = field(default_factory=lambda: token_hex(16))

    def plan(self, told: Told = lambda _done, _of: None) -> Plan:
        """Return what the files would lead to; nothing is recorded.

        Args:
            told: is told how many rows of how many are read, and then how many are decided.

        Raises:
            FileRefused: a file is not of this kind, or is not to be taken in.
        """
        pages = tuple(
            Page(place, source, layout, self.label_of(source))
            for place, source in enumerate(self.sources)
            for layout in self._laid_out(source)
        )
        position = self._head()
        lookup = OnRecord(self.programme.county, self.conninfo, self.users, self.principal)
        with collector_resting():
            read = read_rows(self.kind, pages, lookup, told)
            deciding = Deciding(self.programme, self.actor, read, self.principal)
            deciding.run(told)
            return Plan(
                kind=self.kind,
                pages=pages,
                lines=[it.line() for it in deciding.rows],
                events=deciding.events,
                events_of=deciding.events_of,
                remarks=tuple(_remarks(self.sources, pages)),
                position=position,
                people=tuple(
                    Found(by, value, person.staff_number, person.name)
                    for (by, value, _), person in lookup.found.items()
                ),
            )

    def commit(self, plan: Plan, *, accept_valid: bool = False) -> Taken | None:
        """Record a plan in one append, with the imports' own record; None if it has nothing to record.

        If anybody recorded anything since it was made, it is made anew first, and has to come to the same:
        rows also rest on what this append does not write to, such as a village's register.

        Args:
            plan: of these files.
            accept_valid: leave refused rows out, instead of recording nothing.

        Raises:
            SomeRefused: rows are refused, and are not to be left out.
            PlanOutdated: others changed the outcome meanwhile.
        """
        for attempt in range(ATTEMPTS):
            if attempt or plan.position != self._head():
                anew = self.plan()
                if digest_of(anew) != digest_of(plan):
                    raise PlanOutdated
                plan = anew
            if plan.refused and not accept_valid:
                raise SomeRefused(len(plan.refused))
            if not plan.events:
                return None
            try:
                position = self._append([*plan.events, *self._own_record(plan)])
            except (IntegrityError, CommandAlreadyRecorded):
                continue  # others were first
            return Taken(plan, position)
        raise PlanOutdated

    def label_of(self, source: SourceFile) -> Label:
        """Return what the record calls a file."""
        kind = self.kind
        return label(kind.name, source.name, source.sha256, self.salt, personal=kind.personal)

    def _head(self) -> int:
        return self.programme.recorder.max_notification_id() or 0

    def _append(self, events: Sequence[Event]) -> int:
        """Append events, all or none, and return the log's last position."""
        stored = Stored(cast("EventMapper", self.programme.mapper), events)
        with collector_resting():
            positions = self.programme.recorder.insert_events(stored)
        return positions[-1] if positions else 0

    def _laid_out(self, source: SourceFile) -> Sequence[Layout]:
        try:
            layouts = self.kind.lay_out(self.kind, source)
            for layout in layouts:
                if self.kind.check is not None:
                    self.kind.check(layout)
        except (HeaderNotFound, FileRefused) as error:
            raise FileRefused(
                f"{source.name}:{error.message_zh}", f"{source.name}: {error.message_en}"
            ) from error
        return layouts

    def _own_record(self, plan: Plan) -> list[Event]:
        workspace = self.programme.workspace()
        for place, source in enumerate(self.sources):
            if not plan.events_of[place]:
                continue
            rows, known = plan.counts_of(place), self.label_of(source)
            command = TakeImport(
                paper=self.kind.name,
                file_name=known.name,
                file_sha256=known.sha256,
                file_size=source.size,
                rows_recorded=rows[Outcome.RECORD],
                rows_already=rows[Outcome.ALREADY],
                rows_passed=rows[Outcome.PASSED],
                rows_refused=rows[Outcome.REFUSED],
                events=plan.events_of[place],
            )
            today = self.programme.today()
            entry = entry_for(
                command,
                occurred_on=today,
                actor=self.actor,
                command_id=self._id_of(known, plan.events),
                basis=known.name,
                today=today,
            )
            decide(command, entry, workspace)
        return workspace.collect()

    def _id_of(self, file: Label, events: Sequence[Event]) -> UUID:
        """Return the id of taking in a file: of the file, and of what is recorded with it."""
        facts = sha256()
        for event in events:
            facts.update(event.command_id.bytes)
        return uuid5(import_id(self.programme.county, file.sha256), facts.hexdigest())


def _remarks(sources: Sequence[SourceFile], pages: Sequence[Page]) -> Iterator[Remark]:
    read = {(page.file, page.layout.sheet.name) for page in pages}
    for place, source in enumerate(sources):
        yield from source.remarks
        for sheet in source.sheets:
            yield from sheet.skipped
            if (place, sheet.name) not in read and any(page.file == place for page in pages):
                yield Remark(
                    f"{source.name}的工作表“{sheet.name}”没有所需的表头,已略过。",
                    f"Sheet {sheet.name!r} of {source.name} has no such header, and was passed over.",
                )
