"""The dependency audit: `make audit`, and a part of `make check`.

It asks for known vulnerabilities of all that is locked (pip-audit, of PyPI's advisories), and says how many
packages nobody would tell about: none found is not the same as none asked for. With `--strict` (`make audit`)
an advisory that could not be had fails as a found one does, and so does a version that its makers withdrew.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("requirements.txt", "requirements-dev.txt")
"""What is installed to run, and to develop; the second has all of the first."""
PATIENCE: Final = 300
"""Seconds for all advisories, or all files, together."""
_LOCKED: Final = re.compile(r"^[A-Za-z0-9._-]+==\S")
_HASH: Final = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Audit:
    """What came of asking.

    Attributes:
        found: one line a vulnerability.
        asked: packages whose advisories were had.
        unknown: packages whose advisories were not.
    """

    found: tuple[str, ...]
    asked: int
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, report: dict[str, Any], names: set[str]) -> Audit:
        """Read pip-audit's report; what was locked and does not stand in it was not asked for."""
        told = {canonicalize_name(it["name"]): it for it in report["dependencies"] if "skip_reason" not in it}
        found = tuple(
            f"{it['name']} {it['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or '-'}"
            for it in told.values()
            for flaw in it["vulns"]
        )
        return cls(found, len(told.keys() & names), tuple(sorted(names - told.keys())))

    def lines(self) -> list[str]:
        """Say it, one line each."""
        lines = [f"VULNERABLE: {it}" for it in self.found]
        if self.unknown:
            lines.append(
                f"Dependency audit NOT DONE for {len(self.unknown)} of {self.asked + len(self.unknown)} "
                "packages: their advisories could not be had from here. Run `make audit` where they can."
            )
        if self.asked:
            lines.append(f"Dependency audit: {self.asked} packages asked for, {len(self.found)} flaws found.")
        return lines


def locked(text: str) -> dict[str, str]:
    """Return what a lock file pins on a machine like this: the version of each package, by its name.

    Raises:
        ValueError: a line pins nothing, or a package has no hash.
    """
    versions: dict[str, str] = {}
    hashes: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        if _LOCKED.match(line):
            pinned = Requirement(line.rstrip(" \\"))
            name = canonicalize_name(pinned.name)
            hashes[name] = 0
            if pinned.marker is None or pinned.marker.evaluate():
                versions[name] = str(pinned.specifier).removeprefix("==")
        elif _HASH.match(line):
            hashes[name] += 1
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ValueError(f"not a version with its hashes: {line!r}")
    if bare := [it for it, count in hashes.items() if not count]:
        raise ValueError(f"without a hash: {', '.join(bare)}")
    return versions


def audit(lock: Path) -> Audit:
    """Ask for the advisories of what a lock file pins."""
    names = set(locked(lock.read_text(encoding="utf-8")))
    try:
        done = _run(
            "pip_audit",
            "--disable-pip",
            "--progress-spinner",
            "off",
            "--timeout",
            "5",
            "--format",
            "json",
            lock=lock,
        )
        report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        report = {"dependencies": []}
    return Audit.of(report, names)


def withdrawn(lock: Path) -> list[str]:
    """Return what the registry says of locked versions that were yanked; every file is fetched for that."""
    done = _run(
        "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", lock=lock
    )
    if done.returncode:
        return [f"The locked files cannot be had as they are locked:\n{done.stderr.strip()}"]
    return [line for line in done.stderr.splitlines() if "yanked" in line]


def _run(module: str, *args: str, lock: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool over a lock file."""
    return subprocess.run(
        [sys.executable, "-m", module, *args, "--require-hashes", "--requirement", str(lock)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def main() -> int:
    """Run the audit, and return the exit code."""
    asked = argparse.ArgumentParser(description="Audit what is locked.")
    asked.add_argument("--strict", action="store_true", help="fail as well if it cannot be done")
    strict = asked.parse_args().strict
    for name in LOCKS:
        locked((ROOT / name).read_text(encoding="utf-8"))
    done = audit(ROOT / LOCKS[-1])
    gone = withdrawn(ROOT / LOCKS[-1]) if strict else []
    print(*done.lines(), *gone, sep="\n")  # noqa: T201 - what it is for
    return int(bool(done.found or gone or (strict and done.unknown)))


if __name__ == "__main__":
    sys.exit(main())
