"""What the log costs, and what its proofs take, as shares of what would be without them in the same run.

    .venv/bin/python -m bench.proofs [appending] [verifying] [proving] [dossier] [--server CONNINFO]

Without a name it measures all four, on an embedded server in a temporary folder unless one is named.

- appending: events a second, one commit each and in one append, while a projector in a process of its own
  keeps up; with the log, and with a projector that leaves the log out.
- verifying: events a second of the audit (`zhucun verify --skip-read-side`), against bare SHA-256 of the
  same leaves, in memory already; and against that of the leaves and of the tree's inner nodes.
- proving: an inclusion proof, a consistency proof and an earlier root, of 100 thousand and of 10 million
  leaves, against one row fetched by its key. The leaves are made up; the product makes the tree over them.
- dossier: of a person with three full years in a county of ninety, made, and verified by the program in it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any, Final

from psycopg import Connection

from api.cli.asking import running
from api.clock import Asked
from api.county import open_county
from api.dossier import verify_dossier
from api.dossier.make import make_dossier
from api.settings import Settings
from bench.ledger import check_ins, scratch
from bench.projections import PEOPLE, county
from ledger import embedded, merkle, tree
from ledger.audit import audit
from ledger.database import connect
from ledger.leaf import leaf_data
from ledger.mapper import EventMapper
from ledger.merkle import Edge
from ledger.recorder import Recorder
from ledger.records import Record
from ledger.store import Datastore
from projections.projector import Projector
from projections.schema import prepare
from tests.keyring import FIXED

ROUNDS: Final = 5
SINGLE: Final = 1000
BULK: Final = 50_000
PROOFS: Final = 200
LEAVES: Final = (100_000, 10_000_000)
LOT: Final = 50_000
CONSISTENT: Final = 3
"""What the verifier exits with when all holds and nobody said whose key it is."""
PROJECTOR: Final = """
import sys
from threading import Event
from projections import projector
if sys.argv[2] == "without":
    projector.Log = lambda: None
from tests.keyring import FIXED
projector.Projector(sys.argv[1], FIXED).run(Event())
"""


@contextmanager
def projecting(conninfo: str, log: str) -> Iterator[None]:
    """Keep a projector at work in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", PROJECTOR, conninfo, log])
    try:
        sleep(2)  # until it is there
        yield
    finally:
        process.kill()
        process.wait()


def appended(server: str, log: str) -> tuple[float, float, float]:
    """Return events a second: appended one by one, appended in one, and until they are projected."""
    with scratch(server) as conninfo, connect(conninfo) as conn:
        prepare(conninfo)
        mapper, recorder = EventMapper(FIXED), Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))
        single, bulk = ([mapper.to_stored_event(it) for it in check_ins(n)] for n in (SINGLE, BULK))
        with projecting(conninfo, log):
            recorder.insert_events(single[:50])
            each = timed(lambda: one_by_one(recorder, single[50:]))
            until_projected(conn, SINGLE)
            start = perf_counter()
            together = timed(lambda: recorder.insert_events(bulk))
            until_projected(conn, SINGLE + BULK)
            caught_up = perf_counter() - start
        recorder.datastore.close()
    return (SINGLE - 50) / each, BULK / together, BULK / caught_up


def one_by_one(recorder: Recorder, events: list[Record]) -> None:
    """Append each event in a transaction of its own."""
    for event in events:
        recorder.insert_events([event])


def until_projected(conn: Connection[Any], position: int) -> None:
    """Wait until the read side is there."""
    while conn.execute("select position >= %s from read.projector", (position,)).fetchone() != (True,):
        sleep(0.01)


def appending(server: str) -> None:
    """Append with the log and without it, in turn, and print both."""
    rounds = [[appended(server, log) for log in ("with", "without")] for _ in range(ROUNDS)]
    print(f"{'':42}{'without log':>14}{'with':>12}{'ratio':>8}   (events/s)")
    for n, name in enumerate(("one event, one commit", "50,000 in one append", "until they are projected")):
        ours, bare = (median(each[i][n] for each in rounds) for i in (0, 1))
        ratio = median(with_log[n] / without[n] for with_log, without in rounds)
        print(f"{name:42}{bare:14,.0f}{ours:12,.0f}{ratio:8.2f}")


def verifying(server: str) -> None:
    """Audit a county's log, and print how that compares with hashing alone."""
    with recorded(server) as conninfo:
        with Datastore(conninfo) as datastore:
            rows = Recorder(datastore).read_after(0, limit=10**7)
        leaves = [leaf_data(row) for row in rows]
        number = len(leaves)
        bare = median(timed(lambda: hashed(leaves)) for _ in range(ROUNDS))
        whole = median(timed(lambda: grown(leaves)) for _ in range(ROUNDS))
        ours = median(timed(lambda: audited(conninfo)) for _ in range(ROUNDS))
    size = sum(map(len, leaves)) / number
    print(f"{number:,} leaves of {size:.0f} bytes{'':20}{'bare':>14}{'verify':>12}{'ratio':>8}   (leaves/s)")
    for name, limit in (("SHA-256 of the leaves", bare), ("and of the inner nodes", whole)):
        print(f"{name:42}{number / limit:14,.0f}{number / ours:12,.0f}{limit / ours:8.2f}")


