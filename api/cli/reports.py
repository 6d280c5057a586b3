"""`zhucun report` and `zhucun check-report`: reports as files, and whether such a file is as it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import IO, TYPE_CHECKING, Annotated, Final, cast
from unicodedata import category
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.asking import running
from api.cli.console import Failed, out, progress, say
from api.cli.moments import Day, Known, day_of, moment_of
from api.cli.serving import bring_up_to_date
from api.clock import Asked
from api.county import County, NoLedgerYet, existing_county
from api.problems import Problem
from api.settings import Settings
from ledger.checkpoints import log_origin
from ledger.database import connect
from ledger.errors import CannotSign
from ledger.keys import key_history
from ledger.notes import VerifierKey

if TYPE_CHECKING:
    from api.reports.make import Form
    from api.reports.reading import Opened
    from api.reports.shown import Finding

ANY_OPTION: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Each report has options of its own, which `report` reads itself."""

_UNSEEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Characters that end lines, turn them round, or tell a terminal what to do."""


def report(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="报表名称;不给则列出全部。Which report; without it, all are listed.")
    ] = None,
    as_of: Day = None,
    known_at: Known = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="写入 .xlsx、.zip(CSV)或文件夹,默认当前文件夹。The .xlsx or .zip (of CSV), or a folder.",
        ),
    ] = None,
) -> None:
    """出具报表(工作簿或CSV)。Make a report, a workbook or an archive of CSV, with a signed cover.

    不给名称则列出各报表及其参数。 Without a name, it lists the reports and what each may be asked for.
    """
    from api.reports.make import prepare, write_report  # noqa: PLC0415 - takes a while, others need not wait
    from api.reports.recorded import recorded  # noqa: PLC0415 - as above
    from api.reports.registry import report_named  # noqa: PLC0415 - as above

    if name is None:
        out.print(_listed())
        return
    wanted = report_named(name)
    day, moment = day_of(as_of, "--as-of"), moment_of(known_at, "--known-at")
    asked = Asked(day, position=moment) if isinstance(moment, int) else Asked(day, moment)
    form, given = _form(output), _given(context.args)
    with existing_county(Settings.from_env()) as county:
        bring_up_to_date(county)
        with running(county) as (runner, services):
            prepared = runner.run(prepare(services, wanted, asked, given))
            file = output or Path()
            file = file / prepared.file_name(form) if output is None or output.is_dir() else file
            people = set[UUID]()
            with whole_file(file) as draft:
                with progress(wanted.zh) as told:
                    said = write_report(county, prepared, form, draft, told, people)
                draft.flush()
                receipt = runner.run(recorded(services, prepared, people, Path(draft.name)))
        if receipt is not None:
            say(
                f"已登记查阅(位置{receipt.position}),凭证 {receipt.salt}。 "
                f"On record at position {receipt.position}; the salt of its digest is {receipt.salt}."
            )
    for it in said.tables:
        say(f"{it.name}:{it.rows:,}行 {it.rows:,} rows")
    typer.echo(file)


def check_report(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="报表文件。A report, .xlsx or .zip.")],
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY", help="由他处得知的公钥。A public key of the log, known from elsewhere."),
    ] = None,
) -> None:
    """核对报表是否被改动。Check a report: against its signature, and against the ledger if it is here.

    只有毫无差异时退出码才为0。 The exit code is 0 only when nothing differs.
    """
    from api.reports.check import faults  # noqa: PLC0415 - takes a while, others need not wait
    from api.reports.reading import open_report  # noqa: PLC0415 - as above

    given = [VerifierKey.parse(one) for one in key or ()]
    known: list[VerifierKey] = []
    try:
        opened = open_report(file)
    except OSError as error:
        raise Failed(
            f"无法读取 {file}:{error.strerror}。请核对文件名与权限。",
            f"{file} cannot be read: {error.strerror}. Check its name and your rights to it.",
        ) from error
    with ExitStack() as stack:
        county = _county_of(opened, stack)
        if county is not None:
            with connect(county.conninfo) as conn:
                known = [VerifierKey.parse(record.vkey) for record in key_history(conn)]
        good = _shown(faults(opened, known, given))
        if county is not None:
            good &= _shown(_compared(county, opened, stack))
    if not good:
        out.print(
            "[bold red]✗[/] 该文件与所签或账本不符。 It is not what was signed, or what the ledger says.",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    if known or given:
        out.print("[bold green]✓[/] 未发现改动。 Nothing in it was altered.")
    else:
        out.print(
            "[yellow]*[/] 各表与封面一致,签名未核验。 Cover and tables agree; no signature was verified.",
            soft_wrap=True,
        )


def _shown(findings: Iterable[Finding]) -> bool:
    """Print what was found, and tell whether there are remarks alone."""
    good = True
    for it in findings:
        good &= it.remark
        mark = "[yellow]*[/]" if it.remark else "[bold red]✗[/]"
        out.print(f"{mark} {escape(_line(it.zh))}\n  {escape(_line(it.en))}", highlight=False, soft_wrap=True)
    return good


def _line(text: str) -> str:
    """Return a text that may come from the file, so that a terminal shows one line and does nothing else."""
    return "".join("\ufffd" if category(it) in _UNSEEN else it for it in text)


def _compared(county: County, opened: Opened, stack: ExitStack) -> Iterator[Finding]:
    """Yield where a report differs from the ledger, or why that cannot be told here."""
    from api.reports.check import differences  # noqa: PLC0415 - takes a while, others need not wait
    from api.reports.shown import Finding  # noqa: PLC0415 - as above

    try:
        again = _made_again(county, opened, stack)
    except (CannotSign, Problem) as error:
        yield Finding(
            f"未与账本比对:{error.message_zh}",
            f"It was not compared with the ledger: {error.message_en}",
            remark=True,
        )
    else:
        yield from differences(opened, again)


def _listed() -> Table:
    from api.reports.registry import REPORTS  # noqa: PLC0415 - takes a while, others need not wait

    table = Table(title="报表 Reports")
    for heading in ("名称 Name", "报表 Report", "依据 Clause", "参数 Options"):
        table.add_column(heading)
    for it in REPORTS:
        options = "\n".join(f"{_option(one.name)} {one.example}  {one.zh} {one.en}" for one in it.parameters)
        table.add_row(it.name, f"{it.zh} {it.en}", it.clause, escape(options))
    return table


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _given(words: Sequence[str]) -> dict[str, str]:
    """Read a report's own options, as `--from-month 2021-01` or `--from-month=2021-01`."""
    given: dict[str, str] = {}
    rest = list(words)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        name = option.removeprefix("--").replace("-", "_")
        if not option.startswith("--") or name in given or (not equals and not rest):
            hint = (
                f"“{option}”无法识别、重复或缺值。{option!r} is not understood, repeated or without a value."
            )
            raise typer.BadParameter(hint)
        given[name] = value if equals else rest.pop(0)
    return given


