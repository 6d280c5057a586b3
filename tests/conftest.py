"""What tests of every room may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from ledger.database import connect, found_ledger
from tests import postgres
from tests.faults import disk

COUNTY = "430624"
ORIGIN = "zhucun.example/430624"

LONG = {
    "test_demo_story.py",
    "test_findings_law.py",
    "test_law.py",
    "test_laws.py",
    "test_oracle.py",
    "test_oracle_demo.py",
    "test_replay.py",
    "test_rollups.py",
    "test_tampered.py",
}
"""Files of few tests that take long."""

# The same examples on every run, however slow the machine.
settings.register_profile("zhucun", derandomize=True, deadline=None)
settings.load_profile("zhucun")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.open_run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one in the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_report_header() -> list[str]:
    """Say what cannot be run here."""
    missing = "not run here: tests/faults/test_disk_full.py, which mounts small disks and needs root for it"
    return [] if disk.can_be_mounted() else [missing]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.close_run()


@pytest.fixture(scope="session")
def server() -> str:
    """A superuser's connection to the run's PostgreSQL."""
    return postgres.server()


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """A database that all migrations have run in, to copy from."""
    return postgres.template(server)


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """A database of the test's own, without any table."""
    with postgres.database_from(server, "template0") as conninfo:
        yield conninfo


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """A database of the test's own, with all tables and no ledger founded."""
    with postgres.database_from(server, template) as conninfo:
        yield conninfo


@pytest.fixture
def simulated_ledger(database: str) -> str:
    """A database whose ledger takes its clock from the test."""
    return _found(database, simulated=True)


@pytest.fixture
def real_ledger(database: str) -> str:
    """A database whose ledger takes its clock from PostgreSQL."""
    return _found(database, simulated=False)


def _found(database: str, *, simulated: bool) -> str:
    with connect(database) as conn:
        found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=simulated)
    return database
