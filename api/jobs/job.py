"""A job: files that somebody brought to be taken in, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.access.principal import Principal
from api.papers.registry import PAPERS
from domain.entry import Actor
from domain.terms import Term


class JobState(Term):
    """导入进度。How far an import has come."""

    READING = "reading", "读取文件"
    DECIDING = "deciding", "核对各行"
    PLANNED = "planned", "待确认"
    COMMITTING = "committing", "正在记录"
    COMMITTED = "committed", "已记录"
    REFUSED = "refused", "文件不予受理"
    FAILED = "failed", "出错"
    INTERRUPTED = "interrupted", "已中断"
    DISCARDED = "discarded", "已放弃"


LASTING: Final = frozenset(
    {JobState.COMMITTED, JobState.REFUSED, JobState.FAILED, JobState.INTERRUPTED, JobState.DISCARDED}
)
"""States in which a job stays; its files are gone."""


@dataclass(frozen=True)
class StagedFile:
    """A file as it was received: its name for people, SHA-256 in hexadecimal, size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Trouble:
    """Why a job did not go on, in both languages; the code is for programs."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is kept of a job on disk, and found again when the server starts anew.

    Attributes:
        id: 32 hexadecimal digits.
        paper: which kind, by its name on the command line.
        files: in the order in which they were brought.
        actor: who brings them.
        principal: how far that one may act.
        created_at: when they were received.
        changed_at: when the state was entered.
        problem: why it did not go on, or went back to be looked at again.
        digest: of the plan that was shown; what is committed has the same.
        counts: rows by outcome.
        accept_valid: whether the commit under way leaves refused rows out.
        after: the log's last position before the commit under way; None before it begins.
        position: of the last event that was recorded; None if there was nothing to record.
        events: the number of events recorded with it, the imports' own records not counted.
        salt: of what the record calls files of registration forms; empty of a job of before it.
    """

    id: str
    paper: str
    files: tuple[StagedFile, ...]
    actor: Actor
    principal: Principal
    created_at: datetime
    changed_at: datetime
    state: JobState = JobState.READING
    problem: Trouble | None = None
    digest: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    accept_valid: bool = False
    after: int | None = None
    position: int | None = None
    events: int = 0
    salt: str = ""

    @property
    def is_personal(self) -> bool:
        """Whether it brings registration forms."""
        return PAPERS[self.paper].personal

    @property
    def salted_with(self) -> str:
        """The salt that there is: nobody can guess the id either."""
        return self.salt or self.id