def _form(output: Path | None) -> Form:
    """Return the form that a file's name asks for; a workbook, where it is a folder."""
    from api.reports.make import Form  # noqa: PLC0415 - takes a while, others need not wait

    if output is None or output.is_dir():
        return Form.XLSX
    try:
        return Form(output.suffix.lower().removeprefix("."))
    except ValueError as error:
        hint = f"“{output.name}”应以 .xlsx 或 .zip 结尾。{output.name} has to end in .xlsx or .zip."
        raise typer.BadParameter(hint, param_hint="--output") from error


@contextmanager
def whole_file(file: Path) -> Iterator[IO[bytes]]:
    """Lend a draft that becomes the file when it is whole; otherwise nothing remains of it.

    Raises:
        Failed: it cannot be written there.
    """
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name[:40]}.", delete=False) as draft:
            try:
                yield cast("IO[bytes]", draft)
                draft.close()
                Path(draft.name).chmod(0o644)
                Path(draft.name).replace(file)
            finally:
                Path(draft.name).unlink(missing_ok=True)
    except OSError as error:
        raise Failed(
            f"无法写入 {file}:{error.strerror}。请换一个位置。",
            f"{file} cannot be written: {error.strerror}. Choose another place.",
        ) from error


def _county_of(opened: Opened, stack: ExitStack) -> County | None:
    """Return the county whose ledger a report is of, if it is at hand."""
    try:
        county = stack.enter_context(existing_county(Settings.from_env()))
    except NoLedgerYet:
        say("此处没有账本,只核对文件本身。 There is no ledger here: the file is checked by itself.")
        return None
    origin = log_origin(county.identity.origin, simulated=county.identity.simulated)
    if origin != opened.said.origin:
        say(
            f"此处的账本是 {origin},报表出自 {_line(opened.said.origin)}:只核对文件本身。 "
            "The ledger here is another one: the file is checked by itself."
        )
        return None
    return county


def _made_again(county: County, opened: Opened, stack: ExitStack) -> Opened:
    """Return the same report as the ledger has it now, as an archive in a folder that goes with the stack."""
    from api.reports.make import Form, prepare, write_report  # noqa: PLC0415 - takes a while, others need not wait
    from api.reports.reading import open_report  # noqa: PLC0415 - as above

    said = opened.said
    bring_up_to_date(county)
    with running(county) as (runner, services):
        asked = Asked(said.as_of, position=said.position)
        prepared = runner.run(prepare(services, opened.report, asked, dict(said.parameters)))
    file = Path(stack.enter_context(TemporaryDirectory(prefix="zhucun-report-"))) / "again.zip"
    with file.open("wb") as target, progress("重出报表 Making it again") as told:
        write_report(county, prepared, Form.ZIP, target, told)
    return open_report(file)
