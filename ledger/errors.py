"""What the ledger refuses or cannot do: one class a reason, in Chinese and English."""
# ruff: noqa: D101, N818 - each class is named by its reason, and its two messages say the rest

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

import psycopg

from domain.ports import CommandAlreadyRecorded


class LedgerError(Exception):
    """Something the operator of a ledger can understand and act on.

    Args:
        facts: the values that the two messages name.
    """

    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(f"{self.message_zh} {self.message_en}")

    @property
    def message_zh(self) -> str:
        """The reason in Chinese."""
        return self.zh.format(**self.facts)

    @property
    def message_en(self) -> str:
        """The reason in English."""
        return self.en.format(**self.facts)


# Reaching a database


class CannotReachDatabase(LedgerError):
    zh = "无法连接数据库:{reason}。请检查地址、用户与服务是否已启动。"
    en = "The database cannot be reached: {reason}. Check the address and that the server runs."


class ServerTooOld(LedgerError):
    zh = "PostgreSQL {version} 过旧,需要 15 或更高版本。"
    en = "PostgreSQL {version} is too old: 15 or later is needed."


class WrongEncoding(LedgerError):
    zh = "数据库编码为 {encoding},须为 UTF8:createdb --encoding UTF8 --template template0 …"
    en = "The database's encoding is {encoding}, not UTF8: createdb --encoding UTF8 --template template0 …"


class SocketPathTooLong(LedgerError):
    zh = "目录 {folder} 过长:套接字路径 {length} 字节,系统上限 {limit} 字节。请换一个较短的目录。"
    en = "The folder {folder} is too long: a socket path of {length} bytes, and the limit is {limit}."


class EmbeddedServerFailed(LedgerError):
    zh = "内置 PostgreSQL 未能在 {folder} 启动:{reason}。详见该目录中的 log 文件。"
    en = "The embedded PostgreSQL did not start in {folder}: {reason}. See the file `log` there."


# Migrations and identity


class MigrationChanged(LedgerError):
    zh = "迁移 {component}/{name} 在执行之后被改动;已执行的迁移不得修改,请新增一个。"
    en = "Migration {component}/{name} was changed after it ran; never edit one that ran, add another."


class DatabaseIsNewer(LedgerError):
    zh = "数据库已执行本程序所没有的迁移 {component}/{name};请升级程序。"
    en = "The database has run migration {component}/{name}, unknown here: upgrade the program."


class NotFounded(LedgerError):
    zh = "账本尚未建立:请先登记其来源和县。"
    en = "This ledger has not been founded: give it an origin and a county first."


class FoundedOtherwise(LedgerError):
    zh = "该数据库已是另一账本:{found};不是 {asked}。"
    en = "This database already is another ledger: {found}; not {asked}."


# Appending


class OutsideClock(LedgerError):
    zh = "真实账本的时间只由数据库给出。"
    en = "A real ledger takes its clock from the database alone."


class ClockWentBack(LedgerError):
    zh = "记录时间须逐一给出,且不得倒退({detail})。"
    en = "Recording times must be one an event and never go back ({detail})."


class AppendOnly(LedgerError):
    zh = "事件与账本身份写入后不得更改({detail});请以作废(Voided)更正。"
    en = "Events and identity never change ({detail}): record that the fact is void (Voided) instead."


# Reading


class UnreadableEvent(LedgerError):
    """A stored event that this program cannot decode: its topic or its shape is unknown here.

    `facts` has position (None where the reader had none), originator_id, originator_version, topic, reason.
    """

    zh = "事件无法读取:位置 {position},聚合 {originator_id} 第 {originator_version} 版,{topic}:{reason}"
    en = (
        "Unreadable event: position {position}, aggregate {originator_id} version {originator_version}, "
        "{topic}: {reason}"
    )


# The log


class NotInLog(LedgerError):
    zh = "日志尚不足 {size} 个事件;请稍后再试,或减小该数。"
    en = "The log does not have {size} events yet: try again later, or ask for less."


# Signing and signatures


class NoteInvalid(LedgerError):
    """A signed text cannot be read, or a signature on it is wrong; `facts` has the reason as zh and en."""

    zh = "签名文本无效:{zh}。"
    en = "This signed text is not valid: {en}."


class KeyUnusable(LedgerError):
    zh = "“{key}”不是可用的公钥(名称+编号+base64,类型为1或4)。请核对是否完整。"
    en = "{key!r} is not a verifier key (name+id+base64, of type 1 or 4): check that it is complete."


class CannotSign(LedgerError):
    """This process cannot sign; `facts` has the reason as zh and en, which say what to do."""

    zh = "无法签署检查点:{zh}。"
    en = "Checkpoints cannot be signed here: {en}."


class LogContradictsSigned(LedgerError):
    """What would be signed contradicts what was; `facts` has the reason as zh and en, and the size signed."""

    zh = "警报:日志与已签署的检查点(长度 {size})相矛盾:{zh}。未签署。请保留现场,运行 zhucun verify 查明。"
    en = (
        "ALARM: the log contradicts the checkpoint of size {size} that was signed: {en}. Nothing was signed. "
        "Leave everything as it is, and find out with `zhucun verify`."
    )


class KeyNotLost(LedgerError):
    zh = "私钥仍在 {folder} 中,并未丢失:请不带 --lost 更换,由新旧两把密钥共同签署。"
    en = "The private key is not lost, it is in {folder}: rotate without --lost, so that both keys sign."


class WitnessUnusable(LedgerError):
    """`facts` has the witness's name, and the reason as zh and en."""

    zh = "见证方 {witness}:{zh}。"
    en = "Witness {witness}: {en}."


_BY_SQLSTATE: dict[str | None, type[LedgerError]] = {
    "ZC002": OutsideClock,
    "ZC003": AppendOnly,
    "ZC004": NotFounded,
    "ZC005": ClockWentBack,
}


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database refuses by a rule of ours (SQLSTATE ZC…) into our exceptions."""
    try:
        yield
    except psycopg.DatabaseError as error:
        if error.sqlstate == "ZC001":
            raise CommandAlreadyRecorded(UUID(error.diag.message_detail)) from error
        refusal = _BY_SQLSTATE.get(error.sqlstate)
        if refusal is None:
            raise
        raise refusal(detail=error.diag.message_detail) from error
