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


class Unavailable(LedgerError):
    """The database did not answer in time; whether it recorded what it was asked to is not known."""

    zh = "数据库暂时不可用。请稍后以同一命令编号重试:已经记录的不会重复记录。"
    en = (
        "The database does not answer now. Try again later with the same command id: what was recorded after "
        "all is not recorded twice."
    )


class NoSpaceLeft(LedgerError):
    zh = "数据库所在磁盘已满,未作任何记录。请管理员腾出空间,再以同一命令编号重试。"
    en = (
        "The database's disk is full, so nothing was recorded. Whoever runs it has to make space; "
        "then try again with the same command id."
    )


class OutsideClock(LedgerError):
    zh = "真实账本的时间只由数据库给出。"
    en = "A real ledger takes its clock from the database alone."


class ClockWentBack(LedgerError):
    zh = "记录时间须逐一给出,且不得倒退({detail})。"
    en = "Recording times must be one an event and never go back ({detail})."


class AppendOnly(LedgerError):
    zh = "事件与账本身份写入后不得更改({detail});请以作废(Voided)更正。"
    en = "Events and identity never change ({detail}): record that the fact is void (Voided) instead."


# Personal data


class KeysUnusable(LedgerError):
    """Personal data can be neither read nor recorded here, until whoever runs this has done something."""


class MasterKeyMissing(KeysUnusable):
    """`facts` has the folder, and the id of the key."""

    zh = (
        "缺少主密钥 {id}:{folder} 中没有文件 personal-{id}.key,个人信息无法读写。"
        "请从另一台服务器或备份中复制该文件。"
    )
    en = (
        "The master key {id} is missing: there is no file personal-{id}.key in {folder}, so personal data "
        "can be neither read nor recorded. Copy it from another server of this ledger, or from its safe copy."
    )


class MasterKeyDamaged(KeysUnusable):
    zh = "{file} 不是主密钥、已损坏或无权读取;请核对其权限,或从另一台服务器或备份中复制。"
    en = (
        "{file} is no master key, damaged, or not ours to read: see to its rights, or copy it from another "
        "server of this ledger or its safe copy."
    )


class PersonalKeyDamaged(KeysUnusable):
    zh = "个人密钥 {id} 无法以主密钥 {master} 解开:数据库中的记录已被改动。请从备份恢复 personal.key 的该行。"
    en = (
        "The personal key {id} cannot be unwrapped by the master key {master}: its row in the database was "
        "altered. Put the row of personal.key back from a backup."
    )


class PersonalKeyGone(KeysUnusable):
    zh = (
        "位置 {position} 的报名表已封存而密钥不在,也没有删除个人信息的记录:密钥是在系统之外丢失的。"
        "请从备份恢复 personal.key 中该人的行。"
    )
    en = (
        "The form at position {position} is sealed, its key is gone, and nobody forgot it: the key was lost "
        "some other way. Put the person's row of personal.key back from a backup."
    )


class MasterKeyReplaced(LedgerError):
    zh = "主密钥正在更换,未作任何记录。请重试。"
    en = "The master key is being replaced, so nothing was recorded. Try again."


class KeyDestroyed(LedgerError):
    zh = "封存报名表的密钥已销毁(此人已被删除个人信息),未作任何记录。请以同一命令编号重试。"
    en = (
        "The key that the form was sealed with was destroyed meanwhile (the person was forgotten), so "
        "nothing was recorded. Try again with the same command id."
    )


class KeysOfAnotherLedger(LedgerError):
    zh = "文件中的密钥属于另一账本 {found},不是 {origin}。未导入任何密钥。"
    en = "The keys in the file are of another ledger, {found}, not of {origin}. None was imported."


class KeyFileWrong(LedgerError):
    """A line of a file of keys is wrong; `facts` has its number, and the reason as zh and en."""

    zh = "密钥文件第 {line} 行有误:{zh}。未导入任何密钥。请换一份完好的文件。"
    en = "Line {line} of the file of keys is wrong: {en}. No key was imported; use an undamaged file."


class FormNotSealed(LedgerError):
    zh = "此人的报名表记录于启用封存之前,以明文存于只增不改的日志中,无法删除。"
    en = (
        "This person's form was recorded before forms were sealed: it stands in a log that is never changed, "
        "and cannot be deleted."
    )


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


class EventsContradictLog(LedgerError):
    zh = "第 {position} 个事件与日志不符,据此出具的证明无效,故未出具。请保留现场,运行 zhucun verify 查明。"
    en = (
        "Event {position} is not what the log says, so nothing can be proved by it, and nothing was made. "
        "Leave everything as it is, and find out with `zhucun verify`."
    )


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


