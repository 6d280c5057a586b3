"""What the tests of faults ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.server import Served, serving
from tests.faults import disk
from tests.faults.telling import Teller


@pytest.fixture
def teller() -> Teller:
    """Somebody who gives commands."""
    return Teller()


@pytest.fixture
def served(real_ledger: str) -> Iterator[Served]:
    """An empty county, served."""
    with serving(real_ledger) as it:
        yield it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a disk to be mounted where nobody may; `make test` says so at its head."""
    if disk.can_be_mounted():
        return
    there = [it for it in items if it.path.name != "test_disk_full.py"]
    config.hook.pytest_deselected(items=[it for it in items if it not in there])
    items[:] = there
