"""The law of the API: on both clocks, every answer is what the bare events come to (`tests/oracle/`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.oracle.answers import Oracle, differences, fields_asked, fields_below
from tests.oracle.clocks import Log
from tests.oracle.programme import Programme
from tests.oracle.questions import NOT_COMPARED, QUESTIONS, SCHEMA
from tests.oracle.tree import Tree
from tests.projections.histories import A_LIFE, START, Move, Story, days, moves
from tests.projections.readside import ReadSide
from tests.scenario import TODAY

THIRDS = 3


@dataclass(frozen=True)
class Look:
    """A moment to ask at, and an earlier one to look back at.

    Attributes:
        as_of: the day; the last that can be spoken of, if None.
        part: of the log is known.
        by_position: whether the knowledge is named by its position, not by the time of its recording.
        since: the earlier day.
        since_part: of what is known was known earlier.
        service_day: the day of service at which batches are compared.
        turn: which third of the questions is asked.
    """

    as_of: date | None
    part: float
    by_position: bool
    since: date
    since_part: float
    service_day: int
    turn: int

    def variables(self, log: Log) -> tuple[Programme, dict[str, Any]]:
        known = round(self.part * len(log.records))
        moment = log.records[known - 1].recorded_at if known else log.records[0].recorded_at - timedelta(1)
        programme = (
            Programme(log, self.as_of, position=known)
            if self.by_position
            else Programme(log, self.as_of, known_at=moment)
        )
        return programme, {
            "asOf": self.as_of and self.as_of.isoformat(),
            "known": str(known) if self.by_position else None,
            "knownAt": None if self.by_position else moment.isoformat(),
            "since": min(self.since, programme.as_of).isoformat(),
            "sinceKnown": str(round(self.since_part * programme.position)),
            "day": self.service_day,
        }


def signed_tree(served: Served) -> Tree:
    """Sign the log as it stands and as it stood half-way, and return it."""
    signed = served.ask("mutation { signCheckpoint { size } }")["signCheckpoint"]
    served.services.signer.sign(int(signed["size"]) // 2)
    return Tree(served.county.conninfo, served.county.identity.origin)


def looks() -> st.SearchStrategy[list[Look]]:
    """Moments in and after the term, and one now."""
    one = st.builds(
        Look,
        as_of=st.none() | days(),
        part=st.floats(0, 1),
        by_position=st.booleans(),
        since=days(),
        since_part=st.floats(0, 1),
        service_day=st.sampled_from([1, 30, 90, 91, 365, 1095]),
        turn=st.integers(0, THIRDS - 1),
    )
    now = one.map(lambda look: replace(look, as_of=None, part=1.0))
    return st.tuples(st.lists(one, min_size=2, max_size=3), now).map(lambda drawn: [*drawn[0], drawn[1]])


def same(served: Served, oracle: Oracle, log: Log, look: Look) -> None:
    """Ask a third of all questions at a moment, and compare."""
    programme, variables = look.variables(log)
    for name in islice(QUESTIONS, look.turn, None, THIRDS):
        query = QUESTIONS[name]
        said = {it: value for it, value in variables.items() if f"${it}:" in query}
        answered = served.ask(query, **said)
        found = list(islice(differences(answered, oracle.answer(query, programme, **said)), 20))
        assert found == [], f"{name} at {said}"


def test_every_answer_is_what_the_events_come_to(server: str, template: str) -> None:
    oracle = Oracle(SCHEMA)

    @settings(
        max_examples=9,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(moves=moves(), looks=looks())
    @example(
        moves=A_LIFE,
        looks=[
            Look(None, part, False, START, 0.5, 90, turn) for turn in range(THIRDS) for part in (0.6, 1.0)
        ],
    )
    def ask(moves: list[Move], looks: list[Look]) -> None:
        story = Story()
        for move in moves:
            story.play(move)
        with _served(server, template, story) as served:
            log = Log(story.events, story.clocks, TODAY, signed_tree(served))
            for look in looks:
                same(served, oracle, log, look)

    ask()
    silent = fields_below(SCHEMA, "Programme") - oracle.said
    assert {it for it in silent if it[1] not in NOT_COMPARED} == set(), "nothing was ever answered to these"


def test_everything_below_the_programme_is_compared_or_named() -> None:
    asked = {it for query in QUESTIONS.values() for it in fields_asked(SCHEMA, query)}
    below = fields_below(SCHEMA, "Programme")
    assert {it for it in below - asked if it[1] not in NOT_COMPARED} == set()
    assert NOT_COMPARED.keys() == {name for _, name in below - asked}


@contextmanager
def _served(server: str, template: str, story: Story) -> Iterator[Served]:
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.append(story.events, story.clocks)
        side.project()
        side.close()
        with serving(conninfo) as served:
            yield served