class NothingSigned(LedgerError):
    zh = "尚未签署任何检查点;请先运行 zhucun checkpoint。"
    en = "No checkpoint has been signed yet: run `zhucun checkpoint` first."


class CheckpointUnknown(LedgerError):
    zh = "这不是本日志签署的检查点(长度 {size});若确信是,请用 zhucun verify --against 核对。"
    en = (
        "This log did not sign this checkpoint of size {size}. If you are sure that it did, compare: "
        "`zhucun verify --against`."
    )


class WitnessUnusable(LedgerError):
    """`facts` has the witness's name, and the reason as zh and en."""

    zh = "见证方 {witness}:{zh}。"
    en = "Witness {witness}: {en}."


# Exporting, and restoring from an export


class LogDamaged(LedgerError):
    zh = (
        "日志的默克尔树残缺:长度 {size} 处缺少节点。请先运行 zhucun verify 查明;"
        "事件无误时可清空 ledger.tree_node,它会由事件重建,签署者再与所签的比较。"
    )
    en = (
        "The Merkle tree of the log is damaged: nodes are missing at size {size}. Look into it with `zhucun "
        "verify`; if the events are right, empty ledger.tree_node: it is grown anew from them, and compared "
        "with what was signed."
    )


class LogDiffers(LedgerError):
    zh = "事件与日志所存的根(长度 {size})不符,导出文件不可用。请运行 zhucun verify 查明。"
    en = (
        "The events do not lead to the log's root of size {size}: do not use what was written. Find out with "
        "`zhucun verify`."
    )


class ExportWrong(LedgerError):
    """A line of an export is wrong; `facts` has its number, and the reason as zh and en."""

    zh = "导出文件第 {line} 行有误:{zh}。账本未建立。请换一份完好的导出文件,导入空的数据库。"
    en = (
        "Line {line} of the export is wrong: {en}. No ledger was founded. Import an undamaged export, into "
        "an empty database."
    )


class ExportCutShort(LedgerError):
    zh = "导出文件不完整:应有 {size} 个事件,只有 {found} 个。请用完整的文件再导入一次,即可续上。"
    en = (
        "The export is cut short: {found} events of {size}. Import the whole file, and it goes on from there."
    )


class ExportRootDiffers(LedgerError):
    zh = (
        "导出文件被改动过:各事件重算的根为 {found},首行写的是 {root}。账本未建立。"
        "请换一份完好的导出文件,导入空的数据库。"
    )
    en = (
        "The export was altered: its events lead to the root {found}, its first line says {root}. No ledger "
        "was founded. Import an undamaged export, into an empty database."
    )


class LedgerNotEmpty(LedgerError):
    zh = "此数据库中已有账本({origin}),不能再导入。请换一个空的数据库,或用 ZHUCUN_DATA 换一个目录。"
    en = (
        "This database has a ledger already ({origin}), so nothing is imported. Use an empty database, or "
        "another folder in ZHUCUN_DATA."
    )


class StoreDiffers(LedgerError):
    zh = "数据库中已有未完成的导入,其第 {position} 号事件与此文件不同。请用原来的文件,或换一个空的数据库。"
    en = (
        "This database has an unfinished import whose event {position} is not that of this file. Go on with "
        "the same file as before, or use an empty database."
    )


class RestorationUnfinished(LedgerError):
    zh = "此数据库中的导入尚未完成。请用同一文件再运行 zhucun import,或换一个空的数据库。"
    en = (
        "An import into this database is not finished. Run `zhucun import` again with the same file, or use "
        "an empty database."
    )


class CannotRestore(LedgerError):
    zh = "数据库拒绝恢复事件:账本已建立,或另一导入同时在进行({detail})。"
    en = "The database refuses to restore events: founded already, or another import is running ({detail})."


# Verifying


class NoLog(LedgerError):
    zh = "此数据库没有日志:由较早版本建立。请先运行 zhucun checkpoint,它会补建日志并签署。"
    en = "This database has no log: an earlier version made it. `zhucun checkpoint` makes it, and signs it."


class CannotResume(LedgerError):
    zh = "无法据 {file} 继续:它不是本日志的核验进度,或已损坏。请不带 --resume 重新核验。"
    en = "Verification cannot go on from {file}: of another log, or damaged. Verify anew without --resume."


_BY_SQLSTATE: dict[str | None, type[LedgerError]] = {
    "ZC002": OutsideClock,
    "ZC003": AppendOnly,
    "ZC004": NotFounded,
    "ZC005": ClockWentBack,
    "ZC006": CannotRestore,
    "ZC007": FormNotSealed,
    "ZC008": MasterKeyReplaced,
    "ZC009": KeyDestroyed,
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
