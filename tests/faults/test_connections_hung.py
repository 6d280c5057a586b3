"""A connection that hangs while its TCP lives: it is given up, and whoever asked is told so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Any

import pytest

from ledger.database import connect
from tests.api.server import Served, serving
from tests.faults.proxy import wire_to
from tests.faults.telling import Teller, answered, goes_on, hurried, in_background, told
from tests.faults.whole import nothing_lost_and_nothing_twice

SOON = 1.0
"""Seconds that a connection has to answer in here."""
IN_TIME = 20.0
"""Seconds; far less than the two hours of TCP, far more than anything here takes."""


@contextmanager
def impatient(served: Served) -> Iterator[None]:
    """Let all connections of a served county, those that are open as well, give up soon."""
    ledger: Any = served.county.programme.recorder
    pools: list[Any] = [
        ledger.datastore.pool,
        served.services.database._pool,
        served.app.state.tokens.in_force._database._pool,
    ]
    kinds = [pool.connection_class for pool in pools]
    usual = [kind.patience for kind in kinds]
    with ExitStack() as undone:
        undone.enter_context(hurried(served))
        for kind, seconds in zip(kinds, usual, strict=True):
            undone.callback(setattr, kind, "patience", seconds)
            kind.patience = SOON
        yield


def test_when_the_way_to_the_database_hangs_everybody_is_told_so_and_nothing_is_lost(
    real_ledger: str, teller: Teller
) -> None:
    with wire_to(real_ledger) as wire, serving(wire.conninfo) as served:
        teller.tell_all(served, teller.new(3))
        (command,) = teller.new()
        began = monotonic()
        with impatient(served):
            wire.stop_up()
            threads, asking = in_background(
                lambda: told(answered(served, "{ programme { villages { nodes { name } } } }"))
            )
            with threads:
                error = teller.attempt(served, command)
                asked = asking.result()
            wire.mend()

        assert monotonic() - began < IN_TIME
        assert error is not None
        assert {error[0], asked[0]} == {"UNAVAILABLE"}
        teller.tell(served, command)
        goes_on(served, teller)
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def test_a_statement_that_gets_no_answer_is_given_up_and_its_connection_closed(real_ledger: str) -> None:
    with wire_to(real_ledger) as wire, connect(wire.conninfo, patience=SOON) as conn:
        assert conn.execute("select 1").fetchone() == (1,)
        wire.stop_up()
        with pytest.raises(Exception, match="no answer within 1 seconds"):
            conn.execute("select 1")
        assert conn.closed
