"""A life as a table in a page: what matters on lines of its own, a month's ordinary work folded into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from api.dossier.markup import Content, table, tag
from api.life import Moment
from api.wording import Names, counted, details_of, folded, in_words, month_of, title_of
from domain.instructor import Instructor

HEAD: Final = ("位置", "记录(北京时间)", "发生", "迟录", "事件", "详情", "经办", "其后")


def history_of(moments: Sequence[Moment], names: Names) -> Element:
    """Return the table of a life."""
    places = {moment.event.originator_version: moment.row.position for moment in moments}
    rows = (_line(run[0], names, places) if len(run) == 1 else _month(run, names) for run in folded(moments))
    return table(HEAD, rows, class_="history")


def _line(moment: Moment, names: Names, places: Mapping[int, int]) -> tuple[Content, ...]:
    event, void = moment.event, moment.voided_by
    title, said = title_of(type(event)), "·".join(details_of(event))
    if isinstance(event, Instructor.Voided):
        said = f"作废位置{places.get(event.voided_version, '—')}·{event.reason}"
    return (
        str(moment.row.position),
        f"{moment.recorded_at:%Y-%m-%d %H:%M}",
        str(event.occurred_on),
        tag("b", f"{moment.late_days}天", class_="late") if moment.is_late else None,
        tag("s", title) if void else title,
        tag("span", tag("b", f"已作废,见位置{void.position} ", class_="late"), said) if void else said,
        event.actor.organisation,
        in_words(moment.state, names),
    )


def _month(run: Sequence[Moment], names: Names) -> tuple[Content, ...]:
    days = sorted(moment.event.occurred_on for moment in run)
    each = (
        tag(
            "li",
            f"{moment.event.occurred_on:%m-%d} {title_of(type(moment.event))} ",
            tag("small", f"位置{moment.row.position}"),
        )
        for moment in run
    )
    return (
        f"{len(run)}条",
        month_of(run[0]),
        f"{days[0]:%m-%d}–{days[-1]:%m-%d}",
        None,
        "日常工作",
        tag("details", tag("summary", counted(run)), tag("ul", *each)),
        None,
        in_words(run[-1].state, names),
    )
