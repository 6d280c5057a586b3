"""A life on paper: as a table that a person reads, or as JSON lines for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from uuid import UUID

import orjson
from rich.markup import escape
from rich.table import Table

from api.life import Moment
from api.wording import Names, counted, details_of, folded, in_words, month_of, title_of


def table_of(moments: list[Moment], names: Names, *, full: bool) -> Table:
    """Return a life as a table; unless `full`, a month's ordinary work is one line at its end."""
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=("", "on grey7"))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("记录 Recorded", no_wrap=True)
    table.add_column("发生 Occurred", no_wrap=True)
    table.add_column("迟 Late", justify="right", no_wrap=True)
    table.add_column("事件 Event", no_wrap=True)
    table.add_column("详情 Details", ratio=3, overflow="fold")
    table.add_column("经办 Actor", ratio=1, overflow="fold")
    table.add_column("其后 State after", ratio=2, overflow="fold")
    for run in ([it] for it in moments) if full else folded(moments):
        table.add_row(*(_line(run[0], names) if len(run) == 1 else _summary(run, names)))
    return table


def json_lines(moments: Iterable[Moment], names: Names) -> Iterator[str]:
    """Yield each event as a JSON object; its `data` are the fields as the ledger stores them."""
    for moment in moments:
        event, state = moment.event, moment.state
        yield orjson.dumps(
            {
                "position": moment.row.position,
                "version": event.originator_version,
                "type": event.TOPIC,
                "occurred_on": event.occurred_on,
                "recorded_at": moment.recorded_at,
                "late_days": moment.late_days,
                "voided_by": moment.voided_by and moment.voided_by.position,
                "data": orjson.Fragment(moment.row.state),
                "state": asdict(state)
                | {
                    "stage": state.stage.name.lower(),
                    "village_name": names.get(state.village or UUID(int=0)),
                },
            }
        ).decode()


def _line(moment: Moment, names: Names) -> tuple[str, ...]:
    event = moment.event
    title, details = title_of(type(event)), escape("·".join(details_of(event)))
    if moment.voided_by is not None:
        title = f"[strike]{title}[/]"
        details = f"[red]已作废,见#{moment.voided_by.originator_version}[/] {details}"
    return (
        str(event.originator_version),
        f"{moment.recorded_at:%Y-%m-%d %H:%M}",
        str(event.occurred_on),
        f"[yellow]{moment.late_days}[/]" if moment.is_late else str(moment.late_days or ""),
        title,
        details,
        escape(event.actor.organisation),
        escape(in_words(moment.state, names)),
    )


def _summary(run: list[Moment], names: Names) -> tuple[str, ...]:
    days = sorted(moment.event.occurred_on for moment in run)
    return (
        f"×{len(run)}",
        month_of(run[0]),
        f"{days[0]:%m-%d}–{days[-1]:%m-%d}",
        "",
        "日常工作",
        counted(run),
        "",
        escape(in_words(run[-1].state, names)),
    )
