"""The collector of garbage rests while a plan is made, and for no longer."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from api.papers.collector import collector_resting


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Leave the collector on, whatever becomes of it."""
    yield
    gc.enable()


def test_the_collector_rests_until_the_last_who_asked_is_done() -> None:
    with collector_resting():
        with collector_resting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_is_on_again_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), collector_resting():
        _ = 1 // 0
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with collector_resting():
        pass
    assert not gc.isenabled()


def test_the_collector_rests_until_the_last_of_many_threads_is_done() -> None:
    begun, go_on = Barrier(4), Event()

    def rest() -> None:
        with collector_resting():
            begun.wait()
            go_on.wait()

    with ThreadPoolExecutor(3) as threads:
        resting = [threads.submit(rest) for _ in range(3)]
        begun.wait()
        assert not gc.isenabled()
        with pytest.raises(ZeroDivisionError), collector_resting():
            _ = 1 // 0
        assert not gc.isenabled()
        go_on.set()
        for each in resting:
            each.result()
    assert gc.isenabled()
