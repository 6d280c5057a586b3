"""`zhucun papers`, `zhucun template` and `zhucun import-paper`: what comes in on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from api.cli import planned
from api.cli.console import Failed, out, progress, say
from api.cli.serving import bring_up_to_date
from api.county import County, existing_county
from api.dingtalk.users import read_users
from api.jobs.settling import taken_since
from api.papers.cells import CellUnreadable, term
from api.papers.grid import FileRefused, SourceFile, read_file
from api.papers.intake import Intake, Taken
from api.papers.kinds import PaperKind
from api.papers.plans import Plan
from api.papers.refused import write_refused
from api.papers.registry import PAPERS
from api.papers.sheets.shared import USER
from api.settings import Settings
from domain.entry import Actor
from domain.terms import Role

SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".txt"})
"""What is taken of a folder."""

Paper = Annotated[
    str, typer.Argument(metavar="PAPER", help="表格种类,见 zhucun papers。Its kind; see `zhucun papers`.")
]


def papers() -> None:
    """列出可导入的表格。List the papers that can be taken in, with their columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("表格 Paper", "名称 Name", "列(●必填) Columns (● needed)"):
        table.add_column(title, overflow="fold")
    for kind in PAPERS.values():
        columns = " ".join(escape(it.name) + ("●" if it.needed else "") for it in kind.columns)
        table.add_row(f"[bold]{kind.name}[/]", escape(f"{kind.zh} {kind.en}"), columns)
    out.print(table)


def template(
    paper: Paper,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="写入的文件(.xlsx)。The workbook to write."),
    ],
) -> None:
    """写出空白样表。Write an empty form of a paper, with remarks and lists to choose from."""
    from api.papers.templates import write_template  # noqa: PLC0415 - other commands need not wait for it

    kind = _kind(paper)
    _must_be_new_workbook(output, "-o")
    write_template(kind, output)
    say(f"已写出{kind.zh}样表 Written: {output}")


def import_paper(  # noqa: PLR0913 - who brings what, and what is to become of it
    paper: Paper,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="工作簿、CSV 或其文件夹。Workbooks, CSV files, or a folder of them."
        ),
    ],
    *,
    actor_id: Annotated[str, typer.Option(help="经办人编号。Who brings it.")],
    role: Annotated[
        str,
        typer.Option(help="经办人职务身份,如 township 或 县委组织部。In which office, such as `township`."),
    ],
    organisation: Annotated[str, typer.Option(help="经办人单位。Of which organisation.")],
    commit: Annotated[
        bool, typer.Option("--commit", help="记录;不写则只预览。Record it; without this, it is a dry run.")
    ] = False,
    accept_valid: Annotated[
        bool,
        typer.Option(
            "--accept-valid", help="有行被拒绝时仍记录其余各行。Record the other rows when some are refused."
        ),
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="被拒绝的行写入此工作簿。A workbook for the refused rows; with --accept-valid there is "
            "always one, named after the first file.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以JSON输出。Print JSON.")] = False,
) -> None:
    """导入表格:先预览,加 --commit 才记录。Take in a paper: a dry run, unless --commit says to record it.

    全部记录或全不记录,重复导入不会重复计算。 All of it is recorded or nothing; a repeat never counts twice.
    """
    kind, actor = _kind(paper), Actor(actor_id, _role(role), organisation)
    sources = _sources(_listed(files))
    if refused is not None:
        _must_be_new_workbook(refused, "--refused")
    elif accept_valid:
        refused = _beside(files[0])
    settings = Settings.from_env()
    with existing_county(settings) as county:
        bring_up_to_date(county)
        users = _users(kind, settings)
        intake = Intake(county.programme, county.conninfo, kind, sources, actor, users)
        with _interruption_told(intake), progress("核对各行 Deciding") as told:
            plan = intake.plan(told)
        if not as_json:
            planned.show(plan)
        if refused is not None and plan.refused:
            _write_refused(plan, refused)
            say(f"被拒绝的行已写入 Refused rows written: {refused}")
        if as_json and commit and plan.refused and not accept_valid:
            _print_json(plan, None)  # a program, too, is told which rows keep it from being recorded
        taken = _recorded(county, intake, plan, accept_valid=accept_valid) if commit else None
    if as_json:
        _print_json(plan, taken)
    elif commit and taken is None:
        say("没有新的内容可记录。 There was nothing new to record.")
    elif taken is not None:
        number = len(taken.plan.events)
        say(
            f"已记录 {number:,} 个事件,至位置 {taken.position:,}。 "
            f"{number:,} event{'' if number == 1 else 's'} recorded, up to position {taken.position:,}."
        )
    else:
        say("以上为预览,未作记录;加 --commit 记录。 A dry run: nothing was recorded; --commit records it.")
    if plan.refused and not accept_valid:
        raise typer.Exit(1)


