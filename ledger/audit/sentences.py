"""What is said of a finding, in Chinese and English, with the facts it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.audit.codes import Code

FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "content": ("内容", "content"),
    "time": ("记录时间", "recording time"),
    "aggregate": ("所属对象", "aggregate"),
    "version": ("版本", "version"),
    "topic": ("类型", "type"),
    "unknown": ("存储的字段", "stored fields"),
}
"""What of an event can have been changed."""

SENTENCES: Final[Mapping[Code, tuple[str, str]]] = {
    Code.CHANGED: (
        "位置 {span}:事件入账后被改动,改的是{field_zh}{change_zh}。",
        "Position {span}: changed after it was recorded: its {field_en}{change_en}.",
    ),
    Code.REMOVED: (
        "位置 {span}:日志中有,事件表中已没有:事件被删除。",
        "Position {span}: in the log, but no longer among the events: removed.",
    ),
    Code.INSERTED: (
        "位置 {span}:此处的事件从未入过日志:是后来插入的。",
        "Position {span}: the event here never was in the log: slipped in afterwards.",
    ),
    Code.REORDERED: (
        "位置 {span}:事件次序被调换({pairs})。",
        "Position {span}: the events stand in another order than they were recorded in ({pairs}).",
    ),
    Code.RENUMBERED: (
        "位置 {span}:这些事件原在 {origin},被重新编号。",
        "Position {span}: these events were recorded at {origin} and have been renumbered.",
    ),
    Code.CUT_OFF: (
        "最新的事件被截去:日志曾有 {size} 个事件,现只到 {head};缺位置 {span}。",
        "The newest events were cut off: the log had {size}, and they end at {head}; missing: {span}.",
    ),
    Code.GAP: (
        "位置 {span}:没有事件,其后却有:事件在入日志之前被删除,或其后的事件是插入的。",
        (
            "Position {span}: no event is here, and later ones are: removed before they reached the log, or "
            "the later ones were slipped in."
        ),
    ),
    Code.HIDDEN: (
        "至位置 {size},事件表中有 {count} 个事件:索引 events_position_key 不全,有事件被隐藏或插入。",
        (
            "Up to position {size} there are {count} events in the table: its index events_position_key does "
            "not lead to all of them, so that some were hidden or slipped in."
        ),
    ),
    Code.VERSIONS: (
        (
            "位置 {position}:对象 {aggregate} 的版本应为 {expected},实为 {version}:"
            "事件未经 ledger.append 写入,或入日志之前已缺失。"
        ),
        (
            "Position {position}: aggregate {aggregate} has version {version} where {expected} was due: not "
            "written by ledger.append, or events were missing before they reached the log."
        ),
    ),
    Code.CLOCK: (
        "位置 {position}:记录时间早于前一事件。",
        "Position {position}: recorded before the event that it follows.",
    ),
    Code.COLUMN_DIFFERS: (
        "位置 {position}:command_id 列与事件内容中的命令号不符。",
        "Position {position}: the column command_id is not the command that the event's content names.",
    ),
    Code.TREE_NODE: (
        "默克尔树第 {level} 层第 {number} 个节点(位置 {span})与其下的事件不符:节点被改动或缺失。",
        (
            "Node {number} of level {level} of the Merkle tree (positions {span}) is not what the events "
            "below it make: changed or missing."
        ),
    ),
    Code.STRAY_NODE: (
        "默克尔树第 {level} 层第 {number} 个节点在日志之外(日志有 {size} 个事件):是外加的,日志将无法增长。",
        (
            "Node {number} of level {level} of the Merkle tree lies beyond the log, which has {size} events: "
            "it was added by somebody, and the log cannot grow over it."
        ),
    ),
    Code.TREE_REWRITTEN: (
        (
            "历史被改写:事件与树彼此相符,但长度为 {size} 的检查点签的是另一个根({signed},现为 {found})。"
            "改动在位置 {span} 之间。"
        ),
        (
            "History was rewritten: events and tree agree with each other, but what was signed at size "
            "{size} has another root ({signed}; now {found}). The change lies in positions {span}."
        ),
    ),
    Code.STREAMS_DIFFER: (
        "长度为 {size} 的检查点:各对象事件数之树的根不符:所签 {signed},现算 {found}。",
        (
            "Checkpoint of size {size}: the root over the aggregates' numbers of events differs: {signed} "
            "was signed, {found} found."
        ),
    ),
    Code.OLDER_STATE: (
        (
            "数据库是较早的状态:{source_zh}记载的日志有 {size} 个事件,此处只有 {head} 个;"
            "缺位置 {span}。可能恢复了旧备份。"
        ),
        (
            "This database is an older state: {source_en} is of a log of {size} events, and here are {head}; "
            "missing: {span}. An older backup may have been restored."
        ),
    ),
    Code.CONTRADICTED: (
        "{source_zh}与本日志不符:长度 {size} 处其根为 {signed},此处为 {found}。{where_zh}",
        (
            "{source_en} contradicts this log: at size {size} its root is {signed}, and here it is {found}. "
            "{where_en}"
        ),
    ),
    Code.CHECKPOINT_ALTERED: (
        "长度为 {size} 的检查点:{field} 与所签文本不符,记录被改动。",
        "Checkpoint of size {size}: {field} is not what its text says; the record was changed.",
    ),
    Code.CHECKPOINT_REMOVED: (
        (
            "长度为 {size} 的检查点:签署者记得签过,数据库中已没有:被删除,或签署当时机器停止。"
            "可用 zhucun checkpoint --size {size} 再签(文本相同),然后重新核验。"
        ),
        (
            "Checkpoint of size {size}: the signer remembers it, and the database does not have it: removed, "
            "or the machine stopped while it was signed. `zhucun checkpoint --size {size}` signs the same "
            "text again; then verify again."
        ),
    ),
    Code.TWO_TEXTS: (
        "长度为 {size} 的检查点:数据库中的文本不是签署者记得签过的那一份。",
        "Checkpoint of size {size}: the text in the database is not the one that the signer remembers.",
    ),
    Code.BAD_SIGNATURE: (
        "{source_zh}:{name} 的签名无效。",
        "{source_en}: the signature of {name} is not valid.",
    ),
    Code.UNSIGNED: (
        "{source_zh}:没有本日志当时有效的密钥的签名。",
        "{source_en}: it is not signed by a key of this log that counted at its size.",
    ),
    Code.UNREADABLE_CHECKPOINT: (
        "{source_zh}:不是本日志的检查点:{reason_zh}。",
        "{source_en}: it is no checkpoint of this log: {reason_en}.",
    ),
    Code.KEY_REPLACED: (
        "密钥被替换:{source_zh}所依据的密钥 {key} 不在本日志的密钥史中。",
        "The key was replaced: {source_en} stands on {key}, which is not in this log's history of keys.",
    ),
    Code.KEY_UNVOUCHED: (
        "所信任的密钥 {key} 已被宣布丢失({reason});现用的第 {number} 号密钥未经其签署。",
        "The trusted key {key} was said to be lost ({reason}); key {number} took over without its signature.",
    ),
    Code.KEY_HISTORY: (
        "第 {number} 号密钥的接替说明无效:{reason_zh}。",
        "The note by which key {number} took over does not hold: {reason_en}.",
    ),
    Code.GUARD_DOWN: (
        "保护缺失或被停用:{guard}。",
        "A guard is missing or switched off: {guard}.",
    ),
    Code.READ_TABLE: (
        "读表 {table} 与由事件重算的不同{where_zh}。",
        "The read table {table} is not what the events make of it{where_en}.",
    ),
    Code.READ_ROLLUP: (
        "汇总表 {table} 有 {rows} 行与由事件重算的不同。",
        "The roll-up {table} has {rows} rows that are not what the events make of them.",
    ),
    Code.READ_DEFINITION: (
        "读库中的 {kind} {name} 与本程序所建的不同,或为本程序所无。",
        "The {kind} {name} of the read schema is not as this program makes it.",
    ),
    Code.READ_BEYOND: (
        "读表 {table} 含位置 {first} 起的行,而投影只到 {position}。",
        "The read table {table} has rows from position {first} on, and was projected only to {position}.",
    ),
    Code.READ_AHEAD: (
        "读库自称已投影至位置 {position},而事件只到 {head}:其后的事件将被漏掉。",
        (
            "The read side says that it was projected to position {position}, and the events end at {head}: "
            "it would leave out those to come."
        ),
    ),
    Code.READ_STOPPED: (
        "读库无法重算:位置 {position} 的事件无法投影。",
        "The read side cannot be recomputed: the event at position {position} cannot be projected.",
    ),
    Code.READ_OUTDATED: (
        "读库由另一版本的程序建立,无从核对;请先运行 zhucun rebuild。",
        "The read side was made by another version, so it cannot be compared: run `zhucun rebuild` first.",
    ),
    Code.MORE: (
        "另有 {count} 处同类差异({of})未逐一列出。",
        "And {count} more of the same kind ({of}), not listed one by one.",
    ),
    Code.KEY_LOST: (
        "第 {number} 号密钥接替了已丢失的密钥({reason}):信任旧密钥者须另行得到告知。",
        (
            "Key {number} took over from one that was lost ({reason}): whoever trusts the old one has to "
            "be told in another way."
        ),
    ),
    Code.RESTORED: (
        "本账本由导出文件恢复:此前签署的 {count} 个检查点未随之恢复,签署者仍记得。",
        (
            "This ledger was restored from an export: {count} checkpoints that were signed before, and that "
            "the signer remembers, did not come with it."
        ),
    ),
    Code.NEVER_SIGNED: (
        "尚无任何检查点:没有外部凭据可供对照。",
        "Nothing has been signed yet: there is no checkpoint to compare with.",
    ),
    Code.WAITING: (
        "位置 {span} 的事件尚未入日志。",
        "The events at positions {span} are not in the log yet.",
    ),
    Code.FORMS_SEALED: (
        "个人信息的密钥在此不可用:读表 nomination 中报名表的各项(姓名、性别、报名表)未作比较,其余已比较。",
        (
            "The keys of personal data cannot be used here: what the read table nomination has of the forms "
            "(name, gender, form) was not compared with the events; everything else was."
        ),
    ),
}
