"""A small disk of a test's own, to be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

BLOCK: Final = 4096
_MOUNT: Final = ("mount", "-t", "tmpfs")


class Disk:
    """A file system in memory, of a size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no block."""
        with self._ballast.open("ab") as ballast:
            while free := os.statvfs(self.folder).f_bavail:
                ballast.write(bytes(free * BLOCK))
                ballast.flush()

    def make_space(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()


@cache
def can_be_mounted() -> bool:
    """Tell whether this process may mount a disk, which takes the rights of root."""
    with TemporaryDirectory(prefix="zhucun-disk-") as name:
        mounted = subprocess.run([*_MOUNT, "-o", "size=64k", "tmpfs", name], check=False, capture_output=True)
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", name], check=True)
        return mounted.returncode == 0


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """Lend a disk; mounting it takes the rights of root."""
    with TemporaryDirectory(prefix="zhucun-disk-") as name:
        subprocess.run([*_MOUNT, "-o", f"size={megabytes}m", "tmpfs", name], check=True)
        try:
            yield Disk(Path(name))
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)
