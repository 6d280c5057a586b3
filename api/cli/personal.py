"""`zhucun personal`: the keys that personal data is sealed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from api.cli.console import out, progress, say
from api.cli.exchanging import reading, writing
from api.cli.rebuilding import report_lines
from api.cli.serving import bring_up_to_date
from api.cli.signing import prepared_county
from api.county import SHANGHAI, County
from api.settings import Settings
from ledger.database import connect
from ledger.handover import Fate, export_keys, import_keys
from ledger.holding import Holding, KeyState, holding, left_over
from ledger.rotation import Rotation
from ledger.rotation import rotate as rotate_keys
from projections.rebuild import rebuild

personal = typer.Typer(
    no_args_is_help=True,
    help="个人信息的密钥。The keys of personal data: their state; rotate, export, import.",
)

STATES: Final = {
    KeyState.NONE: "尚无 none yet",
    KeyState.READY: "可用 ready",
    KeyState.UNUSABLE: "不可用 unusable",
}
_FATES: Final = {
    Fate.ADDED: "导入 taken in",
    Fate.THERE: "原已存在 there already",
    Fate.FORGOTTEN: "日志载明已删除,不予导入 destroyed since, says the log: not taken in",
    Fate.UNASKED: "日志中无对应报名表,不予导入 nothing is sealed with it: not taken in",
    Fate.REPLACED: "此人已有新密钥,不予导入 the person has another by now: not taken in",
}
KeyFile = Annotated[
    str, typer.Argument(metavar="FILE", help="文件,.gz则压缩;- 为管道。A file, packed if .gz; - is a pipe.")
]


@personal.command()
def status(
    *, as_json: Annotated[bool, typer.Option("--json", help="以JSON输出。Print JSON.")] = False
) -> None:
    """查看密钥状态。Show how the keys stand; exit code 1 if they cannot be used, or one should be gone."""
    with prepared_county() as county:
        found = _holding(county)
        with connect(county.conninfo) as conn:
            over = left_over(conn)
    if as_json:
        typer.echo(orjson.dumps(found.plain | {"left_over": over}, option=orjson.OPT_INDENT_2))
    else:
        out.print(_table(found))
        if found.trouble is not None:
            out.print(f"[red]✗[/] {escape(str(found.trouble))}", highlight=False, soft_wrap=True)
        if over:
            out.print(
                f"[red]✗[/] 日志载明已销毁的密钥仍有 {over} 个(由较早的备份恢复而来);请运行 zhucun personal "
                f"rotate。 {over} keys are here that the log says were destroyed, put back from an older "
                "backup: run `zhucun personal rotate`.",
                highlight=False,
                soft_wrap=True,
            )
    if found.trouble is not None or over:
        raise typer.Exit(1)


@personal.command()
def rotate(
    *,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost",
            help="放弃此处打不开的密钥(主密钥已无副本)。Give up keys that nothing here opens.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。Do not ask first.")] = False,
) -> None:
    """更换主密钥,旧的随即销毁。Replace the master key; the old one is destroyed, and opens no backup.

    日志载明已销毁而仍存在的密钥一并销毁。 Keys that the log says are gone, and are not, go with it.
    """
    if not yes:
        told = (
            "旧备份中的个人信息从此不能打开。What older backups have of personal data is never opened again."
        )
        if lost:
            told = (
                "丢失的主密钥所封存的报名表从此不能读。Forms that the lost key sealed are never read again."
            )
        typer.confirm(f"更换主密钥?{told}", abort=True)
    with prepared_county() as county, connect(county.conninfo) as conn:
        found = rotate_keys(conn, Settings.from_env().keys, lost=lost)
    _tell_rotation(found)


@personal.command(name="export")
def export_file(file: KeyFile) -> None:
    """导出各人的密钥(仍由主密钥加密)。Export the persons' keys, still wrapped: to go with `zhucun export`."""
    with prepared_county() as county, connect(county.conninfo) as conn, writing(file) as write:
        number = export_keys(conn, write)
    say(
        f"已导出 {number:,} 个密钥;须与主密钥文件(personal-….key)分开保存、分开转交。 {number:,} keys "
        "exported. Keep and send them apart from the file of the master key, which they need."
    )


@personal.command(name="import")
def import_file(file: KeyFile) -> None:
    """导入各人的密钥。Take in persons' keys after `zhucun import`, with the master key in its folder.

    已被删除个人信息者的密钥不会恢复。 The key of somebody who was forgotten does not come back.
    """
    with prepared_county() as county:
        bring_up_to_date(county)
        with reading(file) as lines, connect(county.conninfo) as conn:
            fates = import_keys(conn, Settings.from_env().keys, lines)
        for fate in Fate:
            if number := fates[fate]:
                out.print(f"{number:,} {_FATES[fate]}", highlight=False, soft_wrap=True)
        if fates[Fate.ADDED]:
            # Names were sealed when it was filled; that they are open now is the difference that is meant.
            with progress("重建读表 Rebuilding") as told:
                report = rebuild(county.conninfo, county.keys, told, accept_difference=True)
            for line in report_lines(report):
                out.print(line, soft_wrap=True)
            if not report.swapped:
                raise typer.Exit(1)


def tell_unusable(county: County, tell: Callable[[str], None] = say) -> None:
    """Say at once what is wrong with the keys, if they cannot be used."""
    trouble = _holding(county).trouble
    if trouble is not None:
        tell(
            f"{trouble} 在此之前:可以查询,不能办理与人有关的事项。 Until then, everything can be asked, "
            "and nothing be entered of anybody."
        )


def _holding(county: County) -> Holding:
    with connect(county.conninfo) as conn:
        return holding(conn, Settings.from_env().keys)


def _tell_rotation(found: Rotation) -> None:
    say(
        f"新主密钥 personal-{found.master}.key,加密 {found.wrapped:,} 个密钥;旧的已从本机销毁。 The new "
        f"master key wraps {found.wrapped:,} keys; the old one is destroyed on this machine."
    )
    if found.destroyed:
        say(
            f"另销毁 {found.destroyed:,} 个日志载明已销毁的密钥。 "
            f"{found.destroyed:,} keys that the log says are gone were destroyed."
        )
    if found.lost:
        say(
            f"放弃 {found.lost:,} 个无法打开的密钥;读库仍有其报名表,直至 zhucun rebuild。 "
            f"{found.lost:,} keys that nothing opens were given up. The read side has their forms still, "
            "until `zhucun rebuild --accept-difference`."
        )
    say(
        "请将新文件复制到其他服务器与保管处,并销毁旧文件的各处副本。 Copy the new file to the other servers "
        "and the safe place, and destroy all copies of the old."
    )


def _table(found: Holding) -> Table:
    table = Table.grid(padding=(0, 2))
    since = "" if found.since is None else f"  {found.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    for name, value in (
        ("状态 State", STATES[found.state]),
        ("主密钥 Master key", f"{found.master or '-'}{since}"),
        ("在用 Keys in use", f"{found.keys:,}"),
        ("已销毁 Destroyed", f"{found.destroyed:,}"),
    ):
        table.add_row(f"[bold]{name}[/]", value)
    return table
