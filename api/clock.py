"""The two clocks of a query: what had happened by a day, as it was known at a moment.

What is asked and what is answered can differ; `docs/answers.md` says how. The moments of recordings come from
the ledger, not from the read side, so that an answer does not depend on how far the read side had got.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, LiteralString, NamedTuple

from api.context import Services
from api.county import SHANGHAI
from api.problems import Problem, bad_request

_INSTANT: Final = timedelta(microseconds=1)

# One row for each moment asked for, in their order. A moment that has not come is answered for now.
_MOMENTS: Final[LiteralString] = """
select p.position, first.recorded_at, coalesce(asked.future, false), known.position,
       this.recorded_at, next.recorded_at
from read.projector p
left join ledger.events first on first.position = 1
left join lateral (select e.recorded_at from ledger.events e order by e.position desc limit 1) last on true
cross join lateral (
    select m.n, m.moment, m.position,
           m.moment > greatest(now(), last.recorded_at)
           or (m.moment at time zone 'Asia/Shanghai')::date > %(today)s::date as future
    from unnest(%(moments)s::timestamptz[], %(positions)s::bigint[]) with ordinality m (moment, position, n)
) asked
cross join lateral (
    select case when asked.position is not null then asked.position
                when asked.moment is null or asked.future then p.position
                else ledger.position_at(asked.moment) end
) known (position)
left join ledger.events this on this.position = known.position
left join ledger.events next on next.position = known.position + 1
order by asked.n
"""


@dataclass(frozen=True)
class Asked:
    """A moment as it is asked for; what is not said is None."""

    as_of: date | None = None
    known_at: datetime | None = None
    position: int | None = None


@dataclass(frozen=True)
class Clock:
    """Where an answer stands.

    Attributes:
        as_of: the day, included.
        known: the position, included; 0 when nothing was known.
        known_at: a moment at which just that was known, so that it can be asked for again; in UTC.
        asked: the moment as it was asked for.
        horizon: the last day that can be spoken of with that knowledge.
        today: the day of the question.
        in_future: whether the moment of knowledge that was asked for has not come yet.
        first_at: when the first event was recorded, if there is one.
    """

    as_of: date
    known: int
    known_at: datetime
    asked: Asked
    horizon: date
    today: date
    in_future: bool
    first_at: datetime | None

    @property
    def is_for_now(self) -> bool:
        """Whether it knows what is known now, because nothing else was asked for."""
        return self.in_future or (self.asked.known_at is None and self.asked.position is None)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that every statement has."""
        return {"as_of": self.as_of, "known": self.known}


class _Moment(NamedTuple):
    """What the database says of a moment: the read side's position, then the moment's own particulars."""

    reached: int
    first_at: datetime | None
    in_future: bool
    known: int
    recorded_at: datetime | None
    next_recorded_at: datetime | None


async def clocks(
    services: Services, asked: Asked, earlier: Sequence[Asked] = ()
) -> tuple[Clock, list[Clock]]:
    """Return where an answer stands, and the earlier moments that it is compared with, by one statement.

    The read side has got there when this returns: knowledge at a moment that is past is waited for.

    Args:
        services: the running application.
        asked: the moment of the answer.
        earlier: moments that it looks back at. One without a day looks at the last day that can be spoken of
            with its knowledge; one without knowledge has that of the answer.

    Raises:
        Problem: a moment makes no sense, is not reached yet, or an earlier one is later than the answer's.
    """
    for one in (asked, *earlier):
        if one.known_at is not None and one.position is not None:
            raise bad_request(
                "所知的时刻与位置只能给出一个(knownAt或knownAtPosition)。",
                "Give a moment of knowledge or a position, knownAt or knownAtPosition, not both.",
            )
    today = services.today()
    everything = (asked, *earlier)
    rows = await services.database.rows(
        _MOMENTS,
        {
            "today": today,
            "moments": [None if one.known_at is None else _utc(one.known_at) for one in everything],
            "positions": [one.position for one in everything],
        },
    )
    moment, *others = (_Moment(*row) for row in rows)
    if asked.position is not None and asked.position > moment.reached:
        raise Problem(
            "NOT_YET_KNOWN",
            f"位置{asked.position}尚未到达,现为{moment.reached};请稍后再试,GraphQL可用waitFor等待。",
            f"Position {asked.position} is not reached yet, the read side stands at {moment.reached}; "
            "try again later, or let GraphQL wait with waitFor.",
        )
    horizon = _horizon(asked, moment, today)
    as_of = horizon if asked.as_of is None else min(asked.as_of, horizon)
    clock = _clock(asked, moment, as_of, moment.known, horizon, today)
    before = [_before(one, other, clock) for one, other in zip(earlier, others, strict=True)]
    if moment.known > moment.reached:
        await services.tail.reach(moment.known)
    return clock, before


def _clock(  # noqa: PLR0913, PLR0917 - what it is made of
    asked: Asked, moment: _Moment, as_of: date, known: int, horizon: date, today: date
) -> Clock:
    if asked.known_at is not None and not moment.in_future:
        known_at = _utc(asked.known_at)
    else:
        # Of all moments at which just this was known, the first one at which the day could be spoken of.
        known_at = _utc(datetime.combine(as_of, time.min, SHANGHAI))
        if moment.recorded_at is not None:
            known_at = max(known_at, moment.recorded_at)
    return Clock(as_of, known, known_at, asked, horizon, today, moment.in_future, moment.first_at)


def _before(asked: Asked, moment: _Moment, clock: Clock) -> Clock:
    """Return the earlier moment `asked`, seen from the moment of the answer."""
    unsaid = asked.known_at is None and asked.position is None
    known = clock.known if unsaid else moment.known
    if clock.is_for_now and asked.known_at is not None:
        known = min(known, clock.known)  # the read side may have yet to see what is known now
    horizon = clock.horizon if unsaid else _horizon(asked, moment, clock.today)
    as_of = min(horizon, clock.as_of) if asked.as_of is None else asked.as_of
    if as_of > clock.as_of:
        raise bad_request(
            f"since {as_of}晚于所答的asOf {clock.as_of},应更早。",
            f"since {as_of} is later than {clock.as_of}, the asOf of the answer; give an earlier day.",
        )
    if known > clock.known or moment.in_future:
        raise bad_request(
            f"sinceKnownAt(位置{known})晚于所答之所知(位置{clock.known}),应更早。",
            f"sinceKnownAt, position {known}, is later than position {clock.known}, which the answer knows; "
            "give an earlier one.",
        )
    return _clock(asked, moment, as_of, known, horizon, clock.today)


def _horizon(asked: Asked, moment: _Moment, today: date) -> date:
    """Return the last day that can be spoken of with the knowledge of a moment."""
    if moment.in_future:
        return today
    if asked.known_at is not None:
        return min(_utc(asked.known_at).astimezone(SHANGHAI).date(), today)
    if moment.next_recorded_at is not None:
        return min((moment.next_recorded_at - _INSTANT).astimezone(SHANGHAI).date(), today)
    return today


def _utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one that its calendar has no room for is the nearest that it has."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return first if moment.year == first.year else last
