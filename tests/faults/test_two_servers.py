"""Two servers on one database; the one that projects and signs dies, and the other takes over."""

from __future__ import annotations

from tests.api.server import serving
from tests.faults.held import PROJECTION, held
from tests.faults.process import served_elsewhere
from tests.faults.telling import Teller, goes_on
from tests.faults.whole import nothing_lost_and_nothing_twice


def test_when_one_of_two_servers_dies_the_other_takes_over(real_ledger: str, teller: Teller) -> None:
    with served_elsewhere(real_ledger) as first:
        goes_on(first, teller)  # it projects
        with serving(real_ledger) as second:
            first_half, second_half = teller.new(4), teller.new(4)
            with teller.telling(first, first_half), teller.telling(second, second_half):
                pass
            last = max(teller.acknowledged.values())
            # What the first one projects, both read; and what it signs, the second one signs on.
            for served in (first, second):
                assert served.ask(f'{{ programme(waitFor: "{last}") {{ position }} }}')
            goes_on(second, teller)
            with held(real_ledger, PROJECTION) as lock:
                teller.tell_all(second, teller.new(2))
                lock.waiting(1)
                first.kill()  # in the middle of a projection, with the writer's lock

            goes_on(second, teller)
            teller.tell_all(second, [*first_half, *second_half])
            nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)