def _print_json(plan: Plan, taken: Taken | None) -> None:
    typer.echo(orjson.dumps(planned.as_plain(plan, taken), option=orjson.OPT_INDENT_2))


def _recorded(county: County, intake: Intake, plan: Plan, *, accept_valid: bool) -> Taken | None:
    with _interruption_told(intake):
        taken = intake.commit(plan, accept_valid=accept_valid)
    if taken is not None:
        bring_up_to_date(county)
    return taken


def _kind(paper: str) -> PaperKind:
    if (kind := PAPERS.get(paper)) is not None:
        return kind
    hint = f"没有“{paper}”这种表格。There is no such paper; choose one of {', '.join(PAPERS)}."
    raise typer.BadParameter(hint, param_hint="PAPER")


def _users(kind: PaperKind, settings: Settings) -> dict[str, str]:
    """Return staff numbers by DingTalk's userid, for a paper that may have it, if their file is set."""
    file = settings.dingtalk.users
    return {} if file is None or USER not in kind.columns else read_users(file)


def _role(text: str) -> Role:
    try:
        return term(text, Role)
    except CellUnreadable as error:
        values = ", ".join(Role)
        raise typer.BadParameter(f"{error.message_zh} {values}", param_hint="--role") from error


def _listed(paths: Iterable[Path]) -> list[Path]:
    """Return the files, those of a folder in the order of their names; an editor's lock files are none."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            it
            for it in path.rglob("*")
            if it.suffix.lower() in SUFFIXES and it.is_file() and not it.name.startswith(("~$", "."))
        )
        if not inside:
            raise Failed(
                f"文件夹 {path} 中没有可导入的文件。",
                f"There is nothing to take in in {path}: no workbook, no CSV file.",
            )
        found += inside
    return found


@contextmanager
def _interruption_told(intake: Intake) -> Iterator[None]:
    """Say, if somebody interrupts it, whether anything was recorded, and how to go on."""
    before = intake.programme.recorder.max_notification_id() or 0
    try:
        yield
    except KeyboardInterrupt:
        digests = {intake.label_of(source).sha256 for source in intake.sources}
        if taken_since(before, intake.programme, intake.conninfo, intake.kind.name, digests, intake.actor):
            say("已中断,但此前已全部记录。 Interrupted, but all of it was recorded before.")
        else:
            say(
                "已中断,未作任何记录;再次运行即可。 "
                "Interrupted: nothing was recorded. Run it again; what is on record never counts twice."
            )
        raise


def _sources(files: Sequence[Path]) -> list[SourceFile]:
    with progress("读取文件 Reading") as told:
        sources = []
        for done, file in enumerate(files):
            told(done, len(files))
            sources.append(_source(file))
    return sources


def _source(file: Path) -> SourceFile:
    try:
        return read_file(file)
    except FileRefused as error:
        raise Failed(f"{file.name}:{error.message_zh}", f"{file.name}: {error.message_en}") from error
    except OSError as error:
        raise Failed(
            f"无法读取 {file}:{error.strerror}。请核对路径与权限。",
            f"{file} cannot be read: {error.strerror}. Check the path, and that you may read it.",
        ) from error


def _beside(file: Path) -> Path:
    """Return a new file in the current folder for the refused rows of a file."""
    names = (Path(f"{file.stem}-refused{'' if n == 1 else f'-{n}'}.xlsx") for n in count(1))
    return next(name for name in names if not name.exists())


def _write_refused(plan: Plan, file: Path) -> None:
    """Write the workbook of the refused rows, before anything is recorded.

    Raises:
        Failed: it cannot be written.
    """
    try:
        with progress("写出被拒绝的行 Refused rows") as told:
            write_refused(plan, file, told)
    except OSError as error:
        raise Failed(
            f"无法写入 {file}({error}),未作任何记录。请用 --refused 换一个位置。",
            f"{file} cannot be written ({error}), so nothing was recorded. Choose another place (--refused).",
        ) from error


def _must_be_new_workbook(file: Path, option: str) -> None:
    if file.exists():
        hint = f"{file} 已存在,请换一个文件名。{file} exists already; name another file."
    elif file.suffix.lower() != ".xlsx":
        hint = f"{file} 不是 .xlsx,请以 .xlsx 结尾。{file} would be a workbook: let its name end in .xlsx."
    elif not file.absolute().parent.is_dir():
        hint = f"文件夹 {file.parent} 不存在,请先建立。There is no folder {file.parent}; create it first."
    else:
        return
    raise typer.BadParameter(hint, param_hint=option)
