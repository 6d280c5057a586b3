"""The command line: `zhucun`. Each command is one short function here; what it shows stands beside."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape

from api.cli import papers, reports, signing, tokens, witnessing
from api.cli.asking import asking
from api.cli.changed import Moments, changes_of
from api.cli.changed import json_lines as json_lines_of_changes
from api.cli.changed import table_of as table_of_changes
from api.cli.checking import breaking_changes, current_schema
from api.cli.console import Commands, Failed, once, out, progress, say
from api.cli.demonstrating import demo_tokens, tell_tokens
from api.cli.dingtalk import dingtalk
from api.cli.dossiers import write_dossier
from api.cli.exchanging import PIPE, export_log, import_log
from api.cli.filling import fill_demo
from api.cli.forgetting import forget
from api.cli.life import replay, village_names
from api.cli.moments import Day, Known, day_of, moment_of
from api.cli.pages import json_lines, table_of
from api.cli.personal import personal, tell_unusable
from api.cli.proving import proofs
from api.cli.rebuilding import report_lines
from api.cli.serving import bring_up_to_date, serve_county, sign_log
from api.cli.standing import standing_of, table_of_standing
from api.cli.verifying import verify
from api.county import existing_county, open_county, today
from api.demo.fill import Demo
from api.demo.story import FULL, SMALL
from api.settings import Settings
from ledger.textual import base64_of
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
        "ZHUCUN_DATA (folder of the embedded one; .data) · ZHUCUN_KEYS (folder of all keys, "
        "outside the database and its backups; `keys` in ZHUCUN_DATA) · ZHUCUN_COUNTY (430624) · "
        "ZHUCUN_ORIGIN · ZHUCUN_HOST (127.0.0.1) · ZHUCUN_PORT (8000) · ZHUCUN_OIDC_ISSUER, _AUDIENCE and "
        "_CLAIMS (whose tokens are taken), ZHUCUN_LIMIT_…, ZHUCUN_PRODUCTION, _HOSTS, _PROXIES, _DOCUMENTS, "
        "_TLS_CERT and _TLS_KEY (limits, and what the server shows: see docs/access.md) · ZHUCUN_DINGTALK_… "
        "(of the organisation's DingTalk: see docs/papers.md)"
    ),
)

app.add_typer(proofs, name="proof")
app.add_typer(signing.key, name="key")
app.add_typer(tokens.token, name="token")
app.add_typer(personal, name="personal")
app.add_typer(witnessing.witness, name="witness")
app.add_typer(dingtalk, name="dingtalk")

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
    from api.dingtalk.callback import Pushes  # noqa: PLC0415 - takes a while, and other commands need not wait

    settings, told = _settings(host, port), once(say)
    with open_county(settings, told) as county:
        bring_up_to_date(county)
        tell_unusable(county)
        sign_log(county, told)
        pushes = Pushes.of(county.programme, settings.dingtalk)
        serve_county(county, settings, pushes)


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
    settings, told = _settings(host, port), once(say)
    the_demo = Demo(seed, SMALL if small else FULL)
    with fill_demo(settings, the_demo, told) as county:
        bring_up_to_date(county)
        sign_log(county, told)
        tell_tokens(demo_tokens(county, settings.data / "tokens"))
        if serve:
            serve_county(county, settings)
        else:
            say("接着可试 Try next: zhucun replay SIM-2020-0001 · zhucun status · zhucun serve")


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """查看状态。Show how ledger and read side stand; exit code 1 when one has stopped, or at an alarm."""
    with existing_county(Settings.from_env()) as county:
        standing = standing_of(county)
    if as_json:
        typer.echo(orjson.dumps(standing, option=orjson.OPT_INDENT_2))
    else:
        out.print(table_of_standing(standing))
    if standing["state"] == "stopped" or standing["alarm"]:
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
        report = rebuild_read_side(county.conninfo, county.keys, told, accept_difference=accept_difference)
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
    as_of: Day = None,
    known_at: Known = None,
    full: Annotated[
        bool, typer.Option("--full", help="逐条列出日常工作。One line an event; nothing folded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """逐事重放一人经历。Replay an instructor's life, event by event, as it was known at any moment."""
    moment = moment_of(known_at, "--known-at")
    day = day_of(as_of, "--as-of") or today()
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


@app.command()
def changes(  # noqa: PLR0913 - two moments, on two clocks each
    whose: Annotated[
        str | None,
        typer.Argument(help="干部编号、村代码或编号(UUID);不写则全部。Whose: a person, a village; all."),
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="较早:截至何日已发生。Earlier: what had happened by then."),
    ] = None,
    since_known_at: Annotated[
        str | None,
        typer.Option(metavar="DATETIME|POSITION", help="较早:截至何时已知。Earlier: what was known by then."),
    ] = None,
    as_of: Day = None,
    known_at: Known = None,
    as_json: AsJson = False,
) -> None:
    """列出两个时点之间的变动。List what came, became known or was voided between two moments.

    每项列明何人录入、依据何在、迟录几天。 Each with who entered it, on what basis, and how many days late.
    """
    moments = Moments(
        day_of(since, "--since"),
        moment_of(since_known_at, "--since-known-at"),
        day_of(as_of, "--as-of"),
        moment_of(known_at, "--known-at"),
    )
    if moments.since is None and moments.since_known is None:
        hint = "请给出其一。Give one of them."
        raise typer.BadParameter(hint, param_hint="--since / --since-known-at")
    with existing_county(Settings.from_env()) as county:
        bring_up_to_date(county)
        with asking(county) as ask:
            for number, page in enumerate(changes_of(ask, whose, moments)):
                if as_json:
                    for line in json_lines_of_changes(page):
                        typer.echo(line)
                else:
                    out.print(table_of_changes(page, header=number == 0))


