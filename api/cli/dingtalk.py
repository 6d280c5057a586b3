"""`zhucun dingtalk`: what the organisation's DingTalk knows of attendance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from psycopg.conninfo import conninfo_to_dict

from api.cli import pulled
from api.cli.console import Failed, progress
from api.cli.serving import bring_up_to_date
from api.cli.signing import AsJson
from api.county import County, existing_county, today
from api.dingtalk.client import Client
from api.dingtalk.fates import Fate
from api.dingtalk.pull import Done, Rehearsal, pull, rehearse
from api.dingtalk.users import read_users
from api.settings import Settings
from ledger.database import connect

dingtalk = typer.Typer(no_args_is_help=True, help="钉钉考勤:拉取打卡记录。DingTalk: fetch check-ins.")

_SERVING: Final = """
select distinct i.staff_number, i.name
from read.posting_at(%(last)s, %(known)s) p
join read.instructor_at(%(last)s, %(known)s) i on i.id = p.instructor_id
where p.since <= %(last)s and p.last_day >= %(first)s
order by 1
"""
_ALL_KNOWN: Final = 2**62


@dingtalk.command(name="pull")
def pull_check_ins(
    *,
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="首日。The first day.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], metavar="DATE", help="末日,默认今天。The last day; today."
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="人员对照表,默认 ZHUCUN_DINGTALK_USERS。File of users (UserId) and staff numbers.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="只预览,不记录;--json 列出每条。Record nothing; --json lists every record."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """拉取任期内人员的打卡记录,可重复运行。Fetch the check-ins of whoever serves, as often as you like.

    中断后12小时内再次运行即可续上。 If interrupted, it goes on from there when run within 12 hours.
    """
    settings = Settings.from_env()
    begin, end = first.date(), last.date() if last else today()
    if end < begin:
        hint = f"末日{end}早于首日{begin}。The last day, {end}, is before the first, {begin}."
        raise typer.BadParameter(hint, param_hint="--to")
    source = users or settings.dingtalk.users
    missing = [
        name
        for name, value in (
            ("ZHUCUN_DINGTALK_APP_KEY", settings.dingtalk.app_key),
            ("ZHUCUN_DINGTALK_APP_SECRET", settings.dingtalk.app_secret),
            ("ZHUCUN_DINGTALK_USERS", source),
        )
        if not value
    ]
    if missing or source is None:
        names = "、".join(missing)
        raise Failed(f"尚未设置环境变量 {names}。", f"Set {', '.join(missing)} in the environment first.")
    people = read_users(source)
    with existing_county(settings) as county:
        done = Done(settings.data / f"dingtalk-pull-{_ledger(settings, county)}.json", datetime.now(UTC))
        asked = county.programme, Client(settings.dingtalk), people
        rehearsal: Rehearsal | None = None
        with progress("拉取 Fetching") as told:
            if dry_run:
                rehearsal = rehearse(*asked, first=begin, last=end, done=done, told=told)
                tally = rehearsal.tally()
            else:
                tally = pull(*asked, first=begin, last=end, done=done, told=told)
        bring_up_to_date(county)
        serving = _serving(county, begin, end)
    listed = set(people.values())
    unlisted = {number: name for number, name in serving.items() if number not in listed}
    if as_json:
        planned = {} if rehearsal is None else pulled.rehearsal_as_plain(rehearsal, people, serving)
        answer = {**pulled.as_plain(tally, unlisted), **planned}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        if rehearsal is not None:
            pulled.show_rehearsal(rehearsal, people, serving)
        pulled.show(tally, unlisted, recorded=rehearsal is None)
    if tally.fates[Fate.REFUSED] or unlisted:
        raise typer.Exit(1)


def _ledger(settings: Settings, county: County) -> str:
    """Return a short name for the ledger: what was done for one was not done for another."""
    at = conninfo_to_dict(settings.database_url or "")
    known = [county.identity.origin, *(str(at.get(name)) for name in ("host", "port", "dbname"))]
    return sha256("\n".join(known).encode()).hexdigest()[:12]


def _serving(county: County, first: date, last: date) -> dict[str, str]:
    """Return who serves in the period: names by staff number."""
    with connect(county.conninfo) as conn:
        return dict(conn.execute(_SERVING, {"first": first, "last": last, "known": _ALL_KNOWN}).fetchall())
