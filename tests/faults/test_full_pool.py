"""All connections taken: whoever comes next is told so in time, and all goes on when they are free again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from psycopg.conninfo import make_conninfo

from api.app import WRITERS
from api.database import POOL_SIZE
from ledger.database import connect
from tests.api.bearers import CHIEF, TOWNSHIP
from tests.api.server import Served, serving
from tests.faults.held import APPENDS, Held, held
from tests.faults.telling import Teller, answered, goes_on, hurried, told
from tests.faults.whole import nothing_lost_and_nothing_twice

VILLAGES = "{ programme { villages { nodes { name } } } }"


def test_when_all_reading_connections_are_taken_the_next_is_told_so(served: Served, teller: Teller) -> None:
    conninfo = served.county.conninfo
    goes_on(served, teller)
    with connect(conninfo) as conn, ThreadPoolExecutor(POOL_SIZE) as threads:
        conn.execute("begin")
        conn.execute("lock table read.village_nomination in access exclusive mode")
        two = (served, served.as_(CHIEF))  # one alone has half of them at most
        asking = [threads.submit(two[number % 2].ask, VILLAGES) for number in range(POOL_SIZE)]
        Held(conn).waiting(POOL_SIZE)
        with hurried(served):
            code, message = told(answered(served.as_(TOWNSHIP), VILLAGES))
        conn.execute("rollback")
        answers = [it.result() for it in asking]

    assert code == "UNAVAILABLE"
    assert message == "数据库暂时不可用,请稍后再试。 The database does not answer now; try again later."
    assert answers == [served.ask(VILLAGES)] * POOL_SIZE
    goes_on(served, teller)
    nothing_lost_and_nothing_twice(conninfo, teller.acknowledged)


def test_when_somebody_sits_on_the_ledger_writers_are_told_so_and_can_try_again(
    real_ledger: str, teller: Teller
) -> None:
    impatient = make_conninfo(real_ledger, options="-c lock_timeout=500ms")
    commands = teller.new(WRITERS + 2)
    with serving(impatient) as served:
        with held(real_ledger, APPENDS), ThreadPoolExecutor(len(commands)) as threads:
            errors = list(threads.map(lambda command: teller.attempt(served, command), commands))
        assert teller.acknowledged == {}
        assert {it[0] for it in errors if it is not None} == {"UNAVAILABLE"}
        assert all(it is not None and "同一命令编号" in it[1] for it in errors)

        teller.tell_all(served, commands)
        goes_on(served, teller)
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)
