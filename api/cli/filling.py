"""The demo on its ledger: founded as simulated, filled by one process at a time, to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from api.cli.console import Failed, progress, say
from api.county import County, open_county
from api.demo.fill import Demo
from api.settings import Settings
from ledger.database import connect
from ledger.errors import FoundedOtherwise

FILLING = "select pg_advisory_lock(hashtextextended('zhucun demo', 0))"


@contextmanager
def fill_demo(settings: Settings, demo: Demo, told: Callable[[str], None]) -> Iterator[County]:
    """Lend the demo county, filled.

    Args:
        settings: where it lives.
        demo: which one it is.
        told: what happens to the machine.

    Raises:
        Failed: the database holds another ledger.
        DemoDiffers: it holds events that are not of this demo.
    """
    try:
        with open_county(settings, told, demo.founding) as county:
            _fill(county, demo)
            yield county
    except FoundedOtherwise as error:
        raise Failed(
            "此数据库中已有另一账本(真实账本,或种子、规模不同的演示)。"
            "请换一个空的数据库,或用 ZHUCUN_DATA 换一个目录。",
            "This database already holds another ledger: a real one, or a demo of another seed or size. "
            "Use an empty database, or another folder in ZHUCUN_DATA.",
        ) from error


def _fill(county: County, demo: Demo) -> None:
    with connect(county.conninfo) as conn, progress("填充演示 Filling the demo county") as told:
        conn.execute(FILLING)
        if demo.is_complete(county.programme):
            return
        started = perf_counter()
        try:
            added = demo.fill(county.programme, told)
        except KeyboardInterrupt:
            say("已中断,已记录的保留;再次运行即可续填。 Interrupted; run it again, and it goes on from here.")
            raise
        seconds = perf_counter() - started
    say(f"已记录 {added:,} 个事件,用时 {seconds:.1f} 秒。 {added:,} events recorded in {seconds:.1f} s.")
