"""The folder of keys: it is one process's at a time, and nobody waits for it without end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger import custody
from ledger.custody import KeyFolder
from ledger.errors import CannotSign


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """Let another have the folder, as a process that hangs does."""
    has_it, let_go = Event(), Event()

    def hold() -> None:
        with KeyFolder(folder).locked():
            has_it.set()
            let_go.wait()

    another = Thread(target=hold)
    another.start()
    has_it.wait()
    try:
        yield
    finally:
        let_go.set()
        another.join()


def test_a_folder_that_another_does_not_let_go_of_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "PATIENCE", 0.1)
    with (
        held_by_another(tmp_path),
        pytest.raises(CannotSign) as refused,
        KeyFolder(tmp_path).locked(),
    ):
        pass

    assert "卡住的zhucun进程" in refused.value.message_zh
    assert "a zhucun process that hangs" in refused.value.message_en
    assert str(tmp_path) in refused.value.message_en


def test_a_folder_that_is_let_go_of_is_had(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    with held_by_another(tmp_path):
        pass
    with folder.locked():
        assert (tmp_path / "lock").exists()
    with folder.locked():
        pass
