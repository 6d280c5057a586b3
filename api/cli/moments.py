"""The options that many commands have: of which day and of which moment they tell."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from api.cli.life import moment_or_position

Day = Annotated[
    str | None, typer.Option(metavar="DATE", help="截至何日已发生。What had happened by this day; today.")
]
Known = Annotated[
    str | None,
    typer.Option(
        metavar="DATETIME|POSITION",
        help="截至何时已知。What was known by then; now. A day (2021-06-05, to its end), a moment "
        "(2021-06-05T12:00, Asia/Shanghai unless it names a zone) or a position.",
    ),
]


def day_of(text: str | None, option: str) -> date | None:
    """Return the day that an option gives, if it was given."""
    try:
        return None if text is None else datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError as error:
        hint = f"“{text}”不是日期,写作 2021-06-05。{text!r} is no date; write it as 2021-06-05."
        raise typer.BadParameter(hint, param_hint=option) from error


def moment_of(text: str | None, option: str) -> datetime | int | None:
    """Return the moment or the position that an option gives, if it was given."""
    try:
        return None if text is None else moment_or_position(text)
    except ValueError as error:
        hint = "写作 2021-06-05、2021-06-05T12:00 或位置。Write a day, a moment or a position."
        raise typer.BadParameter(hint, param_hint=option) from error
