"""Checking a report: whether its file is what was signed, and whether the ledger still says the same."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import Final

from api.reports.definition import Table
from api.reports.reading import Opened, Read, Row, above_of
from api.reports.shown import Finding
from ledger.checkpoints import Checkpoint
from ledger.errors import NoteInvalid
from ledger.notes import Note, VerifierKey, verified_by

MOST_SHOWN: Final = 10
"""Cells of a table that are named when they differ."""


def faults(
    opened: Opened, known: Iterable[VerifierKey], given: Iterable[VerifierKey] = ()
) -> Iterator[Finding]:
    """Yield what a file alone shows to be wrong with it.

    Args:
        opened: the file.
        known: keys of the ledger here.
        given: keys of the log that the report ought to be of.
    """
    said, given = opened.said, list(given)
    if given and not any(key.name == said.origin for key in given):
        names = ", ".join(key.name for key in given)
        yield Finding(
            f"报表自称出自账本 {said.origin},所给的公钥却是 {names} 的。",
            f"It says that it is of the log {said.origin}; the key that was given is of {names}.",
        )
    keys = [key for key in (*known, *given) if key.name == said.origin]
    yield from _unsigned(opened.note, keys, "报表声明", "what the report says of itself")
    try:
        checkpoint = Note.parse(opened.checkpoint)
        at = Checkpoint.parse(checkpoint.text)
    except NoteInvalid as error:
        yield Finding(
            f"账本检查点无法读取:{error.message_zh}", f"The checkpoint is unreadable: {error.message_en}"
        )
    else:
        yield from _unsigned(checkpoint, keys, "账本检查点", "the checkpoint")
        if (at.origin, at.size) != (said.origin, said.position):
            yield Finding("账本检查点不是该位置的。", "The checkpoint is not of this log and position.")
    if not opened.covered:
        yield Finding(
            "封面与其签名的声明不符,已被改动,或由本软件另一版本所出。",
            "The cover does not say what is signed below it: it was altered, or another version of this "
            "program made it.",
        )
    yield from opened.odd
    tables = {table.name: table for table in opened.report.tables}
    for it in said.tables:
        yield from _of_table(opened, it.name, it.sha256, tables.get(it.name))
    for name in opened.tables.keys() & tables.keys() - {it.name for it in said.tables}:
        yield Finding(f"表“{name}”不属于本报表。", f"The table {name!r} is no part of the report.")


def differences(file: Opened, ledger: Opened) -> Iterator[Finding]:
    """Yield where a file differs from the same report, made again from the ledger."""
    if file.said == ledger.said:
        yield Finding(
            "按同一位置由账本重出,声明完全相同。",
            "Made again from the ledger at the same position, the report says the same of itself.",
            remark=True,
        )
    else:
        yield Finding(
            "声明与账本按同一位置重出者不同:或被伪造,或由本软件另一版本所出。",
            "The ledger, asked at the same position, says something else: it is forged, or another version "
            "of this program made it.",
        )
    if not _same_text(file.checkpoint, ledger.checkpoint):
        yield Finding(
            "账本检查点与账本在该位置上的不同。", "The checkpoint is not the ledger's at that position."
        )
    for it in ledger.said.tables:
        there = file.tables.get(it.name)
        if there is not None and there.digest != it.sha256:
            table = next(table for table in file.report.tables if table.name == it.name)
            found = _cells(table, there, ledger.tables[it.name])
            yield from islice(found, MOST_SHOWN)
            if any(True for _ in found):
                yield Finding(f"表“{it.name}”另有不同,从略。", f"There is more that differs in {it.name!r}.")


def _same_text(one: str, other: str) -> bool:
    """Tell whether two notes have one text, whoever signed it."""
    return one.rpartition("\n\n")[0] == other.rpartition("\n\n")[0]


def _of_table(opened: Opened, name: str, digest: str, table: Table | None) -> Iterator[Finding]:
    there = opened.tables.get(name)
    if there is None:
        yield Finding(f"缺少表“{name}”。", f"The table {name!r} is missing.")
        return
    if not there.digest:
        yield Finding(
            f"表“{name}”已被改动:没有原有的表头;或由本软件另一版本所出,则请核对其 .zip。",
            f"The table {name!r} was altered: its headings are gone; or another version of this program made "
            "it: check the .zip of it instead.",
        )
    elif there.digest != digest:
        yield Finding(
            f"表“{name}”已被改动:摘要与声明不符。",
            f"The table {name!r} was altered: its digest is not the one that was signed.",
        )
    if there.above is not None and table is not None and there.above != above_of(table, opened.said):
        yield Finding(
            f"表“{name}”上方的标题或说明已被改动,或由本软件另一版本所出。",
            f"The title or the remarks of {name!r} were altered, or another version of this program made it.",
        )


def _unsigned(note: Note, keys: list[VerifierKey], zh: str, en: str) -> Iterator[Finding]:
    if len(note.signatures) > 1:
        yield Finding(f"{zh}上的签名不止一个:有后加的。", f"Signatures were added to {en}: it has one alone.")
    try:
        signed = verified_by(note, keys)
    except NoteInvalid:
        yield Finding(f"{zh}的签名不符:已被改动。", f"The signature on {en} is wrong: it was altered.")
        return
    if keys and not signed:
        yield Finding(f"{zh}不是本账本的密钥所签。", f"No key of this log signed {en}.")
    elif not keys:
        yield Finding(
            f"未核验{zh}的签名:没有该账本的公钥。请用 --key 给出。",
            f"The signature on {en} was not verified: give the log's public key with --key.",
            remark=True,
        )


def _cells(table: Table, file: Read, ledger: Read) -> Iterator[Finding]:
    pairs = zip_longest(_readable(file.rows()), ledger.rows())
    for number, (there, here) in enumerate(pairs, start=file.first):
        if there is None:
            yield Finding(
                f"表“{table.name}”第{number}行缺失:{_short(here)}",
                f"Row {number} of {table.name!r} is missing: {_short(here)}",
            )
        elif here is None:
            yield Finding(
                f"表“{table.name}”第{number}行为账本所无:{_short(there)}",
                f"Row {number} of {table.name!r} is not in the ledger's: {_short(there)}",
            )
        elif list(there) != list(here):
            yield from _in_row(table, number, there, here)


def _readable(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows as far as they can be read; what was altered may be no CSV any more."""
    try:
        yield from rows
    except csv.Error as error:
        yield [str(error)]


def _in_row(table: Table, number: int, there: Row, here: Row) -> Iterator[Finding]:
    names = [column.name for column in table.columns]
    for place, (now, made) in enumerate(zip_longest(there, here, fillvalue="")):
        if now != made:
            column = names[place] if place < len(names) else str(place + 1)
            yield Finding(
                f"表“{table.name}”第{number}行“{column}”:文件为“{now}”,账本为“{made}”。",
                f"{table.name!r}, row {number}, column {column!r}: {now!r} in the file, "
                f"{made!r} in the ledger.",
            )


def _short(row: Row) -> str:
    return ",".join(row)[:120]
