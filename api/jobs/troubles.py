"""What can go wrong with a job: what a client is told at once, and what is kept with the job."""

from __future__ import annotations

import logging
from typing import Final
from uuid import uuid4

from psycopg import Error as DatabaseError
from strawberry.utils.str_converters import to_snake_case

from api.dingtalk.users import UsersUnusable
from api.jobs.job import JobState, Trouble
from api.papers.intake import PlanOutdated, SomeRefused
from api.papers.source import FileRefused
from api.problems import Problem
from ledger.errors import LedgerError

_logger = logging.getLogger(__name__)


class FilesGone(Exception):  # noqa: N818 - named as what happened
    """A staged file is not there any more, or is another one."""


class ReadSideStopped(Exception):  # noqa: N818 - named as what happened
    """The read side does not follow the log."""


OUTDATED: Final = Trouble("PLAN_OUTDATED", PlanOutdated.message_zh, PlanOutdated.message_en)
NOT_RECORDED: Final = Trouble(
    "NOT_RECORDED",
    "记录中断,账本中没有这次导入,未作任何记录。请再次确认导入。",
    "Recording was interrupted, and the ledger has nothing of this import. Confirm it again.",
)
_FILES_GONE: Final = Trouble(
    "FILES_GONE",
    "服务重启前暂存的文件已不在或已变动,未作任何记录。请重新上传。",
    "The staged files are gone or were changed, so nothing was recorded. Bring them again.",
)
_READ_SIDE_STOPPED: Final = Trouble(
    "READ_SIDE_STOPPED",
    "读侧已停止,无法核对,未作任何记录。请告知管理员查看/ready,然后重新导入。",
    "The read side has stopped, so nothing can be decided or was recorded. Tell whoever runs this server to "
    "look at /ready, then bring the files again.",
)
_UNAVAILABLE: Final = Trouble(
    "UNAVAILABLE",
    "数据库暂时不可用,未作任何记录。请稍后再试。",
    "The database does not answer now, and nothing was recorded. Try again later.",
)
_UNWRITABLE: Final = Trouble(
    "UNWRITABLE",
    "服务器的暂存文件夹写不进去(磁盘可能已满),未作任何记录。请告知管理员,然后再试。",
    "The server's folder of staged files cannot be written, as when the disk is full. Nothing was recorded. "
    "Tell whoever runs this server, then try again.",
)


def trouble_of(error: Exception) -> tuple[JobState, Trouble]:
    """Return what becomes of a job, and why, when an error ends a step before anything is recorded."""
    match error:
        case FileRefused():
            return JobState.REFUSED, Trouble("FILE_REFUSED", error.message_zh, error.message_en)
        case FilesGone():
            return JobState.INTERRUPTED, _FILES_GONE
        case ReadSideStopped():
            trouble = _READ_SIDE_STOPPED
        case UsersUnusable() | LedgerError():
            code = to_snake_case(type(error).__name__).upper()
            trouble = Trouble(code, error.message_zh, error.message_en)
        case DatabaseError():
            _logger.warning("The database does not answer: %s", str(error).strip())
            trouble = _UNAVAILABLE
        case OSError():
            _logger.warning("The folder of staged files cannot be written: %s", error)
            trouble = _UNWRITABLE
        case _:
            number = uuid4().hex[:12]
            _logger.error("Unexpected error %s of an import", number, exc_info=error)
            trouble = Trouble(
                "INTERNAL",
                f"内部错误,编号{number},未作任何记录。请告知管理员。",
                f"Internal error {number}; nothing was recorded. Tell whoever runs this server.",
            )
    return JobState.FAILED, trouble


def unknown(job: str) -> Problem:
    """Return the problem of a job that is not there."""
    return Problem(
        "NOT_FOUND",
        f"没有编号为“{job}”的导入;放弃的或24小时前的已删除。请重新上传。",
        f"There is no import {job!r}: it was discarded, or is older than 24 hours. Bring the files again.",
    )


def not_planned(state: JobState) -> Problem:
    """Return the problem of recording a job that does not wait for it."""
    return Problem(
        "NOT_PLANNED",
        f"该导入现为“{state.zh}”,不能记录;待其成为“{JobState.PLANNED.zh}”后再确认。",
        f"The import is {state.name} and cannot be recorded now; confirm it when it is PLANNED.",
    )


def outdated() -> Problem:
    """Return the problem of recording something else than was shown."""
    return Problem(OUTDATED.code, OUTDATED.zh, OUTDATED.en)


def some_refused(refused: int) -> Problem:
    """Return the problem of recording a job with refused rows that nobody said to leave out."""
    problem = SomeRefused(refused)
    return Problem(
        "SOME_REFUSED",
        problem.message_zh.replace("--accept-valid ", "acceptValid "),
        problem.message_en.replace("--accept-valid", "acceptValid"),
    )


def unwritable(error: OSError) -> Problem:
    """Return the problem of files, or of a step, that cannot be kept on the disk."""
    _logger.warning("The folder of staged files cannot be written: %s", error)
    return Problem(_UNWRITABLE.code, _UNWRITABLE.zh, _UNWRITABLE.en)


def committing() -> Problem:
    """Return the problem of discarding a job that is being recorded."""
    return Problem(
        "COMMITTING",
        "该导入正在记录,不能放弃;请稍候查看结果。",
        "The import is being recorded and cannot be discarded; wait for what comes of it.",
    )


def not_yours(organisation: str) -> Problem:
    """Return the problem of confirming or discarding what somebody else brought."""
    return Problem(
        "NOT_YOURS",
        f"该导入由{organisation}的经办人上传,须由其本人确认或放弃。",
        f"Somebody of {organisation} brought this import, and confirms or discards it themselves.",
    )


def too_many_jobs(most: int) -> Problem:
    """Return the problem of bringing files while as many as there may be wait."""
    return Problem(
        "TOO_MANY_IMPORTS",
        f"本县已有{most}个导入尚未完成,请待其中一个完成后再上传;24小时未确认的自动删除。",
        f"{most} imports of this county are unfinished already: bring yours when one of them is done. What "
        "nobody confirms goes after 24 hours.",
    )


def too_many_of_yours(most: int) -> Problem:
    """Return the problem of bringing files while as many as one may bring wait to be confirmed."""
    return Problem(
        "TOO_MANY_IMPORTS",
        f"您已有{most}个导入尚未完成,请先确认或放弃其中一个(见 /papers)。",
        f"{most} imports of yours are unfinished: confirm or discard one of them first (see /papers).",
    )


def too_many_files(most: int, files: int) -> Problem:
    """Return the problem of a job of no files, or of too many."""
    return Problem(
        "BAD_REQUEST",
        f"一次导入1至{most}个文件,而非{files}个。",
        f"An import has 1 to {most} files, not {files}.",
    )


def elsewhere() -> Problem:
    """Return the problem of bringing files to a server that has no folder for them."""
    return Problem(
        "UNAVAILABLE",
        "此服务不受理上传:暂存文件夹由另一个服务使用,或无法写入。请改用那个服务,或请管理员查看日志。",
        "This server takes no files: another one has the folder they are staged in, or it cannot be written. "
        "Use that server, or ask whoever runs this one to look into its log.",
    )