@app.command()
def compare(  # noqa: PLR0913 - the moment in three ways, and the result in three
    years: Annotated[
        list[str] | None,
        typer.Argument(metavar="[YEAR]...", help="批次年度,默认全部。Years of the batches; all of them."),
    ] = None,
    *,
    at_service_day: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="各批次均按任职第N天、以当日所知为准。Each batch on day N of its service, as then known.",
        ),
    ] = None,
    as_of: Day = None,
    known_at: Known = None,
    as_json: AsJson = False,
    chart: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="另绘成图:.svg或.html。Draw it too, as .svg or .html."),
    ] = None,
) -> None:
    """比较各批次,附与上一年之差。Compare batches, each with the difference to the year before."""
    from api.cli import compared, comparing  # noqa: PLC0415 - takes a while, and other commands need not wait

    if at_service_day is not None and as_of is not None:
        hint = "不能与 --as-of 同时给出。Give one of --at-service-day and --as-of, not both."
        raise typer.BadParameter(hint, param_hint="--at-service-day")
    if at_service_day is not None and at_service_day < 1:
        hint = f"应从1起,而非{at_service_day}。The first day is 1, not {at_service_day}."
        raise typer.BadParameter(hint, param_hint="--at-service-day")
    if chart is not None and chart.suffix.lower() not in compared.SUFFIXES:
        hint = f"“{chart.name}”应以 .svg 或 .html 结尾。{chart.name} has to end in .svg or .html."
        raise typer.BadParameter(hint, param_hint="--chart")
    day, moment = day_of(as_of, "--as-of"), moment_of(known_at, "--known-at")
    with existing_county(Settings.from_env()) as county:
        bring_up_to_date(county)
        with asking(county) as ask:
            found = comparing.compare(
                ask, years or [], as_of=day, known_at=moment, service_day=at_service_day
            )
    if chart is not None:
        compared.write_chart(found, chart)
        say(f"已绘成图 Drawn: {chart}")
    if as_json:
        typer.echo(orjson.dumps(found.answer, option=orjson.OPT_INDENT_2))
        return
    out.print(compared.table_of_comparison(found))
    for zh, en in found.notes:
        out.print(f"[yellow]*[/] {escape(zh)} {escape(en)}", highlight=False, soft_wrap=True)


@app.command()
def dossier(
    instructor: Annotated[str, typer.Argument(help="干部编号或编号(UUID)。Staff number or id.")],
    *,
    as_of: Day = None,
    known_at: Known = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="写入文件或文件夹,默认当前文件夹。The file, or a folder; the current folder.",
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(help="调阅全部个人信息的理由,登记在案。Why all of it is asked for; goes on record."),
    ] = None,
) -> None:
    """出具一人的可核验档案(ZIP)。Make a person's dossier: a file that can be checked offline, without us.

    解压后打开 index.html,其中写明如何核验。 Unpack it and open index.html, which says how to check it.
    """
    day, moment = day_of(as_of, "--as-of"), moment_of(known_at, "--known-at")
    with existing_county(Settings.from_env()) as county:
        bring_up_to_date(county)
        file = write_dossier(county, instructor, day, moment, output, reason)
    typer.echo(file)


app.command()(signing.checkpoint)
app.command()(verify)
app.command()(papers.papers)
app.command()(papers.template)
app.command()(papers.import_paper)
app.command()(forget)
app.command(context_settings=reports.ANY_OPTION)(reports.report)
app.command()(reports.check_report)


@app.command(name="export")
def export_events(
    *,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="写入文件,.gz则压缩;默认标准输出。A file, packed if it ends in .gz; standard output.",
        ),
    ] = PIPE,
    upto: Annotated[
        int | None,
        typer.Option(min=0, metavar="POSITION", help="至哪一位置;默认全部。Up to a position; all."),
    ] = None,
) -> None:
    """导出全部事件(JSON Lines)。Export the whole log as JSON Lines: each event as stored, with its hash."""
    with existing_county(Settings.from_env()) as county:
        head = export_log(county, output, upto)
    say(f"已导出 {head.size:,} 个事件,根 {base64_of(head.root)}。 {head.size:,} events exported.")


@app.command(name="import")
def import_events(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="zhucun export 所写的文件;- 为标准输入。An export; - reads a pipe."
        ),
    ],
) -> None:
    """由导出文件恢复账本。Restore a ledger from an export, into an empty database; it has the same root.

    逐条核对后写入;中断后再次运行即可续上。 Every line is checked; if interrupted, run it again.
    """
    restored = import_log(Settings.from_env(), file)
    head = restored.head
    say(
        f"已导入 {restored.added:,} 个事件,共 {head.size:,} 个,根 {base64_of(head.root)}。 "
        f"{restored.added:,} events imported, {head.size:,} in all; the root is the export's."
    )
    say(
        "报名表仍封存,各人的密钥另由 zhucun personal import 导入。 "
        "Registration forms stay sealed until the persons' keys are there: `zhucun personal import`."
    )


def _settings(host: str | None, port: int | None) -> Settings:
    settings = Settings.from_env()
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
