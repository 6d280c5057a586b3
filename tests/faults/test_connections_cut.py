"""The network between the server and PostgreSQL cut, and restored."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.api.server import Served, serving
from tests.api.test_following import FOLLOW, positions
from tests.faults.held import APPENDS, PROJECTION, held
from tests.faults.proxy import Wire, wire_to
from tests.faults.telling import Teller, answered, goes_on, hurried, told
from tests.faults.whole import nothing_lost_and_nothing_twice


@pytest.fixture
def wire(real_ledger: str) -> Iterator[Wire]:
    """The wire to the county's database."""
    with wire_to(real_ledger) as it:
        yield it


@pytest.fixture
def served(wire: Wire) -> Iterator[Served]:
    """A county that is served over that wire."""
    with serving(wire.conninfo) as it:
        yield it


def test_an_append_whose_answer_is_cut_off_is_recorded_once_and_acknowledged(
    real_ledger: str, wire: Wire, served: Served, teller: Teller
) -> None:
    teller.tell_all(served, teller.new(3))
    with held(real_ledger, APPENDS) as lock, teller.telling(served, teller.new(3)) as answers:
        lock.waiting(3)
        wire.cut()  # PostgreSQL does not notice, and will record them
        wire.mend()
        lock.waiting(6)  # given again, behind the first ones
        lock.let_go()
    assert [answer.result()["repeated"] for answer in answers] == [False] * 3

    goes_on(served, teller)
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def test_a_server_that_is_cut_off_says_so_and_goes_on_when_the_wire_is_mended(
    real_ledger: str, wire: Wire, served: Served, teller: Teller
) -> None:
    teller.tell_all(served, teller.new(3))
    with served.subscribed(FOLLOW, after="0") as messages:
        assert positions(messages, 3) == [1, 2, 3]
        with held(real_ledger, PROJECTION) as lock:
            teller.tell_all(served, teller.new(2))
            lock.waiting(1)
            wire.cut()  # in the middle of a projection
        (command,) = teller.new()
        with hurried(served):
            error = teller.attempt(served, command)
            asked = told(answered(served, "{ programme { villages { nodes { name } } } }"))
        assert error is not None
        assert {error[0], asked[0]} == {"UNAVAILABLE"}
        assert served.http.get("/ready").status_code == 503

        wire.mend()

        teller.tell(served, command)
        goes_on(served, teller)
        assert positions(islice(messages, 4), 4) == [4, 5, 6, 7]
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)
