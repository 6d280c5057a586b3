"""The command line: `zhucun`. Each command is one short function here; what it shows stands beside."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.cli.checking import breaking_changes, current_schema
from api.cli.console import Commands, Failed, out, progress, say
from api.cli.filling import fill_demo
from api.cli.life import moment_or_position, replay, village_names
from api.cli.pages import json_lines, table_of
from api.cli.rebuilding import report_lines
from api.cli.serving import bring_up_to_date, serve_county
from api.cli.standing import standing_of, table_of_standing
from api.county import existing_county, open_county, today
from api.demo.fill import Demo
from api.demo.story import FULL, SMALL
from api.settings import Settings
from projections.rebuild import rebuild as rebuild_read_side

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "环境变量 Environment: DATABASE_URL (a PostgreSQL of your own; otherwise an embedded one is used) · "
        "ZHUCUN_DATA (folder of the embedded one; .data) · ZHUCUN_COUNTY (430624) · ZHUCUN_ORIGIN · "
        "ZHUCUN_HOST (127.0.0.1) · ZHUCUN_PORT (8000)"
    ),
)

Host = Annotated[
    str | None, typer.Option(help="监听地址,默认只限本机。Address; this machine only by default.")
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="端口,默认8000。Port, 8000 by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="以JSON输出。Print JSON instead of a table.")]


def main() -> None:
    """Run the command line."""
    app()


@app.callback()
def zhucun(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="出错时显示详情。Show tracebacks.")] = False,
) -> None:
    """驻村:党建指导员工作的可溯账本。The provable record of a county's party-building instructors.

    初次使用 New here? Try: [bold]zhucun demo --serve[/]
    """


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """启动服务。Serve the county over GraphQL; found its ledger first if there is none."""
    settings = _settings(host, port)
    with open_county(settings, say) as county:
        bring_up_to_date(county)
        serve_county(county, settings.host, settings.port)


@app.command()
def demo(
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="填充后启动服务。Serve it when it is filled.")
    ] = False,
    seed: Annotated[int, typer.Option(help="随机种子。Another seed tells another story.")] = 2020,
    small: Annotated[
        bool, typer.Option("--small", help="仅3个村3个月。Three villages, three months.")
    ] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """填充演示县。Fill the demo county: the notice's 30 villages, and a simulation of three batches.

    中断后再次运行即可续填。An interrupted fill goes on when it is run again.
    """
    settings = _settings(host, port)
    the_demo = Demo(seed, SMALL if small else FULL)
    with fill_demo(settings, the_demo) as county:
        bring_up_to_date(county)
        if serve:
            serve_county(county, settings.host, settings.port)
        else:
            say("接着可试 Try next: zhucun replay SIM-2020-0001 · zhucun status · zhucun serve")


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """查看状态。Show how ledger and read side stand; exit code 1 when the read side has stopped."""
    with existing_county(Settings.from_env()) as county:
        standing = standing_of(county)
    if as_json:
        typer.echo(orjson.dumps(standing, option=orjson.OPT_INDENT_2))
    else:
        out.print(table_of_standing(standing))
    if standing["state"] == "stopped":
        raise typer.Exit(1)


@app.command()
def rebuild(
    *,
    accept_difference: Annotated[
        bool, typer.Option("--accept-difference", help="内容不同也切换。Swap even if the content differs.")
    ] = False,
) -> None:
    """重建读表。Fill the read side anew beside the live one, compare, and swap when they agree."""
    with open_county(Settings.from_env(), say) as county, progress("重建读表 Rebuilding") as told:
        report = rebuild_read_side(county.conninfo, told, accept_difference=accept_difference)
    for line in report_lines(report):
        out.print(line, soft_wrap=True)
    if not report.swapped:
        raise typer.Exit(1)


@app.command()
def schema(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="与已提交的文件比较。Compare with the file.")
    ] = False,
    file: Annotated[Path, typer.Option(help="已提交的文件。The committed schema.")] = Path("schema.graphql"),
) -> None:
    """输出GraphQL模式。Print the GraphQL schema, or check that the committed one is up to date."""
    current = current_schema()
    if not check:
        typer.echo(current, nl=False)
        return
    if not file.exists():
        raise Failed(f"没有文件 {file}。", f"There is no {file}. Write it: zhucun schema > {file}")
    committed = file.read_text(encoding="utf-8")
    if committed == current:
        say(f"{file} 与程序一致。 {file} is up to date.")
        return
    for change in breaking_changes(committed, current):
        out.print(f"[red]不兼容 breaking[/] {change}", soft_wrap=True)
    raise Failed(
        f"{file} 与程序不一致。核对以上变更后更新该文件:zhucun schema > {file}",
        f"{file} is not up to date. If the changes are meant, write it anew: zhucun schema > {file}",
    )


@app.command(name="replay")
def replay_life(
    instructor: Annotated[str, typer.Argument(help="干部编号或编号(UUID)。Staff number or id.")],
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="截至何日已发生。What had happened by this day; today."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            metavar="DATETIME|POSITION",
            help="截至何时已知。What was known by then; now. A day (2021-06-05, to its end), a moment "
            "(2021-06-05T12:00, Asia/Shanghai unless it names a zone) or a position.",
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="逐条列出日常工作。One line an event; nothing folded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """逐事重放一人经历。Replay an instructor's life, event by event, as it was known at any moment."""
    try:
        moment = None if known_at is None else moment_or_position(known_at)
    except ValueError as error:
        hint = "写作 2021-06-05、2021-06-05T12:00 或位置。Write a day, a moment or a position."
        raise typer.BadParameter(hint, param_hint="--known-at") from error
    day: date = today() if as_of is None else as_of.date()
    with existing_county(Settings.from_env()) as county:
        moments = replay(county, instructor, day, moment)
        names = village_names(county, moments)
    if as_json:
        for line in json_lines(moments, names):
            typer.echo(line)
        return
    table = table_of(moments, names, full=full)
    os.environ.setdefault("LESS", "-RFX")  # colours, and no pager for what fits on the screen
    with out.pager(styles=True) if out.is_terminal else nullcontext():
        out.print(table)


def _settings(host: str | None, port: int | None) -> Settings:
    settings = Settings.from_env()
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
