"""What Zhucun is built on: locked with hashes, known by licence, and audited with nothing passed over."""

from __future__ import annotations

import csv
from importlib.metadata import metadata
from pathlib import Path

import pytest

from tests.audits.dependencies import LOCKS, ROOT, Audit, locked

LICENCES = Path(__file__).parent / "licences.csv"
HASHED = f"anyio==4.1 \\\n    --hash=sha256:{'a' * 64}\n    # via zhucun\n"


def licence_of(package: str) -> str:
    """Return what an installed package says of its licence, in one line."""
    told = metadata(package).json
    for field in ("license_expression", "license"):
        if (text := str(told.get(field) or "")) and "\n" not in text:
            return text.strip()
    named = [str(it) for it in told.get("classifier", ()) if str(it).startswith("License ::")]
    return "; ".join(it.rpartition(" :: ")[2] for it in named)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_one_version_with_its_hashes(lock: str) -> None:
    assert "psycopg" in locked((ROOT / lock).read_text(encoding="utf-8"))


def test_what_develops_has_all_that_runs() -> None:
    runs, develops = (locked((ROOT / lock).read_text(encoding="utf-8")) for lock in LOCKS)

    assert runs.items() <= develops.items()


@pytest.mark.parametrize("lock", ["anyio>=4", "anyio==4.1", "-e .", "anyio @ https://example.org/a.whl"])
def test_a_lock_that_leaves_something_open_is_none(lock: str) -> None:
    assert locked(HASHED) == {"anyio": "4.1"}
    with pytest.raises(ValueError, match=r"hash"):
        locked(HASHED + lock)


def test_the_licence_of_everything_that_runs_is_listed() -> None:
    with LICENCES.open(encoding="utf-8", newline="") as file:
        listed = dict(csv.reader(file))
    runs = locked((ROOT / LOCKS[0]).read_text(encoding="utf-8"))

    assert {name: licence_of(name) for name in runs}.items() <= listed.items()


def test_what_nobody_would_tell_about_is_not_told_as_sound() -> None:
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": []},
            {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]},
            {"name": "c", "skip_reason": "not found"},
        ]
    }

    audit = Audit.of(report, {"a", "b", "c", "d"})

    assert (audit.asked, audit.unknown) == (2, ("c", "d"))
    assert audit.found == ("b 2: PYSEC-1, mended in 3",)
    assert audit.lines() == [
        "VULNERABLE: b 2: PYSEC-1, mended in 3",
        (
            "Dependency audit NOT DONE for 2 of 4 packages: their advisories could not be had from here. "
            "Run `make audit` where they can."
        ),
        "Dependency audit: 2 packages asked for, 1 flaws found.",
    ]
