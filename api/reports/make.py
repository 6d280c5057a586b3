"""Making a report: one file, of one position of the ledger, the same whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any
from uuid import UUID

from strawberry.utils.str_converters import to_camel_case

from api.clock import Asked, Clock, clocks
from api.context import Services
from api.county import County
from api.problems import bad_request
from api.reports.archive import new_archive
from api.reports.book import new_book
from api.reports.cover import cover_of, stand
from api.reports.definition import Report
from api.reports.output import Output
from api.reports.rows import lines_of, snapshot
from api.reports.statement import Digested, Statement
from ledger.exchange import written
from ledger.notes import Note
from ledger.signed import SignedCheckpoint


class Form(StrEnum):
    """What file a report is; the value is its suffix."""

    XLSX = "xlsx"
    ZIP = "zip"


@dataclass(frozen=True)
class Prepared:
    """A report that is about to be made.

    Attributes:
        report: which.
        clock: where it stands.
        values: of its parameters.
    """

    report: Report
    clock: Clock
    values: Mapping[str, Any]

    def file_name(self, form: Form) -> str:
        """Return what the file is called."""
        return f"{self.report.zh}-{self.clock.as_of}-{self.clock.known}.{form}"


async def prepare(services: Services, report: Report, asked: Asked, given: Mapping[str, str]) -> Prepared:
    """Find out where a report stands, and what its parameters are.

    Args:
        services: to ask.
        report: which.
        asked: the moment.
        given: the parameters as they were given, by their names.

    Raises:
        Problem: one of these makes no sense, or the moment is not reached.
    """
    known = {parameter.name for parameter in report.parameters}
    for name in given.keys() - known:
        names = [to_camel_case(it) for it in sorted(known)]
        raise bad_request(
            f"报表“{report.zh}”没有参数“{to_camel_case(name)}”;可用{'、'.join(names) or '(无)'}。",
            f"The report {report.name} takes no {to_camel_case(name)}; "
            f"it takes {', '.join(names) or 'none'}.",
        )
    answered, _ = await clocks(services, asked)
    # By its position, so that the same question is the same file, however it is asked.
    clock, _ = await clocks(services, Asked(answered.as_of, position=answered.known))
    values = {it.name: it.read(given.get(it.name), clock) for it in report.parameters}
    if report.check:
        report.check(values)
    return Prepared(report, clock, values)


def write_report(  # noqa: PLR0913, PLR0917 - what it is made of and by
    county: County,
    prepared: Prepared,
    form: Form,
    target: IO[bytes],
    told: Callable[[int, int], None] = lambda _done, _of: None,
    people: set[UUID] | None = None,
) -> Statement:
    """Write a report, and return what it says of itself. Memory does not grow with its rows.

    Args:
        county: whose ledger.
        prepared: what is asked for.
        form: of the file.
        target: the file.
        told: is told how many of how many tables are done.
        people: is told whose registration forms it shows.

    Raises:
        Problem: it took too long, or it has too many rows for a workbook.
        LedgerError: nothing can be signed here.
    """
    report, params = prepared.report, {**prepared.clock.params, **prepared.values}
    checkpoint = county.signer.sign(prepared.clock.known)
    said = _said(county, prepared, checkpoint, ())
    tables: list[Digested] = []
    with snapshot(county.conninfo) as conn, _output(form, target, report, said) as output:
        for table in report.tables:
            told(len(tables), len(report.tables))
            digest = output.table(table, lines_of(conn, table, params, people))
            tables.append(Digested(digest.value, digest.rows, table.name))
        said = _said(county, prepared, checkpoint, tuple(tables))
        note = county.signer.sign_manifest(said.text)
        output.cover(cover_of(report, said, checkpoint=_own(checkpoint), note=note))
    return said


def _said(
    county: County, prepared: Prepared, checkpoint: SignedCheckpoint, tables: tuple[Digested, ...]
) -> Statement:
    return Statement(
        origin=checkpoint.checkpoint.origin,
        county=county.identity.county,
        simulated=county.identity.simulated,
        report=prepared.report.name,
        as_of=prepared.clock.as_of,
        position=prepared.clock.known,
        known_at=written(prepared.clock.known_at),
        parameters=tuple((it.name, it.shown(prepared.values[it.name])) for it in prepared.report.parameters),
        tables=tables,
    )


def _own(signed: SignedCheckpoint) -> str:
    """Return a checkpoint with its first signature, the log's: later ones would make it another file."""
    return str(Note(signed.checkpoint.text, signed.signatures[:1]))


def _output(form: Form, target: IO[bytes], report: Report, said: Statement) -> AbstractContextManager[Output]:
    if form is Form.ZIP:
        return new_archive(target)
    return new_book(target, report.zh, stand(said))
