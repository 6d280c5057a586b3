"""Alarms of a signer, kept beside its key: what it refused to sign, and when that was over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from ledger.custody import append
from ledger.errors import LogContradictsSigned


class Alarms:
    """The file `alarm.jsonl` of a key's folder: a line for each alarm, and one for each time it was over."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "alarm.jsonl"

    @property
    def current(self) -> str | None:
        """What is wrong, in Chinese and English; None where nothing is, or it is over."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return None  # nobody signs with this folder, or it is not ours to look into
        for line in reversed(lines):
            try:
                alarm = json.loads(line).get("alarm")
            except ValueError:
                continue  # torn by a power cut
            return None if alarm is None else str(alarm)
        return None

    def ring(self, alarm: LogContradictsSigned) -> None:
        """Record an alarm, once for as long as it lasts."""
        if self.current != str(alarm):
            self._add(str(alarm))

    def over(self) -> None:
        """Record that the alarm is over, if there was one."""
        if self.current is not None:
            self._add(None)

    def _add(self, alarm: str | None) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        append(self._file, json.dumps({"at": at, "alarm": alarm}, ensure_ascii=False))