def hashed(leaves: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of leaves."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def grown(leaves: Sequence[bytes]) -> None:
    """Make the tree over leaves."""
    merkle.root_of(hashed(leaves))


def audited(conninfo: str) -> None:
    """Audit a log that is as it should be."""
    found = audit(conninfo)
    if not all(it.code.remark for it in found.findings):
        raise RuntimeError([it.en for it in found.findings])


@contextmanager
def recorded(server: str) -> Iterator[str]:
    """Lend the made-up county, recorded and projected."""
    with scratch(server) as conninfo:
        prepare(conninfo)
        events, clocks = county(PEOPLE)
        mapper, recorder = EventMapper(FIXED), Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))
        recorder.insert_events([mapper.to_stored_event(event) for event in events], recorded_at=clocks)
        recorder.datastore.close()
        Projector(conninfo, FIXED).catch_up()
        yield conninfo


def dossiers(server: str) -> None:
    """Make and verify the dossiers of some people, and print what that takes."""
    with recorded(server) as conninfo, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dossier.zip"
        settings = Settings(database_url=conninfo, data=Path(folder))
        with open_county(settings, print) as the_county, running(the_county) as (runner, services):
            the_county.signer.prepare()
            with connect(conninfo) as conn:
                people = [
                    str(it) for (it,) in conn.execute("select distinct instructor_id from read.nomination")
                ]

            def made(who: str) -> None:
                dossier = runner.run(make_dossier(the_county, services, who, Asked()))
                file.write_bytes(dossier.content)

            made(people[0])
            making, checking = [], []
            for who in people[:ROUNDS]:
                making.append(timed(partial(made, who)))
                checking.append(timed(partial(verified, file)))
        print(f"dossier of {file.stat().st_size:,} bytes: made in {median(making):.2f} s, ", end="")
        print(f"verified in {median(checking):.2f} s, Python's start included")


def verified(file: Path) -> None:
    """Verify a dossier as its reader does."""
    command = [sys.executable, verify_dossier.__file__, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != CONSISTENT:
        raise RuntimeError(done.stdout)


def proving(server: str) -> None:
    """Grow a tree to each size and print what its proofs take."""
    print(f"{'':42}{'one event':>14}{'proof':>12}{'ratio':>8}   (ms)")
    chance = random.Random(1)
    for size in LEAVES:
        with scratch(server) as conninfo, connect(conninfo) as conn:
            fill_tree(conn, size)
            at = [chance.randrange(size) for _ in range(PROOFS)]
            event = 1000 * per_call(partial(fetch, conn), at)
            for name, proof in (
                ("inclusion", partial(tree.inclusion_proof, conn)),
                ("consistency", partial(tree.consistency_proof, conn)),
                ("root of an earlier size", lambda n, _, conn=conn: tree.root_at(conn, n)),
            ):
                taken = 1000 * per_call(lambda n, proof=proof, size=size: proof(n, size), at)
                print(f"{f'{name}, {size:,} leaves':42}{event:14.3f}{taken:12.3f}{taken / event:8.1f}")


def fill_tree(conn: Connection[Any], size: int) -> None:
    """Make a tree over leaves that are hashes of their numbers."""
    edge = Edge()
    for first in range(0, size, LOT):
        leaves = [sha256(n.to_bytes(8)).digest() for n in range(first, min(first + LOT, size))]
        with conn.transaction(), conn.cursor().copy(tree._COPY) as copy:  # noqa: SLF001 - its very statement
            copy.set_types(["int2", "int8", "bytea"])
            for (level, number), hash_ in edge.add(leaves):
                copy.write_row((level, number, hash_))
    conn.execute("vacuum analyze ledger.tree_node")


def fetch(conn: Connection[Any], number: int) -> None:
    """Fetch one row by its key, as one event is fetched by its position."""
    conn.execute("select * from ledger.tree_node where level = 0 and index = %s", (number,)).fetchone()


def per_call(work: Callable[[int], object], numbers: list[int]) -> float:
    """Return the median seconds of a call."""
    for number in numbers[:10]:
        work(number)
    return median(timed(partial(work, number)) for number in numbers)


def timed(work: Callable[[], object]) -> float:
    """Return how long it took, in seconds."""
    start = perf_counter()
    work()
    return perf_counter() - start


PARTS: Final = {"appending": appending, "verifying": verifying, "proving": proving, "dossier": dossiers}


def main() -> None:
    """Measure what is named on the command line, or all."""
    parser = argparse.ArgumentParser(description="What the log costs, and what its proofs take.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--server", metavar="CONNINFO", help="a PostgreSQL to use; an embedded one if none")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    chosen = [part for name, part in PARTS.items() if name in (asked.parts or PARTS)]
    if asked.server:
        for part in chosen:
            part(asked.server)
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        for part in chosen:
            part(server.conninfo)


if __name__ == "__main__":
    main()
